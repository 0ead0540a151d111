//! What comes out.

use milepost_syntax::FileKind;

use super::{check, formatted};

#[track_caller]
fn gives(before: &str, after: &str) {
    assert_eq!(check(before, FileKind::Spec), after, "\n{before}");
}

#[test]
fn indentation_and_blank_lines() {
    gives(
        "\n\nmetrics:\n    a:\n       label: A\n\n\n\n       value: 1\n    b: {value: 2}\n    c: {value: 3}\n\n\n    d:\n      value: 4\n\
         datasets:\n\n   events:\n     from: a.csv\n\n",
        "metrics:\n  a:\n    label: A\n\n    value: 1\n\n  b: { value: 2 }\n  c: { value: 3 }\n\n  d:\n    value: 4\n\n\
         datasets:\n\n  events:\n    from: a.csv\n",
    );
}

#[test]
fn comments_stay_where_they_belong() {
    gives(
        "# first\n\n# second\nmetrics: # all\n# of a\n a: # the first\n    # about the label\n    label: A # short\n    value: >   # long\n     1\n\
         \x20   # in a\n  # lower\n # of b\n b: { value: 1 } # short\n# last\n",
        "# first\n\n# second\nmetrics: # all\n  # of a\n  a: # the first\n    # about the label\n    label: A # short\n    value: >  # long\n      1\n\
         \x20   # in a\n\n  # lower\n  # of b\n  b: { value: 1 } # short\n# last\n",
    );
}

#[test]
fn columns_of_values_and_comments_stay_columns() {
    gives(
        "entities:\n   account: {key: id}   # one\n   user:    { key: user_id }  # two\n   feature: { key: feature_id }   # three\n   campaign: { key: c }\n",
        "entities:\n  account:  { key: id }   # one\n  user:     { key: user_id }  # two\n  feature:  { key: feature_id }   # three\n  campaign: { key: c }\n",
    );
    // One of many that is set off by accident is none.
    gives(
        "entities:\n  a: { key: id }\n  bcd:   { key: id }\n  ef: { key: id }\n",
        "entities:\n  a: { key: id }\n  bcd: { key: id }\n  ef: { key: id }\n",
    );
    gives("project: a\n".replace("project", "metrics").replace(" a", "").as_str(), "metrics:\n");
}

#[test]
fn quotes_where_they_are_needed() {
    gives(
        "metrics:\n  'a':\n    label: \"Plain\"\n    question: 'What: this?'\n    description: \"a # b\"\n    owner: 'no'\n    tags: [\"a, b\", 'c d', \"2026\"]\n    value: \"count(events)\"\n",
        "metrics:\n  a:\n    label: Plain\n    question: \"What: this?\"\n    description: \"a # b\"\n    owner: \"no\"\n    tags: [\"a, b\", c d, \"2026\"]\n    value: count(events)\n",
    );
}

#[test]
fn cells_in_quotes_are_texts() {
    gives(
        "tests:\n  t:\n    metric: 'm'\n    given:\n      a:\n      - {id: '1', name: \"x\"}\n    expect: [ {month: 2026-01, value: 1} ]\n",
        "tests:\n  t:\n    metric: m\n    given:\n      a:\n        - { id: '1', name: \"x\" }\n    expect: [ { month: 2026-01, value: 1 } ]\n",
    );
}

#[test]
fn expressions_are_canonical() {
    gives(
        "metrics:\n  a: { value: 'sum( x.y  )/(count(events))', target: { at_least: 1_000 } }\n  b: { value: \"if(a, 'x: y', 2)\" }\n  c:\n    value: |\n      (a)\n",
        "metrics:\n  a: { value: sum(x.y) / count(events), target: { at_least: 1_000 } }\n  b: { value: \"if(a, 'x: y', 2)\" }\n\n  c:\n    value: a\n",
    );
}

#[test]
fn expressions_are_broken_at_their_weakest_operators() {
    gives(
        "metrics:\n  a:\n    value: count(distinct events.user over 28 days where name = 'login' and account.plan = 'pro') / sum(subscriptions.seats at end)\n\
         \x20 b:\n    value: >\n      count(a)\n      / count(b)\n\
         \x20 c:\n    value: >\n      count(a where b\n      and c)\n\
         \x20 d:\n    value: 100 * (count(answers over 90 days where kind = 'nps' and score > 8) - count(answers over 90 days where kind = 'nps' and score < 7)) / count(answers over 90 days)\n",
        "metrics:\n  a:\n    value: >\n      count(distinct events.user over 28 days where name = 'login' and account.plan = 'pro')\n      / sum(subscriptions.seats at end)\n\n\
         \x20 b:\n    value: >\n      count(a)\n      / count(b)\n\n\
         \x20 c:\n    value: >\n      count(a\n            where b and c)\n\n\
         \x20 d:\n    value: >\n      100 * (count(answers over 90 days where kind = 'nps' and score > 8)\n             - count(answers over 90 days where kind = 'nps' and score < 7))\n      / count(answers over 90 days)\n",
    );
}

#[test]
fn braces_that_are_too_long_become_lines() {
    gives(
        "datasets:\n  events: {from: data/a_file_with_a_long_name.parquet, kind: events, time: sent_at, entities: {contact: contact_id, account: account_id}} # why\n\
         \x20 other: {from: a.csv,\n    key: id}\n",
        "datasets:\n  events:  # why\n    from: data/a_file_with_a_long_name.parquet\n    kind: events\n    time: sent_at\n    entities: { contact: contact_id, account: account_id }\n\n\
         \x20 other: { from: a.csv, key: id }\n",
    );
}

#[test]
fn comments_in_braces_stay_as_they_are() {
    gives(
        "datasets:\n    a: {from:   a.csv, # the file\n         key: [ id,\n       b] }\n    b: {from: b.csv}\n",
        "datasets:\n  a: {from:   a.csv, # the file\n       key: [ id,\n     b] }\n\n  b: { from: b.csv }\n",
    );
}

#[test]
fn texts_of_several_lines_keep_their_lines() {
    gives(
        "metrics:\n    a:\n        description: |\n            One\n\n              two\n            # three\n        question: What\n          is\n\n          it?\n        label: \"A \\\n            label\"\n        owner: >-\n          x\n          y\n        value: 1\n",
        "metrics:\n  a:\n    description: |\n      One\n\n        two\n      # three\n    question: What\n      is\n\n      it?\n    label: \"A \\\n      label\"\n    owner: >-\n      x\n      y\n    value: 1\n",
    );
}

#[test]
fn white_space_that_yaml_takes_for_text_is_kept() {
    // No-break spaces, and a blank line of Asian scripts: only spaces and tabs are white space.
    gives(
        "metrics:\n    a:\n        label: \u{a0}A\u{a0}\n        question: What\n          \u{a0} is \t\n          \u{3000}\n\n          it?\n\
         \x20       description: |\n            \u{a0}\n              One\u{a0}\n        value: 1 # one\u{a0}\n",
        "metrics:\n  a:\n    label: \u{a0}A\u{a0}\n    question: What\n      \u{a0} is\n      \u{3000}\n\n      it?\n\
         \x20   description: |\n      \u{a0}\n        One\u{a0}\n    value: 1 # one\u{a0}\n",
    );
    gives(
        "metrics:\n  a:\n    label: \"A\u{a0}\n        \u{a0}b\"\n    tags: [a, # one\n       \u{a0}b]\n    value: 1\n",
        "metrics:\n  a:\n    label: \"A\u{a0}\n      \u{a0}b\"\n    tags: [a, # one\n       \u{a0}b]\n    value: 1\n",
    );
}

#[test]
fn what_a_file_ends_with_is_kept() {
    gives("metrics:\n  a: { value: 1 }", "metrics:\n  a: { value: 1 }\n");
    gives("metrics:\n  a:\n    label: |\n       x", "metrics:\n  a:\n    label: |\n      x");
    gives("metrics:\r\n   a: {value: 1}\r\n", "metrics:\r\n  a: { value: 1 }\r\n");
    gives("", "");
    gives("\n\n# only this\n\n\n", "# only this\n");
    gives("---\nmetrics:\n   a: {value: 1}\n", "---\nmetrics:\n  a: { value: 1 }\n");
}

#[test]
fn what_is_not_known_stays_as_it_is() {
    for text in [
        "%YAML 1.2\n---\nmetrics:\n   a: {value: 1}\n",
        "metrics:\n   a: {value: 1}\n...\n",
        "? metrics\n:\n   a: {value: 1}\n",
        "metrics:\n   a:\n     value: 1\n     label: |2\n        x\n",
        "metrics:\n   a:\n     value: 1\n     label: |+\n        x\n\n",
        "metrics:\r   a: {value: 1}\r",
    ] {
        gives(text, text);
    }
}

#[test]
fn a_project() {
    let text = "project:   'acme'\n\nlabel: Acme\ncalendar: {week_starts: monday}\nhistory: 24 months # two years\n";
    let formatted = "project: acme\n\nlabel: Acme\ncalendar: { week_starts: monday }\nhistory: 24 months # two years\n";
    assert_eq!(check(text, FileKind::Project), formatted);
}

#[test]
fn mistakes_are_told_and_nothing_is_changed() {
    for (text, code) in [
        ("metrics:\n   a: {valu: 1}\n", "unknown-field"),
        ("metrics:\n   a: {value: 1\n", "yaml-syntax"),
        ("metrics:\n\ta: 1\n", "tab-indentation"),
        ("metrics:\n   a: {value: count(}\n", "expression-syntax"),
        ("metrics:\n   a: &x {value: 1}\n", "yaml-accident"),
    ] {
        let told = formatted(text, FileKind::Spec).unwrap_err();
        assert!(told.iter().any(|told| told.starts_with(code)), "{text}: {told:?}");
    }
}

#[test]
fn deep_and_long_expressions_are_folded() {
    for expression in [
        format!("{}a{}", "abs(".repeat(120), ")".repeat(120)),
        format!("{}a{}", "count(x where ".repeat(120), ")".repeat(120)),
        vec!["(a*b - c)"; 160].join(" + "),
        vec!["not a"; 200].join(" and "),
        format!("{}a", "if(a = b, 1, ".repeat(60)) + &", 2)".repeat(60).replacen(", 2", "", 1),
        format!("a in [{}]", vec!["'a value'"; 400].join(", ")),
        format!("a in ['{}']", "x ".repeat(400)),
        format!("a in [{}1]", "1,".repeat(25_000)),
    ] {
        let new = check(&format!("metrics:\n  a:\n    value: {expression}\n"), FileKind::Spec);
        let lines = new.lines().count();
        assert!(lines < 500, "{new}");
    }
}
