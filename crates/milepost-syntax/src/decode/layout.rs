//! Definitions that are laid out in another way than as a map from names to fields.

use super::Decoder;
use super::field::{Kind, list};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::expr::short;
use crate::look_alike;
use crate::span::Spanned;
use crate::yaml::{Entry, Node, NodeKind};

/// The definitions of a section that can be read. What is laid out in another way is reported, once each; names of
/// definitions that are lost by it are added to `broken`.
pub(super) fn definitions<'n>(
    decoder: &mut Decoder<'_>,
    section: &str,
    kind: &'static Kind,
    node: &'n Node,
    broken: &mut Vec<Spanned<String>>,
) -> Vec<&'n Entry> {
    if let NodeKind::List(items) = &node.kind {
        tell_list(decoder, section, kind, node, items);
        broken.extend(items.iter().filter_map(|item| name_in(kind, item)));
        return Vec::new();
    }
    let entries = decoder.entries(section, "a map from names to definitions", node);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(entry) = entries.get(at) {
        at += 1;
        let beside = if matches!(entry.value.kind, NodeKind::Null) {
            entries[at..].iter().take_while(|next| is_field(kind, next)).count()
        } else {
            0
        };
        if beside == 0 {
            // Whoever writes the name as it looks means this definition, and its name was reported.
            let plain = look_alike::plain(&entry.key.node);
            broken.extend(plain.map(|plain| Spanned::new(plain, entry.key.span)));
            found.push(entry);
            continue;
        }
        tell_beside(decoder, entry, &entries[at..at + beside]);
        broken.push(entry.key.clone());
        at += beside;
    }
    found
}

/// Whether it is a field rather than a definition of its own.
fn is_field(kind: &Kind, entry: &Entry) -> bool {
    let is_definition = matches!(&entry.value.kind, NodeKind::Map(fields)
        if fields.iter().any(|field| kind.find(&field.key.node).is_some()));
    kind.find(&entry.key.node).is_some() && !is_definition
}

/// Fields in the same column as the name that they belong to.
fn tell_beside(decoder: &mut Decoder<'_>, entry: &Entry, fields: &[Entry]) {
    let name = short(&entry.key.node);
    let names = list(fields.iter().map(|field| field.key.node.as_str()));
    let message = format!("the fields of `{name}` are next to it, not under it");
    let mut told = Diagnostic::error(codes::WRONG_TYPE, entry.key.span, message);
    if let Some(first) = fields.first() {
        told = told.also(first.key.span, "the first of them");
    }
    decoder.diagnostics.push(told.help(format!("indent {names} by two more spaces than `{name}`")));
}

/// The name of a definition that is in a list: the key of `- logins: …`, else what follows `name:`, or the first
/// field.
fn name_in(kind: &Kind, item: &Node) -> Option<Spanned<String>> {
    let NodeKind::Map(fields) = &item.kind else { return None };
    let first = fields.iter().find(|field| field.key.node == "name").or(fields.first())?;
    if fields.len() == 1 && kind.find(&first.key.node).is_none() && first.key.node != "name" {
        return Some(first.key.clone());
    }
    let NodeKind::Scalar(scalar) = &first.value.kind else { return None };
    let name = Spanned::new(scalar.text.clone(), first.value.span);
    Some(name).filter(|name| crate::expr::is_name(&name.node))
}

/// `- name: logins` in place of `logins:`.
fn tell_list(decoder: &mut Decoder<'_>, section: &str, kind: &Kind, node: &Node, items: &[Node]) {
    let first = items.first().map_or(node.span, |item| item.span);
    let told = Diagnostic::error(
        codes::WRONG_TYPE,
        first,
        format!("`{section}` is a map from names to definitions, and this is a list"),
    );
    // `- logins: { … }`: only the dash is too much.
    let is_name = |item: &Node| {
        matches!(&item.kind, NodeKind::Map(fields)
            if matches!(fields.as_slice(), [only] if kind.find(&only.key.node).is_none()))
    };
    if items.iter().all(is_name) {
        decoder.diagnostics.push(told.help("remove the dashes, so that each name is a key"));
        return;
    }
    let named = items.iter().find_map(|item| name_in(kind, item));
    let name = named.map_or_else(|| "name".to_owned(), |name| name.node);
    decoder.diagnostics.push(told.help(format!(
        "write the name of {} as a key, without a dash, and its fields under it: `{name}:`, then `  {}: …`",
        kind.name,
        kind.current().next().map_or("label", |field| field.name)
    )));
}
