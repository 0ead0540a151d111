//! For a comment on a pull request: the worst first, the rest folded, and never longer than the platforms take.

use std::fmt::Write as _;

use milepost_semantics::diff::{Change, Changed, Level};

use super::{Attributed, Attribution, Cause, Review, published, sign};

/// What a comment of GitHub holds, in characters.
pub const LARGEST_COMMENT: usize = 65_536;

/// What stays free for what is said of the rest.
const RESERVE: usize = 2_000;

/// The review as Markdown of at most [`LARGEST_COMMENT`] characters.
#[must_use]
pub fn markdown(review: &Review) -> String {
    let mut page = Page { text: String::new(), length: 0, left_out: 0 };
    page.push(&head(review));
    for level in Level::ALL {
        let all: Vec<&Changed> =
            review.changes.changed.iter().filter(|changed| changed.level == level).collect();
        if all.is_empty() {
            continue;
        }
        let folded = level <= Level::Additive;
        let title = format!("{} {} ({})", sign_of(level), level.name(), all.len());
        page.push(&if folded {
            format!("\n<details><summary><b>{title}</b>: {}</summary>\n", level.meaning())
        } else {
            format!("\n#### {title}\n\n{}\n", level.meaning())
        });
        for changed in all {
            let mut text = definition(changed);
            for line in review.sentences(changed) {
                let _ = writeln!(text, "- = {}", escaped(&cut(&line, 1_000)));
            }
            page.item(&text);
        }
        page.close(if folded { "\n</details>\n" } else { "" });
    }
    review.published.iter().for_each(|found| published(found, &mut page));
    page.end(review)
}

/// What became of the figures of a site. What needs nobody is folded.
fn published(found: &Attribution, page: &mut Page) {
    let head = escaped(&cut(&published::head(found), 500));
    page.push(&format!("\n### Published figures\n\n<sub>{head}</sub>\n"));
    for cause in Cause::ALL {
        let of_cause: Vec<&Attributed> =
            found.metrics.iter().filter(|metric| metric.cause == cause).collect();
        if of_cause.is_empty() {
            continue;
        }
        let (title, meaning) = (format!("{} ({})", cause.name(), of_cause.len()), cause.meaning());
        let folded = cause == Cause::Time;
        page.push(&if folded {
            format!("\n<details><summary><b>{title}</b>: {meaning}</summary>\n")
        } else {
            format!("\n#### {title}\n\n{meaning}\n")
        });
        for metric in of_cause {
            let before = metric.published_as.as_ref();
            let before = before.map(|name| format!(", published as {}", code(name)));
            let mut text =
                format!("\n**metric {}**{}\n", code(&metric.name), before.unwrap_or_default());
            for line in published::lines(metric) {
                let _ = writeln!(text, "- = {}", escaped(&cut(&line, 1_000)));
            }
            page.item(&text);
        }
        page.close(if folded { "\n</details>\n" } else { "" });
    }
    for line in published::reasons(found) {
        page.item(&format!("\n- not compared with the site: {}\n", escaped(&cut(&line, 500))));
    }
    page.push(&format!("\n{}\n", escaped(&published::summary(found))));
}

struct Page {
    text: String,
    /// In characters.
    length: usize,
    left_out: usize,
}

impl Page {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.length += text.chars().count();
    }

    /// One definition, if there is room for it.
    fn item(&mut self, text: &str) {
        let length = text.chars().count();
        if self.left_out > 0 || self.length + length + RESERVE > LARGEST_COMMENT {
            self.left_out += 1;
        } else {
            self.push(text);
        }
    }

    fn close(&mut self, text: &str) {
        self.push(text);
    }

    fn end(mut self, review: &Review) -> String {
        if self.left_out > 0 {
            let what = if self.left_out == 1 { "definition is" } else { "definitions are" };
            let text = format!(
                "\n> {} more {what} left out here, none of them worse than the last one above: `milepost diff` shows all.\n",
                self.left_out
            );
            self.push(&text);
        }
        let sentence = review.sentence();
        self.push(&format!("\n**{}**\n", escaped(&sentence)));
        self.text
    }
}

fn head(review: &Review) -> String {
    let mut text = String::from("### What this does to the numbers\n\n");
    let version = |name: &str, version: &super::Version| {
        let what = cut(&version.what, 200);
        format!("{name} {}: {}", code(&what), escaped(&cut(&version.why, 200)))
    };
    let (base, head) = (version("from", &review.base), version("to", &review.head));
    let _ = writeln!(text, "<sub>{base}; {head}</sub>");
    for doubt in review.doubts() {
        let _ = writeln!(text, "\n> [!WARNING]\n> {}", escaped(&cut(&doubt, 1_000)));
    }
    let not_compared: Vec<String> = review.not_compared();
    for line in not_compared.iter().take(MOST_POLICY) {
        let _ = writeln!(text, "\n- not compared: {}", escaped(&cut(line, 500)));
    }
    let outcome = &review.outcome;
    let mut lines: Vec<String> = Vec::new();
    let failed = outcome.failed.iter().map(|failed| format!("not allowed: {}", escaped(failed)));
    lines.extend(failed);
    lines.extend(
        outcome
            .waived
            .iter()
            .map(|waived| format!("waived: {} ({})", code(&waived.id), escaped(&waived.reason))),
    );
    lines.extend(outcome.idle.iter().map(|idle| escaped(idle)));
    let shown = lines.len().min(MOST_POLICY);
    for line in &lines[..shown] {
        let _ = writeln!(text, "\n- {}", cut(line, 500));
    }
    if lines.len() > shown {
        let _ = writeln!(text, "\n- and {} more", lines.len() - shown);
    }
    text
}

/// How many lines of the policy stand at the top.
const MOST_POLICY: usize = 20;

fn definition(changed: &Changed) -> String {
    let mut text = String::new();
    let before = changed.renamed_from.as_ref().map(|name| format!(", before {}", code(name)));
    let _ = writeln!(
        text,
        "\n**{} {}**{}",
        changed.subject.kind.name(),
        code(&changed.subject.name),
        before.unwrap_or_default()
    );
    for change in &changed.own {
        let _ = writeln!(text, "- {}", own(change));
    }
    for derived in &changed.derived {
        let by: Vec<String> = derived.by.iter().map(|step| code(step)).collect();
        let _ = writeln!(text, "- {} by {}", sign_of(derived.level), by.join(", "));
    }
    for line in &changed.no_longer {
        let _ = writeln!(text, "- was: {}", escaped(&cut(line, 1_000)));
    }
    for line in &changed.now {
        let _ = writeln!(text, "- now: {}", escaped(&cut(line, 1_000)));
    }
    text
}

fn own(change: &Change) -> String {
    let values = match (&change.before, &change.after) {
        _ if change.part == "definition" => String::new(),
        (Some(before), Some(after)) => format!(": {} → {}", code(before), code(after)),
        (Some(before), None) => format!(": {} is gone", code(before)),
        (None, Some(after)) => format!(": {} is new", code(after)),
        (None, None) => String::new(),
    };
    let why = if change.level > Level::Cosmetic {
        format!(". {}", escaped(&change.why))
    } else {
        String::new()
    };
    format!(
        "{} {}{values}{why} <sub>{}</sub>",
        sign_of(change.level),
        escaped(&change.part),
        change.id
    )
}

/// The sign of a level, so that it stays one.
fn sign_of(level: Level) -> String {
    format!("`{}`", sign(level))
}

/// Text of an author as code: nothing in it means anything to Markdown or HTML.
fn code(text: &str) -> String {
    let text = cut(&text.replace(['\n', '\r'], " "), 2_000);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad =
        if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Text of an author as text.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' | '\r' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '@' => {
                out.push('\\');
                out.push(sign);
            }
            _ => out.push(sign),
        }
    }
    out
}

/// At most so many characters, and a sign that there were more.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::{code, cut, escaped};

    #[test]
    fn text_of_authors_is_only_text() {
        assert_eq!(escaped("<img src=x> @all [a](b)"), "&lt;img src=x&gt; \\@all \\[a\\](b)");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a\nb"), "`a b`");
        assert_eq!(cut("äöü", 2), "äö…");
    }
}
