//! What the files must be asked before anything can be checked.

use super::datasets::{location, parse_format, parse_type, time_zone};
use super::identifiers::{Identifier, identifiers};
use crate::model::{Location, Type};
use milepost_syntax::ast::{ColumnSpec, Package};
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::span::{Span, Spanned};

/// What a reader of files needs before anything is checked.
#[derive(Clone, Debug)]
pub struct DataNeed {
    /// The dataset.
    pub name: String,
    /// Where its files are; the span is that of `from:`.
    pub from: Location,
    /// Declared columns by their names in the files, with the declared type where there is one.
    pub columns: Vec<(String, Option<Type>)>,
    /// Where the types of these columns are declared, by their names in the files.
    pub types_at: Vec<(String, Span)>,
    /// The zone of timestamps that carry none; absent: UTC.
    pub time_zone: Option<String>,
    /// Missing files are no error.
    pub optional: bool,
    /// Columns that the specs know by another name: that of the files, and theirs.
    pub names: Vec<(String, String)>,
    /// The columns by which members and rows are told apart.
    pub identifiers: Vec<Identifier>,
}

impl DataNeed {
    /// Where the type of a column is declared; else where its files are named.
    #[must_use]
    pub fn type_at(&self, column: &str) -> Span {
        let declared = self.types_at.iter().find(|(name, _)| name == column);
        declared.map_or(self.from.span, |(_, span)| *span)
    }

    /// The name by which the specs know a column of the files.
    #[must_use]
    pub fn known_as<'a>(&'a self, column: &'a str) -> &'a str {
        let known = self.names.iter().find(|(name, _)| name == column);
        known.map_or(column, |(_, name)| name)
    }

    /// Whether the answer is that of the other: all but the place in the spec is equal.
    #[must_use]
    pub fn asks_the_same(&self, other: &Self) -> bool {
        // All fields by name, so that none is forgotten.
        let Self { name, from, columns, types_at: _, time_zone, optional, names: _, identifiers } =
            other;
        let Location { pattern, format, csv, sheet, written_at: _, unpivot, span: _ } = from;
        self.name == *name
            && self.from.pattern == *pattern
            && self.from.format == *format
            && self.from.csv == *csv
            && self.from.sheet == *sheet
            && self.from.unpivot == *unpivot
            && self.columns == *columns
            && self.time_zone == *time_zone
            && self.optional == *optional
            && self.identifiers == *identifiers
    }
}

/// The files that a package reads: one entry per dataset that says where its rows are, and in no unknown format.
/// Mistakes are left for others to tell.
#[must_use]
pub fn data_needs(package: &Package) -> Vec<DataNeed> {
    let mut unheard = Diagnostics::default();
    let known = |f: &Spanned<String>| parse_format(&f.node).is_some();
    let located = package
        .datasets
        .iter()
        .filter(|spec| spec.from.is_some() && spec.format.as_ref().is_none_or(known));
    located
        .filter_map(|spec| {
            let from = location(spec, &mut unheard);
            // Which columns there are, nobody knows.
            (spec.unpivot.is_some() == from.unpivot.is_some()).then_some((spec, from))
        })
        .map(|(spec, from)| DataNeed {
            name: spec.name.node.clone(),
            from,
            columns: spec.columns.iter().filter(|c| c.value.is_none()).map(file_column).collect(),
            types_at: spec.columns.iter().filter_map(type_at).collect(),
            time_zone: time_zone(spec, &mut Diagnostics::default()),
            optional: spec.optional.as_ref().is_some_and(|o| o.node),
            names: spec.columns.iter().filter_map(known_as).collect(),
            identifiers: identifiers(spec, package),
        })
        .collect()
}

fn known_as(spec: &ColumnSpec) -> Option<(String, String)> {
    Some((spec.column.as_ref()?.node.clone(), spec.name.node.clone()))
}

fn type_at(spec: &ColumnSpec) -> Option<(String, Span)> {
    let name = spec.column.as_ref().unwrap_or(&spec.name);
    Some((name.node.clone(), spec.ty.as_ref()?.span))
}

fn file_column(spec: &ColumnSpec) -> (String, Option<Type>) {
    let name = spec.column.as_ref().unwrap_or(&spec.name);
    (name.node.clone(), spec.ty.as_ref().and_then(|ty| parse_type(&ty.node)))
}
