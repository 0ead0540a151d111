//! Workflow commands of GitHub Actions. A step shows ten annotations of a kind; the worst are written, and the rest is
//! counted.
//!
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>

use std::fmt::Write as _;

use milepost_syntax::diagnostic::Severity;

use super::{Finding, Findings};

/// How many annotations of a kind a step shows.
const MOST: usize = 10;

pub(super) fn text(findings: &Findings) -> String {
    let mut text = String::new();
    let mut left_out = 0;
    for (severity, word) in [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        // The last note is the sentence at the end.
        (Severity::Note, "notice"),
    ] {
        let all: Vec<&Finding> =
            findings.all.iter().filter(|finding| finding.severity == severity).collect();
        let most = if severity == Severity::Note { MOST - 1 } else { MOST };
        left_out += all.len().saturating_sub(most);
        for finding in all.into_iter().take(most) {
            let _ = writeln!(text, "{}", annotation(word, finding));
        }
    }
    let more = match left_out {
        0 => String::new(),
        1 => " (1 more is not shown here)".to_owned(),
        n => format!(" ({n} more are not shown here)"),
    };
    let summary = data(&format!("{}{more}", findings.summary));
    let _ = writeln!(text, "::notice title={}::{summary}", property(findings.command));
    text
}

fn annotation(word: &str, finding: &Finding) -> String {
    let mut properties = Vec::new();
    if let Some(place) = &finding.place {
        properties.push(format!("file={}", property(&place.file)));
        properties.push(format!("line={}", place.line));
        properties.push(format!("endLine={}", place.end_line));
        // Columns mean something within a line alone.
        if place.line == place.end_line {
            properties.push(format!("col={}", place.column));
            properties.push(format!("endColumn={}", place.end_column));
        }
    }
    properties.push(format!("title={}", property(&finding.title)));
    format!("::{word} {}::{}", properties.join(","), data(&finding.message))
}

/// Text after the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use milepost_syntax::diagnostic::Severity;

    use super::text;
    use crate::findings::{Finding, Findings};

    #[test]
    fn ten_of_a_kind_and_nothing_runs() {
        let finding = |severity, i: usize| Finding {
            severity,
            code: "x".to_owned(),
            title: "a: b, c".to_owned(),
            message: format!("{i} 100%\n::error::no"),
            place: None,
            id: String::new(),
        };
        let errors = (0..12).map(|i| finding(Severity::Error, i));
        let notes = (0..12).map(|i| finding(Severity::Note, i));
        let findings = Findings {
            command: "milepost check",
            all: errors.chain(notes).collect(),
            passed: Vec::new(),
            summary: "12 errors".to_owned(),
        };
        let text = text(&findings);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 20);
        assert_eq!(lines[0], "::error title=a%3A b%2C c::0 100%25%0A::error::no");
        assert_eq!(
            lines[19],
            "::notice title=milepost check::12 errors (5 more are not shown here)"
        );
    }
}
