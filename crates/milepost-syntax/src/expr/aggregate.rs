//! What is inside an aggregate: what · per · on · window · with same · where, in this order.

use super::Problem;
use super::build::{Builder, Built, Pair, Rule, internal, range};
use super::habits;
use super::literal;
use crate::ast::{Aggregate, AggregateFunction, Duration, Expr, ExprKind, Linked, Window};
use crate::span::Spanned;

const ORDER: &str =
    "the order inside an aggregate is: what · `per` · `on` · window · `with same` · `where`";

/// A part of an aggregate, in the order in which they must be.
fn rank(rule: Rule) -> Option<(u8, &'static str)> {
    Some(match rule {
        Rule::per => (1, "`per`"),
        Rule::on => (2, "`on`"),
        Rule::window => (3, "the window"),
        Rule::linked => (4, "`with same`"),
        Rule::filter => (5, "`where`"),
        _ => return None,
    })
}

pub(super) fn aggregate(builder: Builder<'_>, pair: Pair<'_>) -> Built<Aggregate> {
    let (start, end) = range(&pair);
    check_order(&pair)?;
    let unread = Expr { kind: ExprKind::Error, span: builder.span(&pair) };
    let mut result =
        Aggregate::of(Spanned::new(AggregateFunction::Count, builder.span(&pair)), unread);
    let mut function = None;
    let mut subject = None;
    for part in pair.into_inner() {
        let span = builder.span(&part);
        match part.as_rule() {
            Rule::function => {
                function = literal::function(part.as_str().trim()).map(|f| Spanned::new(f, span));
            }
            Rule::distinct => result.distinct = Some(span),
            Rule::bare_expr => subject = Some(builder.expr(part)?),
            Rule::argument => result.arguments.push(inner_expr(builder, part)?),
            Rule::per => {
                result.per =
                    part.into_inner().find(|p| p.as_rule() == Rule::name).map(|p| builder.word(&p));
            }
            Rule::on => result.on = Some(inner_expr(builder, part)?),
            Rule::filter => result.filter = Some(inner_expr(builder, part)?),
            Rule::window => result.window = Some(Spanned::new(window(builder, part)?, span)),
            Rule::linked => result.linked = Some(Spanned::new(linked(builder, part)?, span)),
            _ => {}
        }
    }
    result.function = function.ok_or_else(|| internal(start, end))?;
    result.subject = subject.ok_or_else(|| internal(start, end))?;
    Ok(result)
}

fn check_order(pair: &Pair<'_>) -> Built<()> {
    let mut before: Option<(u8, &'static str, usize, usize)> = None;
    for part in pair.clone().into_inner() {
        let (start, end) = range(&part);
        if part.as_rule() == Rule::argument && before.is_some() {
            if let Some(problem) = habits::argument_with_comma(part.get_input(), start) {
                return Err(Box::new(problem));
            }
            return Err(Box::new(
                Problem::new(start, end, "a further argument comes after the other parts of the aggregate")
                    .help("arguments come right after what is aggregated: `percentile(x, 90 over 28 days)`"),
            ));
        }
        let Some((rank, name)) = rank(part.as_rule()) else { continue };
        if let Some((earlier, earlier_name, at, to)) = before {
            if earlier == rank {
                return Err(Box::new(
                    Problem::new(start, end, format!("{name} appears twice in one aggregate"))
                        .also(at, to, "the first")
                        .help("keep one; conditions are joined with `and`"),
                ));
            }
            if earlier > rank {
                return Err(Box::new(
                    Problem::new(start, end, format!("{name} must come before {earlier_name}"))
                        .also(at, to, format!("{earlier_name} is here"))
                        .help(ORDER),
                ));
            }
        }
        before = Some((rank, name, start, end));
    }
    Ok(())
}

/// The expression inside `on …`, `where …`, `since …`, and of an argument.
fn inner_expr(builder: Builder<'_>, pair: Pair<'_>) -> Built<Expr> {
    let (start, end) = range(&pair);
    let inner = pair.into_inner().find(|p| matches!(p.as_rule(), Rule::expr | Rule::bare_expr));
    builder.expr(inner.ok_or_else(|| internal(start, end))?)
}

fn window(builder: Builder<'_>, pair: Pair<'_>) -> Built<Window> {
    let (start, end) = range(&pair);
    let inner = pair.into_inner().next().ok_or_else(|| internal(start, end))?;
    Ok(match inner.as_rule() {
        Rule::over => over(builder, inner)?,
        Rule::ever => Window::Ever { before: has(inner, Rule::before) },
        Rule::since => Window::Since(Box::new(inner_expr(builder, inner)?)),
        Rule::to_date => Window::ToDate(period(builder, inner)?),
        Rule::at_start => Window::AtStart,
        Rule::at_end => Window::AtEnd,
        Rule::average => Window::Average,
        _ => return Err(internal(start, end)),
    })
}

/// `over D`, `over D before`.
pub(super) fn over(builder: Builder<'_>, pair: Pair<'_>) -> Built<Window> {
    let length = length(builder, &pair)?;
    Ok(Window::Over { length, before: has(pair, Rule::before) })
}

fn length(builder: Builder<'_>, pair: &Pair<'_>) -> Built<Spanned<Duration>> {
    let (start, end) = range(pair);
    let inner = pair.clone().into_inner().find(|p| p.as_rule() == Rule::duration);
    let inner = inner.ok_or_else(|| internal(start, end))?;
    Ok(Spanned::new(literal::duration(&inner)?, builder.span(&inner)))
}

fn has(pair: Pair<'_>, rule: Rule) -> bool {
    pair.into_inner().any(|part| part.as_rule() == rule)
}

/// The words after `to date in` as one: `fiscal_year`.
fn period(builder: Builder<'_>, pair: Pair<'_>) -> Built<Spanned<String>> {
    let (start, end) = range(&pair);
    let period = pair.into_inner().find(|p| p.as_rule() == Rule::period);
    let period = period.ok_or_else(|| internal(start, end))?;
    let span = builder.span(&period);
    let words: Vec<&str> = period.as_str().split_whitespace().collect();
    let (at, to) = range(&period);
    match words.as_slice() {
        ["fiscal", unit @ ("week" | "month")] => Err(Box::new(
            Problem::new(at, to, format!("there is no fiscal {unit}"))
                .help("write `fiscal quarter`, `fiscal year`, or the unit without `fiscal`"),
        )),
        _ => Ok(Spanned::new(words.join("_"), span)),
    }
}

fn linked(builder: Builder<'_>, pair: Pair<'_>) -> Built<Linked> {
    let mut linked =
        Linked { same: Vec::new(), within: None, before: false, anchor: None, since: None };
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::name => linked.same.push(builder.word(&part)),
            Rule::within => {
                linked.within = Some(length(builder, &part)?);
                linked.before = has(part.clone(), Rule::before);
                let anchor = part.into_inner().find(|p| p.as_rule() == Rule::bare_expr);
                linked.anchor = anchor.map(|p| builder.expr(p)).transpose()?.map(Box::new);
            }
            _ => {}
        }
    }
    Ok(linked)
}
