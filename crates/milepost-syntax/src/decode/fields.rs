//! A map, read by the table of its kind.

use super::Decoder;
use super::field::{FieldType, Kind, list};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::expr::short;
use crate::span::{Span, Spanned};
use crate::suggest::suggest;
use crate::yaml::{Entry, Node, NodeKind};

/// How many unknown fields of one definition are reported: more of them are not fields at all.
const MAX_UNKNOWN: usize = 20;

/// The fields of one definition.
pub(super) struct Fields<'n> {
    kind: &'static Kind,
    entries: &'n [Entry],
}

impl<'n> Fields<'n> {
    /// The fields of a map. Reports unknown ones, and those that this version lacks; gives nothing if
    /// `node` is no map.
    pub(super) fn open(
        decoder: &mut Decoder<'_>,
        what: &str,
        node: &'n Node,
        kind: &'static Kind,
    ) -> Option<Self> {
        let fields = Self::open_with_others(decoder, what, node, kind)?;
        let unknown = fields.others();
        unknown.take(MAX_UNKNOWN).for_each(|entry| tell_unknown(decoder, kind, entry));
        Some(fields)
    }

    /// The same for a map that may have other keys than those of its table, such as the names of dimensions.
    pub(super) fn open_with_others(
        decoder: &mut Decoder<'_>,
        what: &str,
        node: &'n Node,
        kind: &'static Kind,
    ) -> Option<Self> {
        let entries = match &node.kind {
            NodeKind::Map(entries) => entries,
            NodeKind::Error => return None,
            NodeKind::Null => {
                let message = format!("there is nothing under `{}`", short(what));
                decoder.diagnostics.push(
                    Diagnostic::error(codes::WRONG_TYPE, node.span, message).help(shape(kind)),
                );
                return None;
            }
            NodeKind::Scalar(_) | NodeKind::List(_) => {
                let message = format!(
                    "`{}` is {}, and {} is a map of fields",
                    short(what),
                    node.words(),
                    kind.name
                );
                decoder.diagnostics.push(
                    Diagnostic::error(codes::WRONG_TYPE, node.span, message).help(shape(kind)),
                );
                return None;
            }
        };
        let fields = Self { kind, entries };
        fields.tell_later(decoder, what);
        Some(fields)
    }

    /// What is under keys that the table does not have.
    pub(super) fn others(&self) -> impl Iterator<Item = &'n Entry> + use<'n> {
        let kind = self.kind;
        self.entries.iter().filter(move |entry| kind.find(&entry.key.node).is_none())
    }

    /// The value of a field, if it was written. A field without a value is reported, and gives nothing.
    pub(super) fn get(&self, decoder: &mut Decoder<'_>, name: &str) -> Option<&'n Node> {
        debug_assert!(self.kind.find(name).is_some(), "`{name}` is in the table");
        let entry = self.entries.iter().find(|entry| entry.key.node == name)?;
        match entry.value.kind {
            NodeKind::Error => None,
            NodeKind::Null => {
                let takes = self.kind.find(name).map_or_else(String::new, |field| field.ty.words());
                decoder.diagnostics.push(
                    Diagnostic::error(
                        codes::WRONG_TYPE,
                        entry.key.span,
                        format!("`{name}` has no value"),
                    )
                    .help(format!("give it {takes}, or remove it")),
                );
                None
            }
            NodeKind::Scalar(_) | NodeKind::List(_) | NodeKind::Map(_) => Some(&entry.value),
        }
    }

    /// The same of a field of which `null` is a value, where it is written out.
    pub(super) fn get_or_null(&self, decoder: &mut Decoder<'_>, name: &str) -> Option<&'n Node> {
        let written = self.entries.iter().find(|entry| {
            let is_null = matches!(entry.value.kind, NodeKind::Null);
            entry.key.node == name && is_null && !decoder.source.slice(entry.value.span).is_empty()
        });
        written.map(|entry| &entry.value).or_else(|| self.get(decoder, name))
    }

    /// What the table says that a field takes.
    pub(super) fn field_type(&self, name: &str) -> Option<FieldType> {
        self.kind.find(name).map(|field| field.ty)
    }

    /// Whether a field was written and could not be read.
    pub(super) fn is_unreadable(&self, name: &str) -> bool {
        self.entries
            .iter()
            .any(|e| e.key.node == name && matches!(e.value.kind, NodeKind::Error | NodeKind::Null))
    }

    /// Whether a field is absent, and no misspelled one was reported in its place.
    pub(super) fn lacks(&self, name: &str) -> bool {
        !self.entries.iter().any(|entry| {
            let key = entry.key.node.as_str();
            let known = self.kind.find(key).is_some();
            key == name || (!known && suggest(key, std::iter::once(name)).is_some())
        })
    }

    /// One diagnostic for each of these fields that is absent, with what to add.
    pub(super) fn tell_lacking(
        &self,
        decoder: &mut Decoder<'_>,
        node: &Node,
        needed: &[(&str, &str)],
        message: impl Fn(&str) -> String,
    ) {
        for (name, help) in needed.iter().filter(|(name, _)| self.lacks(name)) {
            decoder.diagnostics.push(
                Diagnostic::error(codes::MISSING_FIELD, node.span, message(name)).help(*help),
            );
        }
    }

    /// One diagnostic for each of these fields that a definition lacks, at its name: the field, what is not said, and what to
    /// add. `what`: such as `list`.
    pub(super) fn tell_unsaid(
        &self,
        decoder: &mut Decoder<'_>,
        (what, name): (&str, &Spanned<String>),
        needed: &[(&str, &str, &str)],
    ) {
        for (_, unsaid, help) in needed.iter().filter(|(field, ..)| self.lacks(field)) {
            let message = format!("the {what} `{}` does not say {unsaid}", name.node);
            let told = Diagnostic::error(codes::MISSING_FIELD, name.span, message);
            decoder.diagnostics.push(told.help(*help));
        }
    }

    /// The place of a field that is there under a misspelled name, which was reported.
    pub(super) fn misspelt(&self, name: &str) -> Option<Span> {
        let unknown = self.entries.iter().filter(|entry| self.kind.find(&entry.key.node).is_none());
        let names = || self.kind.current().map(|field| field.name);
        unknown
            .filter(|entry| suggest(&entry.key.node, names()) == Some(name))
            .map(Entry::span)
            .next()
    }

    /// The key of a field.
    pub(super) fn key(&self, name: &str) -> Option<&'n Spanned<String>> {
        self.entries.iter().find(|entry| entry.key.node == name).map(|entry| &entry.key)
    }

    /// The place of a field, key and value.
    pub(super) fn place(&self, name: &str) -> Option<Span> {
        self.entries.iter().find(|entry| entry.key.node == name).map(Entry::span)
    }

    /// One diagnostic for all fields that this version lacks.
    fn tell_later(&self, decoder: &mut Decoder<'_>, what: &str) {
        let mut told: Option<Diagnostic> = None;
        for entry in self.entries {
            let Some(field) = self.kind.find(&entry.key.node) else { continue };
            let Some(instead) = field.later else { continue };
            told = Some(match told {
                None => Diagnostic::error(
                    codes::NOT_IN_THIS_VERSION,
                    entry.key.span,
                    format!(
                        "`{}` ({}) of `{}` is not in this version",
                        field.name,
                        field.summary,
                        short(what)
                    ),
                )
                .help(instead),
                Some(first) => first.also(entry.key.span, "nor is this"),
            });
        }
        if let Some(diagnostic) = told {
            decoder.diagnostics.push(diagnostic);
        }
    }
}

/// What a definition of this kind looks like.
fn shape(kind: &Kind) -> String {
    let first = kind.current().next().map_or("label", |field| field.name);
    format!("write its fields under it, indented, or in braces: `{{ {first}: … }}`")
}

fn tell_unknown(decoder: &mut Decoder<'_>, kind: &'static Kind, entry: &Entry) {
    let name = short(&entry.key.node);
    let mut diagnostic = Diagnostic::error(
        codes::UNKNOWN_FIELD,
        entry.key.span,
        format!("`{name}` is not a field of {}", kind.name),
    );
    if let Some(near) = suggest(&entry.key.node, kind.current().map(|field| field.name)) {
        diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
    }
    decoder.diagnostics.push(
        diagnostic.help(format!("its fields are {}", list(kind.current().map(|field| field.name)))),
    );
}
