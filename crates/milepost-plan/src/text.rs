//! Functions of texts, the same wherever they are computed.

/// What is trimmed: blanks, tabs, line breaks and no-break spaces.
const BLANKS: [char; 5] = [' ', '\t', '\n', '\r', '\u{a0}'];

/// Without blanks at both ends.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(BLANKS)
}

/// The part of a text between separators, counted from 1; absent where there is none, or nothing in it.
#[must_use]
pub fn part<'t>(text: &'t str, separator: &str, number: i64) -> Option<&'t str> {
    let at = usize::try_from(number).ok()?.checked_sub(1)?;
    // Nothing separates nothing: the text is its only part.
    let part = if separator.is_empty() {
        (at == 0).then_some(text)
    } else {
        text.split(separator).nth(at)
    };
    part.filter(|part| !part.is_empty())
}

/// The first characters of a text.
#[must_use]
pub fn left(text: &str, count: i64) -> &str {
    let count = usize::try_from(count).unwrap_or(0);
    text.char_indices().nth(count).map_or(text, |(end, _)| &text[..end])
}

/// With another text in place of each occurrence of a part.
#[must_use]
pub fn replaced(text: &str, part: &str, other: &str) -> String {
    if part.is_empty() { text.to_owned() } else { text.replace(part, other) }
}

/// The number that a text is, with a point before decimals; absent where it is none.
#[must_use]
pub fn number(text: &str) -> Option<f64> {
    let text = trimmed(text);
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse::<f64>().ok().filter(|number| is_plain && number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_apart() {
        assert_eq!(trimmed(" \u{a0}a b\t\r\n"), "a b");
        assert_eq!(part("ann@example.com", "@", 2), Some("example.com"));
        assert_eq!(part("ann", "@", 2), None);
        assert_eq!(part("ann@", "@", 2), None);
        assert_eq!(part("a--b--c", "--", 3), Some("c"));
        assert_eq!(part("abc", "", 1), Some("abc"));
        assert_eq!(part("abc", "", 2), None);
        assert_eq!(left("Zürich", 2), "Zü");
        assert_eq!(left("Zü", 15), "Zü");
        assert_eq!(replaced("a-b-c", "-", ""), "abc");
        assert_eq!(replaced("abc", "", "x"), "abc");
    }

    #[test]
    fn numbers_are_plain_ones() {
        assert_eq!(number(" -1.5e3 "), Some(-1500.0));
        for text in ["", "n/a", "1,5", "nan", "inf", "1e999", "0x1", "1_000", "$5"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
