//! The days on which nobody works: a CSV file whose first column holds dates.

use std::collections::BTreeSet;

use milepost_semantics::time::is_real_date;
use milepost_syntax::ast::Date;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::{Span, Spanned};

use crate::sources::{SourceError, Sources};

/// Reads the file that `holidays:` names. What can't be read is reported.
pub(crate) fn read(
    named: &Spanned<String>,
    files: &dyn Sources,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> BTreeSet<Date> {
    let path = named.node.as_str();
    let bytes = match files.read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            diagnostics.push(unreadable(named, &error));
            return BTreeSet::new();
        }
    };
    let Ok(text) = String::from_utf8(bytes) else {
        diagnostics.push(
            Diagnostic::error(
                codes::INVALID_UTF8,
                named.span,
                format!("the holidays file `{path}` is not text in UTF-8"),
            )
            .help("save the file as UTF-8"),
        );
        return BTreeSet::new();
    };
    let source = sources.add(path, text.clone());
    let mut days = BTreeSet::new();
    let mut offset = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let field = line.split([',', ';', '\t']).next().unwrap_or_default();
        let word = field.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\u{feff}'));
        match parse(word) {
            Some(day) => {
                days.insert(day);
            }
            // Empty lines, and a head that names the column.
            None if word.is_empty()
                || (number == 0 && !word.starts_with(|c: char| c.is_ascii_digit())) => {}
            None => {
                let start = offset + field.find(word).unwrap_or(0);
                let span = Span::new(source, to_u32(start), to_u32(start + word.len()));
                diagnostics.push(
                    Diagnostic::error(codes::INVALID_DATE, span, format!("`{word}` is not a day"))
                        .help(
                            "the first column of the holidays file holds days, such as 2026-12-25",
                        ),
                );
            }
        }
        offset += line.len();
    }
    days
}

fn parse(word: &str) -> Option<Date> {
    let mut parts = word.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if year.len() != 4 || month.len() != 2 || day.len() != 2 {
        return None;
    }
    let date =
        Date { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
    is_real_date(date).then_some(date)
}

fn unreadable(named: &Spanned<String>, error: &SourceError) -> Diagnostic {
    let path = &named.node;
    match error {
        SourceError::NotFound => {
            Diagnostic::error(codes::DATA_MISSING, named.span, format!("the holidays file `{path}` does not exist"))
                .help("paths start at the folder of `milepost.yaml`; without `holidays:` only weekends are free")
        }
        SourceError::Outside => Diagnostic::error(
            codes::OUTSIDE_PROJECT,
            named.span,
            format!("the holidays file `{path}` is outside the project's folder"),
        )
        .help("keep it inside the project's folder"),
        SourceError::TooLarge
        | SourceError::NotAFile(_)
        | SourceError::LinkedFolder
        | SourceError::Io(_) => Diagnostic::error(
            codes::DATA_UNREADABLE,
            named.span,
            format!("the holidays file `{path}` can't be read: {error}"),
        )
        .help("it is a small CSV file whose first column holds days"),
    }
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use milepost_syntax::ast::Date;
    use milepost_syntax::diagnostic::Diagnostics;

    use crate::project::load;
    use crate::sources::Memory;

    fn project(holidays: &str) -> Memory {
        Memory::new()
            .with("milepost.yaml", "project: x\nedition: 2026\ncalendar: { holidays: free.csv }\n")
            .with("specs/a.yaml", "")
            .with("free.csv", holidays)
    }

    #[test]
    fn days_are_read_from_the_first_column() {
        let mut diagnostics = Diagnostics::default();
        let files =
            project("\u{feff}date,name\r\n2026-12-25,Christmas\r\n\r\n\"2026-01-01\",New Year\r\n");
        let loaded = load(&files, &mut diagnostics);
        let day = |month, day, year| Date { year, month, day };
        assert_eq!(
            loaded.holidays.into_iter().collect::<Vec<_>>(),
            [day(1, 1, 2026), day(12, 25, 2026)]
        );
        assert!(diagnostics.sorted().is_empty(), "{diagnostics:?}");
    }

    #[test]
    fn what_is_no_day_is_told_at_its_place() {
        let mut diagnostics = Diagnostics::default();
        let loaded = load(&project("date\n2026-02-30\n25.12.2026\n"), &mut diagnostics);
        let told = diagnostics.sorted();
        assert_eq!(told.len(), 2);
        assert_eq!(
            crate::draw::place(&loaded.sources, told[0].primary.as_ref().unwrap().span),
            "free.csv:2:1"
        );
    }
}
