//! `unpivot:` of a dataset.

use crate::model::{DayNames, Unpivot, UnpivotColumns};
use milepost_syntax::ast::{ColumnSpec, UnpivotColumnsSpec, UnpivotSpec};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::Spanned;

/// Resolves `unpivot:`, and reports what is invalid in it.
pub(super) fn unpivot(
    spec: &Spanned<UnpivotSpec>,
    declared: &[ColumnSpec],
    diagnostics: &mut Diagnostics,
) -> Option<Unpivot> {
    let UnpivotSpec { columns, name, value } = &spec.node;
    let invalid = |span, message| Diagnostic::error(codes::INVALID_VALUE, span, message);
    if name.node == value.node {
        diagnostics.push(
            invalid(value.span, format!("`name` and `value` are both `{}`", value.node))
                .help("give the names of the columns and their values a column each: `name: month, value: seats`"),
        );
        return None;
    }
    let mut is_free = true;
    for (field, given) in [("name", name), ("value", value)] {
        if let Some(other) =
            declared.iter().find_map(|column| other_use(column, field, &given.node))
        {
            diagnostics.push(other);
            is_free = false;
        }
    }
    if !is_free {
        return None;
    }
    let columns = match columns {
        UnpivotColumnsSpec::Days(pattern) => match DayNames::new(&pattern.node) {
            Ok(names) => UnpivotColumns::Days(names),
            Err(_) => {
                let message = format!("`{}` reads names of neither days nor months", pattern.node);
                diagnostics.push(invalid(pattern.span, message).help(
                    "of months it needs a year and a month, such as `%b %Y`, `%Y-%m` or `%m/%y`; of days a day too: `%Y-%m-%d`",
                ));
                return None;
            }
        },
        UnpivotColumnsSpec::Named(names) if names.node.is_empty() => {
            diagnostics.push(
                invalid(names.span, "no column becomes a row".to_owned())
                    .help("name them, such as `columns: [emea, amer]`, or say how days are written in their names: `columns: '%b %Y'`"),
            );
            return None;
        }
        UnpivotColumnsSpec::Named(names) => {
            let repeated =
                names.node.iter().enumerate().find(|(i, name)| {
                    names.node[..*i].iter().any(|before| before.node == name.node)
                });
            if let Some((_, name)) = repeated {
                diagnostics.push(
                    invalid(name.span, format!("`{}` is named twice", name.node))
                        .help("remove one of them: its values would count twice"),
                );
            }
            UnpivotColumns::Named(names.node.iter().map(|name| name.node.clone()).collect())
        }
    };
    let (name, value) = (name.node.clone(), value.node.clone());
    Some(Unpivot { columns, name, value, span: spec.span })
}

/// What else is said of a column that `unpivot` gives: it has the name there, and its values.
fn other_use(column: &ColumnSpec, field: &str, given: &str) -> Option<Diagnostic> {
    let own = &column.name.node;
    if let Some(computed) = column.value.as_ref().filter(|_| own == given) {
        let message = format!("`{given}` is the {field} of `unpivot`, so it can't be computed too");
        return Some(
            Diagnostic::error(codes::INVALID_VALUE, computed.span, message)
                .help("give what is computed a name of its own"),
        );
    }
    let file = column.column.as_ref().filter(|file| file.node == given && own != given)?;
    let message = format!("`unpivot` gives the column `{given}`, and here it gets another name");
    Some(
        Diagnostic::error(codes::INVALID_VALUE, file.span, message).help(format!(
            "write `{field}: {own}` under `unpivot`, and remove `column: {given}` here"
        )),
    )
}
