//! The rules: which change of which field is how bad, and why. Each is a page of its own in `rules/`, with examples that
//! are tests.

use std::sync::LazyLock;

use super::level::Level;

macro_rules! pages {
    ($($id:literal),* $(,)?) => {
        /// The rules and their pages, by id.
        pub const PAGES: &[(&str, &str)] =
            &[$(($id, include_str!(concat!("rules/", $id, ".md")))),*];
    };
}

pages! {
    "approximate",
    "as-of",
    "availability-gained",
    "availability-lost",
    "behavior",
    "calendar",
    "category",
    "checks",
    "column-added",
    "column-removed",
    "column-slices",
    "column-slices-added",
    "column-values",
    "currency",
    "definition-added",
    "definition-removed",
    "definition-renamed",
    "definition-unreadable",
    "deprecation",
    "direction",
    "edition",
    "entity",
    "formula",
    "freshness",
    "good-range",
    "grain",
    "headline",
    "history",
    "journey-rule",
    "link-added",
    "link-removed",
    "lints",
    "list-action",
    "list-column-added",
    "list-column-removed",
    "list-lines",
    "list-members",
    "maturity",
    "members",
    "min-sample",
    "order",
    "package-added",
    "package-removed",
    "personal",
    "place-on-the-map",
    "review-policy",
    "rows",
    "score-rule",
    "segment-rule",
    "slice-added",
    "slice-removed",
    "source",
    "target",
    "test-added",
    "test-changed",
    "test-removed",
    "unit",
    "words",
}

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    pub id: &'static str,
    pub level: Level,
    /// The fields that it is about, as `metric.target`; those of the tables in them included.
    pub fields: Vec<&'static str>,
    /// What has to happen to them; none: anything.
    pub when: Vec<Event>,
    /// Whether the change is cosmetic where the canonical text is the same.
    pub proved: bool,
    /// What the change is to whatever reads the definition; nothing: nothing.
    pub readers: Option<Level>,
    pub why: &'static str,
}

/// What happened to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    Added,
    Removed,
    Changed,
    /// Only the order of names.
    Reordered,
}

impl Event {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "added" => Self::Added,
            "removed" => Self::Removed,
            "changed" => Self::Changed,
            "reordered" => Self::Reordered,
            _ => return None,
        })
    }
}

static RULES: LazyLock<Vec<Rule>> =
    LazyLock::new(|| PAGES.iter().filter_map(|(id, page)| parse(id, page).ok()).collect());

/// All rules, by id.
#[must_use]
pub fn all() -> &'static [Rule] {
    &RULES
}

/// The rule of that id. A page that can't be read is a rule of the worst level: a test reads all pages.
pub(super) fn by_id(id: &'static str) -> &'static Rule {
    static LOST: LazyLock<Rule> = LazyLock::new(|| Rule {
        id: "lost",
        level: Level::ContractBreaking,
        fields: Vec::new(),
        when: Vec::new(),
        proved: false,
        readers: Some(Level::ContractBreaking),
        why: "no rule says anything about it",
    });
    all().iter().find(|rule| rule.id == id).unwrap_or(&LOST)
}

/// The rule of the innermost of these fields that has one for what happened.
pub(super) fn of_field(keys: &[String], event: Event) -> &'static Rule {
    let of = |key: &str, speaks: &dyn Fn(&Rule) -> bool| {
        all().iter().find(|rule| rule.fields.contains(&key) && speaks(rule))
    };
    let found = keys.iter().rev().find_map(|key| {
        // One for this very event says more than one for any.
        of(key, &|rule| rule.when.contains(&event)).or_else(|| of(key, &|r| r.when.is_empty()))
    });
    found.unwrap_or_else(|| by_id(if event == Event::Reordered { "order" } else { "lost" }))
}

/// Reads the head of a page: `level: …`, `fields: …` and the rest, up to the first heading of an example.
///
/// # Errors
/// A line that says nothing, or none that says what is needed.
pub fn parse(id: &'static str, page: &'static str) -> Result<Rule, String> {
    let head = page.split("\n## ").next().unwrap_or_default();
    let mut lines = head.lines();
    if lines.next() != Some(&format!("# {id}")) {
        return Err(format!("`{id}` does not begin with `# {id}`"));
    }
    let (mut level, mut fields, mut when, mut proved, mut readers, mut why) =
        (None, Vec::new(), Vec::new(), false, None, None);
    for line in lines.filter(|line| !line.trim().is_empty()) {
        let Some((key, value)) = line.split_once(": ") else {
            return Err(format!("`{id}`: {line}"));
        };
        let unknown = || format!("`{id}`: `{value}` is no {key}");
        match key {
            "level" => level = Some(Level::parse(value).ok_or_else(unknown)?),
            "fields" => fields = value.split(", ").collect(),
            "when" => {
                let events: Option<Vec<Event>> = value.split(", ").map(Event::parse).collect();
                when = events.ok_or_else(unknown)?;
            }
            "unless" if value == "the canonical text is the same" => proved = true,
            "readers" => readers = Some(Level::parse(value).ok_or_else(unknown)?),
            "why" => why = Some(value),
            _ => return Err(unknown()),
        }
    }
    let (Some(level), Some(why)) = (level, why) else {
        return Err(format!("`{id}` lacks `level` or `why`"));
    };
    Ok(Rule { id, level, fields, when, proved, readers, why })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use milepost_syntax::PROJECT_FILE;
    use milepost_syntax::outline::table_fields;

    use super::{Event, PAGES, all, of_field, parse};

    #[test]
    fn every_page_is_a_rule() {
        for (id, page) in PAGES {
            parse(id, page).unwrap();
        }
        assert_eq!(all().len(), PAGES.len());
        assert!(PAGES.is_sorted_by_key(|(id, _)| id));
    }

    /// A field that someone adds to a table is judged, or this fails. Those of tables in others may be judged with them.
    #[test]
    fn every_field_of_the_tables_has_a_rule() {
        let outer = [
            "metric", "journey", "score", "list", "entity", "dataset", "column", "behavior",
            "segment", "test",
        ];
        for field in table_fields() {
            let key = field.key();
            let (kind, _) = key.split_once('.').unwrap();
            if !outer.contains(&kind) && kind != PROJECT_FILE {
                continue;
            }
            for event in [Event::Added, Event::Removed, Event::Changed, Event::Reordered] {
                let rule = of_field(std::slice::from_ref(&key), event);
                assert_ne!(rule.id, "lost", "{key}, {event:?}");
            }
        }
    }

    #[test]
    fn no_rule_names_a_field_that_is_not_there() {
        let known: BTreeSet<String> = table_fields().iter().map(|field| field.key()).collect();
        for rule in all() {
            for field in &rule.fields {
                assert!(known.contains(*field), "`{}` names {field}", rule.id);
            }
        }
    }
}
