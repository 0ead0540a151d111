//! What expressions read as, and what is reported about those that can't be read.

use milepost_syntax::ast::{Expr, ExprKind, Window};
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::Span;
use milepost_syntax::{parse_expr, print_expr};

fn read(text: &str) -> (Expr, Vec<(Diagnostic, String)>) {
    let mut sources = SourceMap::default();
    let id = sources.add("test", text);
    let mut diagnostics = Diagnostics::default();
    let span = Span::new(id, 0, u32::try_from(text.len()).expect("short"));
    let expr = parse_expr(sources.get(id), span, &mut diagnostics);
    let told = diagnostics.sorted().into_iter().map(|diagnostic| {
        let place = diagnostic.primary.as_ref().expect("a place").span;
        (diagnostic.clone(), sources.get(id).slice(place).to_owned())
    });
    (expr, told.collect())
}

#[test]
fn the_whole_language_reads_and_prints() {
    // What is read, and what it prints as where that differs.
    let table = [
        ("count(events)", None),
        (
            "count( events  over 28 days where name='login' )",
            Some("count(events over 28 days where name = 'login')"),
        ),
        ("count(distinct events.user)", None),
        ("sum(mrr.mrr at end)", None),
        ("sum(mrr.mrr average)", None),
        ("sum(invoices.amount to date in fiscal year)", None),
        ("count(events ever before where not any(x since 2026-01-01))", None),
        ("percentile(x, 90 over 3 months before)", None),
        ("avg(count(distinct events.user) per day over 28 days)", None),
        ("any(login with same contact, feature within 7 days after clicked_at)", None),
        ("any(tickets on opened with same contact within 48 hours before where open)", None),
        ("count(session on max(kb_views.at) where any(x))", None),
        ("sum(count(login with same contact within 28 days) per touches where not holdout)", None),
        ("active/prior(active,1 month)-1", Some("active / prior(active, 1 month) - 1")),
        ("active_days over 28 days >= 12", None),
        ("(a + b) over 4 weeks before", None),
        ("sum((m over 3 days) over 2 days)", None),
        ("a - (b - c) - (d * e) / -f", Some("a - (b - c) - d * e / -f")),
        ("(a and b) or not (c or d)", Some("a and b or not (c or d)")),
        ("x not in ['a', 'it''s'] and y is not null", None),
        ("x between -1 and 2 + 3 and not y not between 1 and 2", None),
        ("name starts_with 'a' or name contains 'b'", None),
        ("5 business days + 3 calendar days + 1 day", None),
        ("1_000.50 * 80%", Some("1000.50 * 80%")),
        ("count(events where at > 2026-01-31 and this.end = start)", None),
        ("if(true, 1, false)", None),
        ("business_days + average + count", None),
    ];
    for (text, printed) in table {
        let (expr, told) = read(text);
        assert!(told.is_empty(), "{text}: {told:?}");
        assert_eq!(print_expr(&expr), printed.unwrap_or(text));
    }
}

#[test]
fn each_mistake_is_told_once_at_its_place_with_the_next_step() {
    // The text, what is marked, a part of the sentence, a part of the help.
    let table = [
        ("a == b", "==", "`==` is not an operator", "write `=`"),
        ("a <> b", "<>", "`<>` is not an operator", "write `!=`"),
        ("a && b", "&&", "not an operator", "write `and`"),
        ("a || b", "||", "not an operator", "write `or`"),
        ("!a", "!", "not an operator", "write `not`"),
        ("a ≥ 5", "≥", "not an operator", "write `>=`"),
        ("name = \"login\"", "\"login\"", "straight single quotes", "write `'login'`"),
        ("name = ‘login’", "‘login’", "straight single quotes", "write `'login'`"),
        ("name = “it's”", "“", "not a quote", "'text'"),
        ("name = 'login", "'", "missing closing `'`", "close it"),
        ("a != null", "!= null", "nothing compares with `null`", "is not null"),
        ("a = null", "= null", "nothing compares with `null`", "is null"),
        ("count(events over 28d)", "28d", "need a space", "write `28 days`"),
        ("count(events over 28)", ")", "expected a unit of time after `28`", "days"),
        ("count(events over 1.5 days)", "1.5 days", "whole number", "hours"),
        ("COUNT(*)", "*", "not something to count", "count(events)"),
        ("count(events) AND 5", "AND", "small letters", "write `count(events) and 5`"),
        ("case when a then b end", "when", "no `when`", "if(condition, a, b)"),
        ("x like 'a%'", "like", "no `like`", "contains"),
        ("x in ('a', 'b')", "in", "in brackets", "in ['a', 'b']"),
        ("count(events", "(", "missing closing `)`", "add `)`"),
        ("count(events))", ")", "closes nothing", "remove it"),
        ("x in [1, 2)", ")", "`)` stands where `]` is missing", "close it with `]`"),
        ("a and", "d", "expected a value after `and`, found the end", "a value is"),
        ("count(events where)", ")", "expected a value after `where`", "a value is"),
        ("5 +* 3", "*", "expected a value after `+`", "a value is"),
        ("", "", "empty", "count(events)"),
        ("active users", "users", "nothing between them", "active_users"),
        ("a < b < c", "<", "can't follow another comparison", "`b`"),
        ("a = not b", "not", "where a value is expected", "(not b)"),
        (
            "count(e over 3 days on ts)",
            "on ts",
            "`on` must come before the window",
            "what · `per` · `on`",
        ),
        (
            "count(e where a per day)",
            "per day",
            "`per` must come before `where`",
            "what · `per` · `on`",
        ),
        ("count(e ever over 3 days)", "over 3 days", "appears twice", "keep one"),
        ("percentile(x ever, 90)", ", 90", "further argument", "percentile(x, 90 over 28 days)"),
        (
            "count(e where a = 'x' over 3 days)",
            "over 3 days",
            "a value that has no time",
            "before `where`",
        ),
        ("count(events) where a", "where", "outside an aggregate", "inside the parentheses"),
        ("sum(x at)", ")", "`start` or `end`", "at end"),
        ("sum(x to date in decade)", "decade", "calendar unit", "fiscal year"),
        ("sum(x to date in fiscal week)", "fiscal week", "no fiscal week", "fiscal quarter"),
        ("2026-1-31", "2026-1-31", "not a date", "2026-01-05"),
        ("1,000", "1,000", "comma", "1_000"),
        ("a > 1,5", "1,5", "comma", "write `1.5`"),
        ("count(e where a > 1,5)", "1,5", "comma", "write `1.5`"),
        ("round(a; 1)", ";", "not an operator", "write `,`"),
        ("=count(e)", "=", "does not start with", "write `count(e)`"),
        ("SELECT COUNT(*) FROM e", "SELECT", "a query in SQL", "write `count(e)`"),
        ("count(user_id) from e", "from", "a query", "write `count(e where user_id is not null)`"),
        (
            "SELECT SUM(x.paid) AS y FROM e x WHERE x.a = 'b' GROUP BY z",
            "SELECT",
            "a query in SQL",
            "write `sum(e.paid where a = 'b')`",
        ),
        (
            "select count(distinct user) from e where a = 1 group by b;",
            "select",
            "a query",
            "write `count(distinct e.user where a = 1)`",
        ),
        ("select a + b from e", "select", "a query", "inside the parentheses"),
        ("count(e last 28 days)", "last 28 days", "follows `over`", "write `over 28 days`"),
        (
            "count(e in the past 3 months)",
            "in the past 3 months",
            "`over`",
            "write `over 3 months`",
        ),
        ("count(e last month)", "last month", "not a window", "prior("),
        ("count(e, over 3 days)", ",", "no comma", "write `count(e over 3 days)`"),
        ("count(e) per user", "per user", "outside", "`count(e) / count(distinct e.user)`"),
        ("count(e) per week", "per week", "outside", "grain: week"),
        ("80 percent", "80 percent", "its sign", "write `80%`"),
        ("a > 31/12/2026", "31/12/2026", "year-month-day", "write `2026-12-31`"),
        ("a > 1/2/2026", "1/2/2026", "year-month-day", "`2026-02-01` or `2026-01-02`"),
        ("a > 31.12.2026", "31.12.2026", "year-month-day", "write `2026-12-31`"),
        ("a > 2026/12/31", "2026/12/31", "year-month-day", "write `2026-12-31`"),
        ("80 %", "%", "not an operator", "80%"),
        ("$5", "$", "not an operator", "unit:"),
        ("a..b", ".b", "a column name", "letter"),
    ];
    for (text, place, message, help) in table {
        let (expr, told) = read(text);
        assert_eq!(expr.kind, ExprKind::Error, "{text}");
        let [(diagnostic, marked)] = told.as_slice() else { panic!("{text}: {told:?}") };
        assert_eq!(diagnostic.code.name(), "expression-syntax", "{text}");
        assert!(diagnostic.message.contains(message), "{text}: {}", diagnostic.message);
        assert!(diagnostic.help.iter().any(|h| h.contains(help)), "{text}: {:?}", diagnostic.help);
        assert_eq!(marked, place, "{text}: {}", diagnostic.message);
    }
}

#[test]
fn other_codes_than_syntax() {
    let table = [
        ("x = 2026-02-30", "invalid-date", "2026-02-30"),
        ("x = 2026-13-01", "invalid-date", "2026-13-01"),
        (
            "percentile_rank(weekly_use among plan) >= 90%",
            "not-in-this-version",
            "percentile_rank(weekly_use among plan)",
        ),
    ];
    for (text, code, place) in table {
        let (_, told) = read(text);
        let [(diagnostic, marked)] = told.as_slice() else { panic!("{text}: {told:?}") };
        assert_eq!((diagnostic.code.name(), marked.as_str()), (code, place));
    }
}

#[test]
fn every_part_has_its_place() {
    let text = "(a + count(events over 28 days where x)) >= 3";
    let (expr, _) = read(text);
    let at = |span: Span| &text[span.start as usize..span.end as usize];
    assert_eq!(at(expr.span), text);
    let ExprKind::Binary { op_span, left, right, .. } = &expr.kind else { panic!("{expr:?}") };
    assert_eq!(
        (at(*op_span), at(left.span), at(right.span)),
        (">=", "(a + count(events over 28 days where x))", "3")
    );
    let ExprKind::Binary { right: aggregate, .. } = &left.kind else { panic!("{left:?}") };
    let ExprKind::Aggregate(aggregate) = &aggregate.kind else { panic!("{aggregate:?}") };
    assert_eq!(at(aggregate.function.span), "count");
    assert_eq!(at(aggregate.subject.span), "events");
    let window = aggregate.window.as_ref().expect("a window");
    assert_eq!(at(window.span), "over 28 days");
    let Window::Over { length, .. } = &window.node else { panic!("{window:?}") };
    assert_eq!(at(length.span), "28 days");
}
