//! Any expression tree prints to text that reads back as an equal tree, places aside; and no text, however
//! broken, makes a reader panic.

use milepost_syntax::ast::{
    Aggregate, AggregateFunction, BinaryOp, Date, Decimal, Duration, DurationStyle, Expr, ExprKind,
    Linked, Package, TimeUnit, UnaryOp, Window,
};
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::{SourceId, Span, Spanned};
use milepost_syntax::{parse_expr, parse_project, parse_spec, print_expr};
use proptest::prelude::*;

const NOWHERE: Span = Span::new(SourceId(0), 0, 0);

fn at<T>(node: T) -> Spanned<T> {
    Spanned::new(node, NOWHERE)
}

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: NOWHERE }
}

fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

fn name() -> BoxedStrategy<String> {
    prop_oneof![
        Just("events".to_owned()),
        Just("at".to_owned()),
        Just("count".to_owned()),
        Just("average".to_owned()),
        Just("this".to_owned()),
        "[a-z_][a-z0-9_]{0,6}".prop_filter("a word of the language", |word| {
            ![
                "and", "between", "distinct", "false", "in", "is", "not", "null", "on", "or",
                "over", "per", "true", "where", "within", "with",
            ]
            .contains(&word.as_str())
        }),
    ]
    .boxed()
}

fn duration() -> BoxedStrategy<Duration> {
    let unit = prop_oneof![
        Just(TimeUnit::Second),
        Just(TimeUnit::Minute),
        Just(TimeUnit::Hour),
        Just(TimeUnit::Day),
        Just(TimeUnit::Week),
        Just(TimeUnit::Month),
        Just(TimeUnit::Quarter),
        Just(TimeUnit::Year),
    ];
    prop_oneof![
        (0_u32..5000, unit, prop::bool::ANY).prop_map(|(count, unit, calendar)| Duration {
            count,
            unit,
            style: if calendar { DurationStyle::Calendar } else { DurationStyle::Plain },
        }),
        (0_u32..50).prop_map(|count| Duration {
            count,
            unit: TimeUnit::Day,
            style: DurationStyle::Business
        }),
    ]
    .boxed()
}

fn leaf() -> BoxedStrategy<Expr> {
    let decimal = || {
        (0_i128..1_000_000_000, 0_u8..8).prop_map(|(mantissa, scale)| Decimal { mantissa, scale })
    };
    prop_oneof![
        decimal().prop_map(|number| expr(ExprKind::Number(number))),
        decimal().prop_map(|number| expr(ExprKind::Percent(number))),
        duration().prop_map(|duration| expr(ExprKind::Duration(duration))),
        (1_i16..=9999, 1_i8..=12, 1_i8..=28)
            .prop_map(|(year, month, day)| expr(ExprKind::Date(Date { year, month, day }))),
        "[ -~éß']{0,8}".prop_map(|text| expr(ExprKind::Text(text))),
        prop::bool::ANY.prop_map(|value| expr(ExprKind::Bool(value))),
        (name(), prop::collection::vec("[a-z]{1,5}", 0..3)).prop_map(|(first, rest)| {
            expr(ExprKind::Path(std::iter::once(first).chain(rest).map(at).collect()))
        }),
    ]
    .boxed()
}

fn binary_op() -> impl Strategy<Value = BinaryOp> {
    prop::sample::select(vec![
        BinaryOp::Or,
        BinaryOp::And,
        BinaryOp::Equal,
        BinaryOp::NotEqual,
        BinaryOp::Less,
        BinaryOp::LessOrEqual,
        BinaryOp::Greater,
        BinaryOp::GreaterOrEqual,
        BinaryOp::StartsWith,
        BinaryOp::Contains,
        BinaryOp::Add,
        BinaryOp::Subtract,
        BinaryOp::Multiply,
        BinaryOp::Divide,
    ])
}

fn window(inner: BoxedStrategy<Expr>) -> BoxedStrategy<Window> {
    prop_oneof![
        (duration(), prop::bool::ANY)
            .prop_map(|(length, before)| Window::Over { length: at(length), before }),
        prop::bool::ANY.prop_map(|before| Window::Ever { before }),
        inner.prop_map(|since| Window::Since(boxed(since))),
        prop::sample::select(vec![
            "week",
            "month",
            "quarter",
            "year",
            "fiscal_quarter",
            "fiscal_year"
        ])
        .prop_map(|period| Window::ToDate(at(period.to_owned()))),
        Just(Window::AtStart),
        Just(Window::AtEnd),
        Just(Window::Average),
    ]
    .boxed()
}

fn aggregate(inner: BoxedStrategy<Expr>) -> BoxedStrategy<Expr> {
    let function = prop::sample::select(vec![
        AggregateFunction::Count,
        AggregateFunction::Sum,
        AggregateFunction::Avg,
        AggregateFunction::Min,
        AggregateFunction::Max,
        AggregateFunction::Stddev,
        AggregateFunction::Median,
        AggregateFunction::Percentile,
        AggregateFunction::First,
        AggregateFunction::Last,
        AggregateFunction::Any,
    ]);
    let within = prop::option::of((duration(), prop::bool::ANY, prop::option::of(inner.clone())));
    let linked = (prop::collection::vec(name(), 1..3), within).prop_map(|(same, within)| {
        let same = same.into_iter().map(at).collect();
        match within {
            None => Linked { same, within: None, before: false, anchor: None, since: None },
            Some((length, before, anchor)) => Linked {
                same,
                within: Some(at(length)),
                before,
                anchor: anchor.map(boxed),
                since: None,
            },
        }
    });
    (
        (function, prop::bool::ANY, inner.clone(), prop::collection::vec(inner.clone(), 0..2)),
        prop::option::of(name()),
        prop::option::of(inner.clone()),
        prop::option::of(window(inner.clone())),
        prop::option::of(linked),
        prop::option::of(inner),
    )
        .prop_map(|((function, distinct, subject, arguments), per, on, window, linked, filter)| {
            expr(ExprKind::Aggregate(Box::new(Aggregate {
                best: None,
                listed: Vec::new(),
                function: at(function),
                distinct: distinct.then_some(NOWHERE),
                subject,
                arguments,
                per: per.map(at),
                on,
                window: window.map(at),
                linked: linked.map(at),
                filter,
            })))
        })
        .boxed()
}

fn tree() -> BoxedStrategy<Expr> {
    let recursive = leaf().prop_recursive(5, 40, 4, |inner: BoxedStrategy<Expr>| {
        let list = prop::collection::vec(inner.clone(), 1..3);
        let argument = prop_oneof![9 => inner.clone(), 1 => Just(expr(ExprKind::Null))];
        prop_oneof![
            4 => (binary_op(), inner.clone(), inner.clone()).prop_map(|(op, left, right)| {
                expr(ExprKind::Binary { op, op_span: NOWHERE, left: boxed(left), right: boxed(right) })
            }),
            1 => inner.clone().prop_map(|operand| {
                expr(ExprKind::Unary { op: UnaryOp::Negate, operand: boxed(operand) })
            }),
            1 => inner.clone().prop_map(|operand| expr(ExprKind::Unary { op: UnaryOp::Not, operand: boxed(operand) })),
            1 => (inner.clone(), list, prop::bool::ANY).prop_map(|(operand, list, negated)| {
                expr(ExprKind::In { operand: boxed(operand), list, negated })
            }),
            1 => (inner.clone(), inner.clone(), inner.clone(), prop::bool::ANY).prop_map(
                |(operand, low, high, negated)| {
                    let (operand, low, high) = (boxed(operand), boxed(low), boxed(high));
                    expr(ExprKind::Between { operand, low, high, negated })
                }
            ),
            1 => (inner.clone(), prop::bool::ANY).prop_map(|(operand, negated)| {
                expr(ExprKind::IsNull { operand: boxed(operand), negated })
            }),
            1 => (name(), prop::collection::vec(argument, 0..3))
                .prop_filter("an aggregate", |(function, _)| function != "count")
                .prop_map(|(function, args)| expr(ExprKind::Call { function: at(function), args })),
            3 => aggregate(inner.clone()),
            1 => (inner.prop_filter("a literal has no window", |e| !is_literal(e)), duration(), prop::bool::ANY)
                .prop_map(|(operand, length, before)| {
                    let window = at(Window::Over { length: at(length), before });
                    expr(ExprKind::Over { operand: boxed(operand), window })
                }),
        ]
        .boxed()
    });
    recursive.boxed()
}

fn is_literal(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Text(_)
            | ExprKind::Number(_)
            | ExprKind::Percent(_)
            | ExprKind::Date(_)
            | ExprKind::Bool(_)
    )
}

/// The tree without its places. (Serialized, each place is a `span`, an `op_span` or the place of
/// `distinct`.)
fn without_places(expr: &Expr) -> serde_json::Value {
    fn strip(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(map) => {
                map.remove("span");
                map.remove("op_span");
                if let Some(distinct) = map.get_mut("distinct") {
                    *distinct = serde_json::Value::Bool(!distinct.is_null());
                }
                map.values_mut().for_each(strip);
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(expr).expect("a tree is serializable");
    strip(&mut value);
    value
}

fn read(text: &str) -> (Expr, Diagnostics) {
    let mut sources = SourceMap::default();
    let id = sources.add("test", text);
    let mut diagnostics = Diagnostics::default();
    let span = Span::new(id, 0, u32::try_from(text.len()).expect("short"));
    (parse_expr(sources.get(id), span, &mut diagnostics), diagnostics)
}

/// Reads a text as every kind of file, and checks that each place reported lies in it.
fn survives(text: &str) {
    let mut sources = SourceMap::default();
    let id = sources.add("test.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let mut package = Package::default();
    parse_spec(sources.get(id), &mut package, &mut diagnostics);
    parse_project(sources.get(id), &mut diagnostics);
    let (_, more) = read(text);
    diagnostics.append(more);
    for diagnostic in diagnostics.sorted() {
        for label in diagnostic.primary.iter().chain(&diagnostic.secondary) {
            let (start, end) = (label.span.start as usize, label.span.end as usize);
            assert!(
                text.get(start..end).is_some(),
                "{start}..{end} of {text:?}: {}",
                diagnostic.message
            );
        }
        assert!(!diagnostic.message.is_empty() && !diagnostic.help.is_empty(), "{diagnostic:?}");
    }
}

const SPEC: &str = "\
entities:
  account: { key: account_id, home: accounts, lives: [created_at, none] }
datasets:
  accounts:
    from: data/account.parquet
    key: account_id
    columns: { plan: { type: text, dimension: plan }, x: { value: \"if(a = 'b', 1, 2)\" } }
  events: { from: data/event/, kind: events, time: ts, entities: { account: account_id } }
metrics:
  activation:
    label: Activation
    target: { at_least: 80%, by: { size: { enterprise: 90% } } }
    value: >
      count(events over 28 days
        where name in ['a', 'it''s'] and account.plan = 'pro')
      / sum(seats.seats at end)
  b: { value: 'count(distinct events.user where x != ''y'')' }
";

#[test]
fn deep_and_long_input_is_refused_without_harm() {
    for text in [
        "(".repeat(100_000),
        format!("{}a{}", "(".repeat(120), ")".repeat(120)),
        format!("{}a{}", "f(".repeat(128), ")".repeat(128)),
        format!("{}a{}", "sum(".repeat(128), ")".repeat(128)),
        format!("{}a{}", "a in [".repeat(128), "]".repeat(128)),
        format!("{}a{}", "count(x where ".repeat(127), ")".repeat(127)),
        format!("{}a{}", "a between (".repeat(127), ") and 2".repeat(127)),
        format!("{}a", "- ".repeat(30_000)),
        format!("{}a", "not ".repeat(15_000)),
        format!("{}a", "a + ".repeat(15_000)),
        format!("{}a", "a or ".repeat(480)),
        "a: ".repeat(1000),
        "[".repeat(100_000),
        "{a: ".repeat(50_000),
        "- ".repeat(50_000),
        format!("a: &a [x, x]\n{}", "b: &b [*a, *a, *a]\n".repeat(1000)),
        (0..200).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect(),
    ] {
        survives(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printed_trees_read_back_equal(tree in tree()) {
        let text = print_expr(&tree);
        let (again, diagnostics) = read(&text);
        prop_assert!(!diagnostics.has_errors(), "{text}\n{diagnostics:?}");
        prop_assert_eq!(without_places(&again), without_places(&tree), "{}", text);
        prop_assert_eq!(print_expr(&again), text);
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,60}") {
        survives(&text);
    }

    #[test]
    fn any_row_of_signs_is_survived(text in "[a-c0-9:,\\[\\]{}()'\"#&*!|>%@?.=<+/\\-\t\r\n ]{0,60}") {
        survives(&text);
    }

    #[test]
    fn a_damaged_spec_is_survived(
        at in 0..SPEC.len(),
        cut in 0_usize..20,
        put in "[a-c0-9:,\\[\\]{}()'\"#&*!|>%@?\t\r\n éß]{0,6}",
    ) {
        let end = (at + cut).min(SPEC.len());
        survives(&format!("{}{put}{}", &SPEC[..at], &SPEC[end..]));
    }

    #[test]
    fn a_damaged_expression_is_survived(tree in tree(), at in 0_usize..200, put in "[a-c0-9,()'\"=<>!&|. ]{0,4}") {
        let text = print_expr(&tree);
        let at = text.floor_char_boundary(at.min(text.len()));
        survives(&format!("{}{put}{}", &text[..at], &text[at..]));
    }
}
