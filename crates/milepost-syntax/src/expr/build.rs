//! From what the grammar matched to a tree.

// The parser that pest derives is public and has no docs of its own; it stays in here.
mod grammar {
    #[derive(pest_derive::Parser, Debug)]
    #[grammar = "expr/grammar.pest"]
    pub(super) struct Grammar;
}

use pest::Parser;
use pest::iterators::Pair as PestPair;

use super::climb::{Climber, Item, Test};
use super::{Problem, aggregate, error, literal};
use crate::ast::{Expr, ExprKind};
use crate::codes;
use crate::limits::OPERATORS;
use crate::span::Spanned;
use crate::text::MappedText;

pub(super) use grammar::Rule;

pub(super) type Pair<'a> = PestPair<'a, Rule>;
pub(super) type Built<T> = Result<T, Box<Problem>>;

/// Parses the whole text.
pub(super) fn parse(text: &MappedText) -> Built<Expr> {
    let pairs = grammar::Grammar::parse(Rule::input, &text.text)
        .map_err(|cause| Box::new(error::explain(&text.text, &cause)))?;
    let mut operators = pairs.clone().flatten().filter(|pair| {
        matches!(pair.as_rule(), Rule::infix | Rule::arithmetic | Rule::minus | Rule::not)
    });
    if let Some(first_too_many) = operators.nth(OPERATORS) {
        let (start, end) = range(&first_too_many);
        return Err(Box::new(
            Problem::new(start, end, format!("the expression has more than {OPERATORS} operators"))
                .code(codes::SPEC_TOO_DEEP)
                .help("give its parts names: each a metric of its own"),
        ));
    }
    let builder = Builder { text };
    let expr = pairs.flat_map(Pair::into_inner).find(|pair| pair.as_rule() == Rule::expr);
    expr.map_or_else(|| Err(Box::new(error::empty(&text.text))), |pair| builder.expr(pair))
}

/// Whether a rule matches all of a text.
pub(super) fn matches(rule: Rule, text: &str) -> bool {
    grammar::Grammar::parse(rule, text)
        .ok()
        .and_then(|mut pairs| pairs.next())
        .is_some_and(|pair| pair.as_str().len() == text.len())
}

/// The bytes of a match, without the spaces that the grammar skipped after it.
pub(super) fn range(pair: &Pair<'_>) -> (usize, usize) {
    let span = pair.as_span();
    (span.start(), span.start() + span.as_str().trim_end_matches(is_space).len())
}

fn is_space(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{a0}'
}

/// Builds trees whose places are in the author's file.
#[derive(Clone, Copy)]
pub(super) struct Builder<'a> {
    pub(super) text: &'a MappedText,
}

impl Builder<'_> {
    pub(super) fn span(self, pair: &Pair<'_>) -> crate::span::Span {
        let (start, end) = range(pair);
        self.text.locate(start, end)
    }

    pub(super) fn word(self, pair: &Pair<'_>) -> Spanned<String> {
        let (start, end) = range(pair);
        Spanned::new(self.text.text[start..end].to_owned(), self.text.locate(start, end))
    }

    /// `expr`, `bare_expr`, `sum` or `bare_sum`: a row of operands, operators and tests.
    pub(super) fn expr(self, pair: Pair<'_>) -> Built<Expr> {
        let mut items = Vec::new();
        for part in pair.into_inner() {
            let span = self.span(&part);
            let (start, end) = range(&part);
            let item = match part.as_rule() {
                Rule::minus => Item::Minus(span),
                Rule::not => Item::Not { span, start, end },
                Rule::infix | Rule::arithmetic => {
                    let Some(op) = literal::operator(part.as_str().trim()) else {
                        return Err(internal(start, end));
                    };
                    Item::Infix { op, span, start, end }
                }
                Rule::in_test => Item::Test { test: self.in_test(part)?, span, start, end },
                Rule::between | Rule::bare_between => {
                    Item::Test { test: self.between(part)?, span, start, end }
                }
                Rule::null_test => {
                    let negated = part.into_inner().any(|p| p.as_rule() == Rule::not);
                    Item::Test { test: Test::IsNull { negated }, span, start, end }
                }
                Rule::over => self.over(part, &mut items)?,
                _ => Item::Operand(self.primary(part)?),
            };
            items.push(item);
        }
        Climber::new(items).parse()
    }

    /// `M over D`: takes the operand before it from the row, and gives the whole.
    fn over(self, part: Pair<'_>, items: &mut Vec<Item>) -> Built<Item> {
        let (start, end) = range(&part);
        let Some(Item::Operand(operand)) = items.pop() else {
            return Err(internal(start, end));
        };
        let is_literal = matches!(
            operand.kind,
            ExprKind::Text(_)
                | ExprKind::Number(_)
                | ExprKind::Percent(_)
                | ExprKind::Date(_)
                | ExprKind::Bool(_)
        );
        if is_literal {
            return Err(Box::new(
                Problem::new(start, end, "a window follows a value that has no time").help(
                    "inside an aggregate the window comes before `where`: \
                     `count(events over 28 days where name = 'login')`",
                ),
            ));
        }
        let span = operand.span.to(self.span(&part));
        let window = Spanned::new(aggregate::over(self, part.clone())?, self.span(&part));
        Ok(Item::Operand(Expr {
            kind: ExprKind::Over { operand: Box::new(operand), window },
            span,
        }))
    }

    fn primary(self, pair: Pair<'_>) -> Built<Expr> {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::group => {
                let (start, end) = range(&pair);
                let inner = pair.into_inner().next().ok_or_else(|| internal(start, end))?;
                // The parentheses belong to the place, so that what is marked is what was written.
                return Ok(Expr { span, ..self.expr(inner)? });
            }
            Rule::number => ExprKind::Number(literal::decimal(&pair)?),
            Rule::percent => ExprKind::Percent(literal::decimal(&pair)?),
            Rule::date => ExprKind::Date(literal::date(&pair)?),
            Rule::duration => ExprKind::Duration(literal::duration(&pair)?),
            Rule::text => ExprKind::Text(literal::text(&pair)),
            Rule::boolean => ExprKind::Bool(pair.as_str().trim() == "true"),
            Rule::path => {
                ExprKind::Path(pair.into_inner().map(|segment| self.word(&segment)).collect())
            }
            Rule::call => self.call(pair)?,
            Rule::aggregate => ExprKind::Aggregate(Box::new(aggregate::aggregate(self, pair)?)),
            _ => {
                let (start, end) = range(&pair);
                return Err(internal(start, end));
            }
        };
        Ok(Expr { kind, span })
    }

    fn call(self, pair: Pair<'_>) -> Built<ExprKind> {
        let (start, end) = range(&pair);
        let mut parts = pair.into_inner();
        let function =
            parts.next().map(|name| self.word(&name)).ok_or_else(|| internal(start, end))?;
        let mut args = Vec::new();
        for part in parts {
            if part.as_rule() == Rule::among {
                let (at, to) = range(&part);
                return Err(Box::new(
                    Problem::new(
                        start,
                        end,
                        format!("`{}(… among …)` is not in this version", function.node),
                    )
                    .code(codes::NOT_IN_THIS_VERSION)
                    .also(at, to, "ranks among others")
                    .help("compare with a fixed bound instead, such as `weekly_use >= 20`"),
                ));
            }
            args.push(match part.as_rule() {
                Rule::null => Expr { kind: ExprKind::Null, span: self.span(&part) },
                _ => self.expr(part)?,
            });
        }
        Ok(ExprKind::Call { function, args })
    }

    fn in_test(self, pair: Pair<'_>) -> Built<Test> {
        let mut negated = false;
        let mut list = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::not => negated = true,
                Rule::expr => list.push(self.expr(part)?),
                _ => {}
            }
        }
        Ok(Test::In { list, negated })
    }

    fn between(self, pair: Pair<'_>) -> Built<Test> {
        let (start, end) = range(&pair);
        let mut negated = false;
        let mut ends = Vec::with_capacity(2);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::not => negated = true,
                Rule::sum | Rule::bare_sum => ends.push(self.expr(part)?),
                _ => {}
            }
        }
        let (high, low) = (ends.pop(), ends.pop());
        match (low, high) {
            (Some(low), Some(high)) => Ok(Test::Between { low, high, negated }),
            _ => Err(internal(start, end)),
        }
    }
}

/// The grammar matched what it can't match: a mistake of ours, reported rather than a panic.
pub(super) fn internal(start: usize, end: usize) -> Box<Problem> {
    Box::new(
        Problem::new(start, end, "this expression could not be read, by a mistake in milepost")
            .code(codes::INTERNAL)
            .help("please report it with the expression"),
    )
}
