//! Text of specs and data on its way to a terminal: nothing in it may move the cursor, change colors or turn the
//! direction of writing.

use std::fmt::Write as _;

/// The text with every control character written out (`\u{1b}`); line breaks and tabs stay.
///
/// ```
/// use milepost::escape::{printable, printable_json, printable_line, printable_page};
///
/// assert_eq!(printable("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb\nc");
/// assert_eq!(printable_line("a\nb"), "a b");
/// assert_eq!(printable_json("\u{202e}"), "\\u202e");
/// assert_eq!(printable_page("\u{1b}[31mred"), "\u{1b}[31mred", "colors stay");
/// ```
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

/// The same for a whole page with our own colors in it: sequences that set colors (`ESC [ … m`) stay too.
#[must_use]
pub fn printable_page(text: &str) -> String {
    if !text.chars().any(is_unsafe) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        out.push_str(&printable(before));
        let kept = color(after);
        out.push_str(if kept.is_empty() { "\\u{1b}" } else { "\u{1b}" });
        out.push_str(kept);
        rest = &after[kept.len()..];
    }
    out + &printable(rest)
}

/// What follows an escape character, if it sets colors and does nothing else: `[1;31m`.
fn color(text: &str) -> &str {
    let Some(codes) = text.strip_prefix('[') else { return "" };
    let end = codes.find(|c: char| !c.is_ascii_digit() && c != ';');
    match end {
        Some(end) if codes[end..].starts_with('m') => &text[.."[".len() + end + "m".len()],
        _ => "",
    }
}

/// JSON in which every control character, and every one that turns the direction of writing, is an escape sequence. It
/// says the same.
#[must_use]
pub fn printable_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) {
            // Within the first plane, all of them.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
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
    use super::{printable, printable_json, printable_line, printable_page, same_length};

    #[test]
    fn escape_sequences_are_written_out() {
        assert_eq!(printable("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(printable("tab\tand\nline stay"), "tab\tand\nline stay");
        assert_eq!(printable("\u{202e}abc"), "\\u{202e}abc");
        assert_eq!(printable_line("a\r\nb\tc"), "a b c");
    }

    #[test]
    fn only_colors_reach_a_terminal() {
        for (text, shown) in [
            ("plain\ttext\n", "plain\ttext\n"),
            ("\u{1b}[1mhead\u{1b}[0m\n", "\u{1b}[1mhead\u{1b}[0m\n"),
            ("\u{1b}[38;2;1;2;3mx\u{1b}[m", "\u{1b}[38;2;1;2;3mx\u{1b}[m"),
            ("\u{1b}[2Jx", "\\u{1b}[2Jx"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{1b}[[1m", "\\u{1b}[[1m"),
            ("\u{1b}", "\\u{1b}"),
            ("\u{1b}[1", "\\u{1b}[1"),
            ("\u{1b}[1é", "\\u{1b}[1é"),
            ("a\u{1b}\u{1b}[1mb\u{9b}31m", "a\\u{1b}\u{1b}[1mb\\u{9b}31m"),
        ] {
            assert_eq!(printable_page(text), shown, "{text:?}");
        }
    }

    #[test]
    fn json_says_the_same() {
        let text = "[\n  \"a\u{9b}\u{7f}\u{202e}é\"\n]\n";
        let shown = "[\n  \"a\\u009b\\u007f\\u202eé\"\n]\n";
        assert_eq!(printable_json(text), shown);
    }

    #[test]
    fn replaced_text_keeps_its_length() {
        for text in ["a\u{1b}b", "\u{85}x", "\u{202e}y", "plain", "crlf\r\n"] {
            assert_eq!(same_length(text).len(), text.len(), "{text:?}");
            assert!(!same_length(text).chars().any(super::is_unsafe));
        }
    }
}
