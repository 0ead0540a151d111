//! The examples of the codes' pages: one that fails tells its code, and what to write instead is right.

use milepost_semantics::analyze;
use milepost_semantics::model::Type::{self, Date, Decimal, Integer, Text, Timestamp};
use milepost_semantics::schema::{FileSchema, Schemas};
use milepost_syntax::ast::Package;
use milepost_syntax::codes::{self, Code};
use milepost_syntax::diagnostic::{Diagnostics, Severity};
use milepost_syntax::source::SourceMap;
use milepost_syntax::{parse_project, parse_spec};

/// What the examples may name without defining it. One that defines a name itself takes the place of this.
const ENTITIES: &[(&str, &str)] = &[
    ("account", "{ key: account_id, home: accounts, lives: always }"),
    ("user", "{ key: user_id, home: users, belongs_to: [account], lives: always }"),
];

const DATASETS: &[(&str, &str)] = &[
    (
        "accounts",
        "{ from: a.csv, key: account_id, columns: { plan: { type: text, dimension: plan }, email: { type: text, pii: true } } }",
    ),
    ("users", "{ from: u.csv, key: user_id, entities: { account: account_id } }"),
    ("contacts", "{ from: c.csv, key: contact_id, entities: { account: account_id } }"),
    (
        "events",
        "{ from: e.csv, kind: events, time: ts, entities: { user: user_id, account: account_id } }",
    ),
    (
        "invoices",
        "{ from: i.csv, kind: events, time: paid_at, entities: { account: account_id }, columns: { amount: { type: decimal, unit: USD } } }",
    ),
    (
        "mrr",
        "{ from: m.csv, kind: snapshot, time: date, entities: { account: account_id }, columns: { mrr: { type: decimal, unit: USD } } }",
    ),
    (
        "mrr_history",
        "{ from: h.csv, kind: history, valid: [from_at, to_at], entities: { account: account_id }, columns: { mrr: { type: decimal, unit: USD } } }",
    ),
    (
        "subscriptions",
        "{ from: s.csv, kind: snapshot, time: date, entities: { account: account_id }, columns: { seats: integer } }",
    ),
    (
        "costs",
        "{ from: k.csv, kind: events, time: date, columns: { channel: { type: text, dimension: channel } } }",
    ),
];

/// The columns of the files that examples read.
const FILES: &[(&str, &[(&str, Type)])] = &[
    (
        "accounts",
        &[("account_id", Text), ("plan", Text), ("email", Text), ("created_at", Timestamp)],
    ),
    (
        "events",
        &[
            ("ts", Timestamp),
            ("user_id", Text),
            ("account_id", Text),
            ("name", Text),
            ("amount", Decimal),
            ("seats", Integer),
        ],
    ),
    ("invoices", &[("paid_at", Date), ("account_id", Text), ("amount", Decimal)]),
];

/// Codes that only files, folders and computed figures can show: their pages have no failing definition.
const OUTSIDE: &[Code] = &[
    codes::INVALID_UTF8,
    codes::SPEC_TOO_LARGE,
    codes::AS_OF_INVALID,
    codes::DUPLICATE_KEY_ROWS,
    codes::DIFFERING_REPEATS,
    codes::OVERLAPPING_HISTORY,
    codes::DATA_MISSING,
    codes::DATA_UNREADABLE,
    codes::FILE_NOT_READ,
    codes::SCHEMA_CONFLICT,
    codes::COLUMN_TYPE,
    codes::MIXED_CURRENCY,
    codes::NOT_FINITE,
    codes::NUMBER_OVERFLOW,
    codes::DATE_OUT_OF_RANGE,
    codes::BAD_TEXT,
    codes::CHECK_FAILED,
    codes::STALE_DATA,
    codes::UNSEEN_TEXT,
    codes::DATA_ENDS_EARLY,
    codes::MISSING_PICTURE,
    codes::BACKWARD_ROWS,
    codes::UNMATCHED_KEYS,
    codes::OUTSIDE_PROJECT,
    codes::PROJECT_NOT_FOUND,
    codes::UNKNOWN_REVISION,
    codes::MODEL_UNREADABLE,
    codes::SITE_UNREADABLE,
    codes::UNKNOWN_PACKAGE,
    codes::UNAVAILABLE,
    codes::MESSAGES_LEFT_OUT,
    codes::OUTPUT_NOT_WRITABLE,
    codes::SITE_NOT_OURS,
    codes::SPEC_UNREADABLE,
    codes::OUT_OF_RESOURCES,
    codes::INTERNAL,
];

/// The definitions of the prelude that the example does not make itself.
fn prelude(example: &str) -> String {
    let own = |name: &str| example.lines().any(|line| line.starts_with(&format!("  {name}:")));
    let section = |title: &str, list: &[(&str, &str)]| {
        let lines = list.iter().filter(|(name, _)| !own(name));
        lines.fold(format!("{title}:\n"), |text, (name, definition)| {
            format!("{text}  {name}: {definition}\n")
        })
    };
    section("entities", ENTITIES) + &section("datasets", DATASETS)
}

/// The schemas of the files, but for datasets that the example defines.
fn schemas(example: &str) -> Schemas {
    let mut schemas = Schemas::default();
    for (name, columns) in FILES {
        if !example.lines().any(|line| line.starts_with(&format!("  {name}:"))) {
            let columns = columns.iter().map(|(n, ty)| ((*n).to_owned(), *ty)).collect();
            schemas.datasets.insert(
                (*name).to_owned(),
                FileSchema { columns, missing: false, ..FileSchema::default() },
            );
        }
    }
    schemas
}

/// Everything told about an example: code, whether it is an error, the message.
fn told(example: &str) -> Vec<(Code, bool, String)> {
    let (mut sources, mut diagnostics) = (SourceMap::default(), Diagnostics::default());
    let (project, spec) = if example.starts_with("calendar:") {
        (format!("project: x\n{example}"), "")
    } else if example.starts_with("# milepost.yaml") {
        (example.to_owned(), "")
    } else {
        ("project: x\n".to_owned(), example)
    };
    let main = sources.add("milepost.yaml", project);
    let before = sources.add("specs/prelude.yaml", prelude(example));
    let page = sources.add("specs/page.yaml", spec);
    let mut package = Package {
        project: parse_project(sources.get(main), &mut diagnostics),
        ..Package::default()
    };
    parse_spec(sources.get(before), &mut package, &mut diagnostics);
    parse_spec(sources.get(page), &mut package, &mut diagnostics);
    milepost_semantics::expand(&mut package, &mut diagnostics);
    analyze(&package, &sources, &schemas(example), &mut diagnostics);
    let list = diagnostics.sorted().into_iter();
    list.map(|d| (d.code, d.severity == Severity::Error, d.message.clone())).collect()
}

/// The YAML examples of a page, and whether each is one that fails.
fn fences(page: &str) -> Vec<(bool, &str)> {
    page.split("```yaml")
        .skip(1)
        .map(|part| {
            let (info, rest) = part.split_once('\n').expect("a line");
            let body = rest.split("```").next().unwrap_or_default();
            (info.contains("failing"), body)
        })
        .collect()
}

#[test]
fn every_failing_example_tells_its_code() {
    for code in codes::all() {
        let failing: Vec<&str> =
            fences(code.page()).into_iter().filter(|(bad, _)| *bad).map(|(_, body)| body).collect();
        assert_eq!(failing.is_empty(), OUTSIDE.contains(&code), "the failing example of {code}");
        for example in failing {
            let told = told(example);
            assert!(told.iter().any(|(c, ..)| *c == code), "{code}: {told:#?}");
        }
    }
}

#[test]
fn what_to_write_instead_is_right() {
    let mut list = Vec::new();
    for code in codes::all() {
        for (_, example) in fences(code.page()).into_iter().filter(|(bad, _)| !bad) {
            // Not every example uses all of the prelude.
            let unused =
                |c: Code| c == codes::UNUSED_DEFINITION && code != codes::UNUSED_DEFINITION;
            let own = |message: &str| {
                example.contains(&format!("  {}:", message.split('`').nth(1).unwrap_or("`")))
            };
            for (found, error, message) in told(example) {
                if !unused(found) && (error || (found == code && own(&message))) {
                    list.push(format!("{code}: {found}: {message}\n{example}"));
                }
            }
        }
    }
    assert!(list.is_empty(), "{}", list.join("\n"));
}
