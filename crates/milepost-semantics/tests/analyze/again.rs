//! A project that is analyzed again after each edit is what it would be from scratch.

use std::sync::Arc;

use milepost_semantics::model::Model;
use milepost_semantics::{Memory, analyze, analyze_again};
use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::source::SourceMap;
use milepost_syntax::{parse_project, parse_spec};

use super::random::Dice;
use super::support::{BASE, base_schemas};

const A: &str = "
metrics:
  acts: { category: effect, question: q, value: count(events where name = 'login'), slices: [plan] }
  people: { category: reach, question: q, value: count(distinct events.user), leads_to: [per_head] }
  long: { category: effect, question: q, value: avg(events.duration) }
  seen: { category: reach, question: q, value: count(touches where delivered) }
";

const B: &str = "
metrics:
  per_head: { category: effect, question: q, value: acts / people }
  busy_share: { category: effect, question: q, value: count(account at end where busy) / count(account at end) }
  by_size: { category: effect, question: q, value: per_head + 1, slices: [size, region] }
  alone: { category: effect, question: q, value: count(touches where opened_at is not null) }
";

const C: &str = "
behaviors:
  logins: events where name = 'login'
segments:
  busy: { of: account, where: acts over 28 days > 2 }
metrics:
  inside: { category: effect, question: q, value: count(logins where duration > 1) }
";

/// What takes the place of what.
const WORDS: [&str; 18] = [
    "acts", "people", "long", "per_head", "busy", "alone", "logins", "events", "name", "duration",
    "plan", "region", "touches", "count", "metrics:", "28", "[", "q",
];

/// The files of a project, the first of which is `milepost.yaml`.
struct Project {
    sources: SourceMap,
    texts: [String; 5],
}

impl Project {
    fn new() -> Self {
        let texts = ["project: test\n", BASE, A, B, C].map(str::to_owned);
        Self { sources: SourceMap::default(), texts }
    }

    /// The package; files whose text is what it was are the same files.
    fn package(&mut self, diagnostics: &mut Diagnostics) -> Package {
        let before = std::mem::take(&mut self.sources);
        for (i, text) in self.texts.iter().enumerate() {
            match before.iter().nth(i).filter(|file| *file.text == **text) {
                Some(file) => self.sources.adopt(file),
                None => self.sources.add(format!("{i}.yaml"), text.as_str()),
            };
        }
        let mut files = self.sources.iter();
        let project = files.next().map(|file| parse_project(file, diagnostics));
        let mut package = Package { project: project.unwrap_or_default(), ..Package::default() };
        files.for_each(|file| parse_spec(file, &mut package, diagnostics));
        milepost_semantics::expand(&mut package, diagnostics);
        package
    }

    /// The text as it was, two lines in each other's place, a line less, or one word for another.
    fn edit(&mut self, dice: &mut Dice) {
        let file = 2 + dice.below(3);
        let mut lines: Vec<&str> = self.texts[file].lines().collect();
        match dice.below(6) {
            0 | 1 => {
                self.texts[file] = [A, B, C][file - 2].to_owned();
                return;
            }
            2 => {
                let (a, b) = (dice.below(lines.len()), dice.below(lines.len()));
                lines.swap(a, b);
                self.texts[file] = format!("{}\n", lines.join("\n"));
                return;
            }
            3 => {
                lines.remove(dice.below(lines.len()));
                self.texts[file] = format!("{}\n", lines.join("\n"));
                return;
            }
            _ => {}
        }
        let (from, to) = (dice.pick(&WORDS), dice.pick(&WORDS));
        let places: Vec<usize> = self.texts[file].match_indices(from).map(|(at, _)| at).collect();
        if !places.is_empty() {
            let at = places[dice.below(places.len())];
            self.texts[file].replace_range(at..at + from.len(), to);
        }
    }
}

#[test]
fn an_edited_project_is_what_it_is_from_scratch() {
    let schemas = base_schemas();
    let (mut project, mut memory, mut dice) = (Project::new(), Memory::default(), Dice::new(5));
    let (mut right, mut kept) = (0, 0);
    let mut last: Option<Model> = None;
    for step in 0..1_500 {
        let mut told = Diagnostics::default();
        let package = project.package(&mut told);
        let (mut again, mut anew) = (told.clone(), told);
        let sources = &project.sources;
        let found = analyze_again(&mut memory, &package, sources, &schemas, &mut again);
        let expected = analyze(&package, sources, &schemas, &mut anew);
        assert_eq!(again.sorted(), anew.sorted(), "step {step}: {:#?}", project.texts);
        assert_eq!(
            format!("{found:?}"),
            format!("{expected:?}"),
            "step {step}: {:#?}",
            project.texts
        );
        if let Some(model) = found {
            right += 1;
            let is_kept =
                |metric| last.iter().flat_map(|last| &last.metrics).any(|m| Arc::ptr_eq(m, metric));
            kept += model.metrics.iter().filter(|metric| is_kept(*metric)).count();
            last = Some(model);
        }
        project.edit(&mut dice);
    }
    assert!(right > 100 && kept > 300, "{right} right, {kept} metrics kept");
}
