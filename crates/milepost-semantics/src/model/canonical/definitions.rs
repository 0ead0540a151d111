//! The canonical text of everything that a metric reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{Fingerprint, Text, ahead, date, metric, name, normalized};
use crate::model::reads::{Read, Reader, Role, Walk};
use crate::model::{
    Carry, ColumnId, ColumnSource, CompleteUntil, Csv, Dataset, DatasetId, DatasetKind,
    DimensionId, EntityId, Lives, Metric, MetricId, Model, Place, Project, RowExpr, SegmentId,
    SegmentRule, Type, Unpivot,
};
use crate::time::Calendar;
use crate::trace::Node;
use milepost_syntax::ast::BadValues;

/// What a metric reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definitions {
    /// What decides its figures itself, as [`super::metric`] gives it.
    pub metric: String,
    /// The edition, the currency and the calendar; then the text of each definition, by its kind and name.
    pub reads: BTreeMap<String, String>,
}

impl Definitions {
    /// Of everything: equal for two metrics only if all that they are computed from is.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let mut text = self.metric.clone();
        for (of, definition) in &self.reads {
            let _ = writeln!(text, "{of}: {definition}");
        }
        Fingerprint::of(&text)
    }
}

/// A metric and everything that it reads, for any of its slices.
#[must_use]
pub fn definitions(model: &Model, id: MetricId) -> Definitions {
    let found = &model[id];
    let mut collector = Collector::new(model);
    let mut walk = Walk { definitions: model, reader: &mut collector };
    found.each_aggregate(&mut |aggregate| {
        walk.aggregate(aggregate);
        walk.slices(aggregate, &found.slices);
    });
    let mut reads = collector.texts();
    found.each_aggregate(&mut |aggregate| {
        reads.extend(slices(model, found, aggregate.dataset));
    });
    reads.insert("edition".to_owned(), crate::resolve::EDITION.to_string());
    reads.insert("currency".to_owned(), model.project.currency.clone());
    reads.insert("calendar".to_owned(), calendar(&model.project));
    Definitions { metric: metric(model, found), reads }
}

/// The canonical text of one definition, without what it reads. Files and metrics have none of their own: of a metric, see
/// [`metric`].
#[must_use]
pub fn definition(model: &Model, node: Node) -> Option<String> {
    let text = Text { model };
    Some(match node {
        Node::Segment(id) => text.of_segment(id),
        Node::Dataset(id) => text.of_dataset(id),
        Node::Column(id, column) => text.of_column(id, column),
        Node::Entity(id) => text.of_entity(id),
        Node::Behavior(id) => {
            let behavior = &model[id];
            let mut rows = text.dataset(behavior.dataset).into_owned();
            rows.extend(behavior.filter.iter().map(|f| format!(" where {}", text.condition(f))));
            rows
        }
        Node::Metric(_) | Node::File(_) => return None,
    })
}

/// How the slices of a metric are found for the rows of one of its datasets.
fn slices(model: &Model, metric: &Metric, dataset: DatasetId) -> Vec<(String, String)> {
    let text = Text { model };
    let way = |id: &DimensionId| {
        let way = model[dataset].reach.get(id)?;
        let of = format!("slice {} of {}", name(&model[*id].name), text.dataset(dataset));
        Some((of, text.condition(way)))
    };
    metric.slices.iter().filter_map(way).collect()
}

struct Collector<'m> {
    model: &'m Model,
    datasets: BTreeSet<DatasetId>,
    columns: BTreeSet<Place>,
    segments: BTreeSet<SegmentId>,
    entities: BTreeSet<EntityId>,
}

impl<'m> Reader<'m> for Collector<'m> {
    fn read(&mut self, read: Read<'m>, _: Role) -> bool {
        match read {
            Read::Rows(id) => self.datasets.insert(id),
            Read::Column(place) => self.columns.insert(place),
            Read::Segment(id) => {
                self.entities.insert(self.model[id].of);
                self.segments.insert(id)
            }
            Read::Members(id) => self.entities.insert(id),
            Read::Hop(hop) => {
                self.entities.insert(hop.entity);
                true
            }
            Read::Lives { .. } | Read::Expr(_) | Read::Inner(_) => true,
            Read::Behavior(_) => false,
        }
    }
}

impl<'m> Collector<'m> {
    const fn new(model: &'m Model) -> Self {
        Self {
            model,
            datasets: BTreeSet::new(),
            columns: BTreeSet::new(),
            segments: BTreeSet::new(),
            entities: BTreeSet::new(),
        }
    }

    fn texts(&self) -> BTreeMap<String, String> {
        let (model, text) = (self.model, Text { model: self.model });
        let mut all = BTreeMap::new();
        for id in &self.datasets {
            all.insert(format!("dataset {}", text.dataset(*id)), text.of_dataset(*id));
        }
        for (id, column) in &self.columns {
            all.insert(
                format!("column {}", text.column(*id, *column)),
                text.of_column(*id, *column),
            );
        }
        for id in &self.segments {
            all.insert(format!("segment {}", name(&model[*id].name)), text.of_segment(*id));
        }
        for id in &self.entities {
            all.insert(format!("entity {}", name(&model[*id].name)), text.of_entity(*id));
        }
        all
    }
}

impl Text<'_> {
    fn condition(self, expr: &RowExpr) -> String {
        self.row(expr, expr.is_judged())
    }

    fn of_entity(self, id: EntityId) -> String {
        let entity = &self.model[id];
        let key: Vec<_> = entity.key.iter().map(|part| name(part)).collect();
        let mut text = format!("key ({})", key.join(", "));
        text.extend(entity.members.map(|members| format!("; members {}", self.dataset(members))));
        text.extend(entity.home.map(|home| format!("; home {}", self.dataset(home))));
        match (entity.lives, entity.home) {
            (Some(Lives::Between { from, to }), Some(home)) => {
                let columns: Vec<_> = std::iter::once(from).chain(to).collect();
                text.extend([format!("; lives {}", self.columns(home, &columns))]);
            }
            (Some(_), _) => text += "; lives always",
            (None, _) => {}
        }
        text
    }

    fn of_dataset(self, id: DatasetId) -> String {
        let dataset = &self.model[id];
        let mut parts = vec![self.kind(id, dataset)];
        match &dataset.derived {
            None => parts.push(format!(
                "from {} {:?}",
                name(&dataset.from.pattern),
                dataset.from.format
            )),
            Some(derived) => parts.extend(derived.sources.iter().map(|source| {
                let parents = source.parents.iter().map(|(own, there)| {
                    format!(
                        " {} from {}",
                        self.column(id, *own),
                        self.column(source.dataset, *there)
                    )
                });
                let keys = self.columns(source.dataset, &source.key);
                format!("members of {}{}", keys, parents.collect::<String>())
            })),
        }
        parts.extend(csv(&dataset.from.csv));
        parts.extend(dataset.from.unpivot.as_ref().map(Unpivot::canonical));
        parts.extend(dataset.from.sheet.as_ref().map(|sheet| format!("sheet {sheet:?}")));
        parts.extend(dataset.keeps.map(|keeps| format!("where {}", self.column(id, keeps))));
        parts.push(format!("key {}", self.columns(id, &dataset.key)));
        for (entity, columns) in &dataset.entities {
            let entity = name(&self.model[*entity].name);
            parts.push(format!("entity {entity} {}", self.columns(id, columns)));
        }
        if !dataset.unique.is_empty() {
            parts.push(format!("unique {}", self.columns(id, &dataset.unique)));
        }
        parts.extend(dataset.time_zone.as_ref().map(|zone| format!("time zone {}", name(zone))));
        parts.extend(dataset.optional.then(|| "optional".to_owned()));
        parts.extend(dataset.missing.then(|| "missing".to_owned()));
        parts.extend(dataset.complete.from.map(|from| format!("complete from {}", date(from))));
        parts.extend(dataset.complete.until.map(|until| match until {
            CompleteUntil::AsOf => "complete until as-of".to_owned(),
            CompleteUntil::Day(day) => format!("complete until {}", date(day)),
        }));
        let old = dataset.freshness.and_then(|freshness| freshness.error_after);
        parts.extend(old.map(|after| format!("old after {}", normalized(after))));
        parts.join("; ")
    }

    fn kind(self, id: DatasetId, dataset: &Dataset) -> String {
        match dataset.kind {
            DatasetKind::Attributes => "attributes".to_owned(),
            DatasetKind::History { from, to } => {
                format!("history {}", self.columns(id, &[from, to]))
            }
            DatasetKind::Events { time } => format!("events {}", self.columns(id, &[time])),
            DatasetKind::Snapshot { time, carry } => {
                let carry = match carry {
                    None => String::new(),
                    Some(Carry::Forever) => " carried".to_owned(),
                    Some(Carry::For(length)) => format!(" carried {}", normalized(length)),
                };
                format!("snapshot {}{carry}", self.columns(id, &[time]))
            }
        }
    }

    fn of_column(self, id: DatasetId, column: ColumnId) -> String {
        let found = &self.model[id][column];
        let mut text = found.ty.name().to_owned();
        match &found.source {
            ColumnSource::File(there) => text.extend([format!(" from {}", name(there))]),
            ColumnSource::Computed(value) => text.extend([format!(" = {}", self.condition(value))]),
            ColumnSource::MemberName(member) => {
                let of = name(&self.model[member.entity].name);
                text.extend([format!(" name of {of} by {}", self.column(id, member.label))]);
                text.extend(member.is_numbered.then_some(" numbered"));
            }
        }
        let currency =
            found.currency_column.map(|c| format!("; currency in {}", self.column(id, c)));
        text.extend(currency);
        text.extend(found.format.as_ref().map(|format| format!("; written {format:?}")));
        text.extend((found.bad_values == BadValues::Null).then_some("; bad values null"));
        let is_time = matches!(found.ty, Type::Date | Type::Timestamp);
        text.extend((is_time && found.planned).then_some("; planned"));
        text
    }

    fn of_segment(self, id: SegmentId) -> String {
        let segment = &self.model[id];
        let of = name(&self.model[segment.of].name);
        let mut text = format!("of {of} in {}", self.dataset(segment.members));
        match &segment.rule {
            SegmentRule::Where(condition) => {
                text.extend([format!(" where {}", self.condition(condition))]);
            }
            SegmentRule::Bands(bands) => text.extend(bands.iter().map(|band| {
                let when = band.condition.as_ref().map(|condition| self.condition(condition));
                let when = when.unwrap_or_else(|| "otherwise".to_owned());
                format!("; {} when {when}", name(&band.name))
            })),
            SegmentRule::Value(value) => text.extend([format!(" is {}", self.condition(value))]),
            SegmentRule::FirstDay { since, condition } => {
                let (since, condition) = (self.condition(since), self.condition(condition));
                text.extend([format!(" is the first day from {since} where {condition}")]);
            }
            SegmentRule::OnDay { day, value } => {
                text.extend([format!(" is {} on {}", self.condition(value), self.condition(day))]);
            }
            SegmentRule::Rank { value, among } => {
                let (value, among) = (self.condition(value), self.condition(among));
                text.extend([format!(" is the percentile rank of {value} among {among}")]);
            }
        }
        text.extend(segment.ahead.iter().map(|way| {
            format!("; ahead{} for {}", ahead(&way.ahead, true), self.dataset(way.rows))
        }));
        text
    }
}

/// What buckets, days and business days depend on.
#[must_use]
pub fn calendar(project: &Project) -> String {
    let Calendar { time_zone, week_starts, fiscal_year_starts, business_days, holidays, .. } =
        &project.calendar;
    let days: String = business_days.iter().map(|works| if *works { '1' } else { '0' }).collect();
    let holidays: Vec<String> = holidays.iter().map(|day| date(*day)).collect();
    format!(
        "{time_zone}; weeks from {week_starts}; fiscal years from {fiscal_year_starts}; works {days}; holidays [{}]",
        holidays.join(", ")
    )
}

/// How CSV files are written, where that is said.
fn csv(csv: &Csv) -> Option<String> {
    // All fields by name, so that none is forgotten.
    let Csv { separator, quote, decimal, encoding, skip_first, skip_last, null_values } = csv;
    (*csv != Csv::default()).then(|| {
        format!(
            "csv {separator:?} {quote:?} {decimal} {encoding:?} without {skip_first} and {skip_last} lines; null {null_values:?}"
        )
    })
}
