//! Every definition of the catalog and of acme, changed in one place: no such change may be called cosmetic. And nothing is
//! different between a project and itself.

mod mutants;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use milepost::semantics::diff::{Level, Side, Subject, SubjectKind, compare};
use milepost::semantics::model::Model;
use milepost::syntax::FileKind;
use milepost::syntax::ast::{Expr, ExprKind};
use milepost::syntax::outline::{Outline, WrittenValue, outline};
use milepost::syntax::print_expr;
use milepost::syntax::span::Span;
use milepost::{Loaded, Session};

use mutants::mutants;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name)
}

#[test]
fn nothing_is_different_between_a_project_and_itself() {
    for name in ["acme", "cdnow"] {
        let mut sessions = [0, 1].map(|_| Session::new(&example(name)).unwrap());
        let models = sessions.each_mut().map(|session| session.check().model.unwrap());
        let [one, other] = [0, 1].map(|at| side(sessions[at].loaded(), &models[at]));
        let found = compare(one, other);
        assert!(found.changed.is_empty(), "{name}: {:#?}", found.changed);
    }
}

fn side<'a>(loaded: &'a Loaded, model: &'a Model) -> Side<'a> {
    Side { package: &loaded.package, sources: &loaded.sources, model: Some(model) }
}

/// A definition with one value that is an expression, and where that stands.
struct Target {
    subject: Subject,
    /// The whole definition, from the beginning of its line.
    definition: Span,
    /// Of a package: then the mutant overrides it in a file of its own.
    imported: bool,
    section: &'static str,
    place: Span,
    expr: Expr,
    is_rows: bool,
}

fn targets(loaded: &Loaded) -> Vec<Target> {
    let package = &loaded.package;
    let mut found = Vec::new();
    for file in loaded.sources.iter().filter(|file| file.path.ends_with(".yaml")) {
        if file.path == "milepost.yaml" {
            continue;
        }
        let metrics = package.metrics.iter().map(|d| (SubjectKind::Metric, &d.name, d.span));
        let segments = package.segments.iter().map(|d| (SubjectKind::Segment, &d.name, d.span));
        let behaviors = package.behaviors.iter().map(|d| (SubjectKind::Behavior, &d.name, d.span));
        // What says something of members is named by its journey or score.
        let journeys = package.journeys.iter().map(|d| (SubjectKind::Journey, &d.name, d.span));
        let scores = package.scores.iter().map(|d| (SubjectKind::Score, &d.name, d.span));
        let all: Vec<_> =
            scores.chain(journeys).chain(metrics).chain(segments).chain(behaviors).collect();
        for Outline { section, name, fields } in outline(FileKind::Spec, file) {
            let known = all.iter().find(|(_, known, _)| known.span == name.span);
            let Some((kind, _, definition)) = known else { continue };
            let kind = if section == "lists" { SubjectKind::List } else { *kind };
            for field in fields {
                let (expr, is_rows) = match field.value {
                    WrittenValue::Expression(expr) => (*expr, false),
                    WrittenValue::Rows(rows) => {
                        (Expr { kind: ExprKind::Aggregate(rows), span: field.span }, true)
                    }
                    WrittenValue::Names(_) | WrittenValue::Text(_) => continue,
                };
                // What is said of the figures is judged by rules of its own.
                if ["target", "better", "reason", "columns"].contains(&field.path[0].as_str()) {
                    continue;
                }
                found.push(Target {
                    subject: Subject { kind, name: name.node.clone() },
                    definition: *definition,
                    imported: package.is_imported(name.span),
                    section,
                    place: field.span,
                    expr,
                    is_rows,
                });
            }
        }
    }
    found
}

/// A file that has none of the sections of mutants: what overrides a package stands behind it.
const BESIDE: &str = "specs/tests.yaml";

/// The file that holds a mutant, and its text.
fn edited(loaded: &Loaded, target: &Target, value: &str) -> (String, String) {
    let file = loaded.sources.get(target.place.source);
    let quoted = format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
    let (from, to) = (target.place.start as usize, target.place.end as usize);
    if !target.imported {
        let text = format!("{}{quoted}{}", &file.text[..from], &file.text[to..]);
        return (file.path.to_string(), text);
    }
    let start = target.definition.start as usize;
    let line = file.text[..start].rfind('\n').map_or(0, |at| at + 1);
    let end = (target.definition.end as usize).max(to);
    let (before, after) = (&file.text[line..from], &file.text[to..end]);
    let own = loaded.sources.iter().find(|file| file.path == BESIDE).unwrap();
    let mutant = format!("{}:\n{before}{quoted}{after}\n", target.section);
    (BESIDE.to_owned(), format!("{}\n{mutant}", own.text))
}

/// How many were tried, and what became of them, by what was changed and by the rule that said it.
#[derive(Default)]
struct Report {
    tried: usize,
    refused: usize,
    found: BTreeMap<(&'static str, String), usize>,
    wrong: Vec<String>,
}

#[test]
#[expect(clippy::print_stdout, reason = "the rate that was found, for who asks with --nocapture")]
fn no_change_of_meaning_is_called_cosmetic() {
    // All of them take a minute.
    let stride = if std::env::var_os("MILEPOST_ALL_MUTANTS").is_some() { 1 } else { 5 };
    let mut session = Session::new(&example("acme")).unwrap();
    let base_model = session.check().model.unwrap();
    let base = session.loaded().clone();
    let mut report = Report::default();
    let mut number = 0;
    for target in targets(&base) {
        for mutant in mutants(&target.expr) {
            number += 1;
            if number % stride != 0 {
                continue;
            }
            let text = print_expr(&mutant.expr);
            let text = if target.is_rows {
                text.trim_start_matches("count(").trim_end_matches(')').to_owned()
            } else {
                text
            };
            let (path, file) = edited(&base, &target, &text);
            session.set_text(&path, &file);
            let model = session.check().model;
            judge(
                &mut report,
                &base,
                &base_model,
                session.loaded(),
                model,
                (&target, mutant.what, &text),
            );
            session.forget_text(&path);
        }
    }
    let mut text = String::new();
    for ((what, verdict), count) in &report.found {
        let _ = writeln!(text, "{what:12} {verdict:40} {count}");
    }
    println!("{} tried, {} are no definitions\n{text}", report.tried, report.refused);
    assert!(report.wrong.is_empty(), "{}", report.wrong.join("\n"));
    assert!(
        report.tried - report.refused > 30,
        "{} tried, {} refused",
        report.tried,
        report.refused
    );
}

fn judge(
    report: &mut Report,
    base: &Loaded,
    base_model: &Model,
    loaded: &Loaded,
    model: Option<Model>,
    (target, what, text): (&Target, &'static str, &str),
) {
    report.tried += 1;
    let Some(model) = model else {
        report.refused += 1;
        return;
    };
    let found = compare(side(base, base_model), side(loaded, &model));
    let changed = found.changed.iter().find(|changed| changed.subject == target.subject);
    let worst = changed.and_then(|changed| changed.own.iter().max_by_key(|change| change.level));
    match worst {
        Some(change) if change.level > Level::Cosmetic => {
            let verdict = format!("{} by {}", change.level.name(), change.rule);
            *report.found.entry((what, verdict)).or_default() += 1;
        }
        _ => report.wrong.push(format!("{} ({what}): {text}: {worst:?}", target.subject)),
    }
}
