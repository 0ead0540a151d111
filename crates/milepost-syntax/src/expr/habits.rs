//! What authors bring along from SQL, from spreadsheets and from speech: longer turns than a single sign or word. Each is
//! answered with the expression to write, where that can be known.

use super::Problem;
use super::error::Place;
use super::literal;
use super::tokens::{Kind, Token, tokens};

/// The longest rewritten expression that is shown.
const LONGEST_SHOWN: usize = 200;

/// Words of the language that authors write in capitals.
const KEYWORDS: &[&str] = &[
    "and", "or", "not", "in", "is", "null", "between", "where", "over", "on", "per", "distinct",
    "count", "sum", "avg", "min", "max", "median", "any", "true", "false", "contains",
];

/// A known turn at the place where reading stopped, or around it.
pub(super) fn find(place: &Place<'_>) -> Option<Problem> {
    query(place)
        .or_else(|| to_date(place))
        .or_else(|| capitals(place))
        .or_else(|| spoken_window(place))
        .or_else(|| comma_before_window(place))
        .or_else(|| number_with_comma(place))
        .or_else(|| percent_word(place))
}

/// `written`, in a sentence, if it is short enough to help.
pub(super) fn write(written: &str) -> Option<String> {
    let line = written.split_whitespace().collect::<Vec<_>>().join(" ");
    (line.len() <= LONGEST_SHOWN).then(|| format!("write `{line}`"))
}

/// Why there are no templates.
pub(crate) const NO_TEMPLATES: &str =
    "`{{ }}` is a template, and specs are read literally: nothing is filled in";

/// The name that a template such as `{{ ref('events') }}` stands for: the last text in it.
pub(crate) fn template_name(template: &str) -> Option<String> {
    let inner = template.split("}}").next()?;
    let texts: Vec<&str> = inner.split(['\'', '"']).skip(1).step_by(2).collect();
    texts.last().filter(|name| super::is_name(name)).map(|name| (*name).to_owned())
}

/// `count({{ ref('events') }})`, as models of transformation tools name each other.
pub(super) fn template(place: &Place<'_>) -> Option<Problem> {
    let text = place.text;
    let start = text.find("{{")?;
    let end = text[start..].find("}}").map_or(text.len(), |at| start + at + 2);
    let problem = Problem::new(start, end, NO_TEMPLATES);
    let without = |name: &str| format!("{}{name}{}", &text[..start], &text[end..]);
    let written = template_name(&text[start..end]).map(|name| without(&name));
    // A bare name here is a dataset and not a metric.
    let written =
        written.map(|text| if super::is_name(&text) { format!("count({text})") } else { text });
    Some(match written.as_deref().and_then(write) {
        Some(help) => problem.help(help),
        None => {
            problem.help("write what it stands for, with the name of the dataset: `count(events)`")
        }
    })
}

/// `MTD`, `YTD` and the like, wherever they are.
fn to_date(place: &Place<'_>) -> Option<Problem> {
    const WORDS: [(&str, &str); 4] =
        [("wtd", "week"), ("mtd", "month"), ("qtd", "quarter"), ("ytd", "year")];
    let from = place.here.saturating_sub(1);
    let near = place.tokens.get(from..place.tokens.len().min(place.here + 2))?;
    let (token, unit) = near.iter().find_map(|token| {
        WORDS.iter().find(|(word, _)| is_word(*token, word)).map(|(_, unit)| (*token, unit))
    })?;
    let message = format!("`{}` is not a word here: the window is written out", token.text);
    let problem = Problem::new(token.start, token.end(), message);
    let window = format!("to date in {unit}");
    let (before, after) = (place.text[..token.start].trim_end(), &place.text[token.end()..]);
    let before = before.strip_suffix("over").map_or(before, str::trim_end);
    // After the parentheses it belongs into them.
    let written = match before.strip_suffix(')') {
        Some(inside) => format!("{} {window}){after}", inside.trim_end()),
        None => format!("{before} {window}{after}"),
    };
    Some(match write(&written).filter(|_| super::can_be_read(&written)) {
        Some(help) => problem.help(help),
        None => {
            problem.help(format!("write `{window}` inside the aggregate: `count(events {window})`"))
        }
    })
}

fn is_word(token: Token<'_>, word: &str) -> bool {
    token.kind == Kind::Word && token.text.eq_ignore_ascii_case(word)
}

/// `SELECT COUNT(DISTINCT user_id) FROM events WHERE …`
fn query(place: &Place<'_>) -> Option<Problem> {
    let all = place.tokens;
    let select = all.first().copied().filter(|token| is_word(*token, "select"));
    let from = all.windows(2).position(|pair| pair[0].is(")") && is_word(pair[1], "from"));
    let culprit = select.or_else(|| from.map(|at| all[at + 1]))?;
    let problem = Problem::new(
        culprit.start,
        culprit.end(),
        "this is a query in SQL, and an expression says only what is measured",
    );
    Some(match rewritten(place, usize::from(select.is_some())).as_deref().and_then(write) {
        Some(help) => problem.help(help),
        None => problem.help("name the rows inside the parentheses: `count(events where name = 'login')`, `sum(invoices.amount)`"),
    })
}

/// `AGGREGATE([DISTINCT] column) FROM table [WHERE condition]`, from the token `at` on, as an expression.
fn rewritten(place: &Place<'_>, at: usize) -> Option<String> {
    let all = place.tokens;
    let function = all.get(at)?.text.to_ascii_lowercase();
    literal::function(&function)?;
    let close = all.iter().position(|token| token.is(")"))?;
    if !all.get(at + 1)?.is("(") || close < at + 3 {
        return None;
    }
    let is_distinct = is_word(all[at + 2], "distinct");
    let inner = &all[at + 2 + usize::from(is_distinct)..close];
    let [column] = inner else { return None };
    let from = close + 1 + all[close + 1..].iter().position(|token| is_word(*token, "from"))?;
    let table = all.get(from + 1).filter(|token| token.kind == Kind::Word)?;
    // `FROM events e`, `FROM events AS e`: another name for the table.
    let rest = &all[from + 2..];
    let rest = rest
        .split_first()
        .map_or(rest, |(first, more)| if is_word(*first, "as") { more } else { rest });
    let ends = ["where", "group", "order", "having", "limit"];
    let alias = rest
        .first()
        .filter(|first| first.kind == Kind::Word && !ends.iter().any(|end| is_word(**first, end)));
    let rest = &rest[usize::from(alias.is_some())..];
    let own = |text: &str| match alias {
        Some(alias) => text.replace(&format!("{}.", alias.text), ""),
        None => text.to_owned(),
    };
    let condition = match rest.split_first() {
        Some((first, more)) if is_word(*first, "where") => {
            let end = more.iter().find(|t| ends.iter().any(|e| is_word(**t, e)) || t.is(";"));
            let end = end.map_or(place.text.len(), |token| token.start);
            own(place.text.get(first.end()..end)?.trim())
        }
        _ => String::new(),
    };
    let column_name = own(column.text);
    let named = match column.kind {
        Kind::Word if column_name.contains('.') => column_name.clone(),
        Kind::Word => format!("{}.{column_name}", table.text),
        _ if matches!(column.text, "*" | "1") && function == "count" => table.text.to_owned(),
        _ => return None,
    };
    let is_counted = function == "count" && !is_distinct && named != table.text;
    let present = format!("{column_name} is not null");
    let conditions = [is_counted.then_some(present), Some(condition).filter(|c| !c.is_empty())];
    let conditions: Vec<String> = conditions.into_iter().flatten().collect();
    let rows = if is_counted { table.text } else { &named };
    let distinct = if is_distinct { "distinct " } else { "" };
    let filter = if conditions.is_empty() {
        String::new()
    } else {
        format!(" where {}", conditions.join(" and "))
    };
    Some(format!("{function}({distinct}{rows}{filter})"))
}

/// Words of the language in capitals, all of them at once.
fn capitals(place: &Place<'_>) -> Option<Problem> {
    let wrong = |token: &Token<'_>| {
        token.kind == Kind::Word
            && !KEYWORDS.contains(&token.text)
            && KEYWORDS.contains(&token.text.to_ascii_lowercase().as_str())
    };
    let first = [place.token(), place.previous()].into_iter().flatten().find(wrong)?;
    let mut written = String::new();
    let mut at = 0;
    for token in place.tokens.iter().filter(|token| wrong(token)) {
        written.push_str(&place.text[at..token.start]);
        written.push_str(&token.text.to_ascii_lowercase());
        at = token.end();
    }
    written.push_str(&place.text[at..]);
    let help =
        write(&written).unwrap_or_else(|| format!("write `{}`", first.text.to_ascii_lowercase()));
    let message = format!("`{}` is written in small letters", first.text);
    Some(Problem::new(first.start, first.end(), message).help(help))
}

fn is_unit(token: Token<'_>) -> bool {
    let word = token.text.to_ascii_lowercase();
    let one = word.strip_suffix('s').unwrap_or(&word);
    ["second", "minute", "hour", "day", "week", "month", "quarter", "year"].contains(&one)
}

/// `last 28 days`, `in the past 3 months`, `last month`.
fn spoken_window(place: &Place<'_>) -> Option<Problem> {
    const WORDS: [&str; 5] = ["last", "past", "previous", "trailing", "rolling"];
    let all = place.tokens;
    let from = place.here.saturating_sub(1);
    let near = all.get(from..all.len().min(place.here + 3))?;
    let at = from + near.iter().position(|token| WORDS.iter().any(|word| is_word(*token, word)))?;
    let start = all[place.here.min(at)].start;
    let (number, unit) = (all.get(at + 1)?, all.get(at + 2));
    if let Some(unit) = unit.filter(|unit| number.kind == Kind::Number && is_unit(**unit)) {
        let message = format!("a length of time follows `over`, not `{}`", all[at].text);
        let help = format!("write `over {} {}`", number.text, unit.text.to_ascii_lowercase());
        return Some(Problem::new(start, unit.end(), message).help(help));
    }
    if !is_unit(*number) {
        return None;
    }
    let message = format!("`{} {}` is not a window", all[at].text, number.text);
    Some(
        Problem::new(start, number.end(), message)
            .help("every metric is counted month by month (or as its `grain:` says); for the bucket before, write `prior(count(events))`"),
    )
}

/// `count(events, over 28 days)`
fn comma_before_window(place: &Place<'_>) -> Option<Problem> {
    let comma = place.previous().filter(|token| token.is(","))?;
    let word = place.token()?;
    if !matches!(word.text, "over" | "ever" | "since" | "where" | "on" | "per" | "with") {
        return None;
    }
    let without = format!("{}{}", &place.text[..comma.start], &place.text[comma.end()..]);
    let message = format!("there is no comma before `{}`", word.text);
    let problem = Problem::new(comma.start, comma.end(), message);
    Some(problem.help(write(&without).unwrap_or_else(|| "remove it".to_owned())))
}

/// `1,5` and `1,000`: what a comma inside a number means elsewhere.
pub(super) fn number_with_comma(place: &Place<'_>) -> Option<Problem> {
    let from = place.here.saturating_sub(2);
    let near = place.tokens.get(from..place.tokens.len().min(place.here + 2))?;
    comma_in(near)
}

fn comma_in(near: &[Token<'_>]) -> Option<Problem> {
    let digits = |token: &Token<'_>| token.text.bytes().all(|byte| byte.is_ascii_digit());
    let [whole, _, part] = near.windows(3).find(|three| {
        let [whole, comma, part] = three else { return false };
        comma.is(",")
            && digits(whole)
            && digits(part)
            && whole.end() == comma.start
            && comma.end() == part.start
    })?
    else {
        return None;
    };
    let problem = Problem::new(
        whole.start,
        part.end(),
        "a comma separates values, so it can't be inside a number",
    );
    let point = format!("`{}.{}`", whole.text, part.text);
    Some(if part.text.len() == 3 && whole.text.len() <= 3 && !whole.is("0") {
        problem.help(format!(
            "thousands are written `{}_{}`; the decimal sign is a point: {point}",
            whole.text, part.text
        ))
    } else {
        problem.help(format!("the decimal sign is a point: write {point}"))
    })
}

/// The same, where an aggregate has a further argument at `at`.
pub(super) fn argument_with_comma(text: &str, at: usize) -> Option<Problem> {
    let all = tokens(text);
    let comma = all.iter().position(|token| token.start >= at)?;
    comma_in(all.get(comma.saturating_sub(1)..all.len().min(comma + 2))?)
}

/// `80 percent`
fn percent_word(place: &Place<'_>) -> Option<Problem> {
    let word = place.token()?;
    let number = place.previous().filter(|token| token.kind == Kind::Number)?;
    let is_percent = ["percent", "percents", "pct", "percentage"].iter().any(|w| is_word(word, w));
    is_percent.then(|| {
        Problem::new(number.start, word.end(), "a percentage is written with its sign")
            .help(format!("write `{}%`", number.text))
    })
}

/// `31/01/2026`, `1.2.2026`, `2026/01/31`: dates as people write them, which would read as divisions.
pub(super) fn foreign_date(all: &[Token<'_>]) -> Option<Problem> {
    let dotted = all.iter().find_map(|token| {
        let parts: Vec<&str> = token.text.split('.').collect();
        let is_date = token.kind == Kind::Number && is_date(&parts);
        is_date.then(|| (token.start, token.end(), parts))
    });
    let slashed = || {
        all.windows(5).find_map(|five| {
            let [a, s, b, t, c] = five else { return None };
            let parts = vec![a.text, b.text, c.text];
            let close = five.windows(2).all(|pair| pair[0].end() == pair[1].start);
            (close && s.is("/") && t.is("/") && is_date(&parts)).then(|| (a.start, c.end(), parts))
        })
    };
    let (start, end, parts) = dotted.or_else(slashed)?;
    let (first, second, third) = (parts[0], parts[1], parts[2]);
    let month = |text: &str| text.parse().is_ok_and(|n: u8| (1..=12).contains(&n));
    let day = |text: &str| text.parse().is_ok_and(|n: u8| (1..=31).contains(&n));
    let date = |year: &str, month: &str, day: &str| format!("`{year}-{month:0>2}-{day:0>2}`");
    let mut readings = Vec::new();
    if first.len() == 4 {
        readings.push(date(first, second, third));
    } else {
        if day(first) && month(second) {
            readings.push(date(third, second, first));
        }
        if month(first) && day(second) && first != second {
            readings.push(date(third, first, second));
        }
    }
    let message = "a date is written year-month-day";
    Some(Problem::new(start, end, message).help(match readings.as_slice() {
        [] => "write for example `2026-01-31`".to_owned(),
        readings => format!("write {}", readings.join(" or ")),
    }))
}

/// Whether three numbers have the lengths of a date.
fn is_date(parts: &[&str]) -> bool {
    let short = |part: &&str| (1..=2).contains(&part.len());
    let digits = parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    match parts {
        [a, b, c] if digits => {
            (short(a) && short(b) && c.len() == 4) || (a.len() == 4 && short(b) && short(c))
        }
        _ => false,
    }
}
