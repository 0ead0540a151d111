//! The parts of a workbook that say what the cells of its sheets mean.

use std::collections::BTreeMap;
use std::io;

use super::dates::{Shown, of_format, of_number};
use super::package::{Package, damaged};
use super::xml::{Next, Xml};
use crate::source::fault::Unreadable;

/// All texts together may take so many bytes.
const MOST_TEXT: usize = 1 << 30;

/// More of anything than any program writes: sheets, formats, relationships.
const MOST_ENTRIES: usize = 1 << 20;

/// What a workbook consists of.
pub(super) struct Workbook {
    pub(super) sheets: Vec<Sheet>,
    /// Days are counted from 1904, as old programs of one system did.
    pub(super) from_1904: bool,
    strings: Option<String>,
    styles: Option<String>,
}

/// A sheet of cells.
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) path: String,
    is_hidden: bool,
}

/// What is said in a part of one that it leads to: kind and path, by id.
type Relations = BTreeMap<String, (String, String)>;

impl Workbook {
    pub(super) fn read(package: &mut Package) -> io::Result<Self> {
        let (_, main) = relations(package, "")?
            .into_values()
            .find(|(kind, _)| kind == "officeDocument")
            .ok_or_else(damaged)?;
        let parts = relations(package, &main)?;
        let part = |wanted: &str| {
            parts.values().find(|(kind, _)| kind == wanted).map(|(_, path)| path.clone())
        };
        let (strings, styles) = (part("sharedStrings"), part("styles"));
        let mut workbook = Self { sheets: Vec::new(), from_1904: false, strings, styles };
        let mut xml = package.part(&main)?;
        loop {
            match xml.next()? {
                Next::Start(element) if element.name() == "workbookPr" => {
                    let value = element.attribute("date1904")?;
                    workbook.from_1904 = value.is_some_and(|value| is_true(&value));
                }
                Next::Start(element) if element.name() == "sheet" => {
                    let name = element.attribute("name")?.ok_or_else(damaged)?;
                    let state = element.attribute("state")?;
                    let is_hidden = state.is_some_and(|state| state != "visible");
                    let part = element.attribute("id")?.and_then(|id| parts.get(&id).cloned());
                    // Charts and dialogs are sheets too.
                    if let Some((_, path)) = part.filter(|(kind, _)| kind == "worksheet") {
                        workbook.sheets.push(Sheet { name, path, is_hidden });
                    }
                }
                Next::Over => return Ok(workbook),
                Next::Start(_) | Next::End | Next::Text(_) | Next::Other => {}
            }
            few(workbook.sheets.len())?;
        }
    }

    /// The sheets that may be meant where none is named.
    pub(super) fn offered(&self) -> impl Iterator<Item = &Sheet> {
        let is_any_shown = self.sheets.iter().any(|sheet| !sheet.is_hidden);
        self.sheets.iter().filter(move |sheet| !(is_any_shown && sheet.is_hidden))
    }
}

/// What a part leads to; that of no name is the package itself.
fn relations(package: &mut Package, of: &str) -> io::Result<Relations> {
    let (folder, file) = of.rsplit_once('/').unwrap_or(("", of));
    let mut xml = package.part(&inside(folder, &format!("_rels/{file}.rels")))?;
    let mut found = Relations::new();
    loop {
        match xml.next()? {
            Next::Start(element) if element.name() == "Relationship" => {
                let field = |name| element.attribute(name)?.ok_or_else(damaged);
                let (id, kind, to) = (field("Id")?, field("Type")?, field("Target")?);
                let kind = kind.rsplit('/').next().unwrap_or(&kind).to_owned();
                found.insert(id, (kind, inside(folder, &to)));
            }
            Next::Over => return Ok(found),
            Next::Start(_) | Next::End | Next::Text(_) | Next::Other => {}
        }
        few(found.len())?;
    }
}

/// A path as seen from a folder of the package; one that begins with `/` is seen from its top.
fn inside(folder: &str, path: &str) -> String {
    let path = match path.strip_prefix('/') {
        Some(path) => path.to_owned(),
        None => format!("{folder}/{path}"),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn few(entries: usize) -> io::Result<()> {
    if entries > MOST_ENTRIES { Err(damaged()) } else { Ok(()) }
}

/// A truth value of XML Schema.
pub(super) fn is_true(text: &str) -> bool {
    matches!(text.trim(), "1" | "true")
}

/// The texts that cells name by their numbers, behind each other.
#[derive(Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<usize>,
}

impl Strings {
    pub(super) fn read(package: &mut Package, workbook: &Workbook) -> io::Result<Self> {
        let mut strings = Self::default();
        let Some(path) = workbook.strings.as_deref().filter(|path| package.has(path)) else {
            return Ok(strings);
        };
        let mut xml = package.part(path)?;
        loop {
            let is_text = match xml.next()? {
                Next::Start(element) => element.name() == "si",
                Next::Over => return Ok(strings),
                Next::End | Next::Text(_) | Next::Other => false,
            };
            if is_text {
                xml.add_text(&mut strings.text, true)?;
                strings.ends.push(strings.text.len());
            }
            if strings.text.len() + 8 * strings.ends.len() > MOST_TEXT {
                let why = format!("its texts take more than {} MB", MOST_TEXT >> 20);
                return Err(Unreadable::fault(why, "save the sheet as CSV".to_owned()));
            }
        }
    }

    /// The text of that number.
    pub(super) fn get(&self, number: usize) -> Option<&str> {
        let start = match number {
            0 => 0,
            number => *self.ends.get(number - 1)?,
        };
        self.text.get(start..*self.ends.get(number)?)
    }
}

/// What the numbers of cells are shown as, by the number of the style.
#[derive(Default)]
pub(super) struct Styles(Vec<Shown>);

impl Styles {
    pub(super) fn read(package: &mut Package, workbook: &Workbook) -> io::Result<Self> {
        match workbook.styles.as_deref().filter(|path| package.has(path)) {
            Some(path) => Self::of(package.part(path)?),
            None => Ok(Self::default()),
        }
    }

    fn of(mut xml: Xml) -> io::Result<Self> {
        let mut formats: BTreeMap<u32, Shown> = BTreeMap::new();
        let (mut styles, mut list) = (Vec::new(), None);
        loop {
            let depth = xml.depth();
            match xml.next()? {
                Next::Start(element) => match element.name() {
                    "numFmt" => {
                        let number = element.number("numFmtId")?.ok_or_else(damaged)?;
                        let code = element.attribute("formatCode")?.unwrap_or_default();
                        formats.insert(number, of_format(&code));
                    }
                    "cellXfs" => list = Some(depth + 1),
                    "xf" if list == Some(depth) => {
                        styles.push(element.number("numFmtId")?.unwrap_or(0));
                    }
                    _ => {}
                },
                Next::End => list = list.filter(|list| *list < depth),
                Next::Over => break,
                Next::Text(_) | Next::Other => {}
            }
            few(formats.len().max(styles.len()))?;
        }
        let shown = |number| formats.get(&number).copied().unwrap_or_else(|| of_number(number));
        Ok(Self(styles.into_iter().map(shown).collect()))
    }

    /// What a style shows a number as; one that there is none of shows it as it is.
    pub(super) fn get(&self, style: usize) -> Shown {
        self.0.get(style).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_the_folder_of_their_part() {
        assert_eq!(inside("xl", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(inside("xl", "/xl/styles.xml"), "xl/styles.xml");
        assert_eq!(inside("xl/worksheets", "../media/a.png"), "xl/media/a.png");
        assert_eq!(inside("", "_rels/.rels"), "_rels/.rels");
        assert_eq!(inside("", "../../etc/passwd"), "etc/passwd");
    }
}
