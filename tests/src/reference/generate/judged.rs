//! Aggregates that judge: members, rows that consult other rows, and numbers taken one by one.

use super::random::Random;
use super::rows::Rows;
use super::schema::{Set, Shape};

pub(crate) struct Judged<'a> {
    pub(crate) random: &'a mut Random,
    pub(crate) sets: &'a [Set],
    pub(crate) day: &'a str,
    /// Metrics that may be taken of a member.
    pub(crate) known: &'a [String],
}

const LENGTHS: [&str; 6] = ["28 days", "2 weeks", "1 month", "48 hours", "10 days", "1 quarter"];

impl Judged<'_> {
    /// An aggregate over members, over rows that consult others, or over numbers taken one by one.
    pub(crate) fn aggregate(&mut self) -> String {
        match self.random.below(10) {
            0..=3 => self.members(),
            4..=6 => self.linked(),
            7 | 8 => self.per(),
            _ => self.by_segment(),
        }
    }

    fn entity(&mut self) -> &'static str {
        const ENTITIES: [&str; 4] = ["account", "user", "session", "account"];
        self.random.pick::<&str>(&ENTITIES)
    }

    /// The entity's home, or nothing for one without.
    fn home(&self, entity: &str) -> Option<&Set> {
        let name = format!("{entity}s");
        self.sets.iter().find(|s| s.name == name)
    }

    fn filter(&mut self, set: &Set) -> String {
        Rows { random: self.random, set, day: self.day }.condition(0)
    }

    fn members(&mut self) -> String {
        let entity = self.entity();
        let (on, window) = match self.random.below(12) {
            0 => (String::new(), " at start"),
            1 => (String::new(), " ever"),
            2 => (String::new(), " over 28 days"),
            3 => (self.on(entity), ""),
            4 => (self.on(entity), " over 2 months"),
            5 => (self.on(entity), " to date in year"),
            _ => (String::new(), ""),
        };
        if self.random.percent(10) {
            return format!("count({entity}{on}{window})");
        }
        let filter = self.condition(entity, 1);
        if entity == "account" && self.random.percent(15) {
            let function = self.random.word(&["sum", "avg", "max", "median"]);
            return format!("{function}(account.fee{on}{window} where {filter})");
        }
        format!("count({entity}{on}{window} where {filter})")
    }

    /// Members who begin, and who come back: the entity and the form.
    pub(super) fn cohort(&mut self) -> (&'static str, String) {
        let (entity, starts, returns): (&'static str, &[&str], &[&str]) = match self.random.below(5)
        {
            0 | 1 => (
                "account",
                &["events", "login", "born", "tickets"],
                &["events", "login", "tickets"],
            ),
            2 | 3 => ("user", &["events", "login", "joined"], &["events", "much", "login"]),
            _ => ("session", &["events"], &["events", "login"]),
        };
        let (starts, returns) = (*self.random.pick(starts), *self.random.pick(returns));
        let mut form = format!(
            "cohort: {{ of: {entity}, starts: {starts}, returns: {returns}, offsets: {}",
            self.random.between(1, 2)
        );
        let mut add = |percent, fields: &[&str]| {
            if self.random.percent(percent) {
                form += ", ";
                form += *self.random.pick(fields);
            }
        };
        add(30, &["at_least: 2"]);
        add(50, &["zero: returns", "zero: size"]);
        let clocks = [
            "clock: calendar",
            "mode: on_or_after",
            "clock: elapsed",
            "clock: elapsed, step: week",
            "clock: elapsed, step: month, mode: on",
            "clock: elapsed, step: week, mode: on_or_after",
        ];
        add(100, &clocks);
        let number = if returns == "tickets" { "stars" } else { "n" };
        add(30, &[&format!("amount: {returns}.{number}")]);
        (entity, form + " }")
    }

    /// A member's own time.
    fn on(&mut self, entity: &str) -> String {
        match entity {
            "account" => self.random.word(&[
                " on born",
                " on min(events.ts)",
                " on max(tickets.closed)",
                " on renews",
            ]),
            "user" => {
                self.random.word(&[" on joined", " on min(login.ts)", " on last(events.seen)"])
            }
            _ => self.random.word(&[" on min(events.ts)", " on max(events.ts)"]),
        }
    }

    /// The rows of a member: a dataset or behavior, its columns, and how it is windowed.
    fn rows_of(&mut self, entity: &str) -> (&'static str, Set) {
        let names: &[&'static str] = match entity {
            "account" => &["events", "login", "tickets", "subs", "pics", "levels", "events"],
            "user" => &["events", "login", "much", "events", "ranks"],
            _ => &["events", "much", "login"],
        };
        let name = *self.random.pick(names);
        let set = match name {
            "login" | "much" => "events",
            other => other,
        };
        (name, self.sets.iter().find(|s| s.name == set).unwrap().clone())
    }

    fn window(&mut self, set: &Set) -> String {
        if set.shape == Shape::Events {
            let length = self.random.word(&LENGTHS);
            match self.random.below(8) {
                0..=3 => format!(" over {length}"),
                4 => " ever".to_owned(),
                5 => format!(" since {}", self.day),
                6 => self.random.word(&[
                    " to date in quarter",
                    " over 2 weeks before",
                    " ever before",
                ]),
                _ => String::new(),
            }
        } else {
            self.random.word(&[" at end", " at end", " at start", " average"])
        }
    }

    /// A number of one member.
    fn number(&mut self, entity: &str) -> String {
        match self.random.below(15) {
            5 => return self.own_members(entity),
            6 if entity != "session" => return self.linked_of_a_member(),
            0 if entity == "account" => {
                let filter = self.condition("user", 0);
                return format!("count(user where {filter})");
            }
            1 if !self.known.is_empty() => {
                let name = self.random.pick(self.known).clone();
                return format!("{name} * 1");
            }
            2 => {
                let unit = self.random.word(&["day", "week"]);
                let function = self.random.word(&["avg", "max", "sum"]);
                return format!("{function}(count(events) per {unit} over 2 weeks)");
            }
            3 => return "days_between(max(events.ts ever), today)".to_owned(),
            4 => {
                let (name, set) = self.rows_of(entity);
                if set.shape == Shape::Events {
                    let by = self.random.word(&["", ", 1 month"]);
                    return format!("prior(count({name} over 2 weeks){by})");
                }
            }
            _ => {}
        }
        let (name, set) = self.rows_of(entity);
        let window = self.window(&set);
        let filter = match self.random.percent(30) {
            true => format!(" where {}", self.filter(&set)),
            false => String::new(),
        };
        let number = match set.name {
            "events" => "n",
            "tickets" => "stars",
            "subs" => "seats",
            "pics" | "levels" => "value",
            _ => "",
        };
        // Pictures are not added up over time, and a history has no time to go by.
        let function = self.random.word(&["sum", "avg", "max", "min"]);
        if number.is_empty() || self.random.percent(40) {
            return format!("count({name}{window}{filter})");
        }
        format!("{function}({name}.{number}{window}{filter})")
    }

    /// Members of the same entity: the member itself.
    fn own_members(&mut self, entity: &str) -> String {
        match self.random.below(7) {
            0 => format!("count({entity})"),
            1 => format!("count({entity} where any(events over 2 weeks))"),
            2 => format!("sum(count(events over 28 days) per {entity})"),
            3 => format!("avg(sum(count(login over 1 month) per {entity}) per {entity})"),
            4 => format!("count({entity} ever)"),
            5 => format!("prior(count({entity} where any(login over 1 month)))"),
            _ => format!("count({entity} at start where {})", self.condition(entity, 0)),
        }
    }

    /// Rows of a member that consult others, above the line and below it.
    fn linked_of_a_member(&mut self) -> String {
        let length = self.random.word(&["3 days", "2 weeks", "1 month", "5 business days"]);
        let way = self.random.word(&["", " before", " before", " before seen"]);
        let found = format!("any(login with same account within {length}{way})");
        let of = self.random.word(&["", " / count(events over 1 month)"]);
        format!("count(events over 1 month where {found}){of}")
    }

    /// A condition over a member.
    pub(crate) fn condition(&mut self, entity: &str, depth: usize) -> String {
        if depth > 0 && self.random.percent(35) {
            let (a, b) = (self.condition(entity, depth - 1), self.condition(entity, depth - 1));
            let word = self.random.word(&["and", "or"]);
            return format!("({a}) {word} ({b})");
        }
        match self.random.below(12) {
            0 | 1 => {
                let (name, set) = self.rows_of(entity);
                // A mean of yes and no is neither.
                let window = self.window(&set).replace("average", "at end");
                let not = self.random.word(&["", "not "]);
                format!("{not}any({name}{window} where {})", self.filter(&set))
            }
            2 => match self.home(entity).cloned() {
                Some(home) => self.filter(&home),
                None => "min(events.n ever) is not null".to_owned(),
            },
            3 => match entity {
                "account" => {
                    self.random.word(&["size = 'big'", "size in ['mid', 'big']", "size != 'big'"])
                }
                "user" => self.random.word(&["keen", "not keen", "account.plan = 'pro'"]),
                _ => "account.plan = 'pro'".to_owned(),
            },
            4 => format!("{} is null", self.number(entity)),
            5 => "count(events over 28 days) > prior(count(events over 28 days))".to_owned(),
            6 => "last(events.name ever) = 'login'".to_owned(),
            8 if entity == "user" => {
                self.random.word(&["rank = 'login'", "rank is null", "account.size = 'big'"])
            }
            8 if entity == "account" => self.random.word(&[
                "any(user where keen)",
                "count(events over 1 month) / business_days > 0.1",
                "any(trials on began over 1 month)",
                "count(distinct events.user over 28 days) > 0.5",
                "days_between(born, today) > 30",
                "prior(any(login over 2 weeks), 1 month) and not any(login over 2 weeks)",
            ]),
            7 if entity == "account" => "born > 2025-01-01 or died is null".to_owned(),
            _ => {
                let sign = self.random.word(&[">", "<=", ">="]);
                format!("{} {sign} 0.5", self.number(entity))
            }
        }
    }

    /// Rows that consult other rows.
    fn linked(&mut self) -> String {
        let (outer, same) = *self.random.pick(&[
            ("events", "account"),
            ("events", "user"),
            ("login", "session"),
            ("tickets", "account"),
            ("events", "user"),
        ]);
        let inner = match same {
            "account" => self.random.word(&["events", "tickets", "login"]),
            _ => self.random.word(&["events", "login", "much"]),
        };
        let condition = self.linked_condition(outer, &inner, same);
        let own = match self.random.percent(30) {
            true if outer == "tickets" => "stars > 2 and ",
            true => "n > 0 and ",
            false => "",
        };
        if outer == "events" && self.random.percent(15) {
            return format!("sum(events.n where {own}{condition})");
        }
        if self.random.percent(15) {
            let other = if same == "session" { "account" } else { same };
            return format!("count(distinct {outer}.{other} where {own}{condition})");
        }
        if self.random.percent(12) {
            return format!(
                "count(subs at end where not any({inner} over 28 days with same account))"
            );
        }
        let window = self.random.word(&["", "", " over 28 days"]);
        let share = self.random.word(&["", "", " / count({outer}{window})"]);
        let share = share.replace("{outer}", outer).replace("{window}", &window);
        format!("count({outer}{window} where {own}{condition}){share}")
    }

    fn linked_condition(&mut self, outer: &str, inner: &str, same: &str) -> String {
        let anchor = match (outer, self.random.below(4)) {
            ("tickets", 0) => " after closed",
            ("tickets", 1) => " before closed",
            ("events", 3) if self.random.percent(40) => " after due",
            (_, 0) => " after seen",
            (_, 1) => " before seen",
            (_, 2) => " before",
            _ => "",
        };
        let length = self.random.word(&[
            "3 days",
            "48 hours",
            "1 week",
            "2 business days",
            "4 calendar days",
            "1 month",
            "90 minutes",
            "14 days",
            "60 days",
        ]);
        let within = format!(" within {length}{anchor}");
        let inner_set = if inner == "tickets" { "tickets" } else { "events" };
        let filter = match self.random.below(4) {
            0 if inner_set == "events" && outer != "tickets" => {
                " where name = this.name".to_owned()
            }
            1 => {
                let set = self.sets.iter().find(|s| s.name == inner_set).unwrap().clone();
                format!(" where {}", self.filter(&set))
            }
            2 if inner_set == "events" => {
                let nested = [
                    " where any(tickets with same account within 3 days)",
                    " where any(events with same user within 2 business days where n > 0)",
                    " where any(login with same user within 1 day before)",
                    " where any(events with same account within 36 hours after seen)",
                ];
                nested[(length.len() + anchor.len()) % nested.len()].to_owned()
            }
            _ => String::new(),
        };
        if same == "account" && self.random.percent(25) {
            return self.random.word(&[
                "any(subs at end with same account where seats > 2)",
                "sum(levels.value at start with same account) > 20",
                "count(pics average with same account) > 0.5",
                "any(trials on ends ever with same account)",
                "any(subs on starts with same account within 10 days before)",
                "any(subs on starts over 1 month with same account)",
            ]);
        }
        match self.random.below(6) {
            0 => format!("count({inner} with same {same}{within}{filter}) >= 2"),
            1 => format!("not any({inner} over 2 weeks with same {same}{filter})"),
            2 => format!("any({inner} ever with same {same}{filter})"),
            4 if outer == "events" && inner_set == "events" => {
                format!("any({inner} with same account, user within 4 days{filter})")
            }
            3 if inner_set == "events" => {
                format!("sum({inner}.n with same {same}{within}{filter}) > 1")
            }
            _ => format!("any({inner} with same {same}{within}{filter})"),
        }
    }

    /// Numbers taken one by one, then summarized.
    /// The quartiles of a number of each member: the entity, and the fields of the form.
    pub(crate) fn quartiles(&mut self) -> (&'static str, String) {
        let entity = self.entity();
        let value = self.number(entity);
        let filter = match self.random.percent(50) {
            true => format!("\n      where: >\n        {}", self.condition(entity, 0)),
            false => String::new(),
        };
        let form =
            format!("quartiles:\n      of: {entity}\n      value: >\n        {value}{filter}");
        (entity, form)
    }

    /// The fields of a survey.
    pub(crate) fn survey(&mut self) -> String {
        let answers = ["events", "events where ok", "login", "much", "events where n != 3"];
        let respondent = *self.random.pick(&["user", "user", "session", "account"]);
        let mut fields = vec![
            format!("answers: {}", self.random.pick(&answers)),
            format!("score: {}", self.random.pick(&["n", "n", "abs(n)", "x / 4"])),
            format!("respondent: {respondent}"),
        ];
        fields.push(self.random.word(&[
            "kind: nps",
            "kind: nps\n      scale: [1, 10]",
            "kind: csat\n      scale: [1, 5]\n      top: 4",
            "kind: csat\n      scale: [0, 10]\n      top: 7",
            "kind: ces\n      scale: [-2, 7]\n      direction: lower",
        ]));
        fields.push(self.random.word(&["keep: latest", "keep: latest", "keep: all"]));
        let over = self.random.word(&["", "over: 28 days", "over: 3 months", "over: 2 weeks"]);
        fields.push(over);
        if respondent != "account" && self.random.percent(40) {
            fields.push("weigh: account".to_owned());
        }
        if self.random.percent(60) {
            fields.push("invitations: events where not ok".to_owned());
            let within = ["", "answer_within: 3 days", "answer_within: 2 business days"];
            fields.push(self.random.word(&within));
        }
        fields.retain(|field| !field.is_empty());
        format!("survey:\n      {}", fields.join("\n      "))
    }

    fn per(&mut self) -> String {
        let function = self.random.word(&["avg", "sum", "max", "min", "median"]);
        match self.random.below(6) {
            0 | 1 => {
                let entity = self.entity();
                let number = self.number(entity);
                let filter = match self.random.percent(20) {
                    true => format!(" where {}", self.condition(entity, 0)),
                    false => String::new(),
                };
                format!("{function}({number} per {entity}{filter})")
            }
            2 => format!(
                "{function}(count(events over 28 days) / sum(events.n over 28 days) per account)"
            ),
            3 => format!("{function}(count(login with same user within 5 days) per events)"),
            _ => {
                let unit = self.random.word(&["day", "week", "month", "month"]);
                let window = match unit.as_str() {
                    "month" => self.random.word(&[
                        " over 2 months",
                        "",
                        " over 1 quarter",
                        " to date in year",
                    ]),
                    _ => self.random.word(&[
                        " over 28 days",
                        "",
                        " to date in month",
                        " over 3 weeks",
                    ]),
                };
                let number = self.random.word(&[
                    "count(events)",
                    "sum(events.n)",
                    "count(distinct events.user)",
                    "avg(tickets.stars)",
                    "count(distinct login.account) / count(events)",
                    "sum(subs.seats at end)",
                    "sum(levels.value at end)",
                    "sum(subs.seats average)",
                    "count(login over 3 weeks)",
                    "max(count(events) per day)",
                    "count(user where any(events))",
                    "count(account where any(login over 2 weeks))",
                    "count(account where sum(levels.value at end) > 5)",
                    "count(account where max(count(events) per week over 2 weeks) > 0.5)",
                ]);
                format!("{function}({number} per {unit}{window})")
            }
        }
    }

    /// Members by what they are.
    fn by_segment(&mut self) -> String {
        self.random.word(&[
            "count(account where size = 'big')",
            "count(user where keen)",
            "count(events where account.size = 'big')",
            "count(events where user.keen)",
            "count(login where account.size = 'mid') / count(events)",
            "count(account where size != 'mid' and any(user where keen))",
            "avg(if(size = 'big', 1, 0) per account)",
            "count(tickets where account.size = 'big') / count(tickets over 28 days)",
            "count(events where user.rank = 'login')",
            "count(distinct login.user where user.rank != 'log')",
            "sum(subs.seats at end where account.size != 'mid')",
            "avg(business_days_between(events.ts, events.seen))",
        ])
    }
}
