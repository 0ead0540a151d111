//! A rough cut of an expression into words, numbers, texts and signs. Only messages use it: it reads
//! whatever an author may have typed, also what the grammar refuses.

/// What a token looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters, digits, `_` and dots: `events.ts`.
    Word,
    /// Begins with a digit: `28`, `28d`, `80%`, `2026-01-31`.
    Number,
    /// `'…'`.
    Text,
    /// A `'` that is never closed.
    OpenText,
    /// Anything else: one sign, or two that belong together (`<=`, `==`).
    Sign,
}

/// A token and its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) start: usize,
}

impl Token<'_> {
    pub(super) fn end(self) -> usize {
        self.start + self.text.len()
    }

    pub(super) fn is(self, text: &str) -> bool {
        self.text == text
    }
}

const DOUBLE_SIGNS: &[&str] =
    &["===", "!==", "<=", ">=", "!=", "==", "<>", "=<", "=>", "&&", "||", ":=", "//", "**"];

pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = measure(&text[at..], first);
        tokens.push(Token { kind, text: &text[at..at + length], start: at });
        at += length;
    }
    tokens
}

fn measure(rest: &str, first: char) -> (Kind, usize) {
    if first == '\'' {
        return text_length(rest);
    }
    if first.is_ascii_digit() {
        return (Kind::Number, number_length(rest));
    }
    if first.is_alphabetic() || first == '_' {
        let length = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
            .unwrap_or(rest.len());
        return (Kind::Word, rest[..length].trim_end_matches('.').len());
    }
    let double = DOUBLE_SIGNS.iter().find(|sign| rest.starts_with(**sign));
    (Kind::Sign, double.map_or(first.len_utf8(), |sign| sign.len()))
}

/// Digits with what is glued to them; a hyphen only inside a date.
fn number_length(rest: &str) -> usize {
    let is_date = rest.len() >= 5
        && rest.as_bytes()[..4].iter().all(u8::is_ascii_digit)
        && rest.as_bytes()[4] == b'-'
        && rest.as_bytes().get(5).is_some_and(u8::is_ascii_digit);
    let glued =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '%') || (is_date && c == '-');
    rest.find(|c| !glued(c)).unwrap_or(rest.len())
}

fn text_length(rest: &str) -> (Kind, usize) {
    let mut at = 1;
    while let Some(quote) = rest[at..].find('\'') {
        at += quote + 1;
        if !rest[at..].starts_with('\'') {
            return (Kind::Text, at);
        }
        at += 1;
    }
    (Kind::OpenText, rest.len())
}
