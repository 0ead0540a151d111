//! Rows to columns with types.

use std::collections::BTreeMap;

use super::Setting;
use super::cell::{self, Value};
use super::rows::{Rows, Table};
use crate::model::Type;
use crate::resolve::{list_of, parse_type};
use crate::time::Calendar;
use milepost_syntax::ast::{DatasetSpec, GivenCell, GivenRow, GivenSpec, TestSpec};
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::{Span, Spanned};
use milepost_syntax::{codes, suggest};

/// Reads the rows of a test. What is wrong with them is told.
pub(super) fn read(
    setting: &Setting<'_>,
    spec: &TestSpec,
    calendar: &Calendar,
    diagnostics: &mut Diagnostics,
) -> Rows {
    let mut rows = Rows::default();
    let package = setting.package;
    for dataset in &package.datasets {
        rows.tables.insert(dataset.name.node.clone(), declared(dataset));
    }
    for given in &spec.given {
        let name = &given.dataset;
        let Some(dataset) = package.datasets.iter().find(|d| d.name.node == name.node) else {
            if !package.broken.iter().any(|broken| broken.node == name.node) {
                diagnostics.push(unknown_dataset(setting, name));
            }
            continue;
        };
        let reader = Reader { setting, dataset, given, currency: currency(setting) };
        reader.optional(diagnostics);
        reader.required(diagnostics);
        let mut zone = calendar.clone();
        zone.set_time_zone("UTC");
        if let Some(named) = &dataset.time_zone {
            zone.set_time_zone(&named.node);
        }
        let table = reader.table(&zone, diagnostics);
        rows.tables.insert(name.node.clone(), table);
    }
    rows
}

fn currency(setting: &Setting<'_>) -> String {
    let named = setting.package.project.currency.as_ref();
    named.map_or_else(|| "USD".to_owned(), |code| code.node.clone())
}

/// The declared columns of a dataset without rows.
fn declared(dataset: &DatasetSpec) -> Table {
    let own = dataset.columns.iter().filter(|column| column.value.is_none());
    let columns = own.map(|column| {
        let name = column.column.as_ref().unwrap_or(&column.name);
        let ty = column.ty.as_ref().and_then(|ty| parse_type(&ty.node));
        (name.node.clone(), (ty, Vec::new()))
    });
    Table { columns: columns.collect(), ..Table::default() }
}

fn unknown_dataset(setting: &Setting<'_>, name: &Spanned<String>) -> Diagnostic {
    let names = || setting.package.datasets.iter().map(|dataset| dataset.name.node.as_str());
    let told = Diagnostic::error(
        codes::UNKNOWN_NAME,
        name.span,
        format!("there is no dataset `{}`", name.node),
    );
    match suggest(&name.node, names()) {
        Some(near) => told.help(format!("did you mean `{near}`?")),
        None => told.help(list_of("the datasets are", names())),
    }
}

/// What reads the rows of one dataset.
struct Reader<'a> {
    setting: &'a Setting<'a>,
    dataset: &'a DatasetSpec,
    given: &'a GivenSpec,
    currency: String,
}

impl Reader<'_> {
    /// Only the files of an optional dataset may be missing.
    fn optional(&self, diagnostics: &mut Diagnostics) {
        let Some(missing) = self.given.missing else { return };
        if self.dataset.optional.as_ref().is_none_or(|optional| !optional.node) {
            let name = &self.dataset.name;
            let message = format!("`{}` can't be missing, as it is not optional", name.node);
            diagnostics.push(
                Diagnostic::error(codes::INVALID_VALUE, missing, message)
                    .also(name.span, "defined here")
                    .help("write `[]` for no rows, or add `optional: true` to the dataset"),
            );
        }
    }

    /// Every row has a time and a key of its own (which may be null, if that is what the test is about).
    fn required(&self, diagnostics: &mut Diagnostics) {
        let DatasetSpec { time, valid, key, .. } = self.dataset;
        let begins = valid.as_ref().map(|valid| &valid.node.0);
        let time = time.iter().map(|name| (name, "the time"));
        let begins = begins.into_iter().map(|name| (name, "the start of its validity"));
        let key = key.iter().map(|name| (name, "the key"));
        for (name, what) in time.chain(begins).chain(key) {
            if self.is_computed(&name.node) {
                continue;
            }
            for row in &self.given.rows {
                if row.cells.iter().any(|cell| cell.column.node == name.node) {
                    continue;
                }
                // A misspelt column is told as that.
                let near = |cell: &GivenCell| {
                    !self.is_declared(&cell.column.node)
                        && suggest(&cell.column.node, [name.node.as_str()]).is_some()
                };
                if let Some(cell) = row.cells.iter().find(|cell| near(cell)) {
                    diagnostics.push(
                        self.no_column(&cell.column).help(format!("did you mean `{}`?", name.node)),
                    );
                    continue;
                }
                diagnostics.push(self.lacks(row, name, what));
            }
        }
    }

    fn lacks(&self, row: &GivenRow, name: &Spanned<String>, what: &str) -> Diagnostic {
        let message =
            format!("a row of `{}` has no `{}`, {what}", self.dataset.name.node, name.node);
        Diagnostic::error(codes::MISSING_FIELD, row.span, message)
            .also(name.span, format!("`{}` is named here", name.node))
            .help(format!("add `{0}:` with a value, or `{0}: null` for none", name.node))
    }

    fn is_declared(&self, name: &str) -> bool {
        let spec = self.dataset;
        let named = |list: &[Spanned<String>]| list.iter().any(|known| known.node == name);
        spec.columns.iter().any(|column| column.name.node == name)
            || named(&spec.key)
            || named(&spec.unique)
            || spec.time.as_ref().is_some_and(|time| time.node == name)
            || spec.valid.as_ref().is_some_and(|v| v.node.0.node == name || v.node.1.node == name)
            || spec.entities.iter().any(|entity| named(&entity.columns))
    }

    fn is_computed(&self, name: &str) -> bool {
        self.dataset.columns.iter().any(|c| c.name.node == name && c.value.is_some())
    }

    /// Whether a column names something, so that numbers and words may be mixed in it.
    fn is_key(&self, name: &str) -> bool {
        let named = |list: &[Spanned<String>]| list.iter().any(|known| known.node == name);
        let spec = self.dataset;
        named(&spec.key)
            || named(&spec.unique)
            || spec.entities.iter().any(|entity| named(&entity.columns))
    }

    fn table(&self, zone: &Calendar, diagnostics: &mut Diagnostics) -> Table {
        let mut table = declared(self.dataset);
        let rows = &self.given.rows;
        table.rows = rows.len();
        table.missing = self.given.missing.is_some();
        let mut cells: BTreeMap<&str, Vec<(usize, &GivenCell)>> = BTreeMap::new();
        for (i, row) in rows.iter().enumerate() {
            for cell in &row.cells {
                cells.entry(&cell.column.node).or_default().push((i, cell));
            }
        }
        for (name, cells) in cells {
            let Some(file_name) = self.file_name(cells[0].1, diagnostics) else { continue };
            let ty = self.column_type(name, &cells, zone, diagnostics);
            let mut values = vec![None; rows.len()];
            for (row, cell) in cells {
                let Some(text) = &cell.text else { continue };
                match cell::read(text, ty.unwrap_or(Type::Text), zone) {
                    Ok(value) => values[row] = Some(value),
                    Err(instead) => diagnostics.push(self.unfit(cell, text, ty, instead)),
                }
            }
            table.columns.insert(file_name, (ty, values));
        }
        self.fill_currencies(&mut table);
        for (_, values) in table.columns.values_mut() {
            values.resize(rows.len(), None);
        }
        table
    }

    /// An amount whose currency is left out is in the project's.
    fn fill_currencies(&self, table: &mut Table) {
        use milepost_syntax::ast::UnitSpec;
        for column in &self.dataset.columns {
            let Some(UnitSpec::CurrencyColumn(name)) = column.unit.as_ref().map(|u| &u.node) else {
                continue;
            };
            let spec = self.dataset.columns.iter().find(|c| c.name.node == name.node);
            let file_name = spec.and_then(|spec| spec.column.as_ref()).unwrap_or(name);
            let (ty, values) = table.columns.entry(file_name.node.clone()).or_default();
            let written = |row: &GivenRow| row.cells.iter().any(|c| c.column.node == name.node);
            values.resize(self.given.rows.len(), None);
            *ty = Some(ty.unwrap_or(Type::Text));
            for (value, row) in values.iter_mut().zip(&self.given.rows) {
                if !written(row) {
                    *value = Some(Value::Text(self.currency.clone()));
                }
            }
        }
    }

    /// What a column is called in the files; nothing if there is none of that name, which is told at its first value.
    fn file_name(&self, cell: &GivenCell, diagnostics: &mut Diagnostics) -> Option<String> {
        let name = &cell.column;
        let columns = &self.dataset.columns;
        if let Some(column) = columns.iter().find(|column| column.name.node == name.node) {
            if let Some(value) = &column.value {
                diagnostics.push(
                    Diagnostic::error(
                        codes::INVALID_VALUE,
                        name.span,
                        format!("`{}` is computed, so a row can't give it", name.node),
                    )
                    .also(value.span, "computed here")
                    .help("give the columns that it is computed from"),
                );
                return None;
            }
            return Some(column.column.as_ref().unwrap_or(&column.name).node.clone());
        }
        let renamed = columns
            .iter()
            .find(|column| column.column.as_ref().is_some_and(|own| own.node == name.node));
        if let Some(column) = renamed {
            let help = format!(
                "the column `{}` of the files is called `{}` here",
                name.node, column.name.node
            );
            diagnostics.push(self.no_column(name).help(help));
            return None;
        }
        let files = self.setting.schemas.and_then(|s| s.datasets.get(&self.dataset.name.node));
        if let Some(files) = files.filter(|files| !files.missing)
            && !files.columns.iter().any(|(known, _)| *known == name.node)
            && !self.is_misspelt_role(name)
        {
            let declared = columns.iter().map(|column| column.name.node.as_str());
            let names: Vec<&str> =
                declared.chain(files.columns.iter().map(|(name, _)| name.as_str())).collect();
            let told = self.no_column(name);
            diagnostics.push(match suggest(&name.node, names.iter().copied()) {
                Some(near) => told.help(format!("did you mean `{near}`?")),
                None => told.help(list_of("its columns are", names.into_iter())),
            });
            return None;
        }
        Some(name.node.clone())
    }

    /// Whether it was told that this stands in the place of a time or a key.
    fn is_misspelt_role(&self, name: &Spanned<String>) -> bool {
        let DatasetSpec { time, valid, key, .. } = self.dataset;
        let roles = time.iter().chain(valid.iter().map(|v| &v.node.0)).chain(key);
        roles.filter(|role| !self.is_computed(&role.node)).any(|role| {
            let lacking =
                |row: &&GivenRow| !row.cells.iter().any(|cell| cell.column.node == role.node);
            self.given.rows.iter().any(|row| lacking(&row))
                && suggest(&name.node, [role.node.as_str()]).is_some()
        })
    }

    fn no_column(&self, name: &Spanned<String>) -> Diagnostic {
        let message = format!("`{}` has no column `{}`", self.dataset.name.node, name.node);
        Diagnostic::error(codes::UNKNOWN_COLUMN, name.span, message)
    }

    /// The declared type, else that of the values; absent when all are null.
    fn column_type(
        &self,
        name: &str,
        cells: &[(usize, &GivenCell)],
        zone: &Calendar,
        diagnostics: &mut Diagnostics,
    ) -> Option<Type> {
        let spec = self.dataset.columns.iter().find(|column| column.name.node == name);
        if let Some(ty) = spec.and_then(|spec| spec.ty.as_ref()) {
            return parse_type(&ty.node);
        }
        let mut found: Option<(Type, Span)> = None;
        for (_, cell) in cells {
            let Some(ty) = self.natural(name, cell, zone) else { continue };
            let Some((known, first)) = found else {
                found = Some((ty, cell.span));
                continue;
            };
            match cell::wider(known, ty) {
                Some(wider) => found = Some((wider, first)),
                None if self.is_key(name) => found = Some((Type::Text, first)),
                None => {
                    diagnostics.push(self.mixed(name, cell, (known, first), ty));
                    return None;
                }
            }
        }
        found.map(|(ty, _)| ty)
    }

    /// The type that a value looks like; times may stand in quotes.
    fn natural(&self, name: &str, cell: &GivenCell, zone: &Calendar) -> Option<Type> {
        let DatasetSpec { time, valid, .. } = self.dataset;
        let mut times = time.iter().chain(valid.iter().flat_map(|v| [&v.node.0, &v.node.1]));
        if times.any(|time| time.node == name) {
            let looks = cell::natural(&GivenCell { quoted: false, ..cell.clone() }, zone)?;
            return Some(if looks == Type::Date { Type::Date } else { Type::Timestamp });
        }
        cell::natural(cell, zone)
    }

    fn mixed(
        &self,
        name: &str,
        cell: &GivenCell,
        (known, first): (Type, Span),
        ty: Type,
    ) -> Diagnostic {
        let message = format!(
            "`{name}` is {} here, and {} in an earlier row",
            ty.describe(),
            known.describe()
        );
        Diagnostic::error(codes::TYPE_MISMATCH, cell.span, message)
            .also(first, known.describe())
            .help(format!(
                "write both the same way, or declare the type of `{name}` under `columns:` of `{}`",
                self.dataset.name.node
            ))
    }

    fn unfit(&self, cell: &GivenCell, text: &str, ty: Option<Type>, instead: &str) -> Diagnostic {
        let ty = ty.unwrap_or(Type::Text);
        let name = &cell.column.node;
        let shown: String = text.chars().take(40).collect();
        let message = format!("`{name}` is {}, and `{shown}` is not", ty.describe());
        let told = Diagnostic::error(codes::TYPE_MISMATCH, cell.span, message).help(instead);
        let spec = self.dataset.columns.iter().find(|column| column.name.node == *name);
        match spec.and_then(|spec| spec.ty.as_ref()) {
            Some(declared) => told.also(declared.span, "declared here"),
            None => told,
        }
    }
}
