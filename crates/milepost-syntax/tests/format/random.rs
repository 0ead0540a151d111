//! Random files in random styles.

use milepost_syntax::FileKind;
use proptest::prelude::*;

use super::writer::{Value, Writer};
use super::{check, formatted, meaning};

fn text() -> BoxedStrategy<Value> {
    let words = prop::sample::select(vec![
        "Label",
        "x: y",
        "it's \"so\"",
        "a, b [c] {d}",
        "no",
        "null",
        "2026-03-31",
        "80%",
        "ends with:",
        "a #b",
        "é ß 漢字",
        "- dash",
        "*star",
        "a\\b",
        "What is it, and for whom?",
        "A text that is so long that a line can not hold it together with what stands before and after it on the line",
    ]);
    words.prop_map(|text| Value::Prose(text.to_owned())).boxed()
}

fn name() -> BoxedStrategy<String> {
    "[a-d][a-z]{0,8}"
        .prop_filter("a word of the language", |word| {
            !["and", "between", "distinct", "avg", "any"].contains(&word.as_str())
        })
        .boxed()
}

fn names() -> BoxedStrategy<Value> {
    let name = || name().prop_map(Value::Text);
    prop_oneof![name(), prop::collection::vec(name(), 1..5).prop_map(Value::List)].boxed()
}

fn expression() -> BoxedStrategy<Value> {
    let parts = prop::sample::select(vec![
        "count(events)",
        "count(distinct  events.user over 28 days)",
        "sum(invoices.amount to date in fiscal year)",
        "count(events where (name='login') and plan in ['pro','it''s: #1'])",
        "if(any(x), 1_000, 0.50)",
        "median(days_between(a.b,c.d) on d where a is not null or not (b between 1 and 2))",
        "prior(revenue, 12 months)",
        "avg(count(distinct events.user) per day over 28 days with same account within 7 days after clicked_at)",
        "-x",
        "80%",
    ]);
    let operator = prop::sample::select(vec![" + ", "-", " * ", "/", " >= ", " and "]);
    (prop::collection::vec((operator, parts), 1..5), prop::bool::ANY)
        .prop_map(|(parts, bracket)| {
            let mut out = String::new();
            let mut compared = false;
            for (at, (operator, part)) in parts.iter().enumerate() {
                // Comparisons do not chain.
                let operator = if *operator == " >= " && compared { " and " } else { operator };
                compared = operator != " and " && (compared || operator == " >= ");
                out.push_str(if at == 0 { "" } else { operator });
                out.push_str(part);
            }
            if bracket { format!("2 * ({out})") } else { out }
        })
        .prop_filter("starts like something else for YAML", |text| !text.starts_with('-'))
        .prop_map(Value::Expression)
        .boxed()
}

fn field(
    name: &'static str,
    value: BoxedStrategy<Value>,
) -> BoxedStrategy<Option<(String, Value)>> {
    prop::option::of(value.prop_map(move |value| (name.to_owned(), value))).boxed()
}

fn word(words: &'static [&'static str]) -> BoxedStrategy<Value> {
    prop::sample::select(words).prop_map(|word| Value::Text(word.to_owned())).boxed()
}

fn fields(fields: Vec<BoxedStrategy<Option<(String, Value)>>>) -> BoxedStrategy<Value> {
    fields
        .prop_map(|fields| Value::Map(fields.into_iter().flatten().collect()))
        .prop_filter(
            "a definition has a field",
            |value| !matches!(value, Value::Map(entries) if entries.is_empty()),
        )
        .boxed()
}

fn map(value: BoxedStrategy<Value>, size: std::ops::Range<usize>) -> BoxedStrategy<Value> {
    prop::collection::btree_map(name(), value, size)
        .prop_map(|entries| Value::Map(entries.into_iter().collect()))
        .boxed()
}

fn metric() -> BoxedStrategy<Value> {
    let bound = || word(&["80%", "165_000", "0.5"]);
    let target = fields(vec![
        field("at_least", bound()),
        field("at_most", bound()),
        field("by", map(map(bound(), 1..3), 1..3)),
    ]);
    fields(vec![
        field("label", text()),
        field("question", text()),
        field("description", text()),
        field("better", word(&["higher", "inside [5,  40]"])),
        field("target", target),
        field("leads_to", names()),
        field("grain", word(&["month", "fiscal quarter"])),
        field("maturity", word(&["90 days"])),
        field("where", expression()),
        field("value", expression()),
    ])
}

fn dataset() -> BoxedStrategy<Value> {
    let column = fields(vec![
        field("type", word(&["text", "timestamp"])),
        field("label", text()),
        field("value", expression()),
        field("pii", word(&["true"])),
    ]);
    let column = prop_oneof![word(&["text", "date"]), column].boxed();
    let check = fields(vec![
        field("not_null", names()),
        field("unique", names()),
        field("accepted", map(names(), 1..3)),
        field("severity", word(&["warn"])),
    ])
    .prop_filter("a check asks something", |check| {
        !matches!(check, Value::Map(fields) if fields.iter().all(|(name, _)| name == "severity"))
    });
    fields(vec![
        field("from", text()),
        field("kind", word(&["events"])),
        field("entities", map(names(), 1..4)),
        field("columns", map(column, 1..5)),
        field("checks", prop::collection::vec(check, 1..4).prop_map(Value::List).boxed()),
    ])
}

fn spec() -> BoxedStrategy<Value> {
    fields(vec![field("metrics", map(metric(), 1..4)), field("datasets", map(dataset(), 1..3))])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_file_says_the_same_in_milepost_s_style(
        spec in spec(),
        choices in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let (text, comments) = Writer::write(&spec, &choices);
        prop_assert!(meaning(&text, FileKind::Spec).is_some(), "the writer wrote a mistake:\n{text}");
        let new = check(&text, FileKind::Spec);
        let mut rest = new.as_str();
        for comment in &comments {
            let at = rest.find(comment.as_str());
            prop_assert!(at.is_some(), "{comment} is lost or moved:\n{text}\n---\n{new}");
            rest = &rest[at.unwrap_or(0) + comment.len()..];
        }
        prop_assert_eq!(text.contains("\r\n"), new.contains("\r\n"));
    }

    #[test]
    fn a_damaged_file_is_told_or_keeps_its_meaning(
        spec in spec(),
        choices in prop::collection::vec(any::<u8>(), 0..300),
        at in any::<prop::sample::Index>(),
        cut in 0_usize..12,
        put in "[a-c0-9:,\\[\\]{}()'\"#&*!|>%@?\t\r\n \\-éß]{0,6}",
    ) {
        let (text, _) = Writer::write(&spec, &choices);
        let start = text.floor_char_boundary(at.index(text.len().max(1)));
        let end = text.ceil_char_boundary((start + cut).min(text.len()));
        let text = format!("{}{put}{}", &text[..start], &text[end..]);
        if meaning(&text, FileKind::Spec).is_some() {
            check(&text, FileKind::Spec);
        }
    }

    #[test]
    fn any_text_is_survived(text in "[a-c0-9:,\\[\\]{}()'\"#&*!|>%@?.=<+/\\-\t\r\n ]{0,80}") {
        for kind in [FileKind::Spec, FileKind::Project] {
            if let Ok(new) = formatted(&text, kind) {
                prop_assert_eq!(meaning(&new, kind), meaning(&text, kind));
                prop_assert_eq!(formatted(&new, kind), Ok(new));
            }
        }
    }
}
