//! Text of specs and data on its way to a terminal: nothing in it may move the cursor, change colors or turn the
//! direction of writing.

/// The text with every control character written out (`\u{1b}`); line breaks and tabs stay.
#[must_use]
pub fn printable(text: &str) -> String {
    if !text.chars().any(is_unsafe) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_unsafe(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// The same, for text that must stay on one line: line breaks become spaces.
#[must_use]
pub fn printable_line(text: &str) -> String {
    printable(&text.replace("\r\n", " ").replace(['\n', '\r', '\t'], " "))
}

/// The text with every control character replaced by something harmless of the same number of bytes, so that byte
/// offsets still point at the same place.
#[must_use]
pub(crate) fn same_length(text: &str) -> String {
    text.chars()
        .map(|c| match (is_unsafe(c), c, c.len_utf8()) {
            (false, ..) => c,
            // The carriage returns of files written on Windows.
            (true, '\r', _) => ' ',
            (true, _, 1) => '?',
            (true, _, 2) => '¿',
            (true, _, 3) => '\u{fffd}',
            (true, ..) => '🯄',
        })
        .collect()
}

/// Control characters (line feed and tab aside) and the invisible ones that reorder text.
fn is_unsafe(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{061c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => true,
        _ => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::{printable, printable_line, same_length};

    #[test]
    fn escape_sequences_are_written_out() {
        assert_eq!(printable("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(printable("tab\tand\nline stay"), "tab\tand\nline stay");
        assert_eq!(printable("\u{202e}abc"), "\\u{202e}abc");
        assert_eq!(printable_line("a\r\nb\tc"), "a b c");
    }

    #[test]
    fn replaced_text_keeps_its_length() {
        for text in ["a\u{1b}b", "\u{85}x", "\u{202e}y", "plain", "crlf\r\n"] {
            assert_eq!(same_length(text).len(), text.len(), "{text:?}");
            assert!(!same_length(text).chars().any(super::is_unsafe));
        }
    }
}
