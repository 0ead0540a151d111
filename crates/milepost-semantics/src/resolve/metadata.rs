//! What every definition may carry.

use crate::model::{Deprecated, Meta};
use milepost_syntax::ast;
use milepost_syntax::span::Spanned;

pub(crate) fn text(value: &Option<Spanned<String>>) -> Option<String> {
    value.as_ref().map(|v| v.node.trim().to_owned())
}

/// The metadata without places.
pub(crate) fn meta(meta: &ast::Meta) -> Meta {
    Meta {
        label: text(&meta.label),
        description: text(&meta.description),
        owner: text(&meta.owner),
        tags: meta.tags.iter().map(|t| t.node.clone()).collect(),
        deprecated: meta.deprecated.as_ref().map(|d| Deprecated {
            since: text(&d.node.since),
            replacement: text(&d.node.replacement),
        }),
        renamed_from: text(&meta.renamed_from),
    }
}
