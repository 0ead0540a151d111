//! For the terminal: the worst first, a legend of the signs that were used, and a last line that says it all.

use std::fmt::Write as _;

use milepost_semantics::diff::{Change, Changed, Level};

use super::{Attribution, Cause, Review, published, sign, values};

/// The review as text.
#[must_use]
pub fn text(review: &Review) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "from  {} ({})", review.base.what, review.base.why);
    let _ = writeln!(text, "to    {} ({})", review.head.what, review.head.why);
    for doubt in review.doubts() {
        let _ = writeln!(text, "\nnote: {doubt}");
    }
    for level in Level::ALL {
        let all: Vec<&Changed> =
            review.changes.changed.iter().filter(|changed| changed.level == level).collect();
        if all.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n{}", level.name());
        for changed in all {
            definition(changed, &mut text);
            for line in review.sentences(changed) {
                let _ = writeln!(text, "      = {line}");
            }
        }
    }
    for line in review.not_compared() {
        let _ = writeln!(text, "\nnot compared: {line}");
    }
    review.published.iter().for_each(|found| published(found, &mut text));
    policy(review, &mut text);
    legend(review, &mut text);
    let _ = writeln!(text, "\n{}", review.sentence());
    text
}

fn definition(changed: &Changed, text: &mut String) {
    let before = changed.renamed_from.as_ref().map(|name| format!(", before {name}"));
    let imported = if changed.imported { " (of the catalog)" } else { "" };
    let _ = writeln!(
        text,
        "\n  {} {}{}{imported}",
        sign(changed.level),
        changed.subject,
        before.unwrap_or_default()
    );
    for change in &changed.own {
        own(change, text);
    }
    causes_and_words(changed, text);
}

/// What reaches a definition from others, and its plain words before and after.
pub(super) fn causes_and_words(changed: &Changed, text: &mut String) {
    for derived in &changed.derived {
        let by = derived.by.join(", ");
        let _ = writeln!(text, "      {} by {by}", sign(derived.level));
    }
    for line in &changed.no_longer {
        let _ = writeln!(text, "      was: {line}");
    }
    for line in &changed.now {
        let _ = writeln!(text, "      now: {line}");
    }
}

fn own(change: &Change, text: &mut String) {
    let (sign, values) = (sign(change.level), values(change));
    let _ = writeln!(text, "      {sign} {}{values}  [{}]", change.part, change.id);
    if change.level > Level::Cosmetic {
        let _ = writeln!(text, "        {}", change.why);
    }
}

/// What became of the figures of a site.
fn published(found: &Attribution, text: &mut String) {
    let _ = writeln!(text, "\npublished  {}", published::head(found));
    for cause in Cause::ALL {
        let of_cause = || found.metrics.iter().filter(|metric| metric.cause == cause);
        if of_cause().next().is_some() {
            let _ = writeln!(text, "\n{}: {}", cause.name(), cause.meaning());
        }
        for metric in of_cause() {
            let before = metric.published_as.as_ref().map(|name| format!(", published as {name}"));
            let _ = writeln!(text, "\n  metric {}{}", metric.name, before.unwrap_or_default());
            for line in published::lines(metric) {
                let _ = writeln!(text, "      = {line}");
            }
        }
    }
    for line in published::reasons(found) {
        let _ = writeln!(text, "\nnot compared with the site: {line}");
    }
    let _ = writeln!(text, "\n{}", published::summary(found));
}

fn policy(review: &Review, text: &mut String) {
    let outcome = &review.outcome;
    if outcome.failed.is_empty() && outcome.waived.is_empty() && outcome.idle.is_empty() {
        return;
    }
    let _ = writeln!(text, "\npolicy");
    for failed in &outcome.failed {
        let _ = writeln!(text, "  not allowed: {failed}");
    }
    for waived in &outcome.waived {
        let _ = writeln!(text, "  waived: {} ({})", waived.id, waived.reason);
    }
    for idle in &outcome.idle {
        let _ = writeln!(text, "  note: {idle}");
    }
}

/// What the signs mean that were used.
fn legend(review: &Review, text: &mut String) {
    let used = |level: Level| {
        review.changes.changed.iter().any(|changed| {
            changed.level == level
                || changed.own.iter().any(|change| change.level == level)
                || changed.derived.iter().any(|derived| derived.level == level)
        })
    };
    let lines = Level::ALL.into_iter().filter(|level| used(*level));
    let lines: Vec<String> = lines
        .map(|level| format!("  {} {}: {}", sign(level), level.name(), level.meaning()))
        .collect();
    if !lines.is_empty() {
        let _ = writeln!(text, "\n{}", lines.join("\n"));
    }
}
