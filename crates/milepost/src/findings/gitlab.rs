//! A Code Quality report of GitLab: a list of issues, each with a fingerprint that stays.
//!
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use milepost_syntax::diagnostic::Severity;
use serde_json::{Value, json};

use super::{Finding, Findings};

pub(super) fn report(findings: &Findings) -> Value {
    // An issue needs a place; what is in no file is at the project's own.
    let issue = |finding: &Finding| {
        let (path, line) = finding
            .place
            .as_ref()
            .map_or((crate::PROJECT_FILE, 1), |place| (place.file.as_str(), place.line));
        json!({
            "description": format!("{}: {}", finding.title, finding.message),
            "check_name": finding.code,
            "fingerprint": finding.id,
            "severity": match finding.severity {
                Severity::Error => "critical",
                Severity::Warning => "major",
                Severity::Note => "info",
            },
            "location": { "path": path, "lines": { "begin": line } },
        })
    };
    Value::Array(findings.all.iter().map(issue).collect())
}
