//! Funnels, and metrics that name their parts.

use super::forms::pair;
use super::metrics::{GRAINS, Metric};
use super::random::Random;

/// Whose steps they are, the steps, and what may end an attempt.
const FUNNELS: [(&str, &[&str], &str); 12] = [
    ("user", &["events", "login"], "events where name = 'export'"),
    ("user", &["events", "events on seen", "login"], "login"),
    ("account", &["login", "tickets"], "events where n < 0"),
    ("account", &["tickets", "tickets on closed", "events"], "login on seen"),
    ("account", &["events where n > 1", "tickets on closed", "login"], "tickets"),
    ("account", &["tickets", "events where name = 'export'", "login"], "events on due"),
    ("session", &["events on due", "events on ts where ok"], "login"),
    ("session", &["login", "events where n is not null", "events"], "much"),
    ("account", &["trials on ends", "events"], "tickets where stars < 3"),
    ("account", &["accounts on born", "events on due", "tickets"], "login"),
    ("user", &["events where ok", "{ rows: tickets, of: account }"], "login"),
    ("user", &["login", "{ rows: events, of: account }", "events where name = 'log'"], "much"),
];

const LENGTHS: [&str; 5] = ["3 days", "2 weeks", "1 month", "60 days", "4 calendar days"];

/// A funnel, and a metric that names its parts.
pub(super) fn funnels(random: &mut Random, n: usize) -> Vec<Metric> {
    let name = format!("m{n}");
    let (of, form) = funnel(random);
    let mut asked = vec![format!("grain: {}", random.pick(&GRAINS)), form];
    match random.below(5) {
        0 => asked.push("show: started".to_owned()),
        1 => asked.push("min_sample: 2".to_owned()),
        2 => asked.push("show: days".to_owned()),
        _ => {}
    }
    let of_accounts = match of {
        "session" => "NAME.step_1_days",
        _ => "count(account where NAME.step_1 >= 1)",
    };
    let value = random.word(&[
        "NAME.share over 28 days",
        "NAME.step_0 - NAME.step_1",
        "NAME.step_1_share * NAME.days",
        of_accounts,
        "NAME.step_1 / prior(NAME.step_0)",
    ]);
    let value = value.replace("NAME", &name);
    let again = vec![format!("grain: {}", random.pick(&GRAINS)), format!("value: {value}")];
    pair(n, asked, again).into()
}

fn funnel(random: &mut Random) -> (&'static str, String) {
    let (of, steps, without) = *random.pick(&FUNNELS);
    // Neither business days nor hours from a day are counted to a time of the first row itself.
    let within = match steps.iter().any(|step| step.contains(" on ")) {
        false => *random.pick(&["5 business days", "48 hours", "2 weeks"]),
        true => *random.pick(&LENGTHS),
    };
    let mut lines = vec![format!("of: {of}"), format!("within: {within}"), "steps:".to_owned()];
    let steps = steps.iter().enumerate();
    lines.extend(steps.map(|(at, rows)| format!("  - step_{at}: {rows}")));
    if random.percent(35) {
        lines.push(format!("without: {without}"));
    }
    lines.push(random.word(&["", "", "ties: apart", "ties: in_order"]));
    lines.push(random.word(&["", "", "count: attempts"]));
    lines.retain(|line| !line.is_empty());
    (of, format!("funnel:\n      {}", lines.join("\n      ")))
}
