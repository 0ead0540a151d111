//! Formulas of spreadsheets, which begin with `=`.

use super::Problem;
use super::error::Place;
use super::habits::write;
use super::literal;
use super::tokens::{Kind, tokens};

/// `=count(events)`, as a formula of a spreadsheet begins.
pub(super) fn find(place: &Place<'_>) -> Option<Problem> {
    let first = place.token().filter(|token| place.here == 0 && token.is("="))?;
    let rest = place.text[first.end()..].trim();
    let problem = Problem::new(first.start, first.end(), "an expression does not start with `=`");
    // A formula may be one of a spreadsheet in all else: what is offered must be an expression.
    let formula = formula(rest).or_else(|| small_words(rest));
    let written = formula.as_deref().or_else(|| is_expression(rest).then_some(rest));
    Some(match written.and_then(write) {
        Some(help) => problem.help(help),
        None => problem
            .help("remove it, and write what is measured: `count(events where name = 'login')`"),
    })
}

/// Whether the text can be read, and calls no function that is written in capitals.
fn is_expression(text: &str) -> bool {
    let calls_shouting = tokens(text).windows(2).any(|pair| {
        pair[0].kind == Kind::Word
            && pair[1].is("(")
            && pair[0].text.contains(|c: char| c.is_ascii_uppercase())
    });
    !calls_shouting && super::can_be_read(text)
}

/// A formula whose functions are those of the language, in capitals.
fn small_words(text: &str) -> Option<String> {
    let mut written = String::new();
    let mut at = 0;
    let all = tokens(text);
    for pair in all.windows(2).filter(|pair| pair[0].kind == Kind::Word && pair[1].is("(")) {
        let word = pair[0].text.to_ascii_lowercase();
        let name = match word.as_str() {
            "average" => "avg",
            "stdev" => "stddev",
            other => other,
        };
        if literal::function(name).is_none() && !matches!(name, "if" | "round" | "abs") {
            return None;
        }
        written.push_str(text.get(at..pair[0].start)?);
        written.push_str(name);
        at = pair[0].end();
    }
    written.push_str(text.get(at..)?);
    is_expression(&written).then_some(written)
}

/// `COUNTIF(events.name, "login")` and its kin as an aggregate with a condition.
fn formula(text: &str) -> Option<String> {
    let all = tokens(text);
    let (name, open) = (all.first()?, all.get(1)?);
    if !open.is("(") || !all.last()?.is(")") {
        return None;
    }
    let inner = text.get(open.end()..all.last()?.start)?;
    let args: Vec<&str> = inner.split([',', ';']).map(str::trim).collect();
    let function = match name.text.to_ascii_lowercase().as_str() {
        "countif" | "countifs" => "count",
        "sumif" | "sumifs" => "sum",
        "averageif" | "averageifs" => "avg",
        _ => return None,
    };
    let (column, criterion, summed) = match (function, args.as_slice()) {
        ("count", [column, criterion]) => (*column, *criterion, None),
        ("sum" | "avg", [column, criterion, summed]) => (*column, *criterion, Some(*summed)),
        _ => return None,
    };
    let last = |path: &str| path.rsplit('.').next().map(str::to_owned);
    let rows = column.split_once('.').map_or("events", |(rows, _)| rows);
    let condition = match criterion.trim_matches(['"', '\'']) {
        quoted if quoted.starts_with(['<', '>', '=']) => {
            format!("{} {}", last(column)?, quoted.replace("<>", "!= "))
        }
        // `COUNTIF(events, name = 'login')` is a condition already.
        _ if criterion.contains('=') => criterion.to_owned(),
        number if number.parse::<f64>().is_ok() => format!("{} = {number}", last(column)?),
        text => format!("{} = '{text}'", last(column)?),
    };
    let is_rows = criterion.contains('=') && !column.contains('.');
    let subject = match summed {
        Some(summed) if summed.contains('.') => summed.to_owned(),
        Some(summed) => format!("{rows}.{summed}"),
        None if is_rows => column.to_owned(),
        None => rows.to_owned(),
    };
    let written = format!("{function}({subject} where {condition})");
    is_expression(&written).then_some(written)
}
