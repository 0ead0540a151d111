//! `JUnit` XML: a case for each finding and for each test that passed. Only errors are failures.

use std::fmt::Write as _;

use milepost_syntax::diagnostic::Severity;

use super::Findings;

pub(super) fn text(findings: &Findings) -> String {
    let failures =
        findings.all.iter().filter(|finding| finding.severity == Severity::Error).count();
    // A suite without a case looks like one that did not run.
    let whole = usize::from(findings.all.is_empty() && findings.passed.is_empty());
    let tests = findings.all.len() + findings.passed.len() + whole;
    let name = escaped(findings.command);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ =
        writeln!(text, "<testsuites name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\">");
    let _ =
        writeln!(text, "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\">");
    for finding in &findings.all {
        let class = escaped(&finding.code);
        let (title, message) = (escaped(&finding.title), escaped(&finding.message));
        let place = finding
            .place
            .as_ref()
            .map(|place| format!(" file=\"{}\" line=\"{}\"", escaped(&place.file), place.line));
        let place = place.unwrap_or_default();
        let _ = writeln!(text, "    <testcase classname=\"{class}\" name=\"{title}\"{place}>");
        let _ = match finding.severity {
            Severity::Error => {
                let first = escaped(finding.message.lines().next().unwrap_or_default());
                writeln!(text, "      <failure message=\"{first}\">{message}</failure>")
            }
            Severity::Warning | Severity::Note => {
                writeln!(text, "      <system-out>{message}</system-out>")
            }
        };
        text += "    </testcase>\n";
    }
    for passed in &findings.passed {
        let _ = writeln!(text, "    <testcase classname=\"test\" name=\"{}\"/>", escaped(passed));
    }
    if whole > 0 {
        let summary = escaped(&findings.summary);
        let _ = writeln!(text, "    <testcase classname=\"{name}\" name=\"{summary}\"/>");
    }
    text += "  </testsuite>\n</testsuites>\n";
    text
}

/// Text in an element or an attribute. What XML has no place for becomes a question mark.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '&' => out += "&amp;",
            '"' => out += "&quot;",
            '\n' => out += "&#10;",
            '\t' => out += "&#9;",
            sign if sign.is_control() || matches!(sign, '\u{fffe}' | '\u{ffff}') => out.push('?'),
            sign => out.push(sign),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn text_is_only_text() {
        assert_eq!(escaped("<a b=\"c\">&\u{1}\n"), "&lt;a b=&quot;c&quot;&gt;&amp;?&#10;");
    }
}
