//! The shipped catalog: packages of definitions that a project adds with `use:`.
//!
//! `std/onboarding` is the file `specs/std/onboarding.yaml` of the repository, and it is compiled into the program, so a
//! project means the same wherever it is built.

mod list;

use milepost_semantics::{Import, merge};
use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::Spanned;
use milepost_syntax::{codes, parse_package, suggest};

pub use list::{Entry, EntryKind, State, describe, entries, entries_of};

macro_rules! packages {
    ($($name:literal),* $(,)?) => {
        /// The names of the packages and their text, by name.
        ///
        /// ```
        /// let names: Vec<_> = milepost::catalog::PACKAGES.iter().map(|(name, _)| *name).collect();
        /// assert!(names.contains(&"std/onboarding") && names.is_sorted());
        /// ```
        pub const PACKAGES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../../specs/", $name, ".yaml")))),*];
    };
}

packages! {
    "std/adoption",
    "std/advocacy",
    "std/community",
    "std/engagement",
    "std/expansion",
    "std/health",
    "std/journey",
    "std/lists",
    "std/onboarding",
    "std/retention",
    "std/revenue",
    "std/support",
}

/// Adds what `use:` of the project names; a name that no package has is reported. `pinned`: the packages as they were when the
/// project was written down.
pub(crate) fn import(
    package: &mut Package,
    sources: &mut SourceMap,
    pinned: Option<&[(String, String)]>,
    diagnostics: &mut Diagnostics,
) {
    let uses = package.project.uses.clone();
    if uses.is_empty() {
        return;
    }
    let all: Vec<(&str, &str)> = match pinned {
        Some(pinned) => pinned.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect(),
        None => PACKAGES.to_vec(),
    };
    tell(&uses, &all, diagnostics);
    import_from(&all, &uses, package, sources, diagnostics);
}

/// Adds the packages of this program that `uses` names, and what those name in others.
fn import_all(
    uses: &[Spanned<String>],
    package: &mut Package,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) {
    import_from(PACKAGES, uses, package, sources, diagnostics);
}

/// The same of other packages.
fn import_from(
    packages: &[(&str, &str)],
    uses: &[Spanned<String>],
    package: &mut Package,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) {
    let position = |name: &str| uses.iter().position(|used| used.node == name);
    let mut all: Vec<&(&str, &str)> = packages.iter().collect();
    // In the order of `use:`; those that are not used come last, for what the others name in them.
    all.sort_by_key(|(name, _)| position(name).unwrap_or(usize::MAX));
    let imports = all.into_iter().map(|(name, text)| {
        let id = sources.add_text(format!("{name}.yaml"), *text);
        let mut parsed = Package::default();
        parse_package(sources.get(id), &mut parsed, diagnostics);
        Import { used: position(name).is_some(), package: parsed }
    });
    let imports = imports.collect();
    merge(package, imports, diagnostics);
}

/// Reports names that no package has, and names that appear twice.
fn tell(uses: &[Spanned<String>], packages: &[(&str, &str)], diagnostics: &mut Diagnostics) {
    let names = || packages.iter().map(|(name, _)| *name);
    for (i, used) in uses.iter().enumerate() {
        if let Some(first) = uses[..i].iter().find(|other| other.node == used.node) {
            let told = Diagnostic::error(
                codes::DUPLICATE_DEFINITION,
                used.span,
                format!("`{}` is in the list twice", used.node),
            );
            diagnostics.push(told.also(first.span, "first here").help("remove one"));
        } else if !names().any(|name| name == used.node) {
            let told = Diagnostic::error(
                codes::UNKNOWN_PACKAGE,
                used.span,
                format!("the catalog has no package `{}`", used.node),
            );
            let near = near(&used.node, packages).map(|near| format!("did you mean `{near}`?"));
            let told = near.into_iter().fold(told, Diagnostic::help);
            let list = names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            diagnostics.push(told.help(format!("its packages are {list}")));
        }
    }
}

/// The package that was probably meant, also when `std/` was left out.
fn near<'p>(name: &str, packages: &[(&'p str, &str)]) -> Option<&'p str> {
    let names = || packages.iter().map(|(name, _)| *name);
    suggest(name, names()).or_else(|| suggest(&format!("std/{name}"), names()))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use milepost_semantics::{expand, mentions};
    use milepost_syntax::ast::Package;
    use milepost_syntax::diagnostic::Diagnostics;
    use milepost_syntax::parse_package;
    use milepost_syntax::source::SourceMap;

    use super::PACKAGES;
    use milepost_semantics::part_names;

    #[test]
    fn every_file_of_the_catalog_is_in_the_program() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs");
        let mut files = BTreeSet::new();
        for folder in std::fs::read_dir(&root).unwrap() {
            let folder = folder.unwrap();
            for file in std::fs::read_dir(folder.path()).unwrap() {
                let file = file.unwrap().file_name().to_string_lossy().into_owned();
                let stem = file.strip_suffix(".yaml").expect("a spec file");
                files.insert(format!("{}/{stem}", folder.file_name().to_string_lossy()));
            }
        }
        assert_eq!(files, PACKAGES.iter().map(|(name, _)| (*name).to_owned()).collect());
        assert!(PACKAGES.is_sorted());
    }

    /// A package parsed alone.
    fn parse(name: &str, text: &str) -> Package {
        let (mut sources, mut diagnostics) = (SourceMap::default(), Diagnostics::default());
        let id = sources.add(name, text);
        let mut package = Package::default();
        parse_package(sources.get(id), &mut package, &mut diagnostics);
        assert!(diagnostics.sorted().is_empty(), "{name}: {:#?}", diagnostics.sorted());
        package
    }

    #[test]
    fn no_name_is_defined_by_two_packages() {
        let mut names = BTreeSet::new();
        for (name, text) in PACKAGES {
            for definition in mentions(&parse(name, text)).into_keys() {
                assert!(names.insert(definition.clone()), "{definition} twice");
            }
        }
    }

    /// Names that are part of the language.
    const WORDS: [&str; 6] = ["business_days", "day", "month", "this", "today", "week"];

    #[test]
    fn a_package_requires_what_it_names_and_nothing_else() {
        let all: BTreeMap<String, BTreeSet<String>> =
            PACKAGES.iter().flat_map(|(name, text)| mentions(&parse(name, text))).collect();
        for (name, text) in PACKAGES {
            let package = parse(name, text);
            let named: BTreeSet<String> = mentions(&package).into_values().flatten().collect();
            let required = required(&package);
            let parts: BTreeSet<String> = parts(package);
            let known = |n: &&String| {
                let word = n.as_str();
                let own = all.contains_key(word) || parts.contains(word) || WORDS.contains(&word);
                !required.contains(word) && !own
            };
            let unsaid: Vec<_> = named.iter().filter(known).collect();
            assert!(unsaid.is_empty(), "{name} names {unsaid:?}, and does not require it");
            let reached = reached(named, &all);
            let idle: Vec<_> = required.difference(&reached).collect();
            assert!(idle.is_empty(), "{name} requires {idle:?}, and nothing in it needs that");
        }
    }

    /// What the metrics of a package are made of, and what its journeys and scores say of members.
    fn parts(mut package: Package) -> BTreeSet<String> {
        expand(&mut package, &mut Diagnostics::default());
        let segments = package.segments.iter().map(|segment| &segment.name);
        let said = segments.chain(package.metrics.iter().map(|metric| &metric.name));
        let said = said.flat_map(|name| name.node.split('.').map(str::to_owned));
        package.metrics.iter().flat_map(part_names).chain(said).collect()
    }

    /// All names under `requires:`.
    fn required(package: &Package) -> BTreeSet<String> {
        let entities = package.requires.entities.iter().flat_map(|entity| {
            std::iter::once(&entity.name).chain(&entity.belongs_to).chain(&entity.columns)
        });
        let datasets = package.requires.datasets.iter().flat_map(|dataset| {
            std::iter::once(&dataset.name).chain(&dataset.links).chain(&dataset.columns)
        });
        entities.chain(datasets).map(|name| name.node.clone()).collect()
    }

    /// The names, and those that their definitions name.
    fn reached(
        named: BTreeSet<String>,
        all: &BTreeMap<String, BTreeSet<String>>,
    ) -> BTreeSet<String> {
        let mut open: Vec<String> = named.iter().cloned().collect();
        let mut reached = named;
        while let Some(name) = open.pop() {
            for more in all.get(&name).into_iter().flatten() {
                if reached.insert(more.clone()) {
                    open.push(more.clone());
                }
            }
        }
        reached
    }

    #[test]
    fn a_package_holds_no_data_of_its_own() {
        for (name, text) in PACKAGES {
            let package = parse(name, text);
            assert!(package.entities.is_empty() && package.datasets.is_empty(), "{name}");
        }
    }
}
