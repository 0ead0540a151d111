//! The dialect of a CSV file: separator and quote.

use milepost_semantics::model::Csv;

use super::split::widths;

/// What may be found, in the order in which one wins over another that does as well.
const SEPARATORS: [u8; 4] = *b",;\t|";

/// Records that are looked at.
const RECORDS: usize = 100;

/// In no text of UTF-8: where nothing is in quotes, nothing begins with one.
const NO_QUOTE: u8 = 0xFF;

/// The separator and the quote of a CSV file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) separator: u8,
    pub(in crate::source) quote: u8,
    /// What stands before the decimals of numbers.
    pub(crate) decimal: u8,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { separator: b',', quote: b'"', decimal: b'.' }
    }
}

impl Dialect {
    /// As the file says or its first lines tell; `line`: what a line `sep=;` says. `ended`: these are all.
    pub(super) fn of(csv: &Csv, line: Option<u8>, first: &[u8], ended: bool) -> Self {
        let quote = csv.quote.unwrap_or(NO_QUOTE);
        let dialect = Self { separator: b',', quote, decimal: csv.decimal };
        let separator = csv.separator.or(line);
        let separator = separator.unwrap_or_else(|| dialect.found(first, ended));
        Self { separator, ..dialect }
    }

    /// The character around values, if there is one.
    pub(crate) fn quote(self) -> Option<char> {
        (self.quote != NO_QUOTE).then_some(char::from(self.quote))
    }

    /// The separator that makes the most columns, the same number in all of the first records. If none does, the one that
    /// makes several of the first line.
    fn found(self, first: &[u8], ended: bool) -> u8 {
        let mut best = (1, b',');
        let mut any = None;
        for separator in SEPARATORS {
            let widths = widths(first, Self { separator, ..self }, ended, RECORDS);
            let Some((names, rows)) = widths.split_first() else { continue };
            if *names > 1 {
                any = any.or(Some(separator));
            }
            if *names > best.0 && rows.iter().all(|values| values == names) {
                best = (*names, separator);
            }
        }
        if best.0 > 1 { best.1 } else { any.unwrap_or(b',') }
    }

    /// What is between values, in words.
    pub(crate) fn between(self) -> String {
        match self.separator {
            b',' => "commas".to_owned(),
            b';' => "semicolons".to_owned(),
            b'\t' => "tabs".to_owned(),
            other => format!("`{}`", char::from(other).escape_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> char {
        char::from(Dialect::of(&Csv::default(), None, text.as_bytes(), true).separator)
    }

    #[test]
    fn the_first_lines_tell_the_separator() {
        assert_eq!(found("a,b\n1,2\n"), ',');
        assert_eq!(found("a;b\n1;2\n"), ';');
        assert_eq!(found("a\tb\n1\t2\n"), '\t');
        assert_eq!(found("a|b\n1|2\n"), '|');
        // One column, whatever its values hold.
        assert_eq!(found("a\nx;y\n"), ',');
        assert_eq!(found(""), ',');
        // Decimal commas in every row, and one in the header.
        assert_eq!(found("name;amount, net;day\nx;1,5;y\nz;2,5;y\n"), ';');
        assert_eq!(found("name;amount\nx;1,5\n"), ';');
        // Within quotes nothing separates.
        assert_eq!(found("\"a;b\",c\n\"1;2;3\",4\n"), ',');
        assert_eq!(found("\"a,b\";c\n1;2\n"), ';');
        // No separator gives rows of one length: mistakes are reported by the first that occurs.
        assert_eq!(found("a,b\n1,2,3\n"), ',');
        assert_eq!(found("a;b\n1;2;3\n"), ';');
        // As many columns by both: the comma.
        assert_eq!(found("a,b;c\n1,2;3\n"), ',');
    }

    #[test]
    fn what_is_said_wins() {
        let said = Csv { separator: Some(b'|'), ..Csv::default() };
        assert_eq!(Dialect::of(&said, Some(b';'), b"a;b\n", true).separator, b'|');
        assert_eq!(Dialect::of(&Csv::default(), Some(b';'), b"a,b\n", true).separator, b';');
    }
}
