//! What members are called in results.

use serde::Serialize;

use super::{ColumnId, EntityId};

/// A column that no file holds: the label of a member, and behind it the key in parentheses where the label alone could be
/// taken for another member. It is computed from all members when the data is opened, so that a name does not depend on
/// the question. No two members have one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MemberName {
    pub entity: EntityId,
    /// The column of the home with what readers know a member by. Where it is null, the key stands for it.
    pub label: ColumnId,
    /// The key is personal data: members of one label are numbered instead.
    pub is_numbered: bool,
}

/// Signs for which a part of a key stands in quotes: else two keys could be written alike.
pub const QUOTED_FOR: [&str; 4] = ["(", ")", "'", ","];

/// The parts of a key as it is written in results and in specs: with commas between, and in quotes where it holds one of
/// [`QUOTED_FOR`]. A key of one part may be written without quotes too. Absent: it has another number of parts.
#[must_use]
pub fn key_parts(text: &str, parts: usize) -> Option<Vec<String>> {
    if parts == 1 && !text.starts_with('\'') {
        return Some(vec![text.to_owned()]);
    }
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let (part, after) = match rest.strip_prefix('\'') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = rest.find(", ").unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        found.push(part);
        match after.strip_prefix(", ") {
            Some(more) => rest = more,
            None if after.is_empty() => break,
            None => return None,
        }
    }
    (found.len() == parts).then_some(found)
}

/// What stands up to the closing quote, and what comes after it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut part = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('\'')?;
        part.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(more) => {
                part.push('\'');
                rest = more;
            }
            None => return Some((part, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::key_parts;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let parts = |text, n| key_parts(text, n).map(|parts| parts.join("|"));
        assert_eq!(parts("7", 1).as_deref(), Some("7"));
        assert_eq!(parts("a, b", 1).as_deref(), Some("a, b"));
        assert_eq!(parts("'a, ''b'''", 1).as_deref(), Some("a, 'b'"));
        assert_eq!(parts("eu, a1", 2).as_deref(), Some("eu|a1"));
        assert_eq!(parts("'e,u', '(1)'", 2).as_deref(), Some("e,u|(1)"));
        for wrong in ["eu", "eu, a, 1", "'eu, a1", "'eu'x, a1"] {
            assert_eq!(parts(wrong, 2), None, "{wrong}");
        }
    }
}
