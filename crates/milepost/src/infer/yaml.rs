//! Texts in YAML that hold words of files: names and comments can't end a value, a line or a comment.

use crate::escape::{printable_json, printable_line};

/// A text as a value of YAML: as it is where it can be nothing else, else in quotes.
pub(super) fn value(text: &str) -> String {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    let is_plain = text.starts_with(is_letter)
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-/.*".contains(c))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_ascii_lowercase().as_str());
    if is_plain {
        return text.to_owned();
    }
    // What needs no escape is easier to read in these.
    if !text.contains('\'') && printable_line(text) == text {
        return format!("'{text}'");
    }
    serde_json::to_string(text).map_or_else(|_| "''".to_owned(), |text| printable_json(&text))
}

/// Words behind `#`, in one line.
pub(super) fn comment(text: &str) -> String {
    const LONGEST: usize = 200;
    let line = printable_line(text);
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("# {}…", &line[..end]),
        None => format!("# {line}"),
    }
}

/// `[a, b]`
pub(super) fn list<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(|item| value(item.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

/// `{ a: 1, b: 2 }`, of fields whose values are written already.
pub(super) fn map(fields: &[(&str, String)]) -> String {
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("{{ {} }}", fields.join(", "))
}

/// Lines of YAML under each other.
#[derive(Debug, Default)]
pub(super) struct Text(String);

impl Text {
    /// A line, so many levels in.
    pub(super) fn line(&mut self, level: usize, line: &str) {
        self.0 += &"  ".repeat(level);
        self.0 += line;
        self.0.push('\n');
    }

    pub(super) fn blank(&mut self) {
        self.0.push('\n');
    }

    /// Lines that are there already.
    pub(super) fn add(&mut self, text: &str) {
        self.0 += text;
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_gets_out_of_its_place() {
        for (text, written) in [
            ("plan", "plan"),
            ("data/a.csv", "data/a.csv"),
            ("Account ID", "'Account ID'"),
            ("yes", "'yes'"),
            ("%m/%d/%Y", "'%m/%d/%Y'"),
            ("it's", "\"it's\""),
            ("a: b # c", "'a: b # c'"),
            ("a\nb", "\"a\\nb\""),
            ("a\u{9b}2J", "\"a\\u009b2J\""),
            ("\u{202e}it's", "\"\\u202eit's\""),
            ("", "''"),
        ] {
            assert_eq!(value(text), written);
        }
        assert_eq!(comment("a\nmetrics: {}\u{1b}[2J"), "# a metrics: {}\\u{1b}[2J");
        assert!(comment(&"x".repeat(500)).len() < 220);
        assert_eq!(list(&["a", "b c"]), "[a, 'b c']");
        assert_eq!(map(&[("type", value("date"))]), "{ type: date }");
    }
}
