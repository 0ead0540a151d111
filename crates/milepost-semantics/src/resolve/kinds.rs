//! What a row of a dataset means in time.

use super::datasets::Table;
use super::project::not_one_of;
use crate::model::{Carry, ColumnId, CompleteUntil, DatasetKind, Type};
use crate::time::parse_day;
use milepost_syntax::ast::CarrySpec;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::{Span, Spanned};

/// That a field of a day holds something else.
fn no_day(field: &str, written: &Spanned<String>) -> Diagnostic {
    let what = if written.node == "as_of" {
        "`complete_from: as_of` would leave no day with known data".to_owned()
    } else {
        format!("`{field}` takes a day, and this is `{}`", written.node)
    };
    let help = if field == "complete_until" {
        "write a day that exists, like `complete_until: 2026-03-31` (it is included), or `as_of`"
    } else {
        "write a day that exists, like `complete_from: 2026-01-01`"
    };
    Diagnostic::error(codes::INVALID_DATE, written.span, what).help(help)
}

impl Table<'_> {
    /// The kind with its columns; absent when something about it is wrong, which is told.
    pub(super) fn kind(&mut self, diagnostics: &mut Diagnostics) -> Option<DatasetKind> {
        let spec = self.spec;
        let kind = match &spec.kind {
            Some(kind) => kind.node.as_str(),
            None if !spec.key.is_empty() && spec.time.is_none() && spec.valid.is_none() => {
                "attributes"
            }
            None => {
                let guess = match (&spec.time, &spec.valid) {
                    (_, Some(_)) => {
                        "add `kind: history`: its rows are true from one instant to another"
                    }
                    (Some(_), None) => {
                        "add `kind: events` (something happened at that time), or `kind: snapshot` (dated pictures of a state)"
                    }
                    (None, None) => {
                        "add `key:` (one row per key), or `kind: events`, `kind: history` or `kind: snapshot`"
                    }
                };
                let message = format!("`{}` does not say what its rows mean in time", self.name());
                diagnostics.push(
                    Diagnostic::error(codes::MISSING_FIELD, spec.name.span, message).help(guess),
                );
                return None;
            }
        };
        match kind {
            "attributes" => {
                if spec.key.is_empty() {
                    self.lacks(
                        "key",
                        "`key: account_id`, the column that names a row",
                        diagnostics,
                    );
                    return None;
                }
                self.superfluous("carry", spec.carry.as_ref().map(|c| c.span), diagnostics);
                Some(DatasetKind::Attributes)
            }
            "events" => {
                self.superfluous("carry", spec.carry.as_ref().map(|c| c.span), diagnostics);
                let time = self.time_column(diagnostics)?;
                Some(DatasetKind::Events { time })
            }
            "snapshot" => {
                let time = self.time_column(diagnostics)?;
                let carry = spec.carry.as_ref().map(|c| match &c.node {
                    CarrySpec::For(length) => Carry::For(*length),
                    CarrySpec::Forever => Carry::Forever,
                });
                Some(DatasetKind::Snapshot { time, carry })
            }
            "history" => {
                self.superfluous("carry", spec.carry.as_ref().map(|c| c.span), diagnostics);
                let Some(valid) = &spec.valid else {
                    self.lacks(
                        "valid",
                        "`valid: [valid_from, valid_to]`, the columns between which a row is true",
                        diagnostics,
                    );
                    return None;
                };
                let from = self.instant(&valid.node.0, diagnostics);
                let to = self.instant(&valid.node.1, diagnostics);
                Some(DatasetKind::History { from: from?, to: to? })
            }
            _ => {
                if let Some(kind) = &spec.kind {
                    diagnostics.push(not_one_of(
                        "a kind of dataset",
                        kind,
                        &["attributes", "history", "snapshot", "events"],
                    ));
                }
                None
            }
        }
    }

    fn superfluous(&self, field: &str, span: Option<Span>, diagnostics: &mut Diagnostics) {
        if let Some(span) = span {
            diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    span,
                    format!("`{field}:` is only for snapshots, and `{}` is not one", self.name()),
                )
                .help(format!("remove `{field}:`")),
            );
        }
    }

    /// Freshness asks how old the newest row is, so rows need a time.
    pub(super) fn freshness(&mut self, diagnostics: &mut Diagnostics) {
        let Some(freshness) = &self.spec.freshness else { return };
        if !matches!(self.dataset.kind, DatasetKind::Attributes) {
            return;
        }
        let message = format!(
            "`freshness:` is about the time of the newest row, and the rows of `{}` have no time of their own",
            self.name()
        );
        diagnostics.push(
            Diagnostic::error(codes::NEEDS_TIME, freshness.span, message)
                .help("move it to a dataset with a time that is delivered together with this one (events, snapshot or history), or remove it"),
        );
        self.dataset.freshness = None;
    }

    /// From when to when no row is missing: rows need a time for that, and the days an order.
    pub(super) fn complete(&mut self, diagnostics: &mut Diagnostics) {
        let spec = self.spec;
        let fields =
            [("complete_from", &spec.complete_from), ("complete_until", &spec.complete_until)];
        for (field, written) in fields {
            let Some(written) = written else { continue };
            if matches!(self.dataset.kind, DatasetKind::Attributes) {
                let message = format!(
                    "`{field}:` is a day of the rows, and those of `{}` have no time of their own",
                    self.name()
                );
                diagnostics.push(Diagnostic::error(codes::NEEDS_TIME, written.span, message).help(
                    format!("remove `{field}:`; events, snapshots and histories may say it"),
                ));
                continue;
            }
            let day = parse_day(&written.node);
            match (field, day) {
                ("complete_from", Some(day)) => self.dataset.complete.from = Some(day),
                (_, Some(day)) => self.dataset.complete.until = Some(CompleteUntil::Day(day)),
                ("complete_until", None) if written.node == "as_of" => {
                    self.dataset.complete.until = Some(CompleteUntil::AsOf);
                }
                _ => diagnostics.push(no_day(field, written)),
            }
        }
        if let (Some(from), Some(CompleteUntil::Day(until)), Some(written)) =
            (self.dataset.complete.from, self.dataset.complete.until, &spec.complete_until)
            && until < from
        {
            let message =
                format!("`{}` is complete until a day before it begins to be", self.name());
            let mut told = Diagnostic::error(codes::INVALID_VALUE, written.span, message);
            if let Some(begin) = &spec.complete_from {
                told = told.also(begin.span, "from here on");
            }
            diagnostics
                .push(told.help("both days are included; give the earlier one to `complete_from`"));
        }
    }

    fn lacks(&self, field: &str, example: &str, diagnostics: &mut Diagnostics) {
        diagnostics.push(
            Diagnostic::error(
                codes::MISSING_FIELD,
                self.dataset.span,
                format!("`{}` needs `{field}:`", self.name()),
            )
            .help(format!("add for example {example}")),
        );
    }

    fn time_column(&mut self, diagnostics: &mut Diagnostics) -> Option<ColumnId> {
        let Some(time) = &self.spec.time else {
            self.lacks("time", "`time: ts`, the column that says when", diagnostics);
            return None;
        };
        self.instant(time, diagnostics)
    }

    /// A column that says when; told when there is none, or when it is something else.
    pub(super) fn instant(
        &mut self,
        name: &Spanned<String>,
        diagnostics: &mut Diagnostics,
    ) -> Option<ColumnId> {
        let id = self.expect(name, diagnostics)?;
        let column = &self.dataset[id];
        if !matches!(column.ty, Type::Date | Type::Timestamp | Type::Unknown) {
            let told = Diagnostic::error(
                codes::TYPE_MISMATCH,
                name.span,
                format!(
                    "`{}` holds {}, and a time is a date or a timestamp",
                    name.node,
                    column.ty.describe()
                ),
            );
            diagnostics.push(told.help(format!(
                "declare its type under `columns:`, like `{0}: timestamp`; if it is not written like 2026-03-31 12:00:00, also how it is: `{0}: {{ type: timestamp, format: '%m/%d/%Y %H:%M' }}`",
                name.node
            )));
            return None;
        }
        Some(id)
    }
}
