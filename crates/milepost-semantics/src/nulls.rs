//! Columns of files in which every value is null: they have the type that the project asks of them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::check::check;
use crate::model::Type;
use crate::prove::guess;
use crate::resolve::resolve;
use crate::schema::Schemas;
use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::Diagnostics;

/// The schemas with a type for every column. Where the project has mistakes, what such columns are is left open, and nothing is
/// told about them.
pub(crate) fn typed<'s>(package: &Package, schemas: &'s Schemas) -> Cow<'s, Schemas> {
    let mut typed = Cow::Borrowed(schemas);
    let mut found = BTreeSet::new();
    while has_open(&typed) {
        let mut unheard = Diagnostics::default();
        let resolved = resolve(package, &typed, &mut unheard);
        let Some(model) = check(resolved, None, &mut unheard) else { return typed };
        let guessed = guess::fresh(&model, &mut found);
        if guessed.is_empty() {
            break;
        }
        for ((dataset, name), ty) in guessed {
            let file = typed.to_mut().datasets.get_mut(&dataset);
            let columns = file.into_iter().flat_map(|file| &mut file.columns);
            { columns }.filter(|(column, _)| *column == name).for_each(|(_, own)| *own = ty);
        }
    }
    if has_open(&typed) {
        // Nothing names them.
        let files = typed.to_mut().datasets.values_mut();
        let columns = files.flat_map(|file| &mut file.columns);
        columns.filter(|(_, ty)| *ty == Type::Unknown).for_each(|(_, ty)| *ty = Type::Text);
    }
    typed
}

fn has_open(schemas: &Schemas) -> bool {
    let mut columns = schemas.datasets.values().flat_map(|file| &file.columns);
    columns.any(|(_, ty)| *ty == Type::Unknown)
}
