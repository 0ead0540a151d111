//! Datasets: declared columns merged with those of the files, and what a row means in time.

mod lookup;

use std::collections::{BTreeMap, BTreeSet};

use super::format::{bad_values, value_format};
use super::metadata::{meta, text};
use super::project::{not_one_of, unknown_zone};
use crate::currency;
use crate::model::*;
use crate::schema::{FileSchema, Schemas};
use crate::time::Calendar;
use milepost_syntax::ast::{ColumnSpec, DatasetSpec, Expr, Package, UnitSpec};
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::{Span, Spanned};
use milepost_syntax::{codes, suggest};

/// A dataset while it is checked: columns that only the files have are added when a name asks for them.
pub(crate) struct Table<'a> {
    pub(crate) dataset: Dataset,
    pub(crate) spec: &'a DatasetSpec,
    /// Absent when the kind of the dataset could not be told; what depends on it is then silent.
    pub(crate) kind_known: bool,
    /// The columns of the files; absent when they could not be read.
    file: Option<&'a FileSchema>,
    /// Names of which no column may exist that `file` does not list; absent: it lists all.
    partial: Option<&'a BTreeSet<String>>,
    /// Columns with a `value:`, until it is checked.
    pub(crate) computed: BTreeMap<ColumnId, &'a Expr>,
    /// Columns of the files that are personal data, each with the column that says so.
    pub(crate) personal: BTreeMap<String, (DatasetId, ColumnId)>,
    /// Declared `dimension:` names.
    pub(crate) dimensions: BTreeMap<ColumnId, &'a Spanned<String>>,
}

/// The types by their names in specs.
const TYPES: [(&str, Type); 7] = [
    ("text", Type::Text),
    ("integer", Type::Integer),
    ("number", Type::Number),
    ("decimal", Type::Decimal),
    ("boolean", Type::Boolean),
    ("date", Type::Date),
    ("timestamp", Type::Timestamp),
];

const FORMATS: [(&str, Format); 6] = [
    ("parquet", Format::Parquet),
    ("csv", Format::Csv),
    ("json", Format::Json),
    ("ndjson", Format::Json),
    ("arrow", Format::Arrow),
    ("xlsx", Format::Xlsx),
];

/// The type of that name.
pub(crate) fn parse_type(name: &str) -> Option<Type> {
    TYPES.iter().find(|(n, _)| *n == name).map(|(_, ty)| *ty)
}

/// The format of that name.
pub(crate) fn parse_format(name: &str) -> Option<Format> {
    FORMATS.iter().find(|(n, _)| *n == name).map(|(_, format)| *format)
}

/// All datasets, each with its declared columns; entities come later.
pub(crate) fn tables<'a>(
    package: &'a Package,
    schemas: &'a Schemas,
    project: &Project,
    diagnostics: &mut Diagnostics,
) -> Vec<Table<'a>> {
    package.datasets.iter().map(|spec| table(spec, schemas, project, diagnostics)).collect()
}

fn table<'a>(
    spec: &'a DatasetSpec,
    schemas: &'a Schemas,
    project: &Project,
    diagnostics: &mut Diagnostics,
) -> Table<'a> {
    let file = schemas.datasets.get(&spec.name.node);
    let mut table = Table {
        dataset: Dataset {
            name: spec.name.node.clone(),
            meta: meta(&spec.meta),
            span: spec.name.span,
            from: location(spec, diagnostics),
            kind: DatasetKind::Attributes,
            key: Vec::new(),
            entities: Vec::new(),
            columns: Vec::new(),
            keeps: None,
            unique: Vec::new(),
            time_zone: time_zone(spec, diagnostics),
            optional: spec.optional.as_ref().is_some_and(|o| o.node),
            missing: file.is_some_and(|f| f.missing),
            checks: Vec::new(),
            freshness: spec.freshness.as_ref().map(|f| Freshness {
                span: f.span,
                warn_after: f.node.warn_after.as_ref().map(|d| d.node),
                error_after: f.node.error_after.as_ref().map(|d| d.node),
            }),
            complete: Complete::default(),
            unmatched_keys: unmatched_keys(spec, diagnostics),
            reach: BTreeMap::new(),
            derived: None,
        },
        spec,
        kind_known: false,
        file: file.filter(|f| !f.missing),
        partial: schemas.partial.then_some(&schemas.taken),
        computed: BTreeMap::new(),
        personal: BTreeMap::new(),
        dimensions: BTreeMap::new(),
    };
    for column in &spec.columns {
        table.declare(column, project, diagnostics);
    }
    table.currencies(diagnostics);
    if let Some(condition) = &spec.condition {
        let id = ColumnId(table.dataset.columns.len());
        let column = Column::of_file(KEEPS, Type::Unknown, condition.span);
        table.dataset.columns.push(column);
        table.computed.insert(id, condition);
        table.dataset.keeps = Some(id);
    }
    table.dataset.key = table.columns(&spec.key, diagnostics);
    table.dataset.unique = table.columns(&spec.unique, diagnostics);
    if let Some(kind) = table.kind(diagnostics) {
        table.dataset.kind = kind;
        table.kind_known = true;
        table.freshness(diagnostics);
        table.complete(diagnostics);
    }
    table
}

/// Keys that lead nowhere are common where rows are older than the list of members.
const UNMATCHED_KEYS: f64 = 0.05;

fn unmatched_keys(spec: &DatasetSpec, diagnostics: &mut Diagnostics) -> f64 {
    let Some(written) = &spec.unmatched_keys else { return UNMATCHED_KEYS };
    let percent = written.node.trim().strip_suffix('%').map(str::trim_end);
    let plain = |text: &&str| text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let percent = percent.filter(plain).and_then(|text| text.parse::<f64>().ok());
    percent.filter(|percent| *percent <= 100.0).map_or_else(
        || {
            let message = format!("`unmatched_keys` takes a share, and this is `{}`", written.node);
            diagnostics.push(
                Diagnostic::error(codes::INVALID_VALUE, written.span, message)
                    .help("write percent from 0 to 100, such as `unmatched_keys: 10%`"),
            );
            UNMATCHED_KEYS
        },
        |percent| percent / 100.0,
    )
}

pub(super) fn location(spec: &DatasetSpec, diagnostics: &mut Diagnostics) -> Location {
    // One that there is none of was told when the file was read.
    let format = spec.format.as_ref().and_then(|f| parse_format(&f.node));
    let Some(from) = &spec.from else {
        let name = &spec.name;
        diagnostics.push(
            Diagnostic::error(
                codes::MISSING_FIELD,
                name.span,
                format!("`{}` does not say where its rows are", name.node),
            )
            .help(format!(
                "add `from:` with a file, a glob or a folder, like `from: data/{}.parquet`",
                name.node
            )),
        );
        return Location { format, ..Location::nowhere(spec.name.span) };
    };
    let mut location =
        Location { pattern: from.node.replace('\\', "/"), format, ..Location::nowhere(from.span) };
    if let Some(csv) = &spec.csv {
        location.csv = super::csv::csv(&csv.node, diagnostics);
        location.written_at = Some((Format::Csv, csv.span));
    }
    location.unpivot = spec
        .unpivot
        .as_ref()
        .and_then(|it| super::unpivot::unpivot(it, &spec.columns, diagnostics));
    if let Some(xlsx) = &spec.xlsx {
        super::csv::xlsx(xlsx, &mut location, diagnostics);
    }
    location
}

pub(super) fn time_zone(spec: &DatasetSpec, diagnostics: &mut Diagnostics) -> Option<String> {
    let zone = spec.time_zone.as_ref()?;
    let calendar = Calendar::in_zone(&zone.node);
    if calendar.is_none() {
        diagnostics.push(unknown_zone(zone));
    }
    Some(calendar?.time_zone)
}

impl<'a> Table<'a> {
    /// A dataset that nobody wrote; `spec` says nothing.
    pub(super) fn unwritten(dataset: Dataset, spec: &'a DatasetSpec) -> Self {
        Self {
            dataset,
            spec,
            kind_known: true,
            file: None,
            partial: None,
            computed: BTreeMap::new(),
            personal: BTreeMap::new(),
            dimensions: BTreeMap::new(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.dataset.name
    }

    fn declare(&mut self, spec: &'a ColumnSpec, project: &Project, diagnostics: &mut Diagnostics) {
        let id = ColumnId(self.dataset.columns.len());
        let declared = spec.ty.as_ref().and_then(|ty| {
            let found = parse_type(&ty.node);
            if found.is_none() {
                diagnostics.push(not_one_of("a type", ty, &TYPES.map(|(name, _)| name)));
            }
            found
        });
        let wrong = spec.ty.is_some() && declared.is_none();
        let format = value_format(spec, declared, diagnostics);
        let bad_values = bad_values(spec, declared, diagnostics);
        let file_name = spec.column.as_ref().unwrap_or(&spec.name);
        let (source, ty) = if let Some(value) = &spec.value {
            self.computed.insert(id, value);
            if let Some(column) = &spec.column {
                diagnostics.push(
                    Diagnostic::error(
                        codes::INVALID_VALUE,
                        column.span,
                        format!(
                            "`{}` is computed, so it has no column in the files",
                            spec.name.node
                        ),
                    )
                    .help("keep `value:` or `column:`, not both"),
                );
            }
            (ColumnSource::File(spec.name.node.clone()), declared.unwrap_or(Type::Unknown))
        } else {
            // The rows of a test are not written in files.
            let written = format.as_ref().filter(|_| self.partial.is_none());
            let found = self.type_in_file(spec, file_name, declared, written, diagnostics);
            (ColumnSource::File(file_name.node.clone()), if wrong { Type::Unknown } else { found })
        };
        let unit = spec.unit.as_ref().map_or_else(Unit::plain, |unit| match &unit.node {
            UnitSpec::Name(name) => read_unit(name, unit.span, diagnostics),
            UnitSpec::CurrencyColumn(_) => Unit::of(Base::Currency(project.currency.clone())),
        });
        if let Some(unit) = &spec.unit
            && spec.value.is_none()
            && !ty.is_numeric()
            && ty != Type::Unknown
        {
            diagnostics.push(no_unit(&spec.name.node, ty, unit.span));
        }
        if let Some(dimension) = &spec.dimension {
            self.dimensions.insert(id, dimension);
        }
        self.dataset.columns.push(Column {
            source,
            unit,
            pii: spec.pii.as_ref().is_some_and(|p| p.node),
            planned: spec.planned.as_ref().is_some_and(|p| p.node),
            format,
            bad_values,
            label: text(&spec.label),
            description: text(&spec.description),
            declared: true,
            ..Column::of_file(&spec.name.node, ty, spec.name.span)
        });
    }

    /// The type of a declared column of the files.
    fn type_in_file(
        &self,
        spec: &ColumnSpec,
        file_name: &Spanned<String>,
        declared: Option<Type>,
        format: Option<&ValueFormat>,
        diagnostics: &mut Diagnostics,
    ) -> Type {
        let Some(file) = self.file else { return declared.unwrap_or(Type::Unknown) };
        if let Some(why) = file.refused.get(&file_name.node) {
            diagnostics.push(self.is_refused(file_name, why));
            return declared.unwrap_or(Type::Unknown);
        }
        let Some((_, found)) = file.columns.iter().find(|(name, _)| *name == file_name.node) else {
            let told = Diagnostic::error(
                codes::UNKNOWN_COLUMN,
                file_name.span,
                format!("the files of `{}` have no column `{}`", self.name(), file_name.node),
            );
            let told = match suggest(&file_name.node, file.columns.iter().map(|(name, _)| name.as_str())) {
                Some(near) if spec.column.is_none() => told
                    .help(format!("did you mean `{near}`? Or, to call that column `{0}` here: `{0}: {{ column: {near} }}`", spec.name.node)),
                Some(near) => told.help(format!("did you mean `{near}`?")),
                None => told,
            };
            diagnostics.push(
                told.help(list_of("they have", file.columns.iter().map(|(name, _)| name.as_str()))),
            );
            return declared.unwrap_or(Type::Unknown);
        };
        let Some(declared) = declared else { return *found };
        if !can_read(*found, declared, format) {
            let span = spec.ty.as_ref().map_or(spec.span, |ty| ty.span);
            diagnostics.push(
                Diagnostic::error(
                    codes::TYPE_MISMATCH,
                    span,
                    format!(
                        "`{}` is declared as {}, and the files of `{}` hold {}",
                        spec.name.node,
                        declared.describe(),
                        self.name(),
                        found.describe()
                    ),
                )
                .help(match format {
                    Some(_) => "remove `format:`, which says how text is written".to_owned(),
                    None => format!(
                        "declare it as `{}`, or add a computed column with the type you need",
                        found.name()
                    ),
                }),
            );
        }
        declared
    }

    /// `unit: { currency: col }`: finds the columns that hold each row's currency.
    fn currencies(&mut self, diagnostics: &mut Diagnostics) {
        for i in 0..self.spec.columns.len() {
            let Some(Spanned { node: UnitSpec::CurrencyColumn(column), .. }) =
                &self.spec.columns[i].unit
            else {
                continue;
            };
            let Some(id) = self.expect(column, diagnostics) else { continue };
            let ty = self.dataset[id].ty;
            if ty != Type::Text && ty != Type::Unknown {
                diagnostics.push(
                    Diagnostic::error(codes::TYPE_MISMATCH, column.span, format!("`{}` holds {}, and a currency is text", column.node, ty.describe()))
                        .help("name the column that holds codes like 'USD', or write the code itself: `unit: USD`"),
                );
            }
            self.dataset.columns[i].currency_column = Some(id);
        }
    }
}

/// `words a, b, c …`: at most a dozen names.
pub(crate) fn list_of<'s>(words: &str, names: impl Iterator<Item = &'s str>) -> String {
    let names: Vec<&str> = names.collect();
    let shown = names.iter().take(12).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => format!("{words}: none"),
        1..=12 => format!("{words} {shown}"),
        n => format!("{words} {shown} and {} more", n - 12),
    }
}

/// A unit of what is no number.
pub(crate) fn no_unit(column: &str, ty: Type, unit: Span) -> Diagnostic {
    let message = format!("only numbers have a unit, and `{column}` is {}", ty.describe());
    Diagnostic::error(codes::UNIT_MISMATCH, unit, message)
        .help("remove `unit:`, or declare the type: integer, number or decimal")
}

/// Whether the reader can turn what the files hold into what the spec declares. A format is that of text; whole numbers
/// may be dates and times too, or the words for true and false.
const fn can_read(found: Type, declared: Type, format: Option<&ValueFormat>) -> bool {
    match (found, declared) {
        (Type::Integer, _) if format.is_some() && !declared.is_numeric() => true,
        (Type::Number | Type::Decimal, _) if matches!(format, Some(ValueFormat::Epoch(_))) => true,
        (Type::Unknown, _) | (_, Type::Unknown) => true,
        (Type::Text, _) => true,
        // What has the type already is left as it is; a number may be percent, though.
        (found, declared) if format.is_some() => {
            found as u8 == declared as u8 && !declared.is_numeric()
        }
        (found, declared) if found.is_numeric() && declared.is_numeric() => true,
        (found, declared) => found as u8 == declared as u8,
    }
}

/// The unit of that name: a currency's code, percent, points, a length of time, or things counted.
pub(crate) fn read_unit(name: &str, span: Span, diagnostics: &mut Diagnostics) -> Unit {
    let name = name.trim();
    if currency::looks_like_code(name) {
        currency::check(name, span, diagnostics);
        return Unit::of(Base::Currency(name.to_owned()));
    }
    if let Some(right) = currency::unit_slip(name) {
        diagnostics.push(
            Diagnostic::error(
                codes::INVALID_VALUE,
                span,
                format!("`{name}` is not the name of a unit"),
            )
            .help(format!("write `unit: {right}`")),
        );
        return Unit::plain();
    }
    let one = singular(name);
    match one.as_str() {
        "percent" | "ratio" | "number" | "none" | "" => Unit::plain(),
        "point" => Unit::of(Base::Points),
        "second" | "minute" | "hour" | "day" | "week" | "month" | "quarter" | "year" => {
            Unit::of(Base::Time(one))
        }
        _ => Unit::count(one),
    }
}
