//! No text, whatever it holds, leaves its place: pages stay well-formed, CSV stays a table, JSON stays JSON.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic, as tests do")]

mod sample;

use milepost_site::page::{Absent, Cell, Display, Site};
use milepost_site::{RenderError, render};
use proptest::prelude::*;

const VOID: [&str; 4] = ["meta", "link", "br", "img"];

/// Walks over a page: tags balance, attributes are quoted, nothing is a script.
fn well_formed(page: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let end = tag_end(rest).ok_or_else(|| format!("an open tag: {rest:.60}"))?;
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        if tag.starts_with('!') {
            continue;
        }
        let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap_or_default();
        // Every other part is inside quotes.
        let attributes: Vec<&str> = tag.split('"').step_by(2).collect();
        if name.eq_ignore_ascii_case("script")
            || attributes.iter().any(|a| a.trim_start().starts_with("on"))
        {
            return Err(format!("a script: <{tag}>"));
        }
        if tag.starts_with('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes nothing"));
            }
        } else if !tag.ends_with('/') && !VOID.contains(&name) {
            open.push(name);
            if name == "style" {
                rest = &rest[rest.find("</style>").ok_or("an open style")?..];
            }
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("never closed: {open:?}")) }
}

/// Where a tag ends: the first `>` outside quotes.
fn tag_end(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(i, c)| {
        if c == '"' {
            quoted = !quoted;
        }
        (c == '>' && !quoted).then_some(i)
    })
}

/// Fields of a CSV line after line, quotes understood.
fn csv(text: &str) -> Vec<Vec<String>> {
    let (mut lines, mut line, mut field, mut quoted) =
        (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => line.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                line.push(std::mem::take(&mut field));
                lines.push(std::mem::take(&mut line));
            }
            c => field.push(c),
        }
    }
    lines
}

fn check(site: &Site) {
    for file in render(site).unwrap() {
        let text = std::str::from_utf8(&file.bytes).unwrap();
        assert!(file.path.is_ascii() && !file.path.contains(".."), "{}", file.path);
        match file.path.rsplit('.').next() {
            Some("html") => {
                well_formed(text).unwrap_or_else(|e| panic!("{}: {e}", file.path));
                assert!(
                    !text.contains("http:") || text.contains("http://www.w3.org"),
                    "{}",
                    file.path
                );
                let lower = text.to_lowercase();
                assert!(
                    !lower.contains("<script") && !text.contains(['\u{202e}', '\u{0}']),
                    "{}",
                    file.path
                );
            }
            Some("csv") => {
                let lines = csv(text);
                assert!(lines.iter().all(|l| l.len() == lines[0].len()), "{}: {text}", file.path);
                for (name, field) in lines.iter().skip(1).flat_map(|l| lines[0].iter().zip(l)) {
                    // A number below 0 is no formula.
                    let is_number = field.parse::<f64>().is_ok();
                    let is_text = !["value", "n"].contains(&name.as_str()) && !is_number;
                    assert!(
                        !is_text || !field.starts_with(['=', '+', '-', '@', '\t']),
                        "{name}: {field}"
                    );
                }
            }
            Some("jsonl") => text.lines().for_each(|line| {
                serde_json::from_str::<serde_json::Value>(line).unwrap();
            }),
            Some("txt") => text.lines().filter(|line| !line.starts_with('#')).for_each(|line| {
                let (name, value) = line.rsplit_once("\"} ").unwrap();
                let name = name.strip_prefix("milepost_kpi{kpi=\"").unwrap();
                let bare = name.replace("\\\\", "").replace("\\\"", "");
                assert!(!bare.contains('"') && value.parse::<f64>().is_ok(), "{line}");
            }),
            _ => drop(serde_json::from_str::<serde_json::Value>(text).unwrap()),
        }
    }
}

#[test]
fn the_check_itself_sees_a_break() {
    assert!(well_formed("<p>a</p>").is_ok());
    for broken in ["<p>a", "<p><b>a</p></b>", "<script>x</script>", "<p title=\"a>b</p>"] {
        assert!(well_formed(broken).is_err(), "{broken}");
    }
}

#[test]
fn nasty_names_are_inert() {
    check(&sample::site(sample::NASTY));
    for text in [
        "",
        "\"",
        "'",
        "\"><img src=x onerror=alert(1)>",
        "<!--",
        "</title><b>",
        "&lt;",
        "{% raw %}",
        "\n\r\t",
    ] {
        check(&sample::site(text));
    }
}

#[test]
fn a_series_must_match_its_buckets() {
    let mut site = sample::site("x");
    site.kpis[0].series.cells.pop();
    assert!(matches!(render(&site), Err(RenderError::CellCount { .. })));
    let mut site = sample::site("x");
    site.kpis[1].name = site.kpis[0].name.clone();
    assert!(matches!(render(&site), Err(RenderError::DuplicateName(_))));
}

#[test]
fn an_empty_site_is_a_site() {
    let mut site = sample::site("x");
    site.kpis.clear();
    site.datasets.clear();
    site.notices.clear();
    check(&site);
}

#[test]
fn a_missing_figure_is_never_zero() {
    let mut site = sample::site("x");
    for cell in &mut site.kpis[0].series.cells {
        *cell = Cell::Reason("no data".to_owned());
    }
    site.kpis[0].slices.clear();
    let files = render(&site).unwrap();
    let read = |path: &str| {
        let file = files.iter().find(|f| f.path == path).unwrap();
        String::from_utf8(file.bytes.clone()).unwrap()
    };
    let json: serde_json::Value =
        serde_json::from_str(&read("kpi/license_activation.json")).unwrap();
    assert_eq!(json["figures"][0]["value"]["reason"], "no data");
    assert_eq!(json["headline"]["value"]["reason"], "no data");
    assert!(read("kpi/license_activation.html").contains("no data"));
    assert!(!read("kpi/license_activation.html").contains("0.0%"));
    assert!(
        read("kpi/license_activation.csv")
            .lines()
            .nth(1)
            .unwrap()
            .ends_with(",complete,,,,,no data,")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_inert(text in "\\PC{0,40}|[<>\"'&/=@+\\-{}%\\]\\t\\r\\n\u{202e}\u{0} a-z]{0,40}") {
        check(&sample::site(&text));
    }

    #[test]
    fn any_numbers_are_drawn(
        values in proptest::collection::vec(proptest::num::f64::ANY, 6),
        which in 0..4_usize,
    ) {
        let mut site = sample::site("x");
        let kpi = &mut site.kpis[0];
        kpi.display = [
            Display::Percent,
            Display::Currency("USD".to_owned()),
            Display::Currency("JPY".to_owned()),
            Display::Number(None),
        ][which].clone();
        for (cell, value) in kpi.series.cells.iter_mut().zip(values) {
            *cell = Cell::Value { value, n: None, absent: Absent::default() };
        }
        for file in render(&site).unwrap() {
            let text = String::from_utf8(file.bytes).unwrap();
            prop_assert!(!file.path.ends_with("html") || !["NaN", "\"inf\"", "Minf", "Linf"].iter().any(|bad| text.contains(bad)));
        }
    }
}
