//! The datasets of a generated schema, one after the other, with their rows; and the names on top of them.

use std::fmt::Write as _;

use super::schema::{Builder, Kind, Shape, column};
use crate::world::RawRow;

impl Builder<'_> {
    pub(super) fn accounts(&mut self) {
        let born = self.time_kind();
        let columns = [
            column("plan", Kind::Text, ", dimension: plan"),
            column("tier", Kind::Integer, ""),
            column("vip", Kind::Boolean, ""),
            column("born", born, ""),
            column("died", born, ""),
            column("renews", Kind::Date, ", planned: true"),
            column("fee", Kind::Decimal, ""),
        ];
        let mut all = self.account_columns();
        all.extend(columns);
        let mut rows = Vec::new();
        let regions: &[&str] = if self.composite { &["eu", "us"] } else { &["eu"] };
        for i in 0..self.accounts {
            for region in regions {
                let mut row = self.row(&all);
                row.insert("account_id".to_owned(), format!("a{i}"));
                row.remove("region");
                if self.composite {
                    row.insert("region".to_owned(), (*region).to_owned());
                }
                in_order(&mut row, "born", "died");
                rows.push(row);
            }
        }
        self.schema.tables.insert("accounts".to_owned(), rows);
        let fields = format!("key: {}", self.account_key());
        self.set("accounts", Shape::Attributes, &fields, &all, vec!["account"], &[], &[]);
    }

    pub(super) fn users(&mut self) {
        let mut all = vec![
            column("user_id", Kind::Integer, ""),
            column("role", Kind::Text, ""),
            column("joined", Kind::Timestamp, ""),
            column("score", Kind::Number, ""),
        ];
        all.extend(self.account_columns());
        let rows = (0..self.users).map(|i| {
            let mut row = self.row(&all);
            row.insert("user_id".to_owned(), (i as i64 - 1).to_string());
            row
        });
        let rows = rows.collect();
        self.schema.tables.insert("users".to_owned(), rows);
        let fields = format!("key: user_id; entities: {{ account: {} }}", self.account_key());
        let paths = [("account.plan", Kind::Text), ("account.fee", Kind::Decimal)];
        self.set("users", Shape::Attributes, &fields, &all, vec!["account", "user"], &paths, &[]);
    }

    pub(super) fn events(&mut self) {
        let zone = self.random.word(&["", "", "; time_zone: America/New_York"]);
        let unique = self.random.word(&["", "; unique: event_id", "; unique: [event_id, name]"]);
        let due = self.random.word(&["", ", planned: true"]);
        let mut all = vec![
            column("event_id", Kind::Integer, ""),
            column("ts", Kind::Timestamp, ""),
            column("user_id", Kind::Integer, ""),
            column("session_id", Kind::Text, ""),
            column("name", Kind::Text, ""),
            column("n", Kind::Integer, ""),
            column("x", Kind::Number, ""),
            column("money", Kind::Decimal, ""),
            column("ok", Kind::Boolean, ""),
            column("seen", Kind::Timestamp, ""),
            column("due", Kind::Date, if due.is_empty() { "" } else { ", planned: true" }),
        ];
        all.extend(self.account_columns());
        let n = self.random.below(55);
        let mut rows: Vec<RawRow> = (0..n).map(|_| self.row(&all)).collect();
        for i in (1..n).step_by(6) {
            // The same time as another row: ties.
            if let Some(ts) = rows[i - 1].get("ts").cloned() {
                rows[i].insert("ts".to_owned(), ts);
            }
        }
        self.schema.tables.insert("events".to_owned(), rows);
        let fields = format!(
            "kind: events; time: ts; entities: {{ account: {}, user: user_id, session: session_id }}{unique}{zone}",
            self.account_key()
        );
        let paths = [
            ("account.plan", Kind::Text),
            ("account.tier", Kind::Integer),
            ("account.born", self.kind_of("accounts", "born")),
            ("user.role", Kind::Text),
            ("user.score", Kind::Number),
            ("user.account.fee", Kind::Decimal),
        ];
        let computed = [
            ("twice", Kind::Integer, "n * 2 - 1"),
            ("late", Kind::Boolean, "seen > ts + 36 hours"),
        ];
        self.set(
            "events",
            Shape::Events,
            &fields,
            &all,
            vec!["account", "user", "session"],
            &paths,
            &computed,
        );
    }

    fn kind_of(&self, set: &str, name: &str) -> Kind {
        let set = self.schema.sets.iter().find(|s| s.name == set).unwrap();
        set.columns.iter().find(|(n, _)| n == name).unwrap().1
    }

    pub(super) fn tickets(&mut self) {
        let opened = self.time_kind();
        let mut all = vec![
            column("ticket_id", Kind::Integer, ""),
            column("opened", opened, ""),
            column("closed", Kind::Timestamp, ""),
            column("stars", Kind::Integer, ""),
            column("kind", Kind::Text, ", dimension: kind"),
        ];
        all.extend(self.account_columns());
        let n = self.random.below(20);
        let rows = (0..n).map(|_| self.row(&all)).collect();
        self.schema.tables.insert("tickets".to_owned(), rows);
        let fields =
            format!("kind: events; time: opened; entities: {{ account: {} }}", self.account_key());
        let paths = [("account.vip", Kind::Boolean), ("account.renews", Kind::Date)];
        self.set("tickets", Shape::Events, &fields, &all, vec!["account"], &paths, &[]);
    }

    pub(super) fn subs(&mut self) {
        let kind = self.time_kind();
        let mut all = vec![
            column("starts", kind, ""),
            column("stops", kind, ""),
            column("seats", Kind::Integer, ""),
            column("mrr", Kind::Decimal, ""),
            column("signed", Kind::Timestamp, ""),
        ];
        all.extend(self.account_columns());
        let n = self.random.below(14);
        let mut rows: Vec<RawRow> = (0..n).map(|_| self.row(&all)).collect();
        for row in &mut rows {
            if self.random.percent(30) {
                row.remove("stops");
            }
            in_order(row, "starts", "stops");
        }
        self.schema.tables.insert("subs".to_owned(), rows);
        let fields = format!(
            "kind: history; valid: [starts, stops]; entities: {{ account: {} }}",
            self.account_key()
        );
        let paths = [("account.plan", Kind::Text)];
        let computed = [("per_seat", Kind::Number, "mrr / seats")];
        self.set("subs", Shape::History, &fields, &all, vec!["account"], &paths, &computed);
    }

    pub(super) fn pictures(&mut self, name: &'static str, carry: &str) {
        let kind = self.time_kind();
        let mut all = vec![
            column("taken", kind, ""),
            column("value", Kind::Decimal, ""),
            column("heads", Kind::Integer, ""),
        ];
        all.extend(self.account_columns());
        let days: Vec<String> = (0..self.random.below(9) + 1)
            .map(|_| {
                if kind == Kind::Date { self.day().to_string() } else { self.moment().to_string() }
            })
            .collect();
        let mut rows: Vec<RawRow> = Vec::new();
        for _ in 0..self.random.below(24) {
            let mut row = self.row(&all);
            row.insert("taken".to_owned(), self.random.pick(&days).clone());
            // Each member once in a picture.
            let member =
                |row: &RawRow| ["taken", "region", "account_id"].map(|c| row.get(c).cloned());
            if rows.iter().all(|other| member(other) != member(&row)) {
                rows.push(row);
            }
        }
        self.schema.tables.insert(name.to_owned(), rows);
        let carry = carry.trim_end_matches(", ");
        let fields = format!(
            "kind: snapshot; time: taken; entities: {{ account: {} }}; {carry}",
            self.account_key()
        );
        let paths = [("account.tier", Kind::Integer)];
        self.set(name, Shape::Snapshot, &fields, &all, vec!["account"], &paths, &[]);
    }

    /// What users are, as it was: the entity's one history, without two rows at once.
    pub(super) fn ranks(&mut self) {
        let kind = self.time_kind();
        let all = [
            column("since", kind, ""),
            column("until", kind, ""),
            column("rank", Kind::Text, ", dimension: rank"),
            column("user_id", Kind::Integer, ""),
        ];
        let mut rows = Vec::new();
        for user in 0..self.users {
            let n = self.random.below(3) * 2;
            let time = |b: &mut Self| {
                if kind == Kind::Date { b.day().to_string() } else { b.moment().to_string() }
            };
            let mut times: Vec<String> = (0..n).map(|_| time(self)).collect();
            times.sort();
            let open = self.random.percent(50);
            for (i, pair) in times.chunks(2).enumerate() {
                let mut row = self.row(&all);
                row.insert("user_id".to_owned(), (user as i64 - 1).to_string());
                row.insert("since".to_owned(), pair[0].clone());
                row.insert("until".to_owned(), pair[1].clone());
                if open && 2 * i + 2 == times.len() {
                    row.remove("until");
                }
                rows.push(row);
            }
        }
        self.schema.tables.insert("ranks".to_owned(), rows);
        let fields = "kind: history; valid: [since, until]; entities: { user: user_id }";
        self.set("ranks", Shape::History, fields, &all, vec!["user"], &[], &[]);
    }

    /// A dataset without files.
    pub(super) fn ghosts(&mut self) {
        let key = self.account_key();
        let columns: Vec<String> =
            self.account_columns().iter().map(|c| format!("{}: text", c.name)).collect();
        let _ = writeln!(
            self.schema.specs,
            "  ghosts: {{ from: data/ghosts.csv, kind: events, time: ts, optional: true, entities: {{ account: {key} }}, columns: {{ ts: timestamp, {} }} }}",
            columns.join(", ")
        );
    }

    /// Behaviors and segments.
    pub(super) fn named(&mut self) {
        let size = self.random.word(&[
            "sum(subs.seats) >= 5",
            "count(events over 28 days) >= 2 and plan != 'free'",
            "avg(pics.value) > 30",
            "any(login over 2 weeks)",
        ]);
        let mid = self.random.word(&["count(user) > 0", "fee > 40", "last(events.n ever) > 2"]);
        let otherwise = self.random.word(&["\n      - small: otherwise", ""]);
        let keen = self.random.word(&[
            "count(events over 28 days) >= 2",
            "count(distinct day(events.ts) over 3 weeks) > 1 or score > 50",
            "rank = 'login'",
            "count(user where any(events over 28 days)) > 0.5",
            "count(events over 1 month where any(login with same user within 2 weeks before)) > 0.5",
        ]);
        let _ = write!(
            self.schema.specs,
            "behaviors:\n  login: events where name = 'login'\n  much: events where n > 3\nsegments:\n  size:\n    of: account\n    \
             bands:\n      - big: {size}\n      - mid: {mid}{otherwise}\n  keen: {{ of: user, where: \"{keen}\" }}\n"
        );
    }

    pub(super) fn trials(&mut self) {
        let mut all = vec![
            column("trial_id", Kind::Integer, ""),
            column("began", Kind::Timestamp, ""),
            column("ends", Kind::Date, ", planned: true"),
            column("seats", Kind::Integer, ""),
        ];
        all.extend(self.account_columns());
        let n = self.random.below(9);
        let rows = (0..n).map(|i| {
            let mut row = self.row(&all);
            row.insert("trial_id".to_owned(), i.to_string());
            row
        });
        let rows = rows.collect();
        self.schema.tables.insert("trials".to_owned(), rows);
        let fields = format!("key: trial_id; entities: {{ account: {} }}", self.account_key());
        let paths = [("account.born", self.kind_of("accounts", "born"))];
        self.set("trials", Shape::Attributes, &fields, &all, vec!["account"], &paths, &[]);
    }
}

/// Swaps two times of a row that are in the wrong order.
fn in_order(row: &mut RawRow, first: &str, second: &str) {
    if let (Some(a), Some(b)) = (row.get(first).cloned(), row.get(second).cloned())
        && b < a
    {
        row.insert(first.to_owned(), b);
        row.insert(second.to_owned(), a);
    }
}
