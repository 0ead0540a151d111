//! What `check`, `test` and `diff` found, in the forms that platforms show beside the lines of a change: one model of a
//! finding, and a writer for each platform that keeps to its limits.

mod github;
mod gitlab;
mod junit;
mod sarif;

use std::path::Path;

use milepost_semantics::diff::Level;
use milepost_syntax::diagnostic::{Diagnostic, Severity};
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::Span;

use crate::error::Error;
use crate::machine::{MachineDiagnostic, MachinePlace, place};
use crate::prove::TestOutcome;
use crate::review::Review;

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Workflow commands of GitHub Actions: annotations.
    Github,
    /// A Code Quality report of GitLab.
    Gitlab,
    /// SARIF 2.1.0, which code scanning of many platforms reads.
    Sarif,
    /// `JUnit` XML, which test reports of many platforms read.
    Junit,
}

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// `unknown-field` of a diagnostic, `value-changing` of a difference, `test`.
    pub code: String,
    /// What it is about, in a few words.
    pub title: String,
    /// What is wrong or different, and what to do; several lines.
    pub message: String,
    /// Absent: it stands in no file.
    pub place: Option<MachinePlace>,
    /// The same for the same finding, wherever it moves to.
    pub id: String,
}

/// What a command found, the worst first.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// `milepost check`
    pub command: &'static str,
    pub all: Vec<Finding>,
    /// The names of what was tried and is right: tests that passed.
    pub passed: Vec<String>,
    /// What is said at the end: everything in one sentence.
    pub summary: String,
}

impl Findings {
    /// The diagnostics of a check.
    #[must_use]
    pub fn of_check(list: &[&Diagnostic], sources: &SourceMap, root: &Path, summary: &str) -> Self {
        let all = MachineDiagnostic::list(list, sources, root);
        let found = all.into_iter().map(|told| {
            let message: Vec<String> =
                std::iter::once(told.message.clone()).chain(told.help).collect();
            let file = told.place.as_ref().map_or("", |place| place.file.as_str());
            Finding {
                severity: told.severity,
                code: told.code.to_owned(),
                title: told.code.to_owned(),
                id: id(&[told.code, file, &told.message]),
                message: message.join("\n"),
                place: told.place,
            }
        });
        Self::sorted("milepost check", found.collect(), Vec::new(), summary)
    }

    /// The outcomes of tests: a finding for each that failed. `mistakes`: what kept tests from running.
    #[must_use]
    pub fn of_tests(
        outcomes: &[TestOutcome],
        mistakes: &[&Diagnostic],
        sources: &SourceMap,
        root: &Path,
        summary: &str,
    ) -> Self {
        let mut found = Self::of_check(mistakes, sources, root, summary).all;
        for outcome in outcomes.iter().filter(|outcome| !outcome.passed()) {
            let wrong = outcome.figures.iter().filter(|figure| !figure.passed);
            let lines = wrong.clone().map(|figure| {
                let words = &figure.words;
                format!("{}: expected {}, got {}", figure.bucket, words.expected, words.got)
            });
            let span = wrong.clone().next().map_or(outcome.span, |figure| figure.span);
            found.push(Finding {
                severity: Severity::Error,
                code: "test".to_owned(),
                title: format!("test {} of {}", outcome.name, outcome.metric),
                message: lines.collect::<Vec<_>>().join("\n"),
                place: Some(place(span, sources, root)),
                id: id(&["test", &outcome.name]),
            });
        }
        let passed = outcomes.iter().filter(|outcome| outcome.passed());
        let passed = passed.map(|outcome| outcome.name.clone()).collect();
        Self::sorted("milepost test", found, passed, summary)
    }

    /// The differences of a review that are more than cosmetic, and what the policy forbids, which alone are errors.
    #[must_use]
    pub fn of_review(review: &Review, root: &Path) -> Self {
        let sources = &review.head.loaded.sources;
        let forbidden = |id: &str| review.outcome.failed.iter().any(|failed| failed.contains(id));
        let mut found = Vec::new();
        for changed in &review.changes.changed {
            let at = changed.place.map(|span: Span| place(span, sources, root));
            let numbers = review.sentences(changed);
            for (nth, change) in
                changed.own.iter().filter(|change| change.level > Level::Cosmetic).enumerate()
            {
                let mut lines = vec![format!("{}{}", change.part, crate::review::values(change))];
                lines.push(change.why.clone());
                // What the numbers do is said once.
                lines.extend(numbers.iter().filter(|_| nth == 0).cloned());
                found.push(Finding {
                    severity: if forbidden(&change.id) {
                        Severity::Error
                    } else {
                        severity(change.level)
                    },
                    code: change.level.name().to_owned(),
                    title: format!("{} is {}", changed.subject, change.level.name()),
                    message: lines.join("\n"),
                    place: at.clone(),
                    id: change.id.clone(),
                });
            }
            if changed.own.iter().all(|change| change.level == Level::Cosmetic)
                && let Some(worst) = changed.derived.first()
            {
                let mut lines: Vec<String> = changed
                    .derived
                    .iter()
                    .map(|derived| format!("by {}", derived.by.join(", ")))
                    .collect();
                lines.extend(numbers);
                found.push(Finding {
                    severity: severity(worst.level),
                    code: worst.level.name().to_owned(),
                    title: format!("{} is {}", changed.subject, worst.level.name()),
                    message: lines.join("\n"),
                    place: at,
                    id: id(&[&changed.subject.to_string(), &worst.from]),
                });
            }
        }
        Self::sorted("milepost diff", found, Vec::new(), &review.sentence())
    }

    fn sorted(
        command: &'static str,
        mut all: Vec<Finding>,
        passed: Vec<String>,
        summary: &str,
    ) -> Self {
        let rank = |finding: &Finding| match finding.severity {
            Severity::Error => 0,
            Severity::Warning => 1,
            Severity::Note => 2,
        };
        all.sort_by_key(rank);
        Self { command, all, passed, summary: summary.to_owned() }
    }

    /// The findings in a form.
    ///
    /// # Errors
    /// Only by a mistake in milepost.
    pub fn write(&self, form: Form) -> Result<String, Error> {
        match form {
            Form::Github => Ok(github::text(self)),
            Form::Gitlab => json(&gitlab::report(self)),
            Form::Sarif => json(&sarif::log(self)),
            Form::Junit => Ok(junit::text(self)),
        }
    }
}

fn severity(level: Level) -> Severity {
    match level {
        Level::ContractBreaking | Level::ValueChanging | Level::Undecided => Severity::Warning,
        Level::VerdictChanging | Level::Additive | Level::Cosmetic => Severity::Note,
    }
}

fn id(parts: &[&str]) -> String {
    milepost_semantics::model::canonical::Fingerprint::of(&parts.join("\u{0}")).to_string()
}

fn json(value: &serde_json::Value) -> Result<String, Error> {
    let text = serde_json::to_string_pretty(value);
    text.map(|text| text + "\n").map_err(|error| Error::Internal(error.to_string()))
}
