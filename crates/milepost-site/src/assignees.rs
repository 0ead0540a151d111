//! What everybody is to do: the lines of all lists, by who is to act.

use std::collections::BTreeMap;

use crate::csv;
use crate::lists::{has_rest, json_lines};
use crate::page::{List, ListRow, ListStatus, Site};
use crate::slug::Slugs;

/// The table of all assignees.
pub(crate) const TABLE: &str = "lists/assignees.csv";

/// Someone with lines on a list.
#[derive(Debug)]
pub(crate) struct Assignee<'s> {
    name: &'s str,
    /// The file with these lines.
    pub(crate) file: String,
    /// By list, in the order of the specs.
    lists: Vec<(&'s List, Vec<&'s ListRow>)>,
}

/// Everybody who is to act, by name.
pub(crate) fn assignees(site: &Site) -> Vec<Assignee<'_>> {
    let mut found: BTreeMap<&str, Vec<(&List, Vec<&ListRow>)>> = BTreeMap::new();
    for list in &site.lists {
        for (assignee, rows) in list.groups(ListStatus::Listed) {
            if let Some(name) = assignee {
                found.entry(name).or_default().push((list, rows));
            }
        }
    }
    let mut slugs = Slugs::default();
    let all = found.into_iter().map(|(name, lists)| {
        let file = format!("lists/by/{}.jsonl", slugs.next(name));
        Assignee { name, file, lists }
    });
    all.collect()
}

impl Assignee<'_> {
    /// All lines, one JSON object each.
    pub(crate) fn lines(&self) -> String {
        let lists = self.lists.iter();
        lists.map(|(list, rows)| json_lines(list, rows.iter().copied())).collect()
    }
}

/// A line for each assignee and list: how many, and where they are.
pub(crate) fn table(all: &[Assignee<'_>]) -> String {
    let mut out = String::new();
    csv::line(&mut out, &["assignee", "list", "listed", "next_step", "file"]);
    for assignee in all {
        for (list, rows) in &assignee.lists {
            let next_step = list.next_step.as_deref().map(csv::text).unwrap_or_default();
            let (name, own) = (csv::text(assignee.name), csv::text(&list.name));
            let listed = rows.len().to_string();
            let fields = [&name, &own, &listed, &next_step, &assignee.file];
            csv::line(&mut out, &fields.map(String::as_str));
        }
    }
    out
}

/// How many pages and files hold personal data or names: those of lists, and pages of segments.
#[must_use]
pub fn personal(site: &Site) -> (usize, usize) {
    let is_personal = |list: &List| list.is_personal && !list.rows.is_empty();
    let lists = site.lists.iter().filter(|list| is_personal(list));
    let of_lists: usize = lists.clone().map(|list| 2 + usize::from(has_rest(list))).sum();
    let people = assignees(site);
    let holds = |assignee: &&Assignee<'_>| assignee.lists.iter().any(|(list, _)| is_personal(list));
    let of_people = people.iter().filter(holds).count();
    // The table holds who is to act.
    let table = usize::from(of_people > 0);
    let segments = site.segments.iter().filter(|segment| !segment.moved.is_empty());
    let scores = site.scores.iter().filter(|score| is_personal(&score.members)).count();
    let pages = lists.count() + segments.count() + scores;
    (pages, of_lists + of_people + table + 2 * scores)
}
