//! Computed columns: each checked once, when something asks for it.

use crate::check::Checker;
use crate::check::expressions::expr::{Meaning, Node};
use crate::check::expressions::row::RowScope;
use crate::model::{
    ColumnId, ColumnSource, DatasetId, DatasetKind, Knot, Place, RowExpr, Type, structural_order,
};
use crate::resolve::{key_types, no_unit};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::limits::LAYERS;

impl Checker<'_, '_> {
    /// Checks every computed column, and the types that could not be known before.
    pub(crate) fn computed_columns(&mut self) {
        for dataset in (0..self.resolved.tables.len()).map(DatasetId) {
            let columns: Vec<ColumnId> =
                self.resolved.table(dataset).computed.keys().copied().collect();
            for column in columns {
                self.column(dataset, column);
            }
            self.times(dataset);
        }
        let resolved = &self.resolved;
        key_types(resolved.package, &resolved.entities, &resolved.tables, true, self.diagnostics);
        self.structure();
    }

    /// What links, orders and tells apart rows can't be computed over itself.
    fn structure(&mut self) {
        let datasets = self.resolved.tables.len();
        let (_, knots) = structural_order(&|id| self.dataset(id), datasets);
        for knot in knots {
            match knot {
                Knot::Deep((dataset, column)) => self.tell_depth(dataset, column),
                Knot::Ring(places) if self.keeps_by_itself(&places) => {}
                Knot::Ring(places) => self.tell_ring(
                    &places,
                    "is a key that is computed over its own link",
                    "compute it from columns of the files, or over a link whose key stands in them",
                ),
            }
        }
    }

    /// Tells that the rows of a dataset are decided by themselves, if they are.
    fn keeps_by_itself(&mut self, places: &[Place]) -> bool {
        let keeps = |(id, column): &&Place| self.dataset(*id).keeps == Some(*column);
        let Some((id, column)) = places.iter().find(keeps) else { return false };
        let dataset = self.dataset(*id);
        let span = dataset[*column].span;
        let message = format!(
            "which rows `{}` has depends on rows that there are only where `{0}` has its own",
            dataset.name
        );
        self.diagnostics.push(
            Diagnostic::error(codes::CYCLE, span, message)
                .help("decide by columns of the row, or by a dataset that does not look back"),
        );
        true
    }

    /// The type and unit of a column.
    pub(crate) fn column(&mut self, dataset: DatasetId, column: ColumnId) -> Meaning {
        let key = (dataset, column);
        if let Some(at) = self.open.iter().position(|open| *open == key) {
            self.tell_cycle(at);
            return Meaning::unknown();
        }
        if self.open.len() >= LAYERS
            && self.resolved.tables[dataset.0].computed.contains_key(&column)
        {
            // Each column above would tell it again, as far up as they go.
            if !self.depths.values().any(|depth| *depth > LAYERS) {
                self.tell_depth(dataset, column);
            }
            self.depths.insert(key, LAYERS + 1);
            return Meaning::unknown();
        }
        if let Some(value) = self.resolved.tables[dataset.0].computed.remove(&column) {
            self.open.push(key);
            let mut scope = RowScope::computed(dataset);
            let mut row = match self.dataset(dataset).keeps == Some(column) {
                true => self.condition(&mut scope, value),
                false => self.expr(&mut scope, value),
            };
            self.open.pop();
            if self.too_deep(key, &row) {
                row = RowExpr::unknown(row.span);
            }
            let row = self.measured_column(dataset, column, row);
            self.settle(dataset, column, row);
        }
        let column = &self.dataset(dataset)[column];
        Meaning { ty: column.ty, unit: column.unit.clone() }
    }

    /// Whether a column is computed from too many others in a row; told for the first that is.
    fn too_deep(&mut self, key: (DatasetId, ColumnId), row: &RowExpr) -> bool {
        let mut below = 0;
        row.each_path(&mut |path| {
            let depth = self.depths.get(&(path.dataset, path.column));
            below = below.max(depth.copied().unwrap_or_default());
        });
        if below == LAYERS {
            self.tell_depth(key.0, key.1);
        }
        self.depths.insert(key, (below + 1).min(LAYERS + 1));
        below >= LAYERS
    }

    fn tell_depth(&mut self, dataset: DatasetId, column: ColumnId) {
        let column = &self.dataset(dataset)[column];
        let message = format!(
            "`{}` is the last of more than {LAYERS} columns computed from one another",
            column.name
        );
        let told = Diagnostic::error(codes::LIMIT_EXCEEDED, column.span, message);
        self.diagnostics.push(told.help("compute it from columns of the files directly"));
    }

    /// Gives a computed column its expression, type and unit.
    fn settle(&mut self, dataset: DatasetId, id: ColumnId, row: RowExpr) {
        let column = &mut self.resolved.tables[dataset.0].dataset.columns[id.0];
        let (declared, found) = (column.ty, row.ty());
        let fits = declared == Type::Unknown
            || found == Type::Unknown
            || declared == found
            || (declared.is_numeric() && found.is_numeric());
        if !fits {
            self.diagnostics.push(
                Diagnostic::error(
                    codes::TYPE_MISMATCH,
                    row.span,
                    format!(
                        "`{}` is declared as {}, and its value is {}",
                        column.name,
                        declared.describe(),
                        found.describe()
                    ),
                )
                .also(column.span, "declared here")
                .help("remove `type:`, for the type of a computed column is that of its value"),
            );
        }
        if declared == Type::Unknown {
            column.ty = found;
        }
        let (name, ty) = (column.name.clone(), column.ty);
        let spec = self.resolved.tables[dataset.0].spec.columns.get(id.0);
        if let Some(unit) = spec.and_then(|spec| spec.unit.as_ref())
            && fits
            && !ty.is_numeric()
            && ty != Type::Unknown
        {
            self.diagnostics.push(no_unit(&name, ty, unit.span));
        }
        let column = &mut self.resolved.tables[dataset.0].dataset.columns[id.0];
        if column.unit.is_plain() {
            column.unit = row.unit.clone();
        }
        column.source = ColumnSource::Computed(row);
    }

    fn tell_cycle(&mut self, from: usize) {
        let members: Vec<Place> = self.open[from..].to_vec();
        self.tell_ring(
            &members,
            "is computed from itself",
            "to compute a column from the file's column of the same name, first give that one another name: `plan_raw: { column: plan }`",
        );
    }

    /// Columns that are computed from each other; `alone` says what is wrong with a single one.
    fn tell_ring(&mut self, members: &[Place], alone: &str, help: &str) {
        let place = |(d, c): &Place| {
            let dataset = self.dataset(*d);
            (format!("`{}.{}`", dataset.name, dataset[*c].name), dataset[*c].span)
        };
        let places: Vec<_> = members.iter().map(place).collect();
        let (first, span) = &places[0];
        let message = if places.len() == 1 {
            format!("the column {first} {alone}")
        } else {
            let chain = places
                .iter()
                .chain([&places[0]])
                .map(|(n, _)| n.as_str())
                .collect::<Vec<_>>()
                .join(" → ");
            format!("these columns are computed from each other: {chain}")
        };
        let mut told = Diagnostic::error(codes::CYCLE, *span, message);
        for (name, span) in &places[1..] {
            told = told.also(*span, format!("{name} is one of them"));
        }
        self.diagnostics.push(told.help(help));
    }

    /// A computed time must be a time.
    fn times(&mut self, dataset: DatasetId) {
        let table = self.resolved.table(dataset);
        let columns = match table.dataset.kind {
            DatasetKind::Attributes => Vec::new(),
            DatasetKind::Events { time } | DatasetKind::Snapshot { time, .. } => vec![time],
            DatasetKind::History { from, to } => vec![from, to],
        };
        for id in columns {
            let column = &self.dataset(dataset)[id];
            let good = matches!(column.ty, Type::Date | Type::Timestamp | Type::Unknown);
            if !good && matches!(column.source, ColumnSource::Computed(_)) {
                let told = Diagnostic::error(
                    codes::TYPE_MISMATCH,
                    column.span,
                    format!(
                        "`{}` places rows in time, and its value is {}",
                        column.name,
                        column.ty.describe()
                    ),
                );
                self.diagnostics.push(
                    told.help("compute a date or a timestamp, or take another column as the time"),
                );
            }
        }
    }
}
