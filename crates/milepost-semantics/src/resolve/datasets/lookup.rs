//! Columns of a dataset by name: declared, or found in its files.

use super::{Table, list_of};
use crate::model::*;
use milepost_syntax::ast::ColumnSpec;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::Spanned;
use milepost_syntax::{codes, suggest};

impl Table<'_> {
    /// The column of that name: declared, or found in the files.
    pub(crate) fn find(&mut self, name: &str) -> Option<ColumnId> {
        if let Some(id) = self.dataset.column(name) {
            return Some(id);
        }
        let (_, ty) = self.file?.columns.iter().find(|(n, _)| n == name)?;
        if self.renamed(name).is_some() {
            return None;
        }
        Some(self.infer(name, *ty))
    }

    /// The column of that name where the files could not be read, or are not all that is known: it may exist.
    pub(crate) fn assume(&mut self, name: &str) -> Option<ColumnId> {
        if self.file.is_some() && self.partial.is_none_or(|taken| taken.contains(name)) {
            return None;
        }
        Some(self.infer(name, Type::Unknown))
    }

    fn infer(&mut self, name: &str, ty: Type) -> ColumnId {
        let pii = self.personal.contains_key(name);
        self.dataset.columns.push(Column { pii, ..Column::of_file(name, ty, self.dataset.span) });
        ColumnId(self.dataset.columns.len() - 1)
    }

    /// What a column of the files is called here, when it is renamed.
    fn renamed(&self, file_name: &str) -> Option<&str> {
        let own = |c: &&ColumnSpec| c.column.as_ref().is_some_and(|name| name.node == file_name);
        self.spec.columns.iter().find(own).map(|c| c.name.node.as_str())
    }

    /// Whether there is a column of that name, declared or in the files.
    pub(crate) fn has_column(&self, name: &str) -> bool {
        self.dataset.column(name).is_some()
            || (self.file.is_some_and(|f| f.columns.iter().any(|(n, _)| n == name))
                && self.renamed(name).is_none())
    }

    /// Names of all columns, declared first.
    pub(crate) fn column_names(&self) -> Vec<&str> {
        let own = self.dataset.columns.iter().filter(|c| !c.is_unspoken());
        let mut list: Vec<&str> = own.map(|c| c.name.as_str()).collect();
        for (name, _) in self.file.map_or(&[][..], |f| &f.columns) {
            if self.renamed(name).is_none() && !list.contains(&name.as_str()) {
                list.push(name);
            }
        }
        list
    }

    /// The columns that hold a day or an instant, declared first.
    pub(crate) fn times(&self) -> Vec<&str> {
        let of_file = |name: &str| {
            let columns = self.file.map_or(&[][..], |file| &file.columns);
            columns.iter().find(|(known, _)| known == name).map(|(_, ty)| *ty)
        };
        let ty = |name: &str| match self.dataset.column(name) {
            Some(id) => Some(self.dataset[id].ty),
            None => of_file(name),
        };
        let mut names = self.column_names();
        names.retain(|name| matches!(ty(name), Some(Type::Date | Type::Timestamp)));
        names
    }

    /// The message for a column that the files have and that can't be named.
    pub(super) fn is_refused(&self, name: &Spanned<String>, why: &str) -> Diagnostic {
        let which = match name.node.as_str() {
            "" => "a column without a name".to_owned(),
            name => format!("the column `{name}`"),
        };
        let message = format!("{which} of `{}` can't be read: {why}", self.name());
        let told = Diagnostic::error(codes::UNKNOWN_COLUMN, name.span, message);
        match self.first_inside(&name.node) {
            Some(inside) => told.help(format!(
                "name a value inside of it under `columns:`, by its path: `{}: {{ column: {inside} }}`",
                inside.replace(|c: char| !c.is_alphanumeric(), "_")
            )),
            None => told.help(
                "write the file with one column of plain values under a name of its own, or don't name it here",
            ),
        }
    }

    /// A column of the files that stands inside of the one of that name.
    fn first_inside(&self, name: &str) -> Option<&str> {
        let columns = &self.file?.columns;
        let is_inside =
            |inside: &str| inside.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        columns.iter().map(|(name, _)| name.as_str()).find(|inside| is_inside(inside))
    }

    /// What holds the values of a path, and why it can't be read.
    fn refused_around(&self, name: &str) -> Option<(&str, &str)> {
        let refused = &self.file?.refused;
        let ends = name.match_indices('.').map(|(at, _)| &name[..at]);
        let found = ends.filter_map(|around| refused.get_key_value(around)).next_back()?;
        Some((found.0, found.1))
    }

    /// The message for a name that is no column here.
    pub(crate) fn no_column(&self, name: &Spanned<String>) -> Diagnostic {
        if let Some(why) = self.file.and_then(|file| file.refused.get(&name.node)) {
            return self.is_refused(name, why);
        }
        let told = Diagnostic::error(
            codes::UNKNOWN_COLUMN,
            name.span,
            format!("`{}` has no column `{}`", self.name(), name.node),
        );
        if let Some(new) = self.renamed(&name.node) {
            return told
                .help(format!("the column `{}` of the files is called `{new}` here", name.node));
        }
        if let Some((around, why)) = self.refused_around(&name.node)
            && self.first_inside(around).is_none()
        {
            let message = format!("`{}` of `{}` can't be read: {why}", name.node, self.name());
            let told = Diagnostic::error(codes::UNKNOWN_COLUMN, name.span, message);
            return told.label(format!("inside of `{around}`")).help(
                "a row has one value for each column: write a file with one row for each element of a list, or a field with one plain value",
            );
        }
        let names = self.column_names();
        let told = match suggest(&name.node, names.iter().copied()) {
            Some(near) => told.help(format!("did you mean `{near}`?")),
            None => told,
        };
        told.help(list_of("its columns are", names.into_iter()))
    }

    /// The column of that name; told when there is none.
    pub(crate) fn expect(
        &mut self,
        name: &Spanned<String>,
        diagnostics: &mut Diagnostics,
    ) -> Option<ColumnId> {
        let found = self.find(&name.node).or_else(|| self.assume(&name.node));
        if found.is_none() {
            diagnostics.push(self.no_column(name));
        }
        found
    }

    /// The columns of those names; those that are missing are told and left out.
    pub(crate) fn columns(
        &mut self,
        names: &[Spanned<String>],
        diagnostics: &mut Diagnostics,
    ) -> Vec<ColumnId> {
        names.iter().filter_map(|name| self.expect(name, diagnostics)).collect()
    }

    /// Adds every column of the files, for members of an entity can be sliced by any of them.
    pub(crate) fn infer_all(&mut self) {
        for (name, _) in self.file.map_or(&[][..], |f| &f.columns) {
            self.find(name);
        }
    }
}
