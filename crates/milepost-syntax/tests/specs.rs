//! Spec files: what is read, what is reported where, and what one mistake leaves whole.

use milepost_syntax::ast::{
    BetterSpec, CarrySpec, CheckKind, Expr, ExprKind, FormSpec, LivesSpec, Package, ProjectSpec,
    UnitSpec,
};
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::source::SourceMap;
use milepost_syntax::{KINDS, codes, parse_project, parse_spec, print_duration, print_expr};

/// `line:column code` and the marked text of everything reported.
fn told(sources: &SourceMap, diagnostics: &Diagnostics) -> Vec<(String, String)> {
    let all = diagnostics.sorted().into_iter().map(|diagnostic| {
        let span = diagnostic.primary.as_ref().expect("a place").span;
        let source = sources.get(span.source);
        let place = source.line_column(span.start);
        (
            format!("{}:{} {}", place.line, place.column, diagnostic.code),
            source.slice(span).to_owned(),
        )
    });
    all.collect()
}

fn spec(text: &str) -> (Package, Vec<(String, String)>, Diagnostics) {
    let mut sources = SourceMap::default();
    let id = sources.add("specs/test.yaml", text);
    let (mut package, mut diagnostics) = (Package::default(), Diagnostics::default());
    parse_spec(sources.get(id), &mut package, &mut diagnostics);
    let told = told(&sources, &diagnostics);
    (package, told, diagnostics)
}

fn project(text: &str) -> (ProjectSpec, Vec<(String, String)>) {
    let mut sources = SourceMap::default();
    let id = sources.add("milepost.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let project = parse_project(sources.get(id), &mut diagnostics);
    let told = told(&sources, &diagnostics);
    (project, told)
}

fn metric_names(package: &Package) -> Vec<&str> {
    package.metrics.iter().map(|metric| metric.name.node.as_str()).collect()
}

fn broken(package: &Package) -> Vec<&str> {
    package.broken.iter().map(|name| name.node.as_str()).collect()
}

#[test]
fn a_project() {
    let (project, told) = project(
        "project: acme-cs\nedition: 2026\nspecs: specs/\ngrain: fiscal quarter\nhistory: 24 months\nas_of: 2026-03-31\n\
         calendar: { time_zone: Europe/Amsterdam, week_starts: monday, fiscal_year_starts: february }\n",
    );
    assert_eq!(told, []);
    assert_eq!(project.name.expect("a name").node, "acme-cs");
    assert_eq!(project.edition.expect("an edition").node, 2026);
    assert_eq!(project.grain.expect("a grain").node, "fiscal_quarter");
    assert_eq!(print_duration(&project.history.expect("a history").node), "24 months");
    assert_eq!(project.as_of.expect("an as-of").node, "2026-03-31");
    assert_eq!(project.calendar.time_zone.expect("a zone").node, "Europe/Amsterdam");
}

#[test]
fn mistakes_in_a_project() {
    let (_, told) = project(
        "project: a\nuse: [std/x]\nmetrics: { a: { value: 1 } }\ncurency: USD\nhistory: long\n",
    );
    let places: Vec<&str> = told.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["3:1 unknown-field", "4:1 unknown-field", "5:10 wrong-type"]);
    assert_eq!(project("").1, [("1:1 missing-field".to_owned(), String::new())]);
}

#[test]
fn a_project_has_a_name() {
    let places = |text: &str| -> Vec<String> {
        project(text).1.into_iter().map(|(place, _)| place).collect()
    };
    assert_eq!(places("currency: EUR\n"), ["1:1 missing-field"]);
    assert_eq!(places("# Acme\ncurrency: EUR\n"), ["1:1 missing-field"]);
    // A misspelled name, one without a value, and one in a part that can't be read are reported as that.
    assert_eq!(places("projct: acme\n"), ["1:1 unknown-field"]);
    assert_eq!(places("project:\n"), ["1:1 wrong-type"]);
    assert!(!places("project acme\ncurrency: EUR\n").contains(&"1:1 missing-field".to_owned()));
}

#[test]
fn entities_and_datasets() {
    let (package, told, _) = spec(
        "entities:
  parent: { key: parent_id, lives: always }
  account: { key: [a, b], home: accounts, belongs_to: [parent], lives: [created_at, none], label_column: name }
datasets:
  accounts:
    from: data/account.parquet
    key: [a, b]
    label: Accounts
    tags: [crm]
    deprecated: { since: 2026, use: customers }
    columns:
      plan: { type: text, dimension: plan }
      churned_at: timestamp
      ended_at: { column: \"end\", planned: true, pii: false }
      mrr: { type: decimal, unit: { currency: currency } }
      rank: { value: \"if(old = 'admin', 3, 2)\", unit: seat }
  mrr: { from: data/*.csv, kind: snapshot, time: date, carry: 45 days, entities: { account: [a, b] } }
  log: { from: x.csv, kind: snapshot, time: date, carry: forever, optional: true }
  roles:
    from: data/roles.csv
    kind: history
    valid: [valid_from, valid_to]
    unique: id
    checks: [ not_null: [a, b], accepted: { name: [login, export] }, { relation: account, severity: warn } ]
    freshness: { warn_after: 2 days, error_after: 7 days }
",
    );
    assert_eq!(told, []);
    let account = &package.entities[1];
    assert_eq!(account.key.len(), 2);
    assert!(
        matches!(&account.lives.as_ref().expect("lives").node, LivesSpec::Between { to: None, from } if from.node == "created_at")
    );
    assert_eq!(package.entities[0].lives.as_ref().expect("lives").node, LivesSpec::Always);
    let accounts = &package.datasets[0];
    assert_eq!(
        accounts
            .meta
            .deprecated
            .as_ref()
            .expect("deprecated")
            .node
            .since
            .as_ref()
            .expect("since")
            .node,
        "2026"
    );
    assert_eq!(accounts.columns[1].ty.as_ref().expect("a type").node, "timestamp");
    assert_eq!(accounts.columns[2].column.as_ref().expect("a column").node, "end");
    assert!(
        matches!(&accounts.columns[3].unit.as_ref().expect("a unit").node, UnitSpec::CurrencyColumn(c) if c.node == "currency")
    );
    assert_eq!(
        print_expr(accounts.columns[4].value.as_ref().expect("a value")),
        "if(old = 'admin', 3, 2)"
    );
    assert!(
        matches!(package.datasets[1].carry.as_ref().expect("carry").node, CarrySpec::For(d) if d.count == 45)
    );
    assert_eq!(package.datasets[2].carry.as_ref().expect("carry").node, CarrySpec::Forever);
    let checks = &package.datasets[3].checks;
    assert!(matches!(&checks[0].kind, CheckKind::NotNull(columns) if columns.len() == 2));
    assert!(matches!(&checks[1].kind, CheckKind::Accepted { values, .. } if values.len() == 2));
    assert_eq!(checks[2].severity.as_ref().expect("a severity").node, "warn");
}

#[test]
fn a_metric() {
    let (package, told, _) = spec(
        "metrics:
  activation:
    label: License activation
    question: Are customers switching on what they pay for?
    category: effect
    unit: percent
    better: inside [5, 40%]
    target: { at_least: 80%, inside: [1, 2], by: { size: { enterprise: 90% } } }
    maturity: 90 days
    slices: [plan, size]
    leads_to: nrr
    grain: fiscal quarter
    min_sample: 10
    where: channel = 'email'
    value: count(users where active is not null) / sum(seats.seats at end)
",
    );
    assert_eq!(told, []);
    let metric = &package.metrics[0];
    let BetterSpec::Inside(low, high) = &metric.better.as_ref().expect("better").node else {
        panic!("{metric:?}")
    };
    assert_eq!((print_expr(low), print_expr(high)), ("5".to_owned(), "40%".to_owned()));
    let target = &metric.target.as_ref().expect("a target").node;
    assert_eq!(print_expr(&target.by[0].values[0].1), "90%");
    assert_eq!(metric.leads_to[0].node, "nrr");
    assert_eq!(metric.grain.as_ref().expect("a grain").node, "fiscal_quarter");
    assert_eq!(metric.min_sample.as_ref().expect("a sample").node, 10);
}

/// All paths of an expression with the text that is at their places.
fn paths(expr: &Expr, text: &str, out: &mut Vec<(String, String)>) {
    match &expr.kind {
        ExprKind::Path(path) => {
            for segment in path {
                let written = &text[segment.span.start as usize..segment.span.end as usize];
                out.push((segment.node.clone(), written.to_owned()));
            }
        }
        ExprKind::Binary { left, right, .. } => {
            paths(left, text, out);
            paths(right, text, out);
        }
        ExprKind::Aggregate(aggregate) => {
            paths(&aggregate.subject, text, out);
            if let Some(filter) = &aggregate.filter {
                paths(filter, text, out);
            }
        }
        _ => {}
    }
}

#[test]
fn places_are_those_of_the_authors_file_in_every_kind_of_scalar() {
    let values = [
        "count(events.user where kind = 'it''s' and last = one) / second",
        "'count(events.user where kind = ''it''''s'' and last = one) / second'",
        "\"count(events.user where kind = 'it''s' and \\u006cast = one)\\n / second\"",
        "\"count(events.user \\\n      where kind = 'é' and last = one) / second\"",
        ">\n      count(events.user\n        where kind = 'é'\n        and last = one)\n      / second\n",
        ">-\n      count(events.user\n\n      where kind = 'x'   and last = one) / second",
        "|\n      count(events.user\n      where kind = 'x' and last = one)\n      / second\n",
        "count(events.user\n      where kind = 'x'\n      and last = one)\n      / second",
        "\n      count(events.user where kind = 'x'\r\n      and last = one)\r\n      / second",
    ];
    for value in values {
        let text =
            format!("metrics:\n  é: {{ value: 1 }}\n  m:\n    value: {value}\n    label: x\n");
        let (package, told, _) = spec(&text);
        assert_eq!(told.len(), 1, "{text}: {told:?}");
        let mut found = Vec::new();
        paths(package.metrics[1].value().expect("a value"), &text, &mut found);
        assert_eq!(found.len(), 6, "{text}: {found:?}");
        for (name, written) in found {
            let escaped = written == "\\u006cast" && name == "last";
            assert!(name == written || escaped, "{text}: {name} at {written:?}");
        }
    }
}

#[test]
fn a_mistake_leaves_other_definitions_whole() {
    // A broken definition `a`, and the code that tells it.
    let table = [
        ("  a: { value: count(x, c) >= 3 }\n", "yaml-accident"),
        ("  a: { value: count(x where y in ['a']) }\n", "yaml-accident"),
        ("  a: { value: count(x where y = 'a: b') }\n", "yaml-accident"),
        ("  a: { value: 'abc }\n", "yaml-accident"),
        ("  a:\n    value: 'abc\n    label: x\n", "yaml-accident"),
        ("  a:\n    value: 'abc' = plan\n", "yaml-accident"),
        ("  a:\n    value: \"abc\" = plan\n", "yaml-accident"),
        ("  a:\n    value: count(x where y = 'a: b')\n", "yaml-accident"),
        ("  a:\n    value: count(x where y = 'a #1')\n", "yaml-accident"),
        ("  a:\n    value: !holdout\n", "yaml-accident"),
        ("  a:\n    value: > 5\n", "yaml-accident"),
        ("  a:\n    value: @x\n", "yaml-accident"),
        ("  a:\n    value: *x + 1\n", "yaml-accident"),
        ("  a:\n    value: %x\n", "yaml-accident"),
        ("  a:\n    value: *x\n", "yaml-accident"),
        ("  a:\n    value: &x count(y)\n", "yaml-accident"),
        ("  a:\n    value: [x, y]\n", "yaml-accident"),
        ("  a:\n\t\tvalue: 3\n", "tab-indentation"),
        ("  a:\n    value: count(x)\n   unit: y\n", "yaml-syntax"),
        ("  a:\n    value: count(x)\n    label\n", "yaml-syntax"),
        ("  a: { value: 3\n", "yaml-syntax"),
        ("  a: { value: [3 }\n", "yaml-syntax"),
        ("  a: { value: 3 }\n  a: { value: 4 }\n", "duplicate-key"),
        ("  a: { vlaue: 3 }\n", "unknown-field"),
        ("  a: 5\n", "wrong-type"),
        ("  a:\n", "wrong-type"),
        ("  a: []\n", "wrong-type"),
        ("  a: { value: 3, label: [x] }\n", "wrong-type"),
        ("  a: { value: 3, label: }\n", "wrong-type"),
        ("  a: { value: 3, min_sample: x }\n", "wrong-type"),
        ("  a: { value: 3, target: 80% }\n", "wrong-type"),
        ("  a: { value: 3, category: ROI }\n", "invalid-value"),
        ("  a: { value: 3, better: bigger }\n", "invalid-value"),
        ("  a b: { value: 3 }\n", "invalid-name"),
        ("  not: { value: 3 }\n", "invalid-name"),
        ("  a: { value: count(x }\n", "expression-syntax"),
        ("  a: { value: count(x) # a comment\n  }\n", ""),
        ("  a: { score: { of: x }, show: y, value: 3 }\n", "not-in-this-version"),
    ];
    for (definition, code) in table {
        let text =
            format!("metrics:\n  first: {{ value: 1 }}\n{definition}  last: {{ value: 2 }}\n");
        let (package, told, _) = spec(&text);
        let names = metric_names(&package);
        assert!(names.contains(&"first") && names.contains(&"last"), "{text}: {names:?} {told:?}");
        let codes: Vec<&str> =
            told.iter().filter_map(|(place, _)| place.split(' ').nth(1)).collect();
        let expected: Vec<&str> = if code.is_empty() { vec![] } else { vec![code] };
        assert_eq!(codes, expected, "{text}: {told:?}");
        assert!(names.len() == 3 || broken(&package) == ["a"], "{text}: {names:?}");
    }
}

#[test]
fn accidents_show_the_line_to_write() {
    let table = [
        ("{ value: count(x, c) >= 3, grain: month }", "`value: \"count(x, c) >= 3\"`"),
        (
            "{ grain: month, value: count(x where y in ['a']) }",
            "`value: \"count(x where y in ['a'])\"`",
        ),
        ("{ value: x = 'a: b', grain: month }", "`value: \"x = 'a: b'\"`"),
        ("\n    value: x = 'a: b'", "`value: \"x = 'a: b'\"`"),
        ("\n    value: x = 'a #1' and y", "`value: \"x = 'a #1' and y\"`"),
        ("\n    value: 'abc' = x", "`value: \"'abc' = x\"`"),
        ("\n    value: \"abc\" = x", "`value: \"'abc' = x\"`"),
        ("\n    value: > 5", "`value: \"> 5\"`"),
        ("\n    value: !holdout", "`not holdout`"),
    ];
    for (definition, help) in table {
        let (_, told, diagnostics) = spec(&format!("metrics:\n  a: {definition}\n"));
        let all: Vec<&String> = diagnostics.sorted().into_iter().flat_map(|d| &d.help).collect();
        assert!(all.iter().any(|line| line.contains(help)), "{definition}: {all:?} {told:?}");
    }
}

#[test]
fn what_this_version_lacks_is_told_once() {
    let (package, told, _) = spec(
        "chains:\n  login: events where name = 'login'\nalerts: { c: { of: a } }\n\
         metrics:\n  a: { score: { of: x }, show: y }\n  b: { score: { of: x } }\n",
    );
    let places: Vec<&str> = told.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(
        places,
        [
            "1:1 not-in-this-version",
            "3:1 not-in-this-version",
            "5:8 not-in-this-version",
            "6:8 not-in-this-version"
        ]
    );
    let forms: Vec<bool> = package
        .metrics
        .iter()
        .map(|metric| matches!(metric.form, Some(FormSpec::Unusable(_))))
        .collect();
    assert_eq!(forms, [true, true]);
    let later: Vec<&str> = package.later.iter().map(|later| later.name.node.as_str()).collect();
    assert_eq!(later, ["login", "c"]);
}

#[test]
fn yaml_is_that_of_version_1_2() {
    let (package, told, _) =
        spec("metrics:\n  a: { label: no, description: 2026-03-31, owner: on, value: y }\n");
    assert_eq!(told, []);
    let metric = &package.metrics[0];
    assert_eq!(metric.meta.label.as_ref().expect("a label").node, "no");
    assert_eq!(metric.meta.description.as_ref().expect("a description").node, "2026-03-31");
    assert_eq!(metric.meta.owner.as_ref().expect("an owner").node, "on");
    assert_eq!(spec("\u{feff}metrics:\r\n  a:\r\n    value: 1\r\n").1, []);
    assert_eq!(spec("").1, []);
    assert_eq!(spec("# only a comment\n").1, []);
    assert_eq!(spec("metrics:\n  # a: { value: 1 }\n").1, []);
}

#[test]
fn sections() {
    let (_, told, _) = spec("metric: { a: 1 }\ncalendar: { x: y }\nentities: [a]\n");
    let places: Vec<&str> = told.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["1:1 unknown-section", "2:1 unknown-section", "3:12 wrong-type"]);
    assert_eq!(spec("- a\n").1[0].0, "1:1 wrong-type");
    assert_eq!(spec("hello\n").1[0].0, "1:1 wrong-type");
    assert_eq!(spec("metrics: {}\n---\nmetrics: {}\n").1[0].0, "2:1 yaml-syntax");
}

#[test]
fn too_large_and_too_deep() {
    let large = format!("# {}\n", "x".repeat(8 * 1024 * 1024));
    assert_eq!(spec(&large).1, [("1:1 spec-too-large".to_owned(), String::new())]);
    let deep =
        format!("metrics:\n  a: {}{}\n  b: {{ value: 1 }}\n", "[".repeat(100), "]".repeat(100));
    let (package, told, _) = spec(&deep);
    assert!(told.iter().all(|(place, _)| place.ends_with("spec-too-deep")), "{told:?}");
    assert_eq!(metric_names(&package), ["b"]);
}

#[test]
fn every_kind_has_a_table_without_repeats() {
    for kind in KINDS {
        let mut names: Vec<&str> = kind.all().map(|field| field.name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{}", kind.name);
        assert!(
            kind.all().all(|field| !field.summary.is_empty() && !field.summary.ends_with('.')),
            "{}",
            kind.name
        );
    }
}

#[test]
fn every_code_has_a_page_and_those_of_the_syntax_an_example_that_fails() {
    let syntax = [
        codes::YAML_SYNTAX,
        codes::YAML_ACCIDENT,
        codes::DUPLICATE_KEY,
        codes::TAB_INDENTATION,
        codes::SPEC_TOO_DEEP,
        codes::UNKNOWN_SECTION,
        codes::UNKNOWN_FIELD,
        codes::MISSING_FIELD,
        codes::WRONG_TYPE,
        codes::INVALID_VALUE,
        codes::INVALID_NAME,
        codes::NOT_IN_THIS_VERSION,
        codes::EXPRESSION_SYNTAX,
        codes::INVALID_DATE,
        codes::FIXED_LEVEL,
        codes::UNKNOWN_CODE,
    ];
    for code in codes::all() {
        assert!(code.page().starts_with(&format!("# {}\n\n", code.name())), "{code}");
        assert_eq!(codes::Code::parse(code.name()), Some(code));
        assert!(!code.summary().is_empty() && !code.summary().ends_with('.'), "{code}");
        for (is_failing, example) in fences(code.page()) {
            let told = if example.starts_with("calendar:") {
                project(&format!("{example}project: acme\n")).1
            } else if example.starts_with("# milepost.yaml") {
                project(example).1
            } else {
                spec(example).1
            };
            let tells = told.iter().any(|(place, _)| place.ends_with(&format!(" {code}")));
            if is_failing && syntax.contains(&code) {
                assert!(tells, "the failing example of {code}: {told:?}");
            }
            if !is_failing || !syntax.contains(&code) {
                assert_eq!(told, [], "an example of {code}");
            }
        }
    }
}

/// The YAML examples of a page, and whether each is one that fails.
fn fences(page: &str) -> Vec<(bool, &str)> {
    let mut fences = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find("```yaml") {
        let info = &rest[start..];
        let line = info.find('\n').expect("a line");
        let end = info[line..].find("```").expect("an end") + line;
        fences.push((info[..line].contains("failing"), &info[line + 1..end]));
        rest = &info[end + 3..];
    }
    fences
}
