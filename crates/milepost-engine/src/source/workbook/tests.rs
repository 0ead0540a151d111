use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

use milepost_semantics::model::{Csv, Format};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::text::Text;
use super::*;

const TYPES: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

fn relations(all: &[(&str, &str)]) -> String {
    let one = |(i, (kind, to)): (usize, &(&str, &str))| {
        format!("<Relationship Id=\"r{i}\" Type=\"{TYPES}/{kind}\" Target=\"{to}\"/>")
    };
    let all: String = all.iter().enumerate().map(one).collect();
    format!("<?xml version=\"1.0\"?><Relationships>{all}</Relationships>")
}

/// A workbook of sheets by their names, each its rows as XML.
fn workbook(sheets: &[(&str, &str)]) -> Vec<(String, String)> {
    let named = |(i, (name, _)): (usize, &(&str, &str))| {
        let state = if name.starts_with("hidden") { " state=\"hidden\"" } else { "" };
        format!("<sheet name=\"{name}\" sheetId=\"{i}\" r:id=\"r{i}\"{state}/>")
    };
    let list: String = sheets.iter().enumerate().map(named).collect();
    let paths: Vec<String> =
        (0..sheets.len()).map(|i| format!("worksheets/sheet{i}.xml")).collect();
    let mut led: Vec<(&str, &str)> =
        paths.iter().map(|path| ("worksheet", path.as_str())).collect();
    led.extend([("sharedStrings", "/xl/strings.xml"), ("styles", "styles.xml")]);
    let mut parts = vec![
        ("_rels/.rels".to_owned(), relations(&[("officeDocument", "xl/workbook.xml")])),
        ("xl/workbook.xml".to_owned(), format!("<workbook><sheets>{list}</sheets></workbook>")),
        ("xl/_rels/workbook.xml.rels".to_owned(), relations(&led)),
        (
            "xl/strings.xml".to_owned(),
            "<sst><si><t>id</t></si><si><r><t xml:space=\"preserve\">a </t></r><r><t>&lt;b&gt;, \"c\"</t></r><rPh><t>x</t></rPh></si><si/></sst>".to_owned(),
        ),
        (
            "xl/styles.xml".to_owned(),
            "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\"/></numFmts><cellStyleXfs><xf numFmtId=\"22\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"><alignment/></xf><xf numFmtId=\"22\"/></cellXfs></styleSheet>".to_owned(),
        ),
    ];
    for ((_, rows), path) in sheets.iter().zip(&paths) {
        parts.push((
            format!("xl/{path}"),
            format!("<x:worksheet xmlns:x=\"m\"><x:dimension ref=\"A1\"/><x:sheetData>{rows}</x:sheetData><x:pageMargins left=\"0.7\"/></x:worksheet>"),
        ));
    }
    parts
}

fn written(path: &Path, parts: &[(String, String)]) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, text) in parts {
        zip.start_file(name.as_str(), options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

fn file(path: &Path, csv: Csv, sheet: Option<&str>) -> DataFile {
    DataFile {
        path: path.to_owned(),
        shown: "data/plan.xlsx".to_owned(),
        format: Format::Xlsx,
        packing: None,
        csv: Arc::new(csv),
        sheet: sheet.map(str::to_owned),
        unpivot: None,
        partitions: Vec::new(),
    }
}

/// The text of a sheet, or why there is none.
fn text(file: &DataFile) -> Result<String, String> {
    let mut text = String::new();
    let read = open(file).and_then(|mut opened| opened.read_to_string(&mut text));
    read.map(|_| text).map_err(|error| error.to_string())
}

fn of(sheets: &[(&str, &str)], csv: Csv, sheet: Option<&str>) -> Result<String, String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("plan.xlsx");
    written(&path, &workbook(sheets));
    text(&file(&path, csv, sheet))
}

fn one(rows: &str) -> Result<String, String> {
    of(&[("Plan", rows)], Csv::default(), None)
}

#[test]
fn cells_are_texts_and_rows_are_lines() {
    let rows = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"inlineStr\"><is><t>b</t></is></c><c r=\"C1\" t=\"str\"><f>\"c\"</f><v>c</v></c><c r=\"D1\" s=\"2\"><v>46023</v></c></row>\
        <row r=\"3\"><c r=\"A3\" t=\"s\"><v>1</v></c><c r=\"C3\"><f>1/10</f><v>0.10000000000000001</v></c></row>\
        <row r=\"4\"><c r=\"B4\"><v>1E+3</v></c></row>\
        <row r=\"7\"><c r=\"A7\" s=\"1\"/></row>\
        <row><c s=\"1\"><v>46053</v></c><c s=\"3\"><v>46053.5</v></c><c t=\"b\"><v>1</v></c><c t=\"e\"><v>#N/A</v></c></row>";
    let text = one(rows).unwrap();
    assert_eq!(
        text,
        "id,b,c,2026-01-01\n\"a <b>, \"\"c\"\"\",,0.1,\n,1000,,\n2026-01-31,2026-01-31T12:00:00,true,#N/A\n"
    );
}

#[test]
fn lines_around_the_rows_are_left_out_and_rows_keep_their_numbers() {
    let line = |r: u32, text: &str| {
        format!("<row r=\"{r}\"><c r=\"B{r}\" t=\"inlineStr\"><is><t>{text}</t></is></c></row>")
    };
    let rows = [line(1, "Report"), line(4, "id"), line(5, "x"), line(9, "y"), line(10, "Total")];
    let rows = rows.concat();
    let csv = Csv { skip_first: 3, skip_last: 1, ..Csv::default() };
    assert_eq!(of(&[("Plan", &rows)], csv.clone(), None).unwrap(), ",id\n,x\n,y\n");
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("plan.xlsx");
    written(&path, &workbook(&[("Plan", &rows)]));
    let file = file(&path, csv, None);
    assert_eq!((number_of(&file, 0), number_of(&file, 1)), (Some(5), Some(9)));
    assert_eq!(number_of(&file, 2), None);
    assert_eq!(too_wide(&file), None);
}

#[test]
fn a_sheet_is_chosen_by_its_name_and_never_by_chance() {
    let rows = |name: &str| format!("<row><c t=\"inlineStr\"><is><t>{name}</t></is></c></row>");
    let (plan, notes) = (rows("plan"), rows("notes"));
    let both = [("Plan", plan.as_str()), ("Notes &amp; more", notes.as_str())];
    assert_eq!(of(&both, Csv::default(), Some("Notes & more")).unwrap(), "notes\n");
    let why = of(&both, Csv::default(), None).unwrap_err();
    assert_eq!(why, "it has 2 sheets: `Plan`, `Notes & more`");
    let why = of(&both, Csv::default(), Some("plan")).unwrap_err();
    assert_eq!(why, "it has no sheet `plan`; its sheets are `Plan`, `Notes & more`");
    let hidden = [("Plan", plan.as_str()), ("hidden", notes.as_str())];
    assert_eq!(of(&hidden, Csv::default(), None).unwrap(), "plan\n");
    assert_eq!(of(&hidden, Csv::default(), Some("hidden")).unwrap(), "notes\n");
}

#[test]
fn a_formula_without_its_value_is_no_empty_cell() {
    let why = one("<row r=\"2\"><c r=\"AB2\"><f>SUM(A1)</f><v></v></c></row>").unwrap_err();
    assert_eq!(why, "the formula in cell AB2 has no value: it was never computed");
    let total = "<row><c><v>1</v></c></row><row r=\"2\"><c><f>SUM(A1)</f></c></row>";
    let csv = Csv { skip_last: 1, ..Csv::default() };
    assert_eq!(of(&[("Plan", total)], csv, None).unwrap(), "1\n");
    assert_eq!(one("<row><c t=\"str\"><f>\"\"</f><v/></c><c><v>1</v></c></row>").unwrap(), ",1\n");
}

#[test]
fn what_is_broken_or_hostile_is_an_error() {
    for rows in [
        "<row r=\"2\"/><row r=\"2\"/>",
        "<row r=\"1048577\"/>",
        "<row r=\"0\"/>",
        "<row r=\"1\"><c r=\"B1\"/><c r=\"A1\"/></row>",
        "<row r=\"1\"><c r=\"XFE1\"/></row>",
        "<row r=\"1\"><c r=\"A2\"/></row>",
        "<row><c t=\"s\"><v>3</v></c></row>",
        "<row><c t=\"s\"><v>x</v></c></row>",
        "<row><c><v>&bomb;</v></c></row>",
        "<row><c><v>1</c></row>",
    ] {
        assert_eq!(one(rows).unwrap_err(), "it is damaged", "{rows}");
    }
    let deep = "<a>".repeat(100_000);
    assert_eq!(one(&deep).unwrap_err(), "it is damaged");
    let many = "<c t=\"s\"><v>1</v></c>".repeat(16_385);
    assert_eq!(one(&format!("<row>{many}</row>")).unwrap_err(), "it is damaged");
}

#[test]
fn a_small_file_cannot_hold_text_without_end() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("plan.xlsx");
    let row = "<row><c t=\"s\"><v>1</v></c></row>";
    written(&path, &workbook(&[("Plan", &row.repeat(1_000))]));
    let file = file(&path, Csv::default(), None);
    let whole = text(&file).unwrap();
    let mut kept = String::new();
    let length = whole.len() as u64;
    Text::new(rows(&file).unwrap(), length).read_to_string(&mut kept).unwrap();
    assert_eq!(kept, whole);
    let mut cut = Text::new(rows(&file).unwrap(), length - 1);
    let error = cut.read_to_string(&mut kept).unwrap_err().to_string();
    assert_eq!(error, "the sheet holds more than 2 GB of text");
}

#[test]
fn no_part_of_a_workbook_can_be_cut_or_changed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("plan.xlsx");
    written(&path, &workbook(&[("Plan", "<row><c><v>17</v></c></row>")]));
    let whole = std::fs::read(&path).unwrap();
    assert_eq!(text(&file(&path, Csv::default(), None)).unwrap(), "17\n");
    let value = whole.windows(6).position(|bytes| bytes == b"<v>17<").unwrap();
    let mut changed = whole.clone();
    changed[value + 3] = b'9';
    for bytes in [&whole[..whole.len() / 2], &changed, b"PK\x03\x04"] {
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(text(&file(&path, Csv::default(), None)).unwrap_err(), "it is damaged");
    }
    std::fs::write(&path, "id,name\n").unwrap();
    assert_eq!(text(&file(&path, Csv::default(), None)).unwrap_err(), "it is no workbook");
    std::fs::write(&path, [0xD0, 0xCF, 0x11, 0xE0, 0]).unwrap();
    assert!(text(&file(&path, Csv::default(), None)).unwrap_err().starts_with("it has a password"));
    let parts = workbook(&[("Plan", "")]);
    written(&path, &parts[1..]);
    assert_eq!(
        text(&file(&path, Csv::default(), None)).unwrap_err(),
        "it lacks the part `_rels/.rels`"
    );
}

#[test]
fn no_bytes_make_the_reader_fail() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("plan.xlsx");
    let rows = "<row r=\"1\"><c r=\"A1\" s=\"1\"><v>46053</v></c><c t=\"s\"><v>1</v></c></row>";
    written(&path, &workbook(&[("Plan", rows), ("hidden", rows)]));
    let whole = std::fs::read(&path).unwrap();
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut readable = 0;
    for _ in 0..3_000 {
        let mut bytes = whole.clone();
        for _ in 0..=random(3) {
            let at = random(bytes.len());
            bytes[at] = *b"<>\0\xFF/\"&P0".get(random(9)).unwrap_or(&0);
        }
        bytes.truncate(if random(8) == 0 { random(bytes.len()) } else { bytes.len() });
        std::fs::write(&path, bytes).unwrap();
        readable += usize::from(text(&file(&path, Csv::default(), None)).is_ok());
        assert!(sheets_of(&path).len() <= 2);
    }
    assert!((1..3_000).contains(&readable), "{readable}");
}
