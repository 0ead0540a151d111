//! The reference by itself, without the engine: figures that were worked out by hand, for rules in which both could err
//! alike.

use crate::answer::Figure;
use crate::bind::bind;
use crate::generate::{Metric, Project};
use crate::tree::{MetricId, Request};
use crate::world::{RawTables, World};

/// A project of texts: metrics as `name: value`, tables as CSV.
fn project(specs: &str, metrics: &[&str], tables: &[(&str, &str)]) -> Project {
    let metric = |line: &&str| {
        let (name, value) = line.split_once(": ").unwrap();
        Metric { name: name.to_owned(), lines: vec![format!("value: \"{value}\"")] }
    };
    let table = |(name, text): &(&str, &str)| {
        let mut lines = text.lines().map(|line| line.trim().split(','));
        let head: Vec<&str> = lines.next().unwrap().collect();
        let row = |cells: std::str::Split<'_, char>| {
            let cells = head.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
            cells.map(|(name, cell)| ((*name).to_owned(), cell.to_owned())).collect()
        };
        ((*name).to_owned(), lines.map(row).collect())
    };
    Project {
        seed: 0,
        main: "project: alone\nhistory: 2 months\nas_of: 2026-02-28\n".to_owned(),
        specs: specs.to_owned(),
        holidays: None,
        metrics: metrics.iter().map(metric).collect(),
        tables: tables.iter().map(table).collect::<RawTables>(),
        as_of: "2026-02-28".to_owned(),
    }
}

/// The figures of January and February, each as a number or a reason.
fn figures(project: &Project) -> Vec<String> {
    let model = bind(project);
    let world = World::open(&model, &project.tables, &project.as_of);
    let shown = |figure: &Figure| match &figure.value {
        Ok(number) => format!("{}", (number * 100.0).round() / 100.0),
        Err(reason) => reason.to_string(),
    };
    let line = |(i, metric): (usize, &crate::tree::Metric)| {
        let asked = Request {
            metric: MetricId(i),
            part: 0,
            grain: metric.grain,
            by: Vec::new(),
            from: None,
            to: None,
        };
        let answer = world.answer(&asked);
        let figures: Vec<String> = answer.rows[&Vec::new()].iter().map(shown).collect();
        format!("{}: {}", metric.name, figures.join(", "))
    };
    model.metrics.iter().enumerate().map(line).collect()
}

/// Three customers order in January, two of them in February. Judged for a customer, what counts or sums customers has the
/// customer alone, so the sum over them is the whole again.
#[test]
fn a_member_seen_from_a_member_of_its_entity_is_itself() {
    let specs = "
entities:
  customer: { key: customer_id, home: customers, lives: [signup, none] }
datasets:
  customers: { from: c.csv, key: customer_id, columns: { customer_id: integer, signup: date } }
  orders: { from: o.csv, kind: events, time: day, entities: { customer: customer_id }, columns: { customer_id: integer, day: date, amount: integer } }
";
    let metrics = [
        "revenue: sum(orders.amount)",
        "active: count(customer where any(orders))",
        "ones: count(customer)",
        "share: active / ones",
        "growth: sum(revenue - prior(revenue) per customer where revenue > prior(revenue))",
        "active_of_members: sum(active per customer)",
        "active_members: count(customer where active = 1)",
        "ones_of_members: sum(ones per customer)",
        "share_of_members: avg(share per customer)",
        "growers: count(customer where growth > 0)",
        "amounts: sum(sum(sum(orders.amount) per customer) per customer)",
    ];
    let tables = [
        ("customers", "customer_id,signup\n1,2025-01-01\n2,2025-01-01\n3,2025-01-01"),
        (
            "orders",
            "customer_id,day,amount\n1,2026-01-05,10\n1,2026-02-05,20\n2,2026-01-06,5\n2,2026-02-06,5\n3,2026-01-07,7",
        ),
    ];
    let expected = [
        "revenue: 22, 25",
        "active: 3, 2",
        "ones: 3, 3",
        "share: 1, 0.67",
        "growth: no data, 10",
        "active_of_members: 3, 2",
        "active_members: 3, 2",
        "ones_of_members: 3, 3",
        "share_of_members: 1, 0.67",
        "growers: no data, 1",
        "amounts: 22, 25",
    ];
    assert_eq!(figures(&project(specs, &metrics, &tables)), expected);
}

/// User 1 is a trainee until 20 January and then a lead; user 2 is a lead. Each acts on 10 January and 10 February. Events
/// see the role of their own time, members and states that of the end of the month.
#[test]
fn what_changes_in_time_is_read_as_of_the_row_or_of_the_end() {
    let specs = "
entities:
  user: { key: user_id, home: users, lives: always }
datasets:
  users: { from: u.csv, key: user_id, columns: { user_id: integer } }
  roles: { from: r.csv, kind: history, valid: [since, until], entities: { user: user_id }, columns: { user_id: integer, since: date, until: date, role: text } }
  seats: { from: s.csv, kind: history, valid: [since, until], entities: { user: user_id }, columns: { user_id: integer, since: date, until: date } }
  events: { from: e.csv, kind: events, time: day, entities: { user: user_id }, columns: { user_id: integer, day: date, due: date } }
segments:
  lead: { of: user, where: role = 'lead' }
";
    let metrics = [
        "events_of_leads: count(events where user.role = 'lead')",
        "events_in_segment: count(events where user.lead)",
        "leads: count(user where role = 'lead')",
        "leads_who_act: count(user where lead and any(events))",
        "seats_of_leads: count(seats at end where user.role = 'lead')",
        "with_events_of_leads: count(user where any(events where user.role = 'lead'))",
        "open: count(user where any(events ever where due is null))",
        "done: count(events ever where due is not null)",
    ];
    let tables = [
        ("users", "user_id\n1\n2"),
        (
            "roles",
            "user_id,since,until,role\n1,2025-01-01,2026-01-20,trainee\n1,2026-01-20,,lead\n2,2025-01-01,,lead",
        ),
        ("seats", "user_id,since,until\n1,2025-01-01,\n2,2025-01-01,"),
        (
            "events",
            "user_id,day,due\n1,2026-01-10,2026-02-15\n2,2026-01-10,2026-01-12\n1,2026-02-10,2026-02-12\n2,2026-02-10,2026-02-13",
        ),
    ];
    let expected = [
        "events_of_leads: 1, 2",
        "events_in_segment: 1, 2",
        "leads: 2, 2",
        "leads_who_act: 2, 2",
        "seats_of_leads: 2, 2",
        "with_events_of_leads: 1, 2",
        // At the end of January the day in February is not known; it is so in rows, which are never judged.
        "open: 1, 0",
        "done: 2, 4",
    ];
    assert_eq!(figures(&project(specs, &metrics, &tables)), expected);
}

/// What a metric is given and what it brings: `over` goes to aggregates without a window and to blocks as a whole, never to
/// a state or into a block; `where` comes with a metric that is named.
#[test]
fn a_metric_that_is_named_is_written_out() {
    let specs = "
entities:
  account: { key: account_id, home: accounts, lives: always }
datasets:
  accounts: { from: a.csv, key: account_id, columns: { account_id: text, plan: text } }
  seats: { from: s.csv, kind: history, valid: [since, until], entities: { account: account_id }, columns: { account_id: text, since: date, until: date, n: integer } }
  events: { from: e.csv, kind: events, time: day, entities: { account: account_id }, columns: { account_id: text, day: date } }
behaviors:
  first_week: events where day <= 2026-02-07
segments:
  size: { of: account, bands: [ big: sum(seats.n) >= 5, some: sum(seats.n) >= 1, none: otherwise ] }
";
    let metrics = [
        "per_seat: count(events) / sum(seats.n at end)",
        "longer: per_seat over 2 months",
        "best_day: max(count(events) per day)",
        "best_day_longer: best_day over 2 months",
        "early: count(first_week)",
        "big: count(account where size = 'big')",
        "some: count(account where size = 'some')",
        "both: with_plan + count(events)",
    ];
    let mut all = project(
        specs,
        &metrics,
        &[
            ("accounts", "account_id,plan\na,pro\nb,free"),
            (
                "seats",
                "account_id,since,until,n\na,2025-01-01,2026-02-01,2\na,2026-02-01,,5\nb,2025-01-01,,1",
            ),
            (
                "events",
                "account_id,day\na,2025-12-01\na,2026-01-05\na,2026-01-05\nb,2026-01-06\nb,2026-02-03\na,2026-02-20",
            ),
        ],
    );
    let lines = ["value: count(events)", "where: plan = 'pro'"].map(str::to_owned).to_vec();
    all.metrics.push(Metric { name: "with_plan".to_owned(), lines });
    let expected = [
        // 3 / (2 + 1); 2 / (5 + 1).
        "per_seat: 1, 0.33",
        // 4 since 1 December; 5 since 1 January.
        "longer: 1.33, 0.83",
        "best_day: 2, 1",
        "best_day_longer: 2, 2",
        "early: 3, 1",
        "big: 0, 1",
        "some: 2, 1",
        "both: 5, 3",
        "with_plan: 2, 1",
    ];
    assert_eq!(figures(&all), expected);
}

/// Only what runs the engine, writes its files, or says what to ask it, knows of the checked model.
#[test]
fn nothing_of_the_checked_model_takes_part() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/reference");
    let running = [
        "asked.rs",
        "compare.rs",
        "files.rs",
        "kept.rs",
        "shapes.rs",
        "laws.rs",
        "outside.rs",
        "rewritten.rs",
        "scored.rs",
        "settled.rs",
        "streamed.rs",
        "ways.rs",
        "worded.rs",
    ];
    let mut looked_at = 0;
    for folder in
        [folder.clone(), folder.join("bind"), folder.join("generate"), folder.join("tree")]
    {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if !name.ends_with(".rs") || running.contains(&name) || name == "alone.rs" {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for word in ["semantics::model", "semantics::explain", "semantics::analyze"] {
                assert!(!text.contains(word), "{name} reads {word}");
            }
            looked_at += 1;
        }
    }
    assert!(looked_at > 20, "only {looked_at} files");
}
