//! What a cell holds, as text.

use std::io;

use super::dates::day_or_time;
use super::package::damaged;
use super::parts::{Strings, Styles, is_true};
use super::xml::{Element, Next, Xml};

/// What says how the values of cells are meant.
pub(super) struct Meaning {
    pub(super) strings: Strings,
    pub(super) styles: Styles,
    pub(super) from_1904: bool,
}

/// A cell as it is begun.
pub(super) struct Cell {
    /// Its column, counted from 0.
    pub(super) column: u32,
    kind: Option<String>,
    style: usize,
}

impl Cell {
    /// `next`: the column of a cell that does not say its own; `row`: the number of its row.
    pub(super) fn begun(element: &Element<'_>, next: u32, row: u32) -> io::Result<Self> {
        let column = match element.attribute("r")? {
            Some(place) => column_of(&place, row).ok_or_else(damaged)?,
            None => next,
        };
        if column >= MOST_COLUMNS {
            return Err(damaged());
        }
        let style = element.number("s")?.unwrap_or(0) as usize;
        Ok(Self { column, kind: element.attribute("t")?, style })
    }

    /// The value as text, empty where there is none; absent of a formula that was never computed. Reads the cell to its end.
    pub(super) fn value(self, xml: &mut Xml, meaning: &Meaning) -> io::Result<Option<String>> {
        let base = xml.depth();
        let (mut text, mut is_computed) = (String::new(), false);
        while xml.depth() >= base {
            let name = match xml.next()? {
                Next::Start(element) => element.name().to_owned(),
                Next::Over => return Err(damaged()),
                Next::End | Next::Text(_) | Next::Other => continue,
            };
            match name.as_str() {
                "v" => xml.add_text(&mut text, false)?,
                "is" => xml.add_text(&mut text, true)?,
                "f" => {
                    is_computed = true;
                    xml.add_text(&mut String::new(), false)?;
                }
                _ => {}
            }
        }
        let kind = self.kind.as_deref().unwrap_or("n");
        if is_computed && text.is_empty() && kind != "str" {
            return Ok(None);
        }
        Ok(Some(match kind {
            "s" if text.is_empty() => text,
            "s" => {
                let number = text.trim().parse().map_err(|_| damaged())?;
                unescaped(meaning.strings.get(number).ok_or_else(damaged)?)
            }
            "str" | "inlineStr" => unescaped(&text),
            "b" if !text.is_empty() => is_true(&text).to_string(),
            "n" => self.number(text, meaning),
            // Errors such as `#N/A`, and days as they are written.
            _ => text,
        }))
    }

    /// A number as short as it can be written, or the day that it is shown as.
    fn number(&self, text: String, meaning: &Meaning) -> String {
        let Ok(number) = text.trim().parse::<f64>() else { return text };
        let shown = meaning.styles.get(self.style);
        let day = (shown.day || shown.time).then(|| day_or_time(number, shown, meaning.from_1904));
        day.flatten().unwrap_or_else(|| number.to_string())
    }
}

/// The columns that a sheet may have.
const MOST_COLUMNS: u32 = 16_384;

/// The column of a place such as `AB12`, counted from 0; absent where it is not one of the row.
fn column_of(place: &str, row: u32) -> Option<u32> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic);
    let (mut column, mut length) = (0_u32, 0);
    for letter in letters {
        column = column * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1;
        length += 1;
        if column > MOST_COLUMNS {
            return None;
        }
    }
    let is_here = place.get(length..)?.parse() == Ok(row);
    column.checked_sub(1).filter(|_| is_here)
}

/// The letters of a column.
pub(super) fn name_of(column: u32) -> String {
    let (mut letters, mut left) = (Vec::new(), column + 1);
    while left > 0 {
        left -= 1;
        letters.push(char::from(b'A' + (left % 26) as u8));
        left /= 26;
    }
    letters.iter().rev().collect()
}

/// The text with `_x000D_` as the sign that it stands for, which XML has no other way to write.
fn unescaped(text: &str) -> String {
    let sign = |start: &str| {
        let digits = start.strip_prefix("_x")?.get(..4)?;
        let is_closed = start.as_bytes().get(6) == Some(&b'_');
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16)
            .ok()
            .and_then(char::from_u32)
            .filter(|_| is_closed && is_hex)
    };
    let (mut all, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find("_x") {
        all.push_str(&rest[..at]);
        rest = &rest[at..];
        match sign(rest) {
            Some(found) => {
                all.push(found);
                rest = &rest[7..];
            }
            None => {
                all.push_str("_x");
                rest = &rest[2..];
            }
        }
    }
    all.push_str(rest);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters() {
        for (letters, column) in [("A", 0), ("Z", 25), ("AA", 26), ("XFD", 16_383)] {
            assert_eq!(column_of(&format!("{letters}7"), 7), Some(column));
            assert_eq!(name_of(column), letters);
        }
        for wrong in ["XFE7", "A8", "7", "A", "", "AAAAAAAAAAAAA7", "Ä7"] {
            assert_eq!(column_of(wrong, 7), None, "{wrong}");
        }
    }

    #[test]
    fn signs_that_xml_lacks_are_what_they_stand_for() {
        assert_eq!(unescaped("a_x000D_\nb"), "a\r\nb");
        assert_eq!(unescaped("_x005F_x000D_"), "_x000D_");
        assert_eq!(unescaped("_x00_x_xäöü_x123"), "_x00_x_xäöü_x123");
        assert_eq!(unescaped("_xD800_"), "_xD800_");
    }
}
