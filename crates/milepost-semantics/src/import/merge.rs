//! Packages join a project, name by name.

use std::collections::{BTreeMap, BTreeSet};

use super::mentions::units;
use milepost_syntax::ast::Package;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::{Span, Spanned};

/// A package of the catalog.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// Whether `use:` names it; of the others only what those name is taken.
    pub used: bool,
    pub package: Package,
}

/// Adds the definitions of the packages that are used, and those that they name in others. The project's own definitions
/// win; two packages that define one name are told, unless the project does.
pub fn merge(package: &mut Package, imports: Vec<Import>, diagnostics: &mut Diagnostics) {
    let own = names(package);
    let taken = take(&imports, &own, diagnostics);
    for (number, import) in imports.into_iter().enumerate() {
        let Package {
            behaviors,
            segments,
            journeys,
            scores,
            metrics,
            broken,
            imported,
            requires,
            ..
        } = import.package;
        let mine = |name: &Spanned<String>| taken.get(&name.node) == Some(&number);
        package.behaviors.extend(behaviors.into_iter().filter(|spec| mine(&spec.name)));
        package.segments.extend(segments.into_iter().filter(|spec| mine(&spec.name)));
        package.journeys.extend(journeys.into_iter().filter(|spec| mine(&spec.name)));
        package.scores.extend(scores.into_iter().filter(|spec| mine(&spec.name)));
        package.metrics.extend(metrics.into_iter().filter(|spec| mine(&spec.name)));
        if import.used || taken.values().any(|taken| *taken == number) {
            package.broken.extend(broken);
            package.imported.extend(imported);
            package.requires.entities.extend(requires.entities);
            package.requires.datasets.extend(requires.datasets);
        }
    }
}

/// Every name that is taken from an import, with the import's position.
fn take(
    imports: &[Import],
    own: &BTreeSet<String>,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, usize> {
    let mut defined: BTreeMap<&str, Vec<(usize, Span)>> = BTreeMap::new();
    let all: Vec<_> = imports.iter().map(|import| units(&import.package)).collect();
    for (number, list) in all.iter().enumerate() {
        for unit in list.iter().filter(|unit| !own.contains(&unit.name.node)) {
            defined.entry(&unit.name.node).or_default().push((number, unit.name.span));
        }
    }
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut open: Vec<&str> = Vec::new();
    for (name, places) in &defined {
        let used: Vec<_> = places.iter().filter(|(number, _)| imports[*number].used).collect();
        if let Some((number, first)) = used.first() {
            taken.insert((*name).to_owned(), *number);
            open.push(name);
            for (_, second) in used.iter().skip(1) {
                diagnostics.push(twice(name, *first, *second));
            }
        }
    }
    while let Some(name) = open.pop() {
        let units = taken.get(name).map_or(&[][..], |number| all[*number].as_slice());
        let Some(unit) = units.iter().find(|unit| unit.name.node == name) else { continue };
        for head in unit.mentions.heads.iter().copied() {
            if let Some(places) = defined.get(head)
                && !taken.contains_key(head)
            {
                taken.insert(head.to_owned(), places[0].0);
                open.push(head);
            }
        }
    }
    taken
}

/// The names that the project defines, or tries to.
fn names(package: &Package) -> BTreeSet<String> {
    let entities = package.entities.iter().map(|spec| &spec.name);
    let datasets = package.datasets.iter().map(|spec| &spec.name);
    let later = package.later.iter().map(|spec| &spec.name);
    let units = units(package);
    let units = units.iter().map(|unit| unit.name);
    let all = entities.chain(datasets).chain(later).chain(&package.broken).chain(units);
    all.map(|name| name.node.clone()).collect()
}

fn twice(name: &str, first: Span, second: Span) -> Diagnostic {
    Diagnostic::error(
        codes::DUPLICATE_DEFINITION,
        second,
        format!("`{name}` is defined by two of the packages in `use:`"),
    )
    .also(first, "first defined here")
    .help(format!("define `{name}` in the project's own specs, or use one of the two packages"))
}
