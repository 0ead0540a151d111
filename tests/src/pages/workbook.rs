//! Workbooks of pages.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;

use milepost::semantics::time::{Calendar, epoch_day, parse_day};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

type Failure = Box<dyn std::error::Error>;

/// What a workbook consists of besides its sheets.
const TYPES: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const STYLES: &str = r#"<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>"#;

/// Writes a workbook as programs do. A line is a row of cells between commas, and an empty line an empty row; `# Plan` begins the
/// sheet of that name. A cell is a number, a day (`2026-01-31`), a time (`2026-01-31 09:30`), `true` or `false`, a formula with
/// its value (`=17`, or `=` for one that was never computed), or else a text, which may begin with `'`.
pub(crate) fn write(file: File, body: &str) -> Result<(), Failure> {
    let mut sheets: Vec<(&str, String)> = Vec::new();
    let mut row = 0;
    for line in body.lines() {
        match line.strip_prefix("# ") {
            Some(name) => {
                sheets.push((name, String::new()));
                row = 0;
            }
            None => {
                if sheets.is_empty() {
                    sheets.push(("Sheet1", String::new()));
                }
                row += 1;
                if let Some((_, text)) = sheets.last_mut().filter(|_| !line.is_empty()) {
                    write!(text, "<row r=\"{row}\">{}</row>", cells(line, row)?)?;
                }
            }
        }
    }
    let mut zip = ZipWriter::new(file);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, text) in parts(&sheets) {
        zip.start_file(name, options)?;
        zip.write_all(text.as_bytes())?;
    }
    zip.finish()?;
    Ok(())
}

/// The files of the archive, by their names.
fn parts(sheets: &[(&str, String)]) -> Vec<(String, String)> {
    let relation = |id: usize, kind: &str, to: &str| {
        format!("<Relationship Id=\"r{id}\" Type=\"{TYPES}/{kind}\" Target=\"{to}\"/>")
    };
    let relations = |all: String| format!("<Relationships>{all}</Relationships>");
    let (mut list, mut led) = (String::new(), relation(0, "styles", "styles.xml"));
    let mut parts = vec![("xl/styles.xml".to_owned(), STYLES.to_owned())];
    for (i, (name, rows)) in sheets.iter().enumerate() {
        let (id, name) = (i + 1, escaped(name));
        _ = write!(list, "<sheet name=\"{name}\" sheetId=\"{id}\" r:id=\"r{id}\"/>");
        led += &relation(id, "worksheet", &format!("worksheets/sheet{id}.xml"));
        parts.push((
            format!("xl/worksheets/sheet{id}.xml"),
            format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"),
        ));
    }
    parts.extend([
        ("_rels/.rels".to_owned(), relations(relation(1, "officeDocument", "xl/workbook.xml"))),
        ("xl/_rels/workbook.xml.rels".to_owned(), relations(led)),
        ("xl/workbook.xml".to_owned(), format!("<workbook><sheets>{list}</sheets></workbook>")),
    ]);
    parts
}

fn cells(line: &str, row: usize) -> Result<String, Failure> {
    let mut text = String::new();
    for (column, value) in line.split(',').map(str::trim).enumerate() {
        let letter = char::from(b'A' + u8::try_from(column)?);
        if !value.is_empty() {
            text += &cell(&format!("{letter}{row}"), value);
        }
    }
    Ok(text)
}

fn cell(place: &str, value: &str) -> String {
    let utc = Calendar::default();
    let number = |style: u8, days: f64| format!("<c r=\"{place}\" s=\"{style}\"><v>{days}</v></c>");
    if let Some(found) = value.strip_prefix('=') {
        return format!("<c r=\"{place}\"><f>SUM(A1)</f><v>{found}</v></c>");
    }
    if let Some(day) = parse_day(value) {
        return number(1, f64::from(epoch_day(day) + 25_569));
    }
    match (value, value.parse::<f64>(), utc.parse_instant(value)) {
        ("true" | "false", ..) => {
            format!("<c r=\"{place}\" t=\"b\"><v>{}</v></c>", u8::from(value == "true"))
        }
        (_, Ok(found), _) => number(0, found),
        (.., Some(time)) => number(2, time.0 as f64 / 86_400_000_000.0 + 25_569.0),
        _ => {
            let text = escaped(value.strip_prefix('\'').unwrap_or(value));
            format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
