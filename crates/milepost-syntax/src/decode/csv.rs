//! `csv:` and `xlsx:` of a dataset: how its CSV files are written, and what of its workbooks is read.

use super::Decoder;
use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use crate::ast::{CsvSpec, XlsxSpec};
use crate::span::Spanned;
use crate::yaml::{Node, NodeKind};

/// Encodings by their usual names. A file that begins with a byte-order mark needs none.
pub const ENCODINGS: &[&str] = &[
    "utf-8",
    "utf-16",
    "utf-16be",
    "windows-1252",
    "windows-1250",
    "windows-1251",
    "windows-1253",
    "windows-1254",
    "iso-8859-2",
    "iso-8859-15",
    "macintosh",
    "shift_jis",
    "gb18030",
    "big5",
    "euc-kr",
];

/// The separators that are found, and words for them.
const SEPARATORS: &[&str] = &["comma", "semicolon", "tab", "pipe"];
const SEPARATOR: &str = "one character, or `comma`, `semicolon`, `tab` or `pipe`";
const TEXTS: &str = "a text or a list of texts";

pub(super) static CSV: Kind = Kind {
    name: "`csv`",
    fields: &[
        &[
            Field::new(
                "separator",
                FieldType::Other(SEPARATOR),
                "what stands between values; found in the first lines if absent",
            )
            .shaped(Shape::Either(&[
                Shape::Of(FieldType::Words(SEPARATORS)),
                Shape::Matching(r"[^A-Za-z0-9\r\n]"),
            ])),
            Field::new(
                "decimal",
                FieldType::Other("`.` or `,`"),
                "what stands before the decimals of a number; `.` if absent",
            )
            .shaped(Shape::Matching("[.,]")),
            Field::new(
                "quote",
                FieldType::Other("one character"),
                "what stands around values that hold the separator; `\"` if absent",
            )
            .shaped(Shape::Either(&[
                Shape::Of(FieldType::Words(&["none"])),
                Shape::Matching(r"[^A-Za-z0-9\r\n]"),
            ])),
            Field::new(
                "encoding",
                FieldType::Words(ENCODINGS),
                "how the text is encoded; UTF-8 if neither it nor a byte-order mark says so",
            )
            // Encodings have several names, in any capitals.
            .shaped(Shape::Either(&[
                Shape::Of(FieldType::Words(ENCODINGS)),
                Shape::Matching("[A-Za-z][A-Za-z0-9_-]*"),
            ])),
        ],
        LINES,
    ],
};

pub(super) static XLSX: Kind = Kind {
    name: "`xlsx`",
    fields: &[
        &[Field::new(
            "sheet",
            FieldType::Text,
            "the name of the sheet that holds the rows; needed where there are several",
        )],
        LINES,
    ],
};

/// Of CSV files and of sheets.
const LINES: &[Field] = &[
    Field::new(
        "skip_first",
        FieldType::Integer,
        "how many lines before the names of the columns are left out",
    ),
    Field::new("skip_last", FieldType::Integer, "how many lines at the end are left out"),
    Field::new(
        "null_values",
        FieldType::Other(TEXTS),
        "values that stand for null, as an empty one does",
    )
    .shaped(Shape::Either(&[
        Shape::Nothing,
        Shape::Of(FieldType::Text),
        Shape::List(&Shape::Either(&[Shape::Nothing, Shape::Of(FieldType::Text)])),
    ])),
];

pub(super) fn csv(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<Spanned<CsvSpec>> {
    let node = fields.get(decoder, "csv")?;
    let inner = Fields::open(decoder, "csv", node, &CSV)?;
    let spec = CsvSpec {
        separator: character(decoder, &inner, "separator", SEPARATOR),
        decimal: character(decoder, &inner, "decimal", "`.` or `,`"),
        quote: character(decoder, &inner, "quote", "one character"),
        encoding: encoding(decoder, &inner),
        skip_first: decoder.integer(&inner, "skip_first"),
        skip_last: decoder.integer(&inner, "skip_last"),
        null_values: null_values(decoder, &inner),
    };
    Some(Spanned::new(spec, node.span))
}

pub(super) fn xlsx(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<Spanned<XlsxSpec>> {
    let node = fields.get(decoder, "xlsx")?;
    let inner = Fields::open(decoder, "xlsx", node, &XLSX)?;
    let spec = XlsxSpec {
        sheet: decoder.text(&inner, "sheet"),
        skip_first: decoder.integer(&inner, "skip_first"),
        skip_last: decoder.integer(&inner, "skip_last"),
        null_values: null_values(decoder, &inner),
    };
    Some(Spanned::new(spec, node.span))
}

/// By whichever of its names: programs write `UTF8`, `latin1` and `cp1252`.
fn encoding(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<Spanned<String>> {
    let node = fields.get(decoder, "encoding")?;
    let text = decoder.scalar("encoding", "the name of an encoding", node)?;
    let known = text.map(|name| {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "utf8" | "utf-8-sig" | "ascii" => "utf-8",
            "utf16" | "utf-16le" | "utf-16-le" => "utf-16",
            "utf-16-be" => "utf-16be",
            "latin1" | "latin-1" | "iso-8859-1" | "cp1252" | "windows1252" | "ansi" => {
                "windows-1252"
            }
            "latin2" | "latin-2" => "iso-8859-2",
            "latin9" | "latin-9" => "iso-8859-15",
            other => match other.strip_prefix("cp125") {
                Some(page) => return format!("windows-125{page}"),
                None => other,
            },
        }
        .to_owned()
    });
    decoder.one_of("encoding", ENCODINGS, known)
}

/// A text as it is written: a tab or a blank in quotes is one too.
fn character(
    decoder: &mut Decoder<'_>,
    fields: &Fields<'_>,
    name: &str,
    takes: &str,
) -> Option<Spanned<String>> {
    let node = fields.get(decoder, name)?;
    decoder.scalar(name, takes, node)
}

/// Texts, of which YAML takes some without quotes for nothing: `NULL` is what is meant.
fn null_values(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Vec<Spanned<String>> {
    let Some(node) = fields.get_or_null(decoder, "null_values") else { return Vec::new() };
    let one = |decoder: &mut Decoder<'_>, node: &Node| match node.kind {
        NodeKind::Null => Some(Spanned::new(decoder.source.slice(node.span).to_owned(), node.span)),
        _ => decoder.scalar("null_values", TEXTS, node),
    };
    match &node.kind {
        NodeKind::List(items) => items.iter().filter_map(|item| one(decoder, item)).collect(),
        _ => one(decoder, node).into_iter().collect(),
    }
}
