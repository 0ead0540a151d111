//! The story of one member on a journey: what happened on which day, and how things stand.

use milepost_semantics::model::{Journey, Milestone};
use milepost_site::page::{List, ListCell, ListRole, ListRow};

/// A day, and what happened on it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chapter {
    /// ISO.
    pub day: String,
    pub words: String,
}

/// What is known of one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// In the order of the days.
    pub chapters: Vec<Chapter>,
    /// How things stand on the day of the list.
    pub now: Vec<String>,
}

/// The rows of a list of which a text is the key or the name.
#[must_use]
pub fn rows_of<'l>(list: &'l List, member: &str) -> Vec<&'l ListRow> {
    let is_called = |row: &&ListRow| {
        let fields = list.fields.iter().zip(&row.cells);
        fields.filter(|(field, _)| matches!(field.role, ListRole::Key | ListRole::Name)).any(
            |(_, cell)| match cell {
                ListCell::Text(text) => text == member,
                ListCell::Whole(key) => key.to_string() == member,
                ListCell::Truth(_) | ListCell::Number(_) | ListCell::Nothing => false,
            },
        )
    };
    list.rows.iter().filter(is_called).collect()
}

/// The story of a member by its row of the journey's story.
#[must_use]
pub fn story(journey: &Journey, list: &List, row: &ListRow) -> Story {
    let told = Told { list, row };
    let mut chapters = Vec::new();
    let mut add = |day: Option<String>, words: String| {
        chapters.extend(day.map(|day| Chapter { day, words }));
    };
    add(told.text("started_at"), "the journey begins".to_owned());
    for (i, stage) in journey.stages.iter().enumerate() {
        // The first stage is entered when the journey begins, which is no news.
        if i > 0 || stage.enter.is_some() {
            add(
                told.text(&format!("{}.entered_at", stage.name)),
                format!("enters {}", stage.label),
            );
        }
    }
    for (_, milestone) in journey.milestones() {
        let (reached, due) = (told.day(milestone, "reached_at"), told.day(milestone, "due_at"));
        let late = match (&reached, &due) {
            (Some(reached), Some(due)) if reached > due => format!(", due on {due}"),
            _ => String::new(),
        };
        let words = format!("{} reached: {}{late}", milestone.label, milestone.reached);
        add(reached, words);
    }
    chapters.sort();
    Story { chapters, now: now(journey, &told, &list.day) }
}

struct Told<'l> {
    list: &'l List,
    row: &'l ListRow,
}

impl Told<'_> {
    fn cell(&self, name: &str) -> Option<&ListCell> {
        let at = self.list.fields.iter().position(|field| field.name == name)?;
        self.row.cells.get(at)
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.cell(name)? {
            ListCell::Text(text) => Some(text.clone()),
            ListCell::Whole(number) => Some(number.to_string()),
            ListCell::Number(number) => Some(rounded(*number)),
            ListCell::Truth(_) | ListCell::Nothing => None,
        }
    }

    fn day(&self, milestone: &Milestone, what: &str) -> Option<String> {
        self.text(&format!("{}.{what}", milestone.name))
    }
}

/// A number as people write it: at most four digits after the point, and no zeros at the end.
fn rounded(number: f64) -> String {
    let text = format!("{number:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// How things stand: the stage, the state with its reason, and every milestone that is ahead or no longer holds.
fn now(journey: &Journey, told: &Told<'_>, day: &str) -> Vec<String> {
    let text = |name: &str| told.text(name).unwrap_or_else(|| "unknown".to_owned());
    let (stage, state) = (text("stage"), text("state").replace('_', " "));
    let own = journey.stages.iter().find(|own| own.name == stage);
    let label = own.map_or(stage.as_str(), |own| own.label.as_str());
    let days = told.text("days").map_or_else(String::new, |days| format!(" for {days} days"));
    let reason = told.text("reason").filter(|reason| *reason != state);
    let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
    let mut lines = vec![format!("in {label}{days}; {state}{reason}")];
    for (of, milestone) in journey.milestones() {
        let holds = told.cell(&format!("{}.holds", milestone.name));
        let value = told
            .day(milestone, "value")
            .map_or_else(String::new, |value| format!(", and it is {value}"));
        let is_reached = told.day(milestone, "reached_at").is_some();
        if is_reached && holds == Some(&ListCell::Truth(false)) {
            lines
                .push(format!("{} no longer holds: {}{value}", milestone.label, milestone.reached));
        }
        if !is_reached && of.name == stage {
            let due = told.day(milestone, "due_at").map_or_else(String::new, |due| {
                match due.as_str() < day {
                    true => format!("; was due on {due}"),
                    false => format!("; due on {due}"),
                }
            });
            lines.push(format!("{} is ahead: {}{value}{due}", milestone.label, milestone.reached));
        }
    }
    lines
}
