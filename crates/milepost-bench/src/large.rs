//! A project as large as any that people write, from its size alone: the same size gives the same text.
//!
//! Eight entities with their homes, and datasets of every kind that belong to them: one file of specs each, with the
//! dataset and the metrics over it. Ten metrics to a topic, as teams write them: two helpers, ratios of helpers, shares,
//! growth, money, days, a share by a link, one with `where:`, one that mixes others.

use std::fmt::Write as _;

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) metrics: usize,
    /// At least one more than there are entities.
    pub(crate) datasets: usize,
    /// So many metrics are misspelled, each in one place.
    pub(crate) mistakes: usize,
}

/// A file of the project: its path, and its text.
pub(crate) type File = (String, String);

/// Entity, home, and the columns of the home beside the key.
const HOMES: [(&str, &str, &str); 8] = [
    ("account", "accounts", "account_name,size,plan,region,created_at,churned_at"),
    ("contact", "contacts", "account_id,job,seniority,created_at,left_at"),
    ("user", "users", "account_id,contact_id,device,locale,created_at,deactivated_at"),
    ("feature", "features", "feature_name,area,created_at,retired_at"),
    ("campaign", "campaigns", "campaign_name,medium,created_at,ended_at"),
    ("csm", "csms", "csm_name,team,created_at,left_at"),
    ("partner", "partners", "partner_name,tier,created_at,left_at"),
    ("course", "courses", "course_name,level,created_at,retired_at"),
];

/// Entities that only some datasets belong to.
const OTHERS: [&str; 4] = ["contact", "feature", "partner", "course"];

const AREAS: [&str; 10] = [
    "billing", "search", "reports", "exports", "mobile", "api", "admin", "support", "training",
    "inbox",
];

/// What rows of a dataset are, and what they mean in time.
const ROWS: [(&str, Kind); 10] = [
    ("clicks", Kind::Events),
    ("visits", Kind::Events),
    ("contracts", Kind::History),
    ("calls", Kind::Events),
    ("messages", Kind::Events),
    ("balances", Kind::Snapshot),
    ("orders", Kind::Events),
    ("sessions", Kind::Events),
    ("licenses", Kind::History),
    ("scores", Kind::Snapshot),
];

const TOPICS: [&str; 12] = [
    "invite", "share", "upload", "comment", "approve", "import", "merge", "assign", "publish",
    "archive", "restore", "review",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Events,
    History,
    Snapshot,
}

/// All files of the project.
pub(crate) fn files(size: Size) -> Vec<File> {
    let facts = size.datasets.saturating_sub(HOMES.len()).max(1);
    let mut files = vec![
        ("milepost.yaml".to_owned(), PROJECT.to_owned()),
        ("specs/entities.yaml".to_owned(), entities()),
    ];
    for (entity, home, columns) in HOMES {
        let rows = format!("{entity}_id,{columns}\n{}", row(entity, columns));
        files.push((format!("data/{home}.csv"), rows));
    }
    let mut number = 0;
    for fact in 0..facts {
        let (area, (noun, kind)) =
            (AREAS[fact % AREAS.len()], ROWS[fact / AREAS.len() % ROWS.len()]);
        let again = fact / (AREAS.len() * ROWS.len());
        let name =
            if again == 0 { format!("{area}_{noun}") } else { format!("{area}_{noun}_{again}") };
        let count = size.metrics / facts + usize::from(fact < size.metrics % facts);
        let other = OTHERS[fact % OTHERS.len()];
        let mut text = dataset(&name, kind, other);
        for i in 0..count {
            let metric = metric(&name, kind, i);
            // As many before this one as its share is, so that they spread evenly.
            let before = |n: usize| n * size.mistakes / size.metrics.max(1);
            let wrong = before(number + 1) > before(number);
            text.push_str(&if wrong { misspelt(&metric, before(number)) } else { metric });
            number += 1;
        }
        files.push((format!("specs/{name}.yaml"), text));
        files.push((format!("data/{name}.csv"), rows(kind, other)));
    }
    files
}

const PROJECT: &str = "\
project: large
label: A large project
edition: 2026
calendar: { time_zone: Europe/Amsterdam, fiscal_year_starts: february }
currency: USD
grain: month
as_of: 2026-01-31
";

fn entities() -> String {
    let mut text = "# Whom and what the numbers are about.\n\nentities:\n".to_owned();
    for (entity, home, columns) in HOMES {
        let ends: Vec<&str> = columns.split(',').filter(|c| c.ends_with("_at")).collect();
        let _ = writeln!(
            text,
            "  {entity}: {{ key: {entity}_id, home: {home}, lives: [{}] }}",
            ends.join(", ")
        );
    }
    text += "\ndatasets:\n";
    for (entity, home, columns) in HOMES {
        let _ = write!(text, "  {home}:\n    from: data/{home}.csv\n    key: {entity}_id\n");
        let others: Vec<String> = columns
            .split(',')
            .filter_map(|c| c.strip_suffix("_id"))
            .map(|other| format!("{other}: {other}_id"))
            .collect();
        if !others.is_empty() {
            let _ = writeln!(text, "    entities: {{ {} }}", others.join(", "));
        }
        text += "    columns:\n";
        for column in columns.split(',').filter(|c| !c.ends_with("_id")) {
            let declared = if column.ends_with("_at") {
                "timestamp".to_owned()
            } else {
                format!("{{ type: text, dimension: {column}, label: {column} }}")
            };
            let _ = writeln!(text, "      {column}: {declared}");
        }
    }
    text
}

fn row(entity: &str, columns: &str) -> String {
    let values = columns.split(',').map(|column| match column {
        "churned_at" | "left_at" | "deactivated_at" | "retired_at" | "ended_at" => String::new(),
        _ if column.ends_with("_at") => "2025-01-01T00:00:00Z".to_owned(),
        _ if column.ends_with("_id") => format!("{}-1", column.trim_end_matches("_id")),
        _ => format!("{column} 1"),
    });
    format!("{entity}-1,{}\n", values.collect::<Vec<_>>().join(","))
}

/// The rows of a dataset: few, for checking reads their columns alone.
fn rows(kind: Kind, other: &str) -> String {
    let times = match kind {
        Kind::Events => ("at,done_at", "2025-03-01T10:00:00Z,2025-03-04T10:00:00Z"),
        Kind::History => ("started,ended", "2025-03-01T00:00:00Z,"),
        Kind::Snapshot => ("day,entered", "2025-03-01,2025-03-02"),
    };
    format!(
        "row_id,{},account_id,user_id,campaign_id,csm_id,{other}_id,kind,channel,amount,seats,score,reliable\n\
         1,{},account-1,user-1,campaign-1,csm-1,{other}-1,invite,email,10.50,5,4,true\n",
        times.0, times.1
    )
}

fn dataset(name: &str, kind: Kind, other: &str) -> String {
    let (time, columns) = match kind {
        Kind::Events => {
            ("kind: events\n    time: at\n    unique: row_id", "      done_at: timestamp\n")
        }
        Kind::History => ("kind: history\n    valid: [started, ended]", "      ended: timestamp\n"),
        Kind::Snapshot => ("kind: snapshot\n    time: day", "      entered: date\n"),
    };
    format!(
        "\
# {name}: its rows, and the metrics over them.

datasets:
  {name}:
    description: The {name} of customers, as the product writes them down.
    from: data/{name}.csv
    {time}
    entities: {{ account: account_id, user: user_id, campaign: campaign_id, csm: csm_id, {other}: {other}_id }}
    columns:
{columns}\
\x20     kind: text
      channel: {{ type: text, dimension: channel, label: Channel }}
      amount: {{ type: decimal, unit: USD }}
      seats: {{ type: integer, unit: seat }}
      score: integer
      reliable: boolean
      is_large: {{ value: seats > 100 and amount > 1_000 }}
    checks: [ not_null: [account_id, row_id], {{ relation: account, severity: warn }} ]
    freshness: {{ warn_after: 2 days, error_after: 7 days }}

metrics:
"
    )
}

/// One metric over the dataset: the one of ten that the number says, about a topic.
fn metric(dataset: &str, kind: Kind, number: usize) -> String {
    let (block, which) = (number / 10, number % 10);
    let topic = TOPICS[block % TOPICS.len()];
    let again = block / TOPICS.len();
    let p = if again == 0 {
        format!("{dataset}_{topic}")
    } else {
        format!("{dataset}_{topic}_{again}")
    };
    let d = dataset;
    let when = if kind == Kind::Events { "over 28 days" } else { "at end" };
    let now = if kind == Kind::Events { "" } else { " at end" };
    let least = block % 5 + 1;
    let (ending, fields, value) = match which {
        0 => ("count", "", format!("count({d}{now} where kind = '{topic}' and score >= {least})")),
        1 => ("users", "", format!("count(distinct {d}.user {when} where kind = '{topic}')")),
        2 => ("rate", "effect", format!("{p}_count / {p}_users")),
        3 => (
            "share",
            "percent",
            format!("count({d}{now} where kind = '{topic}') / count({d}{now})"),
        ),
        4 => ("growth", "roi", format!("{p}_rate / prior({p}_rate, 12 months) - 1")),
        5 => (
            "revenue",
            "money",
            format!("sum({d}.amount{now} where kind = '{topic}' and not is_large)"),
        ),
        6 if kind == Kind::Events => (
            "days",
            "days",
            format!("median(days_between({d}.at, {d}.done_at) on done_at where kind = '{topic}')"),
        ),
        6 => (
            "seats",
            "effect",
            format!("avg({d}.seats{now} where kind = '{topic}' or score between 1 and {least})"),
        ),
        7 => (
            "large",
            "percent",
            format!(
                "count(distinct {d}.account {when} where account.size in ['enterprise', 'mid'] and kind = '{topic}')\n      / count(distinct {d}.account {when} where kind = '{topic}')"
            ),
        ),
        8 => (
            "reach",
            "reach",
            format!(
                "count({d}{now} where reliable and score >= {least}) / count({d}{now} where kind != 'none')"
            ),
        ),
        _ => ("blend", "effect", format!("if({p}_users > 10, {p}_share, 0) + 0.5 * {p}_reach")),
    };
    let fields = match fields {
        "effect" => "\n    category: effect\n    better: higher\n    target: { at_least: 2 }",
        "percent" => {
            "\n    category: effect\n    unit: percent\n    better: higher\n    target: { at_least: 60%, by: { size: { enterprise: 70%, small: 50% } } }"
        }
        "roi" => "\n    category: roi\n    unit: percent\n    better: higher\n    grain: month",
        "money" => {
            "\n    category: roi\n    unit: USD\n    better: higher\n    grain: fiscal quarter\n    target: { at_least: 20_000 }"
        }
        "days" => {
            "\n    category: effect\n    unit: days\n    better: lower\n    target: { at_most: 21 }\n    min_sample: 5"
        }
        "reach" => {
            "\n    category: reach\n    unit: percent\n    better: higher\n    where: channel = 'email'"
        }
        _ => "",
    };
    let slices = if fields.is_empty() { "" } else { "\n    slices: [plan, size, region, channel]" };
    let leads = if which == 2 { format!("\n    leads_to: [{p}_growth]") } else { String::new() };
    let noun = d.replace('_', " ");
    format!(
        "  {p}_{ending}:
    label: {noun}, {topic}, {ending}
    question: How do customers {topic} in {noun}?
    description: What comes of {topic} in {noun}, counted as {ending}.
    owner: team {least}
    stage: adoption{fields}{leads}{slices}
    value: >
      {value}
"
    )
}

/// The same metric with one slip of the hand.
fn misspelt(metric: &str, number: usize) -> String {
    let slips = [
        ("_users", "_usres"),
        ("_rate", "_raet"),
        ("kind =", "knid ="),
        ("account.size", "account.sise"),
        ("[plan,", "[paln,"),
        ("count(", "cuont("),
        (".amount", ".amuont"),
        ("owner:", "ownre:"),
    ];
    // Only below the name, so that others that refer to it are right.
    let (head, body) = metric.split_once('\n').unwrap_or(("", metric));
    let (from, to) = (0..slips.len())
        .map(|i| slips[(number + i) % slips.len()])
        .find(|(from, _)| body.contains(from))
        .unwrap_or(("label:", "lable:"));
    format!("{head}\n{}", body.replacen(from, to, 1))
}
