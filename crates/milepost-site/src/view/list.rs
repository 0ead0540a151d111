//! The pages of lists: all of them, and each with everybody on it.

use serde::Serialize;

use super::names::ListPaths;
use super::{Names, Shell, label_of};
use crate::format::{Formatter, count, counted};
use crate::lists::{formatter, has_rest, shown};
use crate::page::{
    Display, List, ListCell, ListChange, ListField, ListKind, ListRole, ListRow, ListStatus, Site,
};

/// So many lines are on a page: more are for the files.
const MOST: usize = 200;

/// So many of those that are not on the list.
const MOST_OTHERS: usize = 50;

#[derive(Debug, Serialize)]
pub(crate) struct ListsView {
    shell: Shell,
    lists: Vec<Summary>,
}

/// A list in a line.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    label: String,
    question: Option<String>,
    href: String,
    /// `10 of 84 accounts`; or why that can't be told.
    number: String,
    is_known: bool,
    stake: Option<String>,
    /// `4 assignees`
    assignees: Option<String>,
    unknown: Option<String>,
    next_step: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ListView {
    shell: Shell,
    name: String,
    description: Option<String>,
    owner: Option<String>,
    #[serde(flatten)]
    summary: Summary,
    day: String,
    /// `20 a person`, `10 in all`
    limit: String,
    groups: Vec<Group>,
    /// Those whose condition can't be told.
    unknowns: Vec<Group>,
    snoozed: Vec<Group>,
    gone: Vec<Group>,
    /// The day with which it is compared.
    since: Option<SinceView>,
    /// `74 more accounts are beyond the limit of 10.`
    beyond: Option<String>,
    /// What of the lines is not on the page.
    left_out: Option<String>,
    head: Vec<Head>,
    has_ranks: bool,
    has_reasons: bool,
    csv: String,
    json: String,
    rest: Option<String>,
    words: Vec<String>,
    yaml: String,
    is_personal: bool,
    hides_key: bool,
    is_of_rows: bool,
}

/// What is different from an earlier day.
#[derive(Debug, Serialize)]
struct SinceView {
    day: String,
    /// `3 new, 1 gone`, or why that can't be told.
    words: String,
    is_reason: bool,
}

/// Those of one assignee.
#[derive(Debug, Serialize)]
struct Group {
    id: String,
    /// Absent where nobody is assigned, or nothing says who is.
    assignee: Option<String>,
    /// What says so: `CSM id`.
    by: Option<String>,
    /// `12 accounts, $4,500`
    number: String,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Head {
    label: String,
    is_number: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    /// It was not on the list on the day that is compared with.
    is_new: bool,
    rank: Option<String>,
    cells: Vec<CellView>,
    reason: Option<String>,
    until: Option<String>,
}

#[derive(Debug, Serialize)]
struct CellView {
    text: String,
    label: String,
    is_number: bool,
    is_time: bool,
    /// What the member is known by.
    is_name: bool,
    /// It is a key, so it takes its label along where there are no heads.
    is_key: bool,
    is_absent: bool,
}

pub(crate) fn lists(site: &Site, names: &Names) -> ListsView {
    ListsView { shell: Shell::new(site, "", "lists"), lists: summaries(site, names) }
}

/// All lists, each in a line.
pub(super) fn summaries(site: &Site, names: &Names) -> Vec<Summary> {
    let own = site.lists.iter().filter(|list| !list.is_derived);
    own.map(|list| summary(list, names.list(&list.name))).collect()
}

pub(crate) fn list(site: &Site, list: &List, names: &Names) -> ListView {
    let paths = names.list(&list.name);
    let shown = Lines::new(list);
    let others = list.count(ListStatus::BeyondLimit);
    let beyond = (others > 0).then(|| {
        let verb = if others == 1 { "is" } else { "are" };
        let more = format!(
            "{} more {}",
            count(others),
            if others == 1 { &list.of.one } else { &list.of.many }
        );
        format!("{more} {verb} beyond the limit of {}.", limit_words(list))
    });
    let inside = |path: &str| format!("../{path}");
    ListView {
        shell: Shell::new(site, "../", "lists"),
        name: list.name.clone(),
        description: list.description.clone(),
        owner: list.owner.clone(),
        summary: summary(list, paths),
        day: list.day.clone(),
        limit: limit_words(list),
        left_out: shown.left_out(),
        groups: shown.groups(ListStatus::Listed, MOST),
        unknowns: shown.groups(ListStatus::Unknown, MOST_OTHERS),
        snoozed: shown.groups(ListStatus::Snoozed, MOST_OTHERS),
        gone: shown.groups(ListStatus::Gone, MOST_OTHERS),
        since: since(list),
        beyond,
        head: list
            .fields
            .iter()
            .map(|field| Head { label: called(field), is_number: is_number(field) })
            .collect(),
        has_ranks: list.rows.iter().any(|row| row.rank.is_some()),
        has_reasons: list.has_reasons(),
        csv: inside(&paths.csv),
        json: inside(&paths.json),
        rest: has_rest(list).then(|| inside(&paths.rest)),
        words: list.words.clone(),
        yaml: list.yaml.clone(),
        is_personal: list.is_personal,
        hides_key: list.hides_key,
        is_of_rows: list.is_of_rows,
    }
}

fn since(list: &List) -> Option<SinceView> {
    let (day, reason) = list.since.clone()?;
    let [new, gone] = [ListChange::New, ListChange::Gone].map(|change| count(list.changed(change)));
    let words = reason.clone().unwrap_or_else(|| format!("{new} new, {gone} gone"));
    Some(SinceView { day, words, is_reason: reason.is_some() })
}

fn summary(list: &List, paths: &ListPaths) -> Summary {
    let listed = list.count(ListStatus::Listed);
    let number = match &list.total {
        Ok(total) if *total == listed => list.of.counted(listed),
        Ok(total) => format!("{} of {}", count(listed), list.of.counted(*total)),
        Err(reason) => reason.clone(),
    };
    let groups = list.groups(ListStatus::Listed);
    let assigned = groups.iter().filter(|(assignee, _)| assignee.is_some()).count();
    let unknown = list.count(ListStatus::Unknown);
    Summary {
        label: label_of(&list.name, list.label.as_deref()),
        question: list.question.clone(),
        href: paths.page.clone(),
        number,
        is_known: list.total.is_ok(),
        stake: stake(list, list.of_status(ListStatus::Listed)),
        assignees: list
            .assigned_by
            .is_some()
            .then(|| counted(assigned as u64, "assignee", "assignees"))
            .filter(|_| assigned > 0),
        unknown: (unknown > 0).then(|| list.of.counted(unknown)),
        next_step: list.next_step.clone(),
    }
}

/// `20 for each “CSM id”`, `10`
fn limit_words(list: &List) -> String {
    match &list.assigned_by {
        Some(who) => format!("{} for each “{}”", count(list.limit), in_words(who)),
        None if list.is_derived => "all".to_owned(),
        None => count(list.limit),
    }
}

/// What money these rows stand for, where the list is ordered by money.
fn stake<'l>(list: &List, rows: impl Iterator<Item = &'l ListRow>) -> Option<String> {
    let order = |field: &ListField| field.role == ListRole::Order;
    let at = list.fields.iter().position(order)?;
    let ListKind::Number(display @ Display::Currency(_)) = &list.fields[at].kind else {
        return None;
    };
    let amount = |row: &ListRow| match row.cells[at] {
        #[expect(clippy::cast_precision_loss, reason = "what is shown has few digits")]
        ListCell::Whole(amount) => amount as f64,
        ListCell::Number(amount) => amount,
        _ => 0.0,
    };
    let sum: f64 = rows.map(amount).sum();
    (sum > 0.0).then(|| Formatter::new(display, std::iter::once(sum)).sentence(sum))
}

/// What readers call a field: `License utilization`, `MRR`, `CSM id`.
fn called(field: &ListField) -> String {
    match &field.label {
        Some(label) => label.clone(),
        None => in_words(&field.name),
    }
}

/// A name as people write it: what can't be spoken is an abbreviation.
fn in_words(name: &str) -> String {
    let word = |word: &str| {
        let is_spoken = word.contains(['a', 'e', 'i', 'o', 'u', 'y']);
        let is_short =
            (2..=4).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase());
        if is_short && !is_spoken { word.to_ascii_uppercase() } else { word.to_owned() }
    };
    let words: Vec<String> = name.split(['_', '.', ' ']).map(word).collect();
    label_of(&words.join(" "), None)
}

const fn is_number(field: &ListField) -> bool {
    matches!(field.kind, ListKind::Number(_))
}

/// The lines of a list as a page shows them.
struct Lines<'l> {
    list: &'l List,
    formatters: Vec<Formatter>,
}

impl<'l> Lines<'l> {
    fn new(list: &'l List) -> Self {
        let formatters = (0..list.fields.len()).map(|at| formatter(list, at)).collect();
        Self { list, formatters }
    }

    fn left_out(&self) -> Option<String> {
        let listed = self.list.count(ListStatus::Listed);
        let most = MOST as u64;
        (listed > most).then(|| {
            format!(
                "The first {} of {} are shown here; the files have all of them.",
                count(most),
                count(listed)
            )
        })
    }

    fn groups(&self, status: ListStatus, most: usize) -> Vec<Group> {
        let mut room = most;
        let mut groups = Vec::new();
        for (at, (assignee, rows)) in self.list.groups(status).into_iter().enumerate() {
            if room == 0 {
                break;
            }
            let number = self.list.of.counted(rows.len() as u64);
            let stake = stake(self.list, rows.iter().copied());
            let number = [Some(number), stake].into_iter().flatten().collect::<Vec<_>>().join(", ");
            let shown = rows.iter().take(room).map(|row| self.row(row)).collect::<Vec<_>>();
            room -= shown.len();
            groups.push(Group {
                id: format!("{}-{}", status.name().replace('_', "-"), at + 1),
                assignee: assignee.map(str::to_owned),
                by: self.list.assigned_by.as_deref().map(in_words),
                number,
                rows: shown,
            });
        }
        groups
    }

    fn row(&self, row: &ListRow) -> Row {
        let fields = self.list.fields.iter().zip(&row.cells).zip(&self.formatters);
        // A member is known by its name, or else by its key.
        let known = |role| self.list.fields.iter().position(|field| field.role == role);
        let name = known(ListRole::Name).or_else(|| known(ListRole::Key));
        let cells = fields.enumerate().map(|(at, ((field, cell), formatter))| CellView {
            text: shown(field, cell, formatter),
            label: called(field),
            is_number: is_number(field),
            is_time: matches!(field.kind, ListKind::Day | ListKind::Instant),
            is_name: Some(at) == name,
            is_key: field.role == ListRole::Key,
            is_absent: *cell == ListCell::Nothing,
        });
        Row {
            rank: row.rank.map(count),
            is_new: row.change == Some(ListChange::New),
            cells: cells.collect(),
            reason: row.reason.clone(),
            until: row.until.as_ref().map(|until| until.get(..10).unwrap_or(until).to_owned()),
        }
    }
}
