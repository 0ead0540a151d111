//! Lists as the site and the command line show them.

use milepost_engine::ListMembers;
use milepost_engine::write::Values;
use milepost_semantics::explain::describe;
use milepost_semantics::model::{
    Aggregate, Display, List, ListChange, ListColumn, ListRole, ListStatus, MetricId, Model,
    RowExpr, Type, ValueKind,
};
use milepost_semantics::time::{Calendar, Instant, show_date};
use milepost_site::page::{self, ListCell, ListField, ListKind, ListRow};
use milepost_syntax::source::SourceMap;

use super::{cell_text, definition, display_page, noun, score_of};

/// The metrics that count who is on a list, in the order of the specs; the stories of journeys are asked for one by one.
pub fn lists(model: &Model) -> impl Iterator<Item = MetricId> {
    let all = model.metrics.iter().enumerate();
    let all = all.filter_map(|(i, metric)| metric.list.as_ref().map(|_| MetricId(i)));
    all.filter(|id| model.journeys.iter().all(|journey| journey.story != *id))
}

/// A list with everybody on it, compared with itself on an earlier day; nothing of a metric that counts no list.
#[must_use]
pub fn list_page(
    model: &Model,
    sources: &SourceMap,
    found: &ListMembers,
    before: Option<&ListMembers>,
) -> Option<page::List> {
    let mut list = list_of_day(model, sources, found)?;
    let Some(before) = before else { return Some(list) };
    let earlier = list_of_day(model, sources, before)?;
    let Some(changes) = found.changes_since(before) else {
        let reason = earlier.total.err().or(list.total.clone().err());
        list.since = Some((earlier.day, reason));
        return Some(list);
    };
    for (row, change) in list.rows.iter_mut().zip(&changes.now) {
        row.change = *change;
    }
    let gone = changes.gone.iter().map(|at| ListRow {
        status: ListStatus::Gone,
        rank: None,
        change: Some(ListChange::Gone),
        ..earlier.rows[*at].clone()
    });
    list.rows.extend(gone);
    list.since = Some((earlier.day, None));
    Some(list)
}

fn list_of_day(model: &Model, sources: &SourceMap, found: &ListMembers) -> Option<page::List> {
    let metric = &model[found.metric];
    let list = metric.list.as_deref()?;
    let ValueKind::Aggregate(count) = &metric.value().kind else { return None };
    let calendar = &model.project.calendar;
    let shown = Shown { model, list, count, found, calendar };
    let (fields, values): (Vec<ListField>, Vec<&Values>) = shown.fields().into_iter().unzip();
    // The bucket of a list is a day; that of a journey ends with one.
    let day = calendar.date_of(Instant(found.bucket.end.0 - 1));
    Some(page::List {
        is_derived: list.is_journey || score_of(model, found.metric).is_some(),
        name: metric.name.clone(),
        label: metric.meta.label.clone(),
        question: metric.question.clone(),
        description: metric.meta.description.clone(),
        owner: metric.meta.owner.clone(),
        words: describe(model, found.metric),
        yaml: definition::yaml(sources, metric.definition),
        of: noun::of_one(&list.of.one(model)),
        is_of_rows: list.of.is_rows(),
        day: show_date(day),
        total: shown.total(),
        limit: list.limit as u64,
        next_step: list.next_step.clone(),
        assigned_by: shown.column(ListRole::Assignee).map(called),
        rows: (0..found.entries.len()).map(|at| shown.row(at, &values)).collect(),
        fields,
        since: None,
        is_personal: list.is_personal(),
        hides_key: found.key.is_empty(),
    })
}

struct Shown<'a> {
    model: &'a Model,
    list: &'a List,
    /// What counts who is on it.
    count: &'a Aggregate,
    found: &'a ListMembers,
    calendar: &'a Calendar,
}

impl<'a> Shown<'a> {
    fn total(&self) -> Result<u64, String> {
        match &self.found.cell.value {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it counts members"
            )]
            Ok(count) => Ok(*count as u64),
            Err(reason) => Err(reason.to_string()),
        }
    }

    fn column(&self, role: ListRole) -> Option<&'a ListColumn> {
        Some(&self.list.columns[self.list.position(role)?])
    }

    fn values(&self, role: ListRole) -> Option<&'a Values> {
        self.found.columns[self.list.position(role)?].as_ref()
    }

    /// What is shown of each, with its values: the key, the name, what orders, and the rest.
    fn fields(&self) -> Vec<(ListField, &'a Values)> {
        let dataset = &self.model[self.count.dataset];
        let keys = self.found.key.iter().map(|(name, values)| {
            let column = dataset.column(name).map(|id| &dataset[id]);
            let kind = match column.map(|column| column.ty) {
                Some(Type::Integer) => ListKind::Whole,
                Some(Type::Date) => ListKind::Day,
                Some(Type::Timestamp) => ListKind::Instant,
                _ => ListKind::Text,
            };
            let label = column.and_then(|column| column.label.clone());
            (ListField { name: name.clone(), label, role: page::ListRole::Key, kind }, values)
        });
        let mut fields: Vec<(ListField, &Values)> = keys.collect();
        for (role, as_role) in [
            (ListRole::Name, page::ListRole::Name),
            (ListRole::Order, page::ListRole::Order),
            (ListRole::Fact, page::ListRole::Fact),
        ] {
            let columns = self.list.columns.iter().enumerate();
            for (at, column) in columns.filter(|(_, column)| column.role == role) {
                let Some(values) = &self.found.columns[at] else { continue };
                // A column of the key stands there already.
                if fields.iter().any(|(field, _)| field.name == column.name) {
                    continue;
                }
                let kind = self.kind_of(&self.count.listed[at], &column.display);
                let (name, label) = (column.name.clone(), column.label.clone());
                fields.push((ListField { name, label, role: as_role, kind }, values));
            }
        }
        fields
    }

    /// What the values of a column are. A key is no number, though it has digits.
    fn kind_of(&self, value: &RowExpr, display: &Display) -> ListKind {
        let is_key = value.as_column().is_some_and(|path| {
            let entities = &self.model[path.dataset].entities;
            entities.iter().any(|(_, key)| key.contains(&path.column))
        });
        match value.ty {
            Type::Integer if is_key => ListKind::Whole,
            Type::Date => ListKind::Day,
            Type::Timestamp => ListKind::Instant,
            Type::Boolean => ListKind::Truth,
            Type::Integer | Type::Number | Type::Decimal => ListKind::Number(display_page(display)),
            Type::Text | Type::Duration | Type::Unknown => ListKind::Text,
        }
    }

    fn row(&self, at: usize, fields: &[&Values]) -> ListRow {
        let entry = &self.found.entries[at];
        let text = |role| self.values(role).and_then(|values| self.text(values, at));
        let is_snoozed = entry.status == ListStatus::Snoozed;
        ListRow {
            status: entry.status,
            assignee: text(ListRole::Assignee),
            rank: entry.rank.map(|rank| rank as u64),
            reason: text(ListRole::Reason),
            until: text(ListRole::Until).filter(|_| is_snoozed),
            change: None,
            cells: fields.iter().map(|values| cell(values, at, self.calendar)).collect(),
        }
    }

    fn text(&self, values: &Values, at: usize) -> Option<String> {
        milepost_site::lists::text(&cell(values, at, self.calendar))
    }
}

/// What readers call a column.
fn called(column: &ListColumn) -> String {
    column.label.clone().unwrap_or_else(|| column.name.clone())
}

fn cell(values: &Values, at: usize, calendar: &Calendar) -> ListCell {
    match values {
        Values::Integer(all) => all[at].map_or(ListCell::Nothing, ListCell::Whole),
        Values::Number(all) => all[at].map_or(ListCell::Nothing, ListCell::Number),
        Values::Boolean(all) => all[at].map_or(ListCell::Nothing, ListCell::Truth),
        _ => cell_text(values, at, calendar).map_or(ListCell::Nothing, ListCell::Text),
    }
}
