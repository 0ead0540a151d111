//! Retention written out, as the text that an author could write.

use milepost::syntax::ast::{Duration, Expr, ExprKind, Free, Package, Reactivation, RetentionSpec};
use milepost::syntax::diagnostic::Diagnostics;
use milepost::syntax::source::SourceMap;
use milepost::syntax::span::Span;
use milepost::syntax::{parse_expr, print_duration, print_expr};

use super::value::Written;

/// What a member pays at both ends, and what else decides, as text.
struct Texts {
    entity: String,
    /// When the bucket ends.
    now: String,
    /// When it began.
    then: String,
    /// `over` before the end.
    over: String,
    length: Option<Duration>,
    /// A customer with an amount of zero, at both ends; never, where there are none.
    free_now: String,
    free_then: String,
    /// Whether it paid before the bucket.
    before: String,
    due: Option<String>,
}

/// All parts, the first one the headline.
pub(super) fn written_out(spec: &RetentionSpec, package: &Package) -> Vec<Written> {
    let texts = Texts::of(spec, package);
    let (now, then, over) = (&texts.now, &texts.then, &texts.over);
    let pays = |opening: &str| format!("{opening} >= 0 and {now} >= 0");
    let rate = |value: &str| {
        let sum = |value: &str| {
            format!(
                "sum(if({}, {value}, null) per {} ever where {over} != 0)",
                pays(over),
                texts.entity
            )
        };
        format!("{} / {}", sum(value), sum(over))
    };
    let kept = |value: &str| {
        format!(
            "count({} ever where {over} != 0 and if({}, {value}, null))",
            texts.entity,
            pays(over)
        )
    };
    let moved = |value: &str| {
        let all = format!("{then} != 0 or {now} != 0");
        format!("sum(if({}, {value}, null) per {} ever where {all})", pays(then), texts.entity)
    };
    let Texts { free_now, free_then, before, .. } = &texts;
    let arrived = format!("{then} = 0 and {now} > 0 and not {free_then}");
    let grown = format!("{now} > {then} and ({then} > 0 or {free_then})");
    let shrunk = format!("{then} > {now} and ({now} > 0 or {free_now})");
    let lost = format!("{then} > {now} and {now} = 0 and not {free_now}");
    let up = format!("if({now} > {then}, {now} - {then}, 0)");
    let down = format!("if({then} > {now}, {then} - {now}, 0)");
    let all = [
        ("net", rate(now)),
        ("gross", rate(&format!("if({now} < {over}, {now}, {over})"))),
        ("logo", format!("{} / {}", kept(&format!("({now} > 0 or {free_now})")), kept("true"))),
        ("opening", moved(then)),
        ("new", moved(&format!("if({arrived} and not {before}, {now}, 0)"))),
        ("expansion", moved(&format!("if({grown}, {now} - {then}, 0)"))),
        ("reactivation", moved(&format!("if({arrived} and {before}, {now}, 0)"))),
        ("contraction", moved(&format!("if({shrunk}, {then} - {now}, 0)"))),
        ("churned", moved(&format!("if({lost}, {then}, 0)"))),
        ("closing", moved(now)),
        ("quick_ratio", format!("{} / {}", moved(&up), moved(&down))),
    ];
    let mut parts: Vec<Written> = all.iter().map(|(name, text)| texts.part(name, text)).collect();
    if let Some(due) = &texts.due {
        let before = format!("greatest({then}, {due})");
        let left = format!("greatest({due} - greatest({before} - {now}, 0), 0)");
        let sum = |value: &str| {
            format!(
                "sum(if({}, {value}, null) per {} ever where {due} != 0)",
                pays(then),
                texts.entity
            )
        };
        let value = parsed(&format!("{} / {}", sum(&left), sum(due)));
        parts.push(Written { name: "renewed".to_owned(), value, earlier: None });
    }
    parts
}

impl Texts {
    fn of(spec: &RetentionSpec, package: &Package) -> Self {
        let entity = spec.of.as_ref().unwrap().node.clone();
        let amount = print_expr(spec.amount.as_ref().unwrap());
        let rows = first_name(spec.amount.as_ref().unwrap());
        let dataset = package.datasets.iter().find(|dataset| dataset.name.node == rows).unwrap();
        let own: Vec<String> =
            spec.filter.iter().map(|filter| format!("({})", print_expr(filter))).collect();
        let whole = |more: Option<String>| {
            let all: Vec<String> = own.iter().cloned().chain(more).collect();
            if all.is_empty() { String::new() } else { format!(" where {}", all.join(" and ")) }
        };
        let window = if spec.changes { "ever" } else { "at end" };
        let stays = spec.churn_at.as_ref().map(|at| format!("{} is null", print_expr(at)));
        let state = |what: &str| format!("{what} {window}{})", whole(stays.clone()));
        let now = state(&format!("sum({amount}"));
        let length = spec.over.as_ref().map(|over| over.node);
        let over = match &length {
            Some(length) => format!("prior({now}, {})", print_duration(length)),
            None => format!("prior({now})"),
        };
        let has = state(&format!("any({rows}"));
        let (free_now, free_then) = match spec.free {
            Free::New => ("false".to_owned(), "false".to_owned()),
            Free::Expansion => (has.clone(), format!("prior({has})")),
        };
        let paying = whole(Some(format!("{amount} > 0")));
        let (on_begin, on_end, begin, end) = match &dataset.valid {
            Some(valid) => {
                let (from, to) = (&valid.node.0.node, &valid.node.1.node);
                (format!(" on {from}"), format!(" on {to}"), from.clone(), to.clone())
            }
            None => {
                let time = dataset.time.as_ref().unwrap().node.clone();
                (String::new(), String::new(), time.clone(), time)
            }
        };
        let before = match spec.reactivation {
            Reactivation::None => "false".to_owned(),
            Reactivation::Any => format!("any({rows}{on_begin} ever before{paying})"),
            Reactivation::Within(length) => {
                let last = format!("max({rows}.{end}{on_end} ever before{paying})");
                let first = format!("min({rows}.{begin}{on_begin}{paying})");
                format!("coalesce({first} <= {last} + {}, false)", print_duration(&length))
            }
        };
        let due = spec.due.as_ref().map(|due| {
            let due = print_expr(due);
            let held = format!(
                "{rows}.{begin} <= {due} and ({rows}.{end} is null or {rows}.{end} >= {due})"
            );
            format!("sum({amount} on {due}{})", whole(Some(held)))
        });
        let then = format!("prior({now})");
        Self { entity, now, then, over, length, free_now, free_then, before, due }
    }

    fn part(&self, name: &'static str, text: &str) -> Written {
        let (opening, by) = match name {
            "net" | "gross" | "logo" => (&self.over, self.length),
            _ => (&self.then, None),
        };
        let earlier = parsed(&format!("count({} ever where {opening} > 0)", self.entity));
        let name = name.to_owned();
        Written { name, value: parsed(text), earlier: Some((earlier, by)) }
    }
}

fn first_name(expr: &Expr) -> String {
    if let ExprKind::Path(path) = &expr.kind {
        return path[0].node.clone();
    }
    let mut found = None;
    expr.each_child(&mut |child| found = found.take().or_else(|| Some(first_name(child))));
    found.unwrap()
}

fn parsed(text: &str) -> Expr {
    let (mut sources, mut told) = (SourceMap::default(), Diagnostics::default());
    let id = sources.add("retention", text);
    let span = Span::new(id, 0, u32::try_from(text.len()).unwrap());
    let expr = parse_expr(sources.get(id), span, &mut told);
    assert!(!told.has_errors(), "{text}: {:?}", told.sorted());
    expr
}
