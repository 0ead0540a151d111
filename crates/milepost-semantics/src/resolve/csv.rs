//! `csv:` and `xlsx:` of a dataset.

use crate::model::{Csv, Format, Location};
use milepost_syntax::ast::{CsvSpec, XlsxSpec};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::Spanned;

/// More lines than any report has before or behind its rows.
const MOST_LINES: u32 = 100_000;

/// How the files are written; what can't be is told.
pub(super) fn csv(spec: &CsvSpec, diagnostics: &mut Diagnostics) -> Csv {
    let mut csv = Csv::default();
    if let Some(written) = &spec.separator {
        csv.separator = separator(written, diagnostics);
    }
    if let Some(written) = &spec.quote {
        csv.quote = match written.node.as_str() {
            "none" => None,
            _ => character("quote", written, "write one character, or `quote: none`", diagnostics),
        };
    }
    if let Some(written) = &spec.decimal {
        match written.node.as_str() {
            "." | "point" => {}
            "," | "comma" => csv.decimal = b',',
            other => diagnostics.push(
                refused(written, format!("`decimal` takes `.` or `,`, and this is `{other}`"))
                    .help("write `decimal: \",\"` where numbers are written like 1,5"),
            ),
        }
    }
    csv.encoding = spec.encoding.as_ref().map(|encoding| encoding.node.clone());
    csv.skip_first = lines("skip_first", spec.skip_first.as_ref(), diagnostics);
    csv.skip_last = lines("skip_last", spec.skip_last.as_ref(), diagnostics);
    csv.null_values = null_values(&spec.null_values);
    if let (Some(separator), Some(quote), Some(written)) =
        (csv.separator, csv.quote, &spec.separator)
        && separator == quote
    {
        diagnostics.push(
            refused(written, "`separator` and `quote` can't be the same".to_owned())
                .help("write `quote: none` where no value is in quotes"),
        );
        csv.separator = None;
    }
    csv
}

/// Which sheet of its workbooks is read, and what of it.
pub(super) fn xlsx(
    written: &Spanned<XlsxSpec>,
    location: &mut Location,
    diagnostics: &mut Diagnostics,
) {
    if let Some((_, csv)) = location.written_at {
        diagnostics.push(
            Diagnostic::error(
                codes::INVALID_VALUE,
                written.span,
                "the files of a dataset are CSV or workbooks, so `csv` and `xlsx` can't both be said",
            )
            .also(csv, "`csv` is said here")
            .help("remove the one that the files are not; files of both kinds are two datasets"),
        );
        return;
    }
    let XlsxSpec { sheet, skip_first, skip_last, null_values: nulls } = &written.node;
    location.sheet = sheet.as_ref().map(|sheet| sheet.node.clone());
    location.csv.skip_first = lines("skip_first", skip_first.as_ref(), diagnostics);
    location.csv.skip_last = lines("skip_last", skip_last.as_ref(), diagnostics);
    location.csv.null_values = null_values(nulls);
    location.written_at = Some((Format::Xlsx, written.span));
}

/// What stands for null besides nothing, each once.
fn null_values(written: &[Spanned<String>]) -> Vec<String> {
    let mut values: Vec<String> = written.iter().map(|value| value.node.clone()).collect();
    values.retain(|value| !value.is_empty());
    values.sort_unstable();
    values.dedup();
    values
}

fn refused(written: &Spanned<String>, message: String) -> Diagnostic {
    Diagnostic::error(codes::INVALID_VALUE, written.span, message)
}

fn separator(written: &Spanned<String>, diagnostics: &mut Diagnostics) -> Option<u8> {
    Some(match written.node.as_str() {
        "comma" => b',',
        "semicolon" => b';',
        // A tab within single quotes is written so by those who know it from other programs.
        "tab" | "\\t" => b'\t',
        "pipe" => b'|',
        _ => {
            let help = "write one character, such as `separator: \";\"`, or `tab`; without it, `,`, `;`, tab and `|` are found";
            return character("separator", written, help, diagnostics);
        }
    })
}

/// One sign that no value is made of.
fn character(
    field: &str,
    written: &Spanned<String>,
    help: &str,
    diagnostics: &mut Diagnostics,
) -> Option<u8> {
    if let &[byte] = written.node.as_bytes()
        && !byte.is_ascii_alphanumeric()
        && !matches!(byte, b'\n' | b'\r' | 0)
    {
        return Some(byte);
    }
    let text = written.node.escape_debug();
    let message = format!(
        "`{field}` takes one character of ASCII that is no letter and no digit, and this is `{text}`"
    );
    diagnostics.push(refused(written, message).help(help));
    None
}

fn lines(field: &str, written: Option<&Spanned<i64>>, diagnostics: &mut Diagnostics) -> u32 {
    let Some(written) = written else { return 0 };
    match u32::try_from(written.node) {
        Ok(lines) if lines <= MOST_LINES => lines,
        _ => {
            let message =
                format!("`{field}` takes a number of lines, and this is {}", written.node);
            diagnostics.push(
                Diagnostic::error(codes::INVALID_VALUE, written.span, message)
                    .help(format!("write a number from 0 to {MOST_LINES}, such as `{field}: 2`")),
            );
            0
        }
    }
}
