//! Personal data: what is computed from it, renamed from it or linked to it by a key is personal too.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Checker;
use crate::model::{ColumnId, ColumnSource, DatasetId, EntityId, RowExpr, Segment, ValueExpr};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};

/// A column of the project.
pub(crate) type Place = (DatasetId, ColumnId);

/// Where the personal data of each column comes from.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    /// The column that it was taken from; absent for one that says `pii: true` itself.
    from: BTreeMap<Place, Place>,
}

/// A group of columns that hold the same values: a position in [`Flow::same`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct GroupId(usize);

/// Values that pass from one column to another.
#[derive(Default)]
struct Flow {
    /// From a column to those that are computed from it.
    computed: BTreeMap<Place, Vec<Place>>,
    /// Columns that hold the same values: of the same files, or keys of one entity.
    same: Vec<Vec<Place>>,
    /// The groups of each column.
    groups: BTreeMap<Place, Vec<GroupId>>,
}

impl Flow {
    fn add_group(&mut self, columns: Vec<Place>) {
        if columns.len() > 1 {
            let group = GroupId(self.same.len());
            columns.iter().for_each(|c| self.groups.entry(*c).or_default().push(group));
            self.same.push(columns);
        }
    }

    /// What holds values of a column, directly; a group is gone through once.
    fn next(&self, place: Place, met: &mut BTreeSet<GroupId>) -> Vec<Place> {
        let groups = self.groups.get(&place).into_iter().flatten();
        let fresh: Vec<GroupId> = groups.copied().filter(|group| met.insert(*group)).collect();
        let same = fresh.into_iter().flat_map(|group| &self.same[group.0]);
        self.computed.get(&place).into_iter().flatten().chain(same).copied().collect()
    }
}

impl Checker<'_, '_> {
    /// Finds the personal columns. Computed columns must have been checked.
    pub(crate) fn personal_columns(&mut self) {
        let flow = self.flow();
        let mut open: Vec<Place> =
            self.places().filter(|at| self.says(*at) == Some(true)).collect();
        let mut personal: BTreeSet<Place> = open.iter().copied().collect();
        let mut declassified: BTreeMap<Place, Place> = BTreeMap::new();
        let mut met = BTreeSet::new();
        while let Some(from) = open.pop() {
            for to in flow.next(from, &mut met) {
                if personal.contains(&to) {
                    continue;
                }
                let computed = matches!(self.dataset(to.0)[to.1].source, ColumnSource::Computed(_));
                if computed && self.says(to) == Some(false) {
                    declassified.entry(to).or_insert(from);
                    continue;
                }
                personal.insert(to);
                self.origins.from.insert(to, from);
                open.push(to);
            }
        }
        for place in &personal {
            self.mark(*place);
        }
        declassified.retain(|place, _| !personal.contains(place));
        for (place, from) in declassified {
            self.tell_declassified(place, from);
        }
        self.personal_labels();
        self.personal_times();
    }

    fn places(&self) -> impl Iterator<Item = Place> + '_ {
        let tables = self.resolved.tables.iter().enumerate();
        tables.flat_map(|(d, table)| {
            (0..table.dataset.columns.len()).map(move |c| (DatasetId(d), ColumnId(c)))
        })
    }

    /// What the spec says about a column, if it says anything.
    fn says(&self, (dataset, column): Place) -> Option<bool> {
        self.spec_of((dataset, column)).map(|pii| pii.node)
    }

    fn spec_of(&self, (dataset, column): Place) -> Option<Spanned<bool>> {
        self.resolved.table(dataset).spec.columns.get(column.0)?.pii.clone()
    }

    fn flow(&self) -> Flow {
        let mut flow = Flow::default();
        let mut files: BTreeMap<(&str, &str), Vec<Place>> = BTreeMap::new();
        for place in self.places() {
            let dataset = self.dataset(place.0);
            match &dataset[place.1].source {
                ColumnSource::Computed(value) => value.each_source(&mut |_, path| {
                    flow.computed.entry((path.dataset, path.column)).or_default().push(place);
                }),
                // A personal key never stands in a name: its members are numbered.
                ColumnSource::MemberName(name) => {
                    flow.computed.entry((place.0, name.label)).or_default().push(place);
                }
                ColumnSource::File(name) if dataset.derived.is_none() => {
                    files.entry((&dataset.from.pattern, name)).or_default().push(place);
                }
                ColumnSource::File(_) => {}
            }
        }
        files.into_values().for_each(|columns| flow.add_group(columns));
        let mut keys: BTreeMap<(EntityId, usize), Vec<Place>> = BTreeMap::new();
        for (i, table) in self.resolved.tables.iter().enumerate() {
            for (entity, columns) in &table.dataset.entities {
                for (position, column) in columns.iter().enumerate() {
                    keys.entry((*entity, position)).or_default().push((DatasetId(i), *column));
                }
            }
        }
        keys.into_values().for_each(|columns| flow.add_group(columns));
        flow
    }

    /// Makes a column personal, and with it what else its files hold under that name and nothing has asked for yet.
    fn mark(&mut self, place: Place) {
        if let Some(said) = self.spec_of(place).filter(|said| !said.node) {
            self.tell_contradiction(place, said.span);
        }
        let column = &mut self.resolved.tables[place.0.0].dataset.columns[place.1.0];
        column.pii = true;
        let ColumnSource::File(name) = &column.source else { return };
        let (name, pattern) = (name.clone(), self.dataset(place.0).from.pattern.clone());
        for table in &mut self.resolved.tables {
            if table.dataset.derived.is_none() && table.dataset.from.pattern == pattern {
                table.personal.insert(name.clone(), place);
            }
        }
    }

    /// Why a column is personal, in words, and the place that says so.
    pub(crate) fn personal_data(&self, place: Place) -> (String, Span) {
        let mut root = place;
        let column = &self.dataset(place.0)[place.1];
        if let (ColumnSource::File(name), false) = (&column.source, self.says(place) == Some(true))
            && let Some(other) = self.resolved.table(place.0).personal.get(name)
        {
            root = *other;
        }
        while let Some(from) = self.origins.from.get(&root) {
            root = *from;
        }
        let (name, declared) = (&column.name, &self.dataset(root.0)[root.1]);
        let words = if root == place || (root.0 == place.0 && declared.name == *name) {
            format!("`{name}` is personal data (`pii: true`)")
        } else {
            let dataset = &self.dataset(root.0).name;
            let there = if root.0 == place.0 { String::new() } else { format!("{dataset}.") };
            format!(
                "`{name}` comes from `{there}{}`, which is personal data (`pii: true`)",
                declared.name
            )
        };
        (words, declared.span)
    }

    /// The first personal column whose values are part of a value.
    pub(super) fn personal_source(&self, value: &RowExpr) -> Option<Place> {
        let mut found = None;
        value.each_source(&mut |_, path| {
            if self.dataset(path.dataset)[path.column].pii {
                found = found.or(Some((path.dataset, path.column)));
            }
        });
        found
    }

    /// Tells personal data whose values would be the result of a metric.
    pub(crate) fn personal_result(&mut self, value: &ValueExpr) {
        let mut found: Vec<(Place, Span)> = Vec::new();
        value.each_source(&mut |named, path| {
            let place = (path.dataset, path.column);
            if self.dataset(place.0)[place.1].pii && !found.contains(&(place, named.span)) {
                found.push((place, named.span));
            }
        });
        for (place, span) in found {
            let (words, declared) = self.personal_data(place);
            let message = format!("{words}, so its values can't be a result");
            self.diagnostics.push(
                Diagnostic::error(codes::PII_OUTPUT, span, message)
                    .also(declared, "declared here")
                    .help("count it instead, like `count(distinct …)`"),
            );
        }
    }

    /// A condition that is a personal column itself would make the segment its copy.
    pub(crate) fn personal_segment(&mut self, segment: &Segment) {
        let conditions = segment.exprs();
        let found: Vec<(Place, Span)> = conditions
            .filter_map(|condition| Some((self.personal_source(condition)?, condition.span)))
            .collect();
        for (place, span) in found {
            let (words, declared) = self.personal_data(place);
            let (what, help) = match &segment.owner {
                Some(_) => {
                    ("its values can't be shown", "count or compare it, like `if(age >= 18, 1, 0)`")
                }
                None => (
                    "it can't be shown as a segment",
                    "count its members instead, like `count(account where …)`",
                ),
            };
            self.diagnostics.push(
                Diagnostic::error(codes::PII_OUTPUT, span, format!("{words}, so {what}"))
                    .also(declared, "declared here")
                    .help(help),
            );
        }
    }

    /// A member is not called by personal data.
    fn personal_labels(&mut self) {
        for i in 0..self.resolved.entities.len() {
            let entity = &self.resolved.entities[i];
            let (Some(home), Some(label)) = (entity.home, entity.label_column) else { continue };
            if !self.dataset(home)[label].pii {
                continue;
            }
            let spec = self.resolved.package.entities[i].label_column.as_ref();
            let span = spec.map_or(entity.span, |name| name.span);
            let (words, declared) = self.personal_data((home, label));
            let message = format!("{words}, so it can't be shown as the name of a member");
            self.diagnostics.push(
                Diagnostic::error(codes::PII_OUTPUT, span, message)
                    .also(declared, "declared here")
                    .help("take another column, or none: the key is then shown"),
            );
            self.resolved.entities[i].label_column = None;
        }
    }

    /// When rows lie is shown in many places: in buckets, by the as-of, by how fresh the data is.
    fn personal_times(&mut self) {
        for i in 0..self.resolved.tables.len() {
            let spec = self.resolved.tables[i].spec;
            let valid = spec.valid.iter().flat_map(|valid| [&valid.node.0, &valid.node.1]);
            let names: Vec<&Spanned<String>> = spec.time.iter().chain(valid).collect();
            for name in names {
                let Some(column) = self.resolved.tables[i].dataset.column(&name.node) else {
                    continue;
                };
                let place = (DatasetId(i), column);
                if !self.dataset(place.0)[column].pii {
                    continue;
                }
                let (words, declared) = self.personal_data(place);
                let message = format!(
                    "{words}, so it can't place the rows in time: pages show when the data begins and ends"
                );
                self.diagnostics.push(
                    Diagnostic::error(codes::PII_OUTPUT, name.span, message)
                        .also(declared, "declared here")
                        .help("take another column, or count by it with `on`: `count(… on …)`"),
                );
            }
        }
    }

    fn tell_contradiction(&mut self, place: Place, said: Span) {
        let (words, declared) = self.personal_data(place);
        let told = Diagnostic::error(
            codes::PII_OUTPUT,
            said,
            format!("{words}, and this says that it is not"),
        );
        self.diagnostics.push(told.also(declared, "declared here").help(
            "both hold the same values: remove `pii: false` here, or `pii: true` there; what is computed from them may say `pii: false`",
        ));
    }

    /// Lists a computed column that its author declares to name no person.
    fn tell_declassified(&mut self, place: Place, from: Place) {
        let column = self.dataset(place.0)[place.1].name.clone();
        let (_, declared) = self.personal_data(from);
        let span = self.spec_of(place).map_or(self.dataset(place.0)[place.1].span, |pii| pii.span);
        let message =
            format!("`{column}` is computed from personal data, and says that it may be shown");
        self.diagnostics.push(
            Diagnostic::warning(codes::PII_DECLASSIFIED, span, message)
                .also(declared, "declared here")
                .help("make sure that no value of it names a person; when that is agreed, `lints: { pii-declassified: allow }` keeps this silent"),
        );
    }
}
