//! Habits from other languages: each is recognized and its spelling here is shown.

use super::Problem;
use super::error::Place;
use super::tokens::{Kind, Token, tokens};
use super::{formulas, habits};
use crate::look_alike;

/// A known slip at the place where reading stopped, or before it.
pub(super) fn find(place: &Place<'_>) -> Option<Problem> {
    habits::template(place)
        .or_else(|| formulas::find(place))
        .or_else(|| quotes(place))
        .or_else(|| habits::find(place))
        .or_else(|| signs(place))
        .or_else(|| numbers(place))
        .or_else(|| letters(place))
        .or_else(|| words(place))
}

/// Whether something must follow this token.
pub(super) fn wants_value(token: Token<'_>) -> bool {
    matches!(
        token.text,
        "+" | "-"
            | "*"
            | "/"
            | "="
            | "!="
            | "<"
            | "<="
            | ">"
            | ">="
            | ","
            | "("
            | "["
            | "and"
            | "or"
            | "not"
            | "where"
            | "on"
            | "per"
            | "since"
            | "over"
            | "between"
            | "in"
            | "is"
            | "contains"
            | "starts_with"
            | "with"
            | "same"
            | "within"
            | "at"
            | "distinct"
    )
}

fn at(token: Token<'_>, message: impl Into<String>, help: impl Into<String>) -> Option<Problem> {
    Some(Problem::new(token.start, token.end(), message).help(help))
}

/// Texts that are never closed, and other kinds of quotes.
fn quotes(place: &Place<'_>) -> Option<Problem> {
    let open = place.tokens.iter().find(|token| token.kind == Kind::OpenText);
    let other = place.tokens.iter().find(|token| is_quote(token.text));
    if let Some(open) = open.filter(|open| other.is_none_or(|other| open.start < other.start)) {
        return Some(
            Problem::new(
                open.start,
                open.start + 1,
                "missing closing `'` for the text that starts here",
            )
            .label("never closed")
            .help("close it with `'`; a quote inside a text is written twice: `'it''s'`"),
        );
    }
    let quote = place
        .tokens
        .iter()
        .enumerate()
        .skip(place.here.saturating_sub(1))
        .find(|(_, token)| is_quote(token.text));
    let (index, token) = quote?;
    let content = &place.text[token.end()..];
    let closing = place.tokens[index + 1..].iter().find(|t| is_quote(t.text));
    let help = match closing {
        Some(closing) => {
            let inner = place.text[token.end()..closing.start].replace('\'', "''");
            format!("write `'{}'`", super::short(&inner))
        }
        None => "write text in straight single quotes: `'text'`".to_owned(),
    };
    let end = closing.map_or(token.end(), |closing| closing.end()).max(token.end());
    let message = if content.is_empty() || closing.is_none() {
        format!("`{}` is not a quote here", token.text)
    } else {
        "text is written in straight single quotes".to_owned()
    };
    Some(Problem::new(token.start, end, message).help(help))
}

fn is_quote(text: &str) -> bool {
    matches!(text, "\"" | "“" | "”" | "„" | "‘" | "’" | "‚" | "`" | "«" | "»")
}

/// Operators of other languages.
fn signs(place: &Place<'_>) -> Option<Problem> {
    let token = [place.token(), place.previous()]
        .into_iter()
        .flatten()
        .find(|token| token.kind == Kind::Sign && replacement(token.text).is_some());
    if let Some(token) = token {
        let right = replacement(token.text).unwrap_or_default();
        return at(token, format!("`{}` is not an operator here", token.text), right);
    }
    let token = place.token()?;
    let previous = place.previous();
    match token.text {
        "*" if previous.is_some_and(|p| p.is("(")) => {
            at(token, "`*` is not something to count", "name the dataset: `count(events)`")
        }
        "[" => at(token, "a list is only allowed after `in`", "write `x in ['a', 'b']`"),
        "," => at(
            token,
            "this comma is outside a list of arguments",
            "conditions are joined with `and`; a metric has one value",
        ),
        _ => None,
    }
}

fn replacement(sign: &str) -> Option<&'static str> {
    Some(match sign {
        "==" | "===" | ":=" => "write `=` for equal",
        "<>" | "!==" => "write `!=` for not equal",
        "=<" => "write `<=` for less or equal",
        "=>" => "write `>=` for greater or equal",
        "&&" | "&" => "write `and`",
        "||" => "write `or`; texts can't be joined",
        "|" => "write `or`",
        "!" => "write `not`, as in `not licensed`",
        "≠" => "write `!=` for not equal",
        "≤" => "write `<=` for less or equal",
        "≥" => "write `>=` for greater or equal",
        "×" | "·" => "write `*` to multiply",
        "÷" | "//" => "write `/` to divide",
        "−" | "–" | "—" => "write a plain hyphen `-` for minus",
        "^" | "**" => "there are no powers; multiply: `x * x`",
        "?" | ":" => "write `if(condition, a, b)`",
        "$" | "€" | "£" => {
            "write the plain number; its currency is the metric's or the column's `unit:`"
        }
        "%" => "write a percentage without a space: `80%`; there is no remainder",
        ";" => "between arguments write `,`; at the end write nothing",
        "{" | "}" => "group with parentheses: `(a + b) * c`",
        "@" | "#" | "\\" | "~" => "remove it",
        _ => return None,
    })
}

/// Numbers with something glued to them.
fn numbers(place: &Place<'_>) -> Option<Problem> {
    let token =
        [place.token(), place.previous()].into_iter().flatten().find(|t| t.kind == Kind::Number)?;
    let digits = token
        .text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '_' | '.')))
        .unwrap_or(token.text.len());
    let (number, glued) = token.text.split_at(digits);
    if glued.is_empty() {
        return decimal_duration(place, token);
    }
    if token.text.contains('-') || glued.starts_with('T') {
        return at(
            token,
            format!("`{}` is not a date", super::short(token.text)),
            "a date is year-month-day with two digits each: `2026-01-31`; it has no time of day",
        );
    }
    let unit = match glued {
        "s" | "sec" | "secs" => "seconds",
        "min" | "mins" => "minutes",
        "h" | "hr" | "hrs" | "hours" | "hour" => "hours",
        "d" | "day" | "days" => "days",
        "w" | "wk" | "week" | "weeks" => "weeks",
        "m" | "mo" | "mon" | "month" | "months" => "months",
        "q" | "quarter" | "quarters" => "quarters",
        "y" | "yr" | "yrs" | "year" | "years" => "years",
        "k" | "K" => {
            return at(
                token,
                format!("`{}` is not a number", token.text),
                format!("write `{number}_000`"),
            );
        }
        _ => {
            return at(
                token,
                format!("`{}` is neither a number nor a name", super::short(token.text)),
                "names begin with a letter; a number and its unit need a space between them: `28 days`",
            );
        }
    };
    let unit = if number == "1" { unit.trim_end_matches('s') } else { unit };
    at(
        token,
        format!("a number and its unit need a space between them: `{}`", token.text),
        format!("write `{number} {unit}`"),
    )
}

fn decimal_duration(place: &Place<'_>, number: Token<'_>) -> Option<Problem> {
    let unit = place.tokens.iter().find(|token| token.start >= number.end())?;
    let is_unit = ["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
        .iter()
        .any(|name| unit.text.strip_suffix('s').unwrap_or(unit.text) == *name);
    if !is_unit || !number.text.contains('.') {
        return None;
    }
    Some(
        Problem::new(number.start, unit.end(), "a length of time is a whole number")
            .help("use a smaller unit: `36 hours` for one and a half days"),
    )
}

/// A date in another form than the language's, which would read as a subtraction or a division.
pub(super) fn other_date(text: &str) -> Option<Problem> {
    let all = tokens(text);
    let short = all.iter().copied().find(|token| {
        let parts: Vec<&str> = token.text.split('-').collect();
        token.kind == Kind::Number
            && token.text.len() < 10
            && matches!(parts.as_slice(), [year, month, day]
                if year.len() == 4 && [month, day].iter().all(|part| matches!(part.len(), 1 | 2)))
    });
    let Some(token) = short else { return habits::foreign_date(&all) };
    at(
        token,
        format!("`{}` is not a date", token.text),
        "month and day have two digits: `2026-01-05`; for a subtraction, put spaces around `-`",
    )
}

/// A letter of another alphabet among those of a name.
fn letters(place: &Place<'_>) -> Option<Problem> {
    let mixed = |token: &Token<'_>| {
        token.kind == Kind::Word && token.text.contains(|c: char| c.is_ascii_alphabetic())
    };
    let words = [place.token(), place.previous()].into_iter().flatten().filter(mixed);
    let (token, help) =
        words.filter_map(|word| Some((word, look_alike::explain(word.text)?))).next()?;
    at(token, format!("`{}` has a letter of another alphabet", super::short(token.text)), help)
}

/// Words of SQL.
fn words(place: &Place<'_>) -> Option<Problem> {
    let candidates = [place.token(), place.previous()];
    for token in candidates.into_iter().flatten().filter(|token| token.kind == Kind::Word) {
        if let Some(problem) = sql(token) {
            return Some(problem);
        }
    }
    let token = place.token()?;
    if token.is("null") {
        return null(place, token);
    }
    if token.is("in") && place.next().is_some_and(|next| next.is("(")) {
        return at(token, "the list after `in` is in brackets", "write `in ['a', 'b']`");
    }
    if token.is("in") && place.previous().is_some_and(|p| p.is("is")) {
        return at(token, "`is in` is one word too many", "write `x in ['a', 'b']`");
    }
    if place.next().is_none() && place.previous().is_some_and(|p| p.is("is")) {
        return at(token, "`is` is only for null", "write `=` to compare: `plan = 'pro'`");
    }
    None
}

fn null(place: &Place<'_>, token: Token<'_>) -> Option<Problem> {
    let Some(previous) = place.previous() else {
        return at(token, "`null` is not a value", "leave the field out");
    };
    let start = if matches!(previous.text, "=" | "!=" | "<>" | "==") {
        previous.start
    } else {
        token.start
    };
    let help = match previous.text {
        "=" | "==" => "write `is null`",
        "!=" | "<>" => "write `is not null`",
        _ => {
            "test with `x is null` or `x is not null`; as a value it can only be a branch: `if(x > 0, x, null)`"
        }
    };
    Some(Problem::new(start, token.end(), "nothing compares with `null`").help(help))
}

fn sql(token: Token<'_>) -> Option<Problem> {
    let lower = token.text.to_ascii_lowercase();
    match lower.as_str() {
        "case" | "when" | "then" | "else" | "elseif" | "iif" => {
            at(token, format!("there is no `{}`", token.text), "write `if(condition, a, b)`")
        }
        "like" | "ilike" | "matches" => at(
            token,
            format!("there is no `{}`", token.text),
            "write `name contains 'text'` or `name starts_with 'text'`",
        ),
        "select" | "from" | "join" | "having" => at(
            token,
            format!("there is no `{}`: an expression is not SQL", token.text),
            "write what is measured: `count(events where name = 'login')`",
        ),
        "group" | "by" => at(
            token,
            format!("there is no `{}` in an expression", token.text),
            "list dimensions under `slices:`; the bucket of time is `grain:`",
        ),
        "filter" => at(token, format!("there is no `{}`", token.text), "conditions follow `where`"),
        "xor" | "mod" => {
            at(token, format!("there is no `{}`", token.text), "use `and`, `or`, `not`")
        }
        _ => None,
    }
}
