//! Single values and keys on one line: quotes only where YAML needs them.

/// What surrounds a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Around {
    /// On a line of its own, or after `key: `.
    Block,
    /// Inside `{ }` or `[ ]`.
    Flow,
}

/// A value that was written as `raw` and reads as `text`, on one line.
pub(super) fn value(raw: &str, text: &str, around: Around) -> String {
    let Some(quote @ ('\'' | '"')) = raw.chars().next() else { return raw.to_owned() };
    if is_plain(text, around) && is_text_everywhere(text) {
        return text.to_owned();
    }
    let only_quoted = !text.contains(['"', '\\']) && !text.chars().any(is_odd);
    if quote == '\'' && only_quoted { format!("\"{text}\"") } else { raw.to_owned() }
}

/// An expression on one line. Its texts are in single quotes, so double quotes around it.
pub(super) fn expression(text: &str, around: Around) -> String {
    if is_plain(text, around) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether YAML reads the text as itself without quotes.
pub(super) fn is_plain(text: &str, around: Around) -> bool {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return false };
    let starts_well = match first {
        '-' => chars
            .next()
            .is_some_and(|c| !c.is_whitespace() && !matches!(c, '-' | ',' | '[' | ']' | '{' | '}')),
        _ => !"?:,[]{}#&*!|>'\"%@`=".contains(first) && !text.starts_with("..."),
    };
    let cut = text.contains(": ") || text.ends_with(':') || text.contains(" #");
    let bracket = around == Around::Flow && text.contains([',', '[', ']', '{', '}']);
    let null = matches!(text, "~" | "null" | "Null" | "NULL");
    starts_well && !cut && !bracket && !null && text.trim() == text && !text.chars().any(is_odd)
}

/// Characters that are not kept as they are without quotes.
pub(super) fn is_odd(c: char) -> bool {
    c.is_control() || (c.is_whitespace() && c != ' ') || c == '\u{feff}'
}

/// Whether every reader of YAML, also one of an older version, takes the text for text: not for a
/// number, a date or a yes. Others may read the files too.
fn is_text_everywhere(text: &str) -> bool {
    const WORDS: [&str; 8] = ["true", "false", "yes", "no", "on", "off", "y", "n"];
    let small = text.to_ascii_lowercase();
    let first = small.trim_start_matches(['+', '-', '.']);
    let like_number = first.starts_with(|c: char| c.is_ascii_digit())
        && first.chars().all(|c| c.is_ascii_hexdigit() || "xob_.:+-tz ".contains(c));
    let odd = matches!(first, "inf" | "nan") || small == "<<";
    !WORDS.contains(&small.as_str()) && !like_number && !odd
}

#[cfg(test)]
mod tests {
    use super::{Around, expression, value};

    #[test]
    fn quotes_stay_where_they_are_needed() {
        for (raw, text, block, flow) in [
            ("plain", "plain", "plain", "plain"),
            ("\"end\"", "end", "end", "end"),
            ("'it''s'", "it's", "it's", "it's"),
            ("\"a, b\"", "a, b", "a, b", "\"a, b\""),
            ("'a: b'", "a: b", "\"a: b\"", "\"a: b\""),
            ("'a \"b\": c'", "a \"b\": c", "'a \"b\": c'", "'a \"b\": c'"),
            ("\"a\\tb\"", "a\tb", "\"a\\tb\"", "\"a\\tb\""),
            ("\"a # b\"", "a # b", "\"a # b\"", "\"a # b\""),
            ("\"\"", "", "\"\"", "\"\""),
            ("''", "", "\"\"", "\"\""),
            ("\"no\"", "no", "\"no\"", "\"no\""),
            ("\"null\"", "null", "\"null\"", "\"null\""),
            ("\"2026-03-31\"", "2026-03-31", "\"2026-03-31\"", "\"2026-03-31\""),
            ("'0x1F'", "0x1F", "\"0x1F\"", "\"0x1F\""),
            ("\"12 months\"", "12 months", "12 months", "12 months"),
            ("\"- a\"", "- a", "\"- a\"", "\"- a\""),
            ("\"*x\"", "*x", "\"*x\"", "\"*x\""),
            ("\" a\"", " a", "\" a\"", "\" a\""),
        ] {
            assert_eq!(value(raw, text, Around::Block), block, "{raw}");
            assert_eq!(value(raw, text, Around::Flow), flow, "{raw}");
        }
    }

    #[test]
    fn expressions_are_quoted_for_yaml() {
        for (text, block, flow) in [
            ("count(a)", "count(a)", "count(a)"),
            ("-a", "-a", "-a"),
            ("'a' = b", "\"'a' = b\"", "\"'a' = b\""),
            ("if(a, b, c)", "if(a, b, c)", "\"if(a, b, c)\""),
            ("a = ': '", "\"a = ': '\"", "\"a = ': '\""),
            ("a = '\\\"'", "a = '\\\"'", "a = '\\\"'"),
        ] {
            assert_eq!(expression(text, Around::Block), block);
            assert_eq!(expression(text, Around::Flow), flow);
        }
    }
}
