//! `unpivot:` of a dataset.

use crate::model::{DayNames, Unpivot, UnpivotColumns};
use milepost_syntax::ast::{UnpivotColumnsSpec, UnpivotSpec};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::Spanned;

/// Which columns become rows; what can't be is told.
pub(super) fn unpivot(
    spec: &Spanned<UnpivotSpec>,
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
