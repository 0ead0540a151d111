//! Many messages: those that are shown, and how many more there are.

use std::collections::BTreeMap;

use milepost_syntax::codes::{self, Code};
use milepost_syntax::diagnostic::{Diagnostic, Severity};

/// So many messages of one code are drawn for people.
pub const MOST_DRAWN: usize = 100;
/// So many messages in all are listed for programs.
pub const MOST_LISTED: usize = 10_000;

/// The first messages of each code, and a line for each code that has more.
///
/// ```
/// use milepost::crowd::{MOST_DRAWN, drawn, listed};
/// use milepost::syntax::{codes, diagnostic::Diagnostic};
///
/// let one = Diagnostic::error_nowhere(codes::UNKNOWN_FIELD, "`lable` is not a field of a metric");
/// let many = vec![&one; MOST_DRAWN + 5];
/// let (shown, lines) = drawn(&many);
/// assert_eq!((shown.len(), lines.len()), (MOST_DRAWN, 1));
/// let (kept, left_out) = listed(&many);
/// assert!(kept.len() == many.len() && left_out.is_none());
/// ```
#[must_use]
pub fn drawn<'a>(list: &[&'a Diagnostic]) -> (Vec<&'a Diagnostic>, Vec<String>) {
    let mut counts: BTreeMap<(Severity, Code), usize> = BTreeMap::new();
    let mut shown = Vec::new();
    for diagnostic in list {
        let count = counts.entry((diagnostic.severity, diagnostic.code)).or_default();
        *count += 1;
        if *count <= MOST_DRAWN {
            shown.push(*diagnostic);
        }
    }
    let more = counts.into_iter().filter(|(_, count)| *count > MOST_DRAWN);
    let lines = more.map(|((severity, code), count)| {
        let word = match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        format!(
            "{word}[{code}]: {} more are not shown; `--format json` of `milepost check` lists up to {MOST_LISTED} messages",
            count - MOST_DRAWN
        )
    });
    (shown, lines.collect())
}

/// The messages that programs get, in their order, and how many they don't. Errors come before warnings, and the first
/// ones of every code before the second ones of any.
#[must_use]
pub fn listed<'a>(list: &[&'a Diagnostic]) -> (Vec<&'a Diagnostic>, Option<LeftOut>) {
    if list.len() <= MOST_LISTED {
        return (list.to_vec(), None);
    }
    let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
    let ranked = list.iter().enumerate().map(|(at, diagnostic)| {
        let count = counts.entry(diagnostic.code).or_default();
        *count += 1;
        (diagnostic.severity, *count, at)
    });
    let mut ranked: Vec<_> = ranked.collect();
    ranked.sort_unstable();
    let left_out = ranked.split_off(MOST_LISTED);
    let mut kept: Vec<usize> = ranked.into_iter().map(|(.., at)| at).collect();
    kept.sort_unstable();
    let severity = left_out.first().map_or(Severity::Warning, |(severity, ..)| *severity);
    let left_out = LeftOut { count: left_out.len(), severity };
    (kept.into_iter().map(|at| list[at]).collect(), Some(left_out))
}

/// Messages that are in no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub count: usize,
    /// The worst of them.
    severity: Severity,
}

impl LeftOut {
    /// What is in their place, at the end of the list.
    #[must_use]
    pub fn diagnostic(self) -> Diagnostic {
        let message = format!("{} more messages are left out", self.count);
        let told = Diagnostic::error_nowhere(codes::MESSAGES_LEFT_OUT, message)
            .help("fix what is listed, and check again");
        Diagnostic { severity: self.severity, ..told }
    }
}

#[cfg(test)]
mod tests {
    use milepost_syntax::codes::{self, Code};
    use milepost_syntax::diagnostic::{Diagnostic, Severity};

    use super::{MOST_DRAWN, MOST_LISTED, drawn, listed};

    fn told(code: Code, severity: Severity, count: usize) -> Vec<Diagnostic> {
        let one = |i| Diagnostic {
            severity,
            ..Diagnostic::error_nowhere(code, format!("the mistake {i}"))
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn a_hundred_of_each_code_are_drawn() {
        let mut all = told(codes::UNKNOWN_NAME, Severity::Error, MOST_DRAWN + 3);
        all.extend(told(codes::CYCLE, Severity::Error, MOST_DRAWN));
        all.extend(told(codes::UNUSED_DEFINITION, Severity::Warning, 2 * MOST_DRAWN));
        let all: Vec<&Diagnostic> = all.iter().collect();
        let (shown, lines) = drawn(&all);
        assert_eq!(shown.len(), 3 * MOST_DRAWN);
        assert_eq!(shown[MOST_DRAWN].code, codes::CYCLE, "in their order");
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("error[unknown-name]: 3 more are not shown"), "{lines:?}");
        assert!(lines[1].starts_with("warning[unused-definition]: 100 more"), "{lines:?}");
    }

    #[test]
    fn programs_get_the_first_of_every_code_and_the_number_of_the_others() {
        let mut all = told(codes::UNUSED_DEFINITION, Severity::Warning, 5_000);
        all.extend(told(codes::UNKNOWN_NAME, Severity::Error, 60_000));
        all.extend(told(codes::CYCLE, Severity::Error, 7));
        let all: Vec<&Diagnostic> = all.iter().collect();
        let (kept, left_out) = listed(&all);
        let count = |code| kept.iter().filter(|d| d.code == code).count();
        assert_eq!(kept.len(), MOST_LISTED);
        assert_eq!(count(codes::CYCLE), 7);
        assert_eq!(count(codes::UNKNOWN_NAME), MOST_LISTED - 7, "errors before warnings");
        assert_eq!(kept[0].message, "the mistake 0", "in their order");
        let left_out = left_out.unwrap();
        assert_eq!(left_out.count, 55_007);
        let stands_for_them = left_out.diagnostic();
        assert_eq!(stands_for_them.severity, Severity::Error);
        assert!(stands_for_them.message.starts_with("55007 more"));

        let (kept, left_out) = listed(&all[..MOST_LISTED]);
        assert_eq!((kept.len(), left_out), (MOST_LISTED, None));
        // All errors are there, so what is left out are warnings.
        let some: Vec<&Diagnostic> = [&all[..5_000], &all[5_000..14_000]].concat();
        assert_eq!(listed(&some).1.unwrap().diagnostic().severity, Severity::Warning);
    }
}
