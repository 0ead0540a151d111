//! What the grammar expected, in words that name the next step.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::build::Rule;
use super::tokens::{Kind, Token, tokens};
use super::{Problem, short, slips};
use crate::ast::AggregateFunction;
use crate::codes;

/// Puts a refusal of the grammar in words. `text` is the whole expression.
pub(super) fn explain(text: &str, cause: &Error<Rule>) -> Problem {
    let at = match cause.location {
        InputLocation::Pos(at) => at,
        InputLocation::Span((at, _)) => at,
    };
    if text.trim().is_empty() {
        return empty(text);
    }
    if let ErrorVariant::CustomError { .. } = cause.variant {
        return too_deep(text, at);
    }
    let all = tokens(text);
    let here = all.iter().position(|token| token.end() > at).unwrap_or(all.len());
    let place = Place { text, tokens: &all, here, at };
    if let Some(problem) = slips::find(&place) {
        return problem;
    }
    if let Some(problem) = unbalanced(&place).or_else(|| misspelt_aggregate(&place)) {
        return problem;
    }
    expected(&place, positives(cause))
}

/// An expression without anything in it.
pub(super) fn empty(text: &str) -> Problem {
    Problem::new(0, text.len(), "the expression is empty")
        .help("write what is measured, such as `count(events)`")
}

fn too_deep(text: &str, at: usize) -> Problem {
    Problem::new(at.min(text.len()), text.len(), "the expression is nested too deeply")
        .code(codes::SPEC_TOO_DEEP)
        .help("give its parts names: each a metric of its own")
}

/// Where reading stopped.
pub(super) struct Place<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: &'a [Token<'a>],
    /// The first token that was not understood; past the last one at the end.
    pub(super) here: usize,
    /// Where reading stopped, in bytes.
    pub(super) at: usize,
}

impl<'a> Place<'a> {
    pub(super) fn token(&self) -> Option<Token<'a>> {
        self.tokens.get(self.here).copied()
    }

    pub(super) fn previous(&self) -> Option<Token<'a>> {
        self.here.checked_sub(1).and_then(|index| self.tokens.get(index)).copied()
    }

    pub(super) fn next(&self) -> Option<Token<'a>> {
        self.tokens.get(self.here + 1).copied()
    }

    /// The bytes of the token here; at the end, the last byte.
    fn range(&self) -> (usize, usize) {
        match self.token() {
            Some(token) => (token.start.max(self.at.min(token.end() - 1)), token.end()),
            None => {
                let end = self.text.trim_end().len();
                let last = self.text[..end].chars().next_back().map_or(0, char::len_utf8);
                (end - last, end)
            }
        }
    }

    /// The word before the innermost parenthesis that is open here.
    fn called(&self) -> Option<Token<'a>> {
        let mut open = Vec::new();
        for (index, token) in self.tokens[..self.here].iter().enumerate() {
            match token.text {
                "(" => open.push(index.checked_sub(1).and_then(|i| self.tokens.get(i)).copied()),
                ")" => {
                    open.pop();
                }
                _ => {}
            }
        }
        open.last().copied().flatten()
    }

    /// Whether this place is inside the parentheses of an aggregate.
    fn in_aggregate(&self) -> bool {
        self.called().is_some_and(|word| super::literal::function(word.text).is_some())
    }
}

/// Parentheses and brackets that have no partner.
fn unbalanced(place: &Place<'_>) -> Option<Problem> {
    let mut open: Vec<Token<'_>> = Vec::new();
    for (index, token) in place.tokens.iter().enumerate() {
        if token.kind != Kind::Sign {
            continue;
        }
        match token.text {
            "(" | "[" => open.push(*token),
            ")" | "]" => {
                let wanted = if token.is(")") { "(" } else { "[" };
                match open.pop() {
                    Some(opened) if opened.is(wanted) => {}
                    Some(opened) if index >= place.here => {
                        let closing = if opened.is("(") { ")" } else { "]" };
                        return Some(
                            Problem::new(
                                token.start,
                                token.end(),
                                format!("`{}` stands where `{closing}` is missing", token.text),
                            )
                            .also(opened.start, opened.end(), "opened here")
                            .help(format!("close it with `{closing}`")),
                        );
                    }
                    None if index >= place.here => {
                        return Some(
                            Problem::new(
                                token.start,
                                token.end(),
                                format!("`{}` closes nothing that was opened", token.text),
                            )
                            .help(format!("remove it, or add the missing `{wanted}` before it")),
                        );
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    let opened = open.last()?;
    if place.token().is_some() {
        return None;
    }
    let closing = if opened.is("(") { ")" } else { "]" };
    // At the end after an operator, what is missing first is a value; `expected` says so.
    if place.previous().is_some_and(|token| slips::wants_value(token)) {
        return None;
    }
    Some(
        Problem::new(
            opened.start,
            opened.end(),
            format!("missing closing `{closing}` for the `{}` here", opened.text),
        )
        .label("never closed")
        .help(format!("add `{closing}` where it ends")),
    )
}

fn positives(cause: &Error<Rule>) -> &[Rule] {
    match &cause.variant {
        ErrorVariant::ParsingError { positives, .. } => positives,
        ErrorVariant::CustomError { .. } => &[],
    }
}

/// The grammar's own expectation.
fn expected(place: &Place<'_>, rules: &[Rule]) -> Problem {
    let (start, end) = place.range();
    let found = place
        .token()
        .map_or_else(|| "the end".to_owned(), |token| format!("`{}`", short(token.text)));
    let after = place.previous().map_or_else(
        || "at the start".to_owned(),
        |token| format!("after `{}`", short(token.text)),
    );
    let has = |rule: Rule| rules.contains(&rule);
    if [Rule::text, Rule::group, Rule::path, Rule::sum, Rule::bare_sum, Rule::expr, Rule::bare_expr]
        .into_iter()
        .any(has)
        || has(Rule::boolean)
        || has(Rule::aggregate)
    {
        let problem = Problem::new(start, end, format!("expected a value {after}, found {found}"))
            .label("a value belongs here");
        if let Some(word) = place.token().filter(|token| super::is_reserved(token.text)) {
            return problem.help(format!(
                "`{0}` is a word of the language; a column of this name gets another under `columns:`: \
                 `{0}_column: {{ column: \"{0}\" }}`",
                word.text
            ));
        }
        return problem.help("a value is a column, a metric, a number, a text in '…', or an aggregate such as `count(events)`",
        );
    }
    if has(Rule::infix) || has(Rule::arithmetic) {
        return operator_expected(place, start, end, &found);
    }
    let (what, help) = specific(rules);
    near_clause(place, Problem::new(start, end, format!("expected {what} {after}, found {found}")))
        .help(help)
}

/// `wher`: a word where a part of an aggregate may begin, which is nearly the word for one.
fn near_clause(place: &Place<'_>, problem: Problem) -> Problem {
    const CLAUSES: [&str; 7] = ["where", "over", "per", "on", "with", "since", "ever"];
    let word = place.token().filter(|token| token.kind == Kind::Word && place.in_aggregate());
    let near = word
        .filter(|word| !CLAUSES.contains(&word.text))
        .and_then(|word| crate::suggest(&word.text.to_lowercase(), CLAUSES));
    match near {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem,
    }
}

/// `cuont(distinct …)`: a word that belongs only in aggregates, in the parentheses of something else.
fn misspelt_aggregate(place: &Place<'_>) -> Option<Problem> {
    const ONLY_THERE: [&str; 8] =
        ["distinct", "over", "ever", "since", "where", "on", "per", "with"];
    let word = place.token().filter(|token| ONLY_THERE.contains(&token.text))?;
    let called = place.called()?;
    if called.kind != Kind::Word || super::literal::function(called.text).is_some() {
        return None;
    }
    let names = || AggregateFunction::ALL.into_iter().map(AggregateFunction::name);
    let near = crate::suggest(&called.text.to_lowercase(), names());
    let message =
        format!("`{}` is no aggregate, and `{}` stands only in one", called.text, word.text);
    let help = near.map_or_else(
        || format!("the aggregates are {}", names().collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    Some(Problem::new(called.start, called.end(), message).help(help))
}

/// What a keyword wants after itself.
fn specific(rules: &[Rule]) -> (&'static str, &'static str) {
    let table: &[(Rule, &str, &str)] = &[
        (
            Rule::duration,
            "a length of time",
            "write a whole number and a unit: `28 days`, `3 months`",
        ),
        (Rule::whole, "a length of time", "write a whole number and a unit: `28 days`, `3 months`"),
        (
            Rule::unit,
            "a unit of time",
            "units are seconds, minutes, hours, days, weeks, months, quarters and years",
        ),
        (
            Rule::period,
            "a calendar unit",
            "write `to date in` week, month, quarter, year, fiscal quarter or fiscal year",
        ),
        (
            Rule::year,
            "a calendar unit",
            "write `to date in` week, month, quarter, year, fiscal quarter or fiscal year",
        ),
        (
            Rule::kw_date,
            "`date in …`",
            "write `to date in month`, `to date in fiscal year` and the like",
        ),
        (
            Rule::kw_start,
            "`start` or `end`",
            "a state is read `at start` or `at end` of the bucket",
        ),
        (Rule::kw_end, "`start` or `end`", "a state is read `at start` or `at end` of the bucket"),
        (Rule::kw_same, "`same`", "write `with same account`, naming what both rows share"),
        (
            Rule::kw_null,
            "`null` or `not null`",
            "write `is null` or `is not null`; other comparisons use `=`",
        ),
        (Rule::kw_and, "`and`", "write `x between 1 and 10`"),
        (Rule::name, "a name", "names begin with a letter and have letters, digits and `_`"),
        (
            Rule::segment,
            "a column name",
            "names begin with a letter and have letters, digits and `_`",
        ),
        (
            Rule::kw_in,
            "`in` or `between`",
            "write `x not in ['a', 'b']` or `x not between 1 and 10`",
        ),
    ];
    table.iter().find(|(rule, _, _)| rules.contains(rule)).map_or(
        ("something else", "`milepost help expressions` shows the whole language"),
        |(_, what, help)| (what, help),
    )
}

/// `count(events) per user`: what is said so is a division, or what a metric is anyway.
fn outer_per(place: &Place<'_>, per: Token<'_>) -> Problem {
    let by = place.next().filter(|next| next.kind == Kind::Word);
    let end = by.map_or(per.end(), Token::end);
    let problem = Problem::new(per.start, end, "`per` stands outside an aggregate");
    let Some(by) = by else {
        return problem.help("for a mean, divide: `count(events) / count(distinct events.user)`");
    };
    let before = place.text[..per.start].split_whitespace().collect::<Vec<_>>().join(" ");
    if before.len() > 120 {
        return problem.help("for a mean, divide the aggregate by a count");
    }
    let is_time = ["day", "week", "month", "quarter", "year"].contains(&by.text);
    if is_time {
        return problem.help(format!(
            "a metric has one number for each bucket of time already: write `{}`, and `grain: {}` under it",
            before, by.text
        ));
    }
    let rows = place.tokens.iter().position(|t| t.is("(")).and_then(|at| place.tokens.get(at + 1));
    let rows = rows.filter(|rows| rows.kind == Kind::Word && !rows.is("distinct"));
    let rows = rows.map_or("events", |rows| rows.text.split('.').next().unwrap_or("events"));
    problem.help(format!("for a mean, divide: `{} / count(distinct {rows}.{})`", before, by.text))
}

fn operator_expected(place: &Place<'_>, start: usize, end: usize, found: &str) -> Problem {
    let Some(token) = place.token() else {
        return Problem::new(start, end, "the expression ends too early")
            .help("finish it, or remove what is left over");
    };
    let clause = matches!(
        token.text,
        "where"
            | "over"
            | "on"
            | "per"
            | "with"
            | "ever"
            | "since"
            | "at"
            | "to"
            | "average"
            | "within"
            | "before"
            | "after"
    );
    if clause && !place.in_aggregate() {
        let help = match token.text {
            "where" => {
                "move it inside the parentheses: `count(events where name = 'login')`; to filter a whole \
                        metric, use the field `where:`"
            }
            "within" | "before" | "after" => {
                "it follows `with same …`: `any(login with same contact within 7 days)`"
            }
            "per" => return outer_per(place, token),
            _ => "move it inside the parentheses: `sum(mrr.mrr at end)`",
        };
        return Problem::new(start, end, format!("`{}` stands outside an aggregate", token.text))
            .help(help);
    }
    if matches!(token.text, "within" | "before" | "after") {
        return Problem::new(start, end, format!("`{}` is not expected here", token.text)).help(
            "`within` follows `with same …`; `before` follows a window: `over 28 days before`, `ever before`",
        );
    }
    if let Some(previous) =
        place.previous().filter(|p| p.kind == Kind::Word && token.kind == Kind::Word)
    {
        let joined = format!("{}_{}", previous.text, token.text);
        let problem = Problem::new(
            start,
            end,
            format!(
                "`{}` follows `{}` with nothing between them",
                short(token.text),
                short(previous.text)
            ),
        );
        return near_clause(place, problem).help(format!(
            "put an operator between them (`and`, `or`, `+`, `=`, …); if this is one name, write it as `{}`",
            short(&joined)
        ));
    }
    Problem::new(start, end, format!("expected an operator or the end, found {found}"))
        .label("not expected here")
        .help("operators are `+ - * /`, `= != < <= > >=`, `and`, `or`, `in […]`, `between`, `is null`")
}
