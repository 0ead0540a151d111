//! What holds a project together: files under numbers, definitions file by file, messages that stay readable.

use milepost_syntax::ast::Package;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::Span;
use milepost_syntax::{parse_package, parse_spec};

/// A file that has definitions of every kind, broken ones and later ones too.
fn file(name: &str) -> String {
    format!(
        "entities:
  {name}_e: {{ key: id }}
  broken: 3
datasets:
  {name}_d: {{ from: d.csv }}
  {name}_d2: {{ from: d.csv }}
behaviors:
  {name}_b: {{ of: user, value: \"name = 'x'\" }}
segments:
  {name}_s: {{ of: user, where: \"name = 'x'\" }}
metrics:
  {name}_m: {{ value: count(events) }}
  {name}_m2: {{ value: count(events) }}
  {name}_m3: {{ value: count(events) }}
tests:
  {name}_t: {{ metric: {name}_m }}
"
    )
}

/// Each file parsed by itself, all in one map.
fn parsed(names: &[&str]) -> Vec<Package> {
    let mut sources = SourceMap::default();
    let parse = |name: &&str| {
        let id = sources.add(format!("specs/{name}.yaml"), file(name));
        let mut package = Package::default();
        parse_spec(sources.get(id), &mut package, &mut Diagnostics::default());
        package
    };
    names.iter().map(parse).collect()
}

/// The names of all definitions, in their order.
fn names(package: &Package) -> Vec<String> {
    let mut list: Vec<String> = package.entities.iter().map(|e| e.name.node.clone()).collect();
    list.extend(package.datasets.iter().map(|d| d.name.node.clone()));
    list.extend(package.behaviors.iter().map(|b| b.name.node.clone()));
    list.extend(package.segments.iter().map(|s| s.name.node.clone()));
    list.extend(package.metrics.iter().map(|m| m.name.node.clone()));
    list.extend(package.tests.iter().map(|t| t.name.node.clone()));
    list.extend(package.broken.iter().map(|name| name.node.clone()));
    list
}

/// One after the other, as if they were one file.
fn together(parts: &[Package]) -> Package {
    let mut all = Package::default();
    for part in parts {
        all.replace(all.size(), Package::default().size(), part.clone());
    }
    all
}

#[test]
fn a_file_takes_the_place_of_what_it_was_before() {
    let parts = parsed(&["a", "b", "c", "x"]);
    let mut all = together(&parts[..3]);
    let sizes = parts[0].size() + parts[1].size() + parts[2].size();
    assert_eq!(all.size(), sizes);
    all.replace(parts[0].size(), parts[1].size(), parts[3].clone());
    let expected = [parts[0].clone(), parts[3].clone(), parts[2].clone()];
    assert_eq!(names(&all), names(&together(&expected)));
    // A part of another size, in the middle and at the end.
    all.replace(parts[0].size(), parts[3].size(), Package::default());
    assert_eq!(names(&all), names(&together(&[parts[0].clone(), parts[2].clone()])));
    all.replace(parts[0].size() + Package::default().size(), parts[2].size(), parts[1].clone());
    assert_eq!(names(&all), names(&together(&parts[..2])));
    assert_ne!(parts[0].size(), Package::default().size());
}

#[test]
fn a_project_without_its_packages_is_the_project() {
    let (mut sources, mut told) = (SourceMap::default(), Diagnostics::default());
    let own = sources.add("specs/own.yaml", file("own"));
    let mut package = Package::default();
    parse_spec(sources.get(own), &mut package, &mut told);
    let before = names(&package);
    let other = sources.add("std/other.yaml", "metrics:\n  other: { value: count(events) }\nsegments:\n  group: { of: user, where: a }\nbehaviors:\n  deed: { of: user, value: a }\n");
    let mut imported = Package::default();
    parse_package(sources.get(other), &mut imported, &mut told);
    package.metrics.extend(imported.metrics);
    package.segments.extend(imported.segments);
    package.behaviors.extend(imported.behaviors);
    package.imported.insert(other);
    assert_ne!(names(&package), before);
    package.forget_imports();
    assert_eq!(names(&package), before);
    package.forget_imports();
    assert_eq!(names(&package), before);
}

#[test]
fn an_adopted_file_is_the_same_under_its_own_number() {
    let mut first = SourceMap::default();
    assert!(first.is_empty());
    let a = first.add("a.yaml", "a\nb");
    let b = first.add("b.yaml", "b");
    assert!(!first.is_empty() && first.len() == 2);
    let mut second = SourceMap::default();
    let zero = second.adopt(first.get(a));
    let one = second.adopt(first.get(a));
    assert_eq!((zero, one), (a, b), "numbers count from the first file of each map");
    assert_eq!(second.get(one).id, one);
    assert_eq!((second.get(one).path.as_str(), &*second.get(one).text), ("a.yaml", "a\nb"));
    assert!(first.get(a).is(second.get(zero)));
    assert!(!first.get(a).is(second.get(one)), "the number is another");
    assert!(!first.get(b).is(second.get(one)), "the text is another");
    let paths: Vec<&str> = first.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["a.yaml", "b.yaml"]);
}

/// A message as it is kept.
fn kept(message: &str) -> String {
    let (mut sources, mut told) = (SourceMap::default(), Diagnostics::default());
    let id = sources.add("a.yaml", "a");
    told.push(Diagnostic::error(codes::UNKNOWN_NAME, Span::new(id, 0, 1), message));
    told.sorted()[0].message.clone()
}

#[test]
fn no_word_and_no_message_is_longer_than_anyone_reads() {
    let word = |n: usize| "x".repeat(n);
    for whole in ["short".to_owned(), word(200), format!("`{}` is known", word(198))] {
        assert_eq!(kept(&whole), whole);
    }
    assert_eq!(
        kept(&format!("`{}` is not known", word(300))),
        format!("`{}… is not known", word(99))
    );
    let sentences = "a word ".repeat(200);
    assert_eq!(kept(&sentences), sentences, "many short words are a text");
    let text = kept(&"a word ".repeat(2_000));
    assert_eq!(text.len(), 2_000);
    assert!(text.ends_with('…') && text.starts_with("a word a word"), "{text}");
}

#[test]
fn a_code_explains_itself() {
    for code in codes::all() {
        let page = code.explained();
        assert!(page.starts_with(code.page().trim_end()) && page.contains("\n\nLevel: "), "{code}");
        assert_eq!(format!("{code:?}"), code.name());
        let words = code.summary();
        assert!(words.contains(' ') && !words.ends_with('.'), "{code}: {words}");
    }
}
