//! Retention of amounts of accounts, from every kind of rows that has them.

use super::forms::pair;
use super::metrics::Metric;
use super::random::Random;

const GRAINS: [&str; 5] = ["month", "week", "month", "quarter", "fiscal_quarter"];

/// A metric of the form, and another one that names its parts.
pub(super) fn retention(random: &mut Random, n: usize) -> [Metric; 2] {
    let name = format!("m{n}");
    let (amount, kind) = *random.pick(&[
        ("subs.mrr", "history"),
        ("subs.seats", "history"),
        ("subs.mrr * subs.seats", "history"),
        ("pics.value", "snapshot"),
        ("pics.heads", "snapshot"),
        ("levels.value", "snapshot"),
        ("events.n", "events"),
    ]);
    let mut fields = vec!["of: account".to_owned(), format!("amount: {amount}")];
    if kind == "events" {
        fields.push("changes: true".to_owned());
    } else if random.percent(30) {
        fields.push("free: expansion".to_owned());
    }
    if random.percent(60) {
        fields.push(format!(
            "over: {}",
            random.word(&["2 months", "28 days", "5 weeks", "1 quarter"])
        ));
    }
    if random.percent(60) {
        let words = ["any", "none", "within 20 days", "within 2 months", "within 60 days"];
        fields.push(format!("reactivation: {}", random.word(&words)));
    }
    if random.percent(30) {
        let condition = match kind {
            "history" => random.word(&["seats > 2", "mrr > 20"]),
            "snapshot" => random.word(&["heads > 1", "value < 70"]),
            _ => "name != 'log'".to_owned(),
        };
        fields.push(format!("where: \"{condition}\""));
    }
    if kind == "history" && random.percent(30) {
        fields.push("churn_at: signed".to_owned());
    }
    let has_due = kind == "history" && random.percent(50);
    if has_due {
        fields.push(format!("due: {}", random.word(&["stops", "starts", "signed"])));
    }
    let grain = || "grain: ".to_owned();
    let mut lines = vec![grain() + *random.pick(&GRAINS)];
    match random.below(6) {
        0 => lines.push("show: churned".to_owned()),
        1 => lines.push("min_sample: 2".to_owned()),
        2 => lines.push("where: \"plan = 'pro' or tier > 0\"".to_owned()),
        3 if has_due => lines.push("show: renewed".to_owned()),
        _ => {}
    }
    lines.push(format!("retention:\n      {}", fields.join("\n      ")));
    let again = vec![
        grain() + *random.pick(&GRAINS),
        format!(
            "value: >\n      {}",
            match random.below(4) {
                0 => format!("count(account where {name}.net < 1)"),
                1 => format!("{name}.churned / {name}.opening"),
                2 => format!("1 - {name}.logo"),
                _ => format!("{name}.gross"),
            }
        ),
    ];
    pair(n, lines, again)
}
