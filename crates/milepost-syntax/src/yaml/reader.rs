//! Events of the YAML parser to a tree.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use granit_parser::{Event, Marker, Parser, ScalarStyle, ScanError, StructureStyle};

use super::accident;
use super::node::{BLANK_OR_BREAK, Entry, Node, NodeKind, Scalar};
use super::{error, recover};
use crate::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::limits::{NESTING, SPEC_BYTES, SPEC_VALUES};
use crate::source::SourceFile;
use crate::span::{Span, Spanned};

/// How many marks (`&`), references (`*`) and tags (`!`) of one file are reported.
const MOST_SIGNS: usize = 6;

/// How many broken definitions of one file are reported.
const MAX_BROKEN: usize = 20;

/// What could be read of a file.
#[derive(Debug)]
pub(crate) struct Read {
    /// The outermost value; nothing if the file is empty.
    pub(crate) root: Option<Node>,
    /// Names of the definitions that could not be read.
    pub(crate) broken: Vec<Spanned<String>>,
}

/// At which depth the definitions of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `milepost.yaml`: the entries of the outermost map.
    Project,
    /// A spec file: the entries of each section.
    Sections,
}

/// Reads a file, telling every mistake that can be distinguished.
pub(crate) fn read(source: &SourceFile, layout: Layout, diagnostics: &mut Diagnostics) -> Read {
    let mut broken = Vec::new();
    if source.text.len() > SPEC_BYTES {
        let whole = Span::new(source.id, 0, 0);
        diagnostics.push(
            Diagnostic::error(
                codes::SPEC_TOO_LARGE,
                whole,
                format!("`{}` is larger than {} MB", source.path, SPEC_BYTES / 1024 / 1024),
            )
            .help("split it: definitions may be in any number of files"),
        );
        return Read { root: None, broken };
    }
    let mut text = source.text.to_string();
    for attempt in 1..=MAX_BROKEN {
        let mut told = Diagnostics::default();
        match (Builder { source, text: &text, diagnostics: &mut told, signs: 0 }).build() {
            Ok(mut root) => {
                diagnostics.append(told);
                if let Some(root) = &mut root {
                    accident::find_cut_at_comma(root, source, diagnostics);
                }
                return Read { root, broken };
            }
            Err(stop) => {
                let recovered = stop
                    .culprit
                    .filter(|_| attempt < MAX_BROKEN)
                    .and_then(|culprit| recover::blank_definition(&text, culprit, layout));
                match recovered {
                    Some(recovered) => {
                        diagnostics.push(stop.diagnostic);
                        text = recovered.text;
                        if let Some((name, start)) = recovered.name {
                            let end = start + name.len();
                            broken.push(Spanned::new(name, span(source, start, end)));
                        }
                    }
                    None => {
                        diagnostics
                            .push(stop.diagnostic.help("nothing else of this file has been read"));
                        return Read { root: None, broken };
                    }
                }
            }
        }
    }
    Read { root: None, broken }
}

/// A mistake after which the parser can't go on.
pub(super) struct Stop {
    pub(super) diagnostic: Diagnostic,
    /// The byte at which the broken part starts; absent if the rest can't be read either.
    pub(super) culprit: Option<usize>,
}

/// Where the reader stood when the parser gave up.
pub(super) struct Context<'a> {
    pub(super) source: &'a SourceFile,
    /// The text, with what was given up before blanked.
    pub(super) text: &'a str,
    /// The last thing that was read.
    pub(super) last: Option<(usize, usize)>,
    /// The outermost `[` or `{` that is still open.
    pub(super) open_flow: Option<usize>,
    /// The innermost.
    pub(super) open_bracket: Option<usize>,
}

/// The place of these bytes, widened to whole characters.
pub(super) fn span(source: &SourceFile, start: usize, end: usize) -> Span {
    let to_u32 = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let start = source.text.floor_char_boundary(start);
    Span::new(source.id, to_u32(start), to_u32(source.text.ceil_char_boundary(end.max(start))))
}

struct Builder<'a> {
    source: &'a SourceFile,
    text: &'a str,
    diagnostics: &'a mut Diagnostics,
    /// How many marks, references and tags there were.
    signs: usize,
}

/// A list or map that is still open.
struct Open {
    start: usize,
    flow: bool,
    items: Items,
}

enum Items {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<Node> },
}

impl Builder<'_> {
    fn build(&mut self) -> Result<Option<Node>, Box<Stop>> {
        let options = granit_parser::options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            emit_anchor_events: true,
        };
        let mut stack: Vec<Open> = Vec::new();
        let mut root: Option<Node> = None;
        let (mut nodes, mut documents) = (0_usize, 0_usize);
        let mut last = None;
        for event in Parser::new_from_str_with_options(self.text, options) {
            let (event, place) = event.map_err(|cause| self.stop(&cause, &stack, last))?;
            let (start, end) = (self.offset(place.start), self.offset(place.end));
            nodes += usize::from(event.is_node());
            documents += usize::from(matches!(event, Event::DocumentStart(..)));
            if nodes > SPEC_VALUES {
                return Err(self.too_many(start));
            }
            if documents > 1 {
                self.refuse_document(start);
                break;
            }
            if matches!(event, Event::Scalar(..)) {
                last = Some((start, end));
            }
            let tagged = self.refuse_tag(&event, &place, start);
            let Some(mut node) = self.event(event, &mut stack, start, end)? else { continue };
            if tagged {
                node.kind = NodeKind::Error;
            }
            match stack.last_mut() {
                Some(open) => self.put(open, node),
                None => root = Some(node),
            }
        }
        Ok(root)
    }

    /// The value that an event completes, if it does.
    fn event(
        &mut self,
        event: Event<'_>,
        stack: &mut Vec<Open>,
        start: usize,
        end: usize,
    ) -> Result<Option<Node>, Box<Stop>> {
        Ok(match event {
            Event::Scalar(text, style, _, _) => {
                Some(self.scalar(text.into_owned(), style, start, end))
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => Some(self.alias(start, end)),
            Event::Anchor(..) => {
                self.refuse_anchor(start, end);
                None
            }
            Event::SequenceStart(style, ..) => {
                self.check_depth(stack, start)?;
                let flow = style == StructureStyle::Flow;
                stack.push(Open { start, flow, items: Items::List(Vec::new()) });
                None
            }
            Event::MappingStart(style, ..) => {
                self.check_depth(stack, start)?;
                let items = Items::Map { entries: Vec::new(), key: None };
                stack.push(Open { start, flow: style == StructureStyle::Flow, items });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => stack.pop().map(|open| self.close(open, end)),
            _ => None,
        })
    }

    fn offset(&self, marker: Marker) -> usize {
        marker.byte_offset().unwrap_or(0).min(self.text.len())
    }

    fn span(&self, start: usize, end: usize) -> Span {
        span(self.source, start, end)
    }

    fn scalar(&self, text: String, style: ScalarStyle, start: usize, end: usize) -> Node {
        let written = self.text.get(start..end).unwrap_or("");
        let end = start + written.trim_end_matches(BLANK_OR_BREAK).len();
        let span = self.span(start, end);
        let null = style == ScalarStyle::Plain
            && (written.is_empty() || matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"));
        let kind = if null { NodeKind::Null } else { NodeKind::Scalar(Scalar { text, style }) };
        Node { kind, span, flow: false }
    }

    fn close(&mut self, open: Open, end: usize) -> Node {
        let (kind, last) = match open.items {
            Items::List(items) => {
                let last = items.last().map(|node| node.span.end);
                (NodeKind::List(items), last)
            }
            Items::Map { mut entries, .. } => {
                let last = entries.last().map(|entry| entry.span().end);
                self.drop_duplicates(&mut entries);
                (NodeKind::Map(entries), last)
            }
        };
        let end = if open.flow { end } else { last.map_or(open.start, |last| last as usize) };
        Node { kind, span: self.span(open.start, end.max(open.start)), flow: open.flow }
    }

    fn put(&mut self, open: &mut Open, node: Node) {
        match &mut open.items {
            Items::List(items) => items.push(node),
            Items::Map { entries, key } => match key.take() {
                None => *key = Some(node),
                Some(Node { kind: NodeKind::Scalar(scalar), span, .. }) => {
                    entries.push(Entry { key: Spanned::new(scalar.text, span), value: node });
                }
                Some(Node { kind: NodeKind::Error, .. }) => {}
                Some(key) if matches!(node.kind, NodeKind::Null) && node.span.start == node.span.end => {
                    let text = self.source.slice(key.span).to_owned();
                    entries.push(Entry { key: Spanned::new(text, key.span), value: node });
                }
                Some(key) => self.diagnostics.push(
                    Diagnostic::error(codes::YAML_SYNTAX, key.span, "a key is missing before the `:`")
                        .help("write `key: value`; a text that begins with `:`, `[` or `{` must be quoted"),
                ),
            },
        }
    }

    fn drop_duplicates(&mut self, entries: &mut Vec<Entry>) {
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        entries.retain(|entry| match first.get(&entry.key.node) {
            None => {
                first.insert(entry.key.node.clone(), entry.key.span);
                true
            }
            Some(before) => {
                let name = crate::expr::short(&entry.key.node);
                self.diagnostics.push(
                    Diagnostic::error(
                        codes::DUPLICATE_KEY,
                        entry.key.span,
                        format!("`{name}` appears twice in one map"),
                    )
                    .label("again here")
                    .also(*before, "first here")
                    .help("keep one of the two, or give one another name"),
                );
                false
            }
        });
    }

    fn check_depth(&self, stack: &[Open], start: usize) -> Result<(), Box<Stop>> {
        if stack.len() < NESTING {
            return Ok(());
        }
        let diagnostic = Diagnostic::error(
            codes::SPEC_TOO_DEEP,
            self.span(start, start + 1),
            format!("lists and maps are nested more than {NESTING} deep"),
        )
        .help("spec files need fewer than ten levels: look for an extra bracket");
        Err(Box::new(Stop { diagnostic, culprit: Some(outermost(stack).unwrap_or(start)) }))
    }

    fn too_many(&self, start: usize) -> Box<Stop> {
        let diagnostic = Diagnostic::error(
            codes::SPEC_TOO_LARGE,
            self.span(start, start + 1),
            format!("`{}` has more than {SPEC_VALUES} values", self.source.path),
        )
        .help("split it: definitions may be in any number of files");
        Box::new(Stop { diagnostic, culprit: None })
    }

    fn stop(&self, cause: &ScanError, stack: &[Open], last: Option<(usize, usize)>) -> Box<Stop> {
        let bracket = |open: &&Open| open.flow && self.text[open.start..].starts_with(['[', '{']);
        let context = Context {
            source: self.source,
            text: self.text,
            last,
            open_flow: outermost(stack),
            open_bracket: stack.iter().rev().find(bracket).map(|open| open.start),
        };
        Box::new(error::explain(cause, &context))
    }

    fn alias(&mut self, start: usize, end: usize) -> Node {
        let span = self.span(start, end);
        self.refuse_sign(
            Diagnostic::error(codes::YAML_ACCIDENT, span, "YAML reads a value that begins with `*` as a reference")
                .help("references are not part of spec files; write the value itself, or quote an expression"),
        );
        Node { kind: NodeKind::Error, span, flow: false }
    }

    fn refuse_anchor(&mut self, start: usize, end: usize) {
        self.refuse_sign(
            Diagnostic::error(
                codes::YAML_ACCIDENT,
                self.span(start, end),
                "YAML reads a word that begins with `&` as a mark to refer to",
            )
            .help("marks are not part of spec files; remove it, or quote the text"),
        );
    }

    /// Reports a mark, a reference or a tag. A file that is written with them has hundreds: the first few are reported.
    fn refuse_sign(&mut self, told: Diagnostic) {
        self.signs += 1;
        match self.signs.cmp(&MOST_SIGNS) {
            Ordering::Less => self.diagnostics.push(told),
            Ordering::Equal => self.diagnostics.push(told.help(
                "there may be more of `&`, `*` and `!` in this file, which are not reported one by one",
            )),
            Ordering::Greater => {}
        }
    }

    /// Reports a tag, and whether there is one.
    fn refuse_tag(&mut self, event: &Event<'_>, place: &granit_parser::Span, start: usize) -> bool {
        if event.tag().is_none() {
            return false;
        }
        let tag = place.tag_span().and_then(|tag| tag.byte_range());
        let (from, to) = tag.map_or((start, start), |range| (range.start, range.end));
        let rest = accident::meant_end(self.text, from, false).max(to);
        let written = self.text.get(from..rest).unwrap_or("");
        let expression = written.trim_start_matches('!').trim_start();
        self.refuse_sign(
            Diagnostic::error(
                codes::YAML_ACCIDENT,
                self.span(from, to),
                "YAML reads a word that begins with `!` as a tag",
            )
            .help(format!("tags are not part of spec files; for “not”, write `not {expression}`")),
        );
        true
    }

    fn refuse_document(&mut self, start: usize) {
        self.diagnostics.push(
            Diagnostic::error(
                codes::YAML_SYNTAX,
                self.span(start, (start + 3).min(self.text.len())),
                "a second document begins here, and is not read",
            )
            .help("remove the `---`, or move what follows to a file of its own"),
        );
    }
}

fn outermost(stack: &[Open]) -> Option<usize> {
    stack.iter().find(|open| open.flow).map(|open| open.start)
}
