//! The sections of a spec file.

use super::field::{Shape, list};
use super::{
    Decoder, behavior, dataset, entity, journey, layout, list as lists, metric, project, requires,
    score, segment, test,
};
use crate::ast::{LaterSpec, Package};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::expr::short;
use crate::suggest::suggest;
use crate::yaml::{Entry, Layout, Node, NodeKind, read};

/// The sections of a spec file. Each holds definitions of the kind that is called like it.
pub const SECTIONS: &[&str] = &[
    "entities",
    "datasets",
    "behaviors",
    "segments",
    "journeys",
    "metrics",
    "scores",
    "lists",
    "tests",
];

/// Sections that this version lacks: their names, what they hold, and what to do instead.
pub const LATER_SECTIONS: &[(&str, &str, &str)] = &[
    (
        "alerts",
        "conditions that call for action",
        "leave it out; a `target:` shows where a metric misses its goal",
    ),
    ("chains", "from reach to effect to return", "leave it out; `leads_to:` draws the map"),
    ("signals", "what moves before an outcome", "leave it out"),
    ("reports", "pages of one's own", "leave it out; every metric has its page"),
];

/// What a definition of the section may be instead of a map.
pub(crate) fn short_form(section: &str) -> Option<Shape> {
    (section == "behaviors").then_some(behavior::BEHAVIOR_SHAPE)
}

/// The section that only packages of the catalog have.
const REQUIRES: &str = "requires";

/// Reads a spec file; `shipped`: one of the catalog.
pub(super) fn spec(decoder: &mut Decoder<'_>, shipped: bool, package: &mut Package) {
    let file = read(decoder.source, Layout::Sections, decoder.diagnostics);
    package.broken.extend(file.broken);
    let Some(root) = file.root else { return };
    match &root.kind {
        NodeKind::Map(sections) => {
            for section in sections {
                if shipped && section.key.node == REQUIRES {
                    requires::requires(decoder, &section.value, &mut package.requires);
                } else {
                    read_section(decoder, section, package);
                }
            }
        }
        NodeKind::Null | NodeKind::Error => {}
        NodeKind::Scalar(_) | NodeKind::List(_) => {
            decoder.diagnostics.push(
                Diagnostic::error(
                    codes::WRONG_TYPE,
                    root.span,
                    format!("a spec file is a map of sections, and this is {}", root.words()),
                )
                .help(format!("begin with one of {}", list(SECTIONS.iter().copied()))),
            );
        }
    }
}

fn read_section(decoder: &mut Decoder<'_>, section: &Entry, package: &mut Package) {
    let name = section.key.node.as_str();
    if let Some((_, holds, instead)) = LATER_SECTIONS.iter().find(|(later, _, _)| *later == name) {
        decoder.diagnostics.push(
            Diagnostic::error(
                codes::NOT_IN_THIS_VERSION,
                section.key.span,
                format!("the section `{name}` ({holds}) is not in this version"),
            )
            .help(*instead),
        );
        if let NodeKind::Map(entries) = &section.value.kind {
            let later =
                |entry: &Entry| LaterSpec { section: name.to_owned(), name: entry.key.clone() };
            package.later.extend(entries.iter().map(later));
        }
        return;
    }
    if !SECTIONS.contains(&name) {
        tell_unknown(decoder, section);
        return;
    }
    // A section without definitions is what is left when all of them are commented out.
    if matches!(section.value.kind, NodeKind::Null) {
        return;
    }
    let kind = match name {
        "entities" => &entity::ENTITY,
        "datasets" => &dataset::DATASET,
        "behaviors" => &behavior::BEHAVIOR,
        "segments" => &segment::SEGMENT,
        "journeys" => &journey::JOURNEY,
        "scores" => &score::SCORE,
        "lists" => &lists::LIST,
        "tests" => &test::TEST,
        _ => &metric::METRIC,
    };
    for entry in layout::definitions(decoder, name, kind, &section.value, &mut package.broken) {
        if name == "tests" {
            // Nothing refers to a test, so one that can't be read hides no name.
            package.tests.extend(test::test(decoder, entry));
            continue;
        }
        let read = match name {
            "entities" => entity::entity(decoder, entry).map(|spec| package.entities.push(spec)),
            "behaviors" => {
                behavior::behavior(decoder, entry).map(|spec| package.behaviors.push(spec))
            }
            "segments" => segment::segment(decoder, entry).map(|spec| package.segments.push(spec)),
            "journeys" => journey::journey(decoder, entry).map(|spec| package.journeys.push(spec)),
            "datasets" => dataset::dataset(decoder, entry).map(|spec| package.datasets.push(spec)),
            "scores" => score::score(decoder, entry).map(|spec| package.scores.push(spec)),
            "lists" => lists::list(decoder, entry).map(|spec| package.metrics.push(spec)),
            _ => metric::metric(decoder, entry).map(|spec| package.metrics.push(spec)),
        };
        if read.is_none() {
            package.broken.push(entry.key.clone());
        }
    }
}

fn tell_unknown(decoder: &mut Decoder<'_>, section: &Entry) {
    let name = short(&section.key.node);
    let mut diagnostic = Diagnostic::error(
        codes::UNKNOWN_SECTION,
        section.key.span,
        format!("`{name}` is not a section of a spec file"),
    );
    if project::PROJECT.find(&section.key.node).is_some() {
        diagnostic =
            diagnostic.help(format!("`{name}` is a field of milepost.yaml: write it there"));
    } else if let Some(near) = suggest(&section.key.node, SECTIONS.iter().copied()) {
        diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
    }
    decoder
        .diagnostics
        .push(diagnostic.help(format!("the sections are {}", list(SECTIONS.iter().copied()))));
}

fn is_section(name: &str) -> bool {
    SECTIONS.contains(&name) || LATER_SECTIONS.iter().any(|(later, _, _)| *later == name)
}

/// Reports sections that are in `milepost.yaml`.
pub(super) fn tell_misplaced_sections(decoder: &mut Decoder<'_>, root: &Node) {
    let NodeKind::Map(entries) = &root.kind else { return };
    for entry in entries.iter().filter(|entry| is_section(&entry.key.node)) {
        let name = &entry.key.node;
        decoder.diagnostics.push(
            Diagnostic::error(
                codes::UNKNOWN_FIELD,
                entry.key.span,
                format!("the section `{name}` is in milepost.yaml"),
            )
            .help(format!("move it to a file of its own, such as `specs/{name}.yaml`")),
        );
    }
}

/// The map without sections.
pub(super) fn without_sections(mut root: Node) -> Node {
    if let NodeKind::Map(entries) = &mut root.kind {
        entries.retain(|entry| !is_section(&entry.key.node));
    }
    root
}
