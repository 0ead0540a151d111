//! Maps, lists and values as blocks of lines.
//!
//! Every function gives nothing where it meets what it does not know; then the whole file stays as it is.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::comments::{self, Comment};
use super::gap::{Blank, Gap, Level};
use super::line::{Place, is_block, lines, width};
use super::scalar::Around;
use super::{FileKind, Understood};
use crate::expr::Breakable;
use crate::span::{Span, Spanned};
use crate::yaml::{BLANK, BLANK_OR_BREAK, Entry, Node, NodeKind};

/// The longest line that braces and expressions may make, in characters.
pub(super) const WIDTH: usize = 120;

/// The text of a file while it is written anew.
pub(super) struct Printer<'a> {
    pub(super) file: &'a Understood,
    /// The old text.
    pub(super) text: &'a str,
    pub(super) comments: Vec<Comment>,
    /// The first comment that has not been written.
    pub(super) next: usize,
    /// The blocks that are open, and after an entry those that it was made of.
    pub(super) levels: Vec<Level>,
    kind: FileKind,
    /// What was read of the values so far: each is asked for several times.
    pub(super) known: RefCell<BTreeMap<Span, Option<Rc<Breakable>>>>,
    /// Whether quotes stay where they are, also those that YAML does not need.
    pub(super) keeps_quotes: bool,
}

/// The field of which quotes are a part of what is said: a cell in quotes is text, whatever its column.
const CELLS: &str = "given";

/// A map or list whose lines are written.
#[derive(Clone, Copy)]
struct Block {
    /// The byte of the old text after which it begins.
    from: usize,
    /// In which column its lines begin.
    indent: usize,
    /// How many blocks are around it.
    depth: usize,
    /// Whether it was written in braces or brackets.
    flow: bool,
}

/// The line on which a value begins.
struct Head<'h> {
    /// What is on it before the value: the key with its colon, or a dash.
    line: &'h str,
    /// The first byte of that in the old text.
    start: usize,
    /// And its end.
    after: usize,
    /// Spaces before a value on the same line.
    spaces: usize,
    indent: usize,
    depth: usize,
}

impl<'a> Printer<'a> {
    /// The whole file in the new style.
    pub(super) fn print(file: &'a Understood, kind: FileKind) -> Option<String> {
        let text: &str = &file.file().text;
        let extras = comments::extras(text)?;
        let mut printer = Self {
            file,
            text,
            comments: extras.comments,
            next: 0,
            levels: Vec::new(),
            kind,
            known: RefCell::default(),
            keeps_quotes: false,
        };
        let mut out = String::new();
        let mut from = 0;
        if extras.marked {
            out.push_str("---\n");
            from = text.find("---")? + 3;
        }
        let mut end = from;
        match &file.root {
            Some(Node { kind: NodeKind::Map(entries), flow: false, .. }) => {
                let block = Block { from, indent: 0, depth: 0, flow: false };
                out.push_str(&printer.map(entries, block)?);
                let last = entries.last()?;
                end = printer.end(&last.value, last.key.span.end as usize);
            }
            Some(Node { kind: NodeKind::Null, .. }) | None => {
                printer.levels.push(Level { column: 0, indent: 0 });
            }
            Some(_) => return None,
        }
        let rest = printer.gap(end, text.len(), 0);
        let first = if out.is_empty() { Blank::Never } else { Blank::Kept };
        rest.print(first, &mut out);
        let unended = !text.ends_with('\n') && !rest.has_comments();
        if unended && file.root.as_ref().is_some_and(|root| printer.ends_in_text(root)) {
            // A line break there would be part of the text.
            out.truncate(out.trim_end_matches('\n').len());
        }
        (printer.next == printer.comments.len()).then_some(out)
    }

    fn map(&mut self, entries: &[Entry], block: Block) -> Option<String> {
        let level = self.levels.len();
        let first = entries.first()?.key.span.start as usize;
        self.levels.push(Level { column: self.column(first, block), indent: block.indent });
        // Between sections there is always a blank line, so their values are not under each other.
        let are_sections = block.depth == 0 && self.kind == FileKind::Spec;
        let spaces = match block.flow || are_sections {
            true => vec![0; entries.len()],
            false => self.alignment(entries, block.indent),
        };
        let mut parts = Vec::with_capacity(entries.len());
        let mut from = block.from;
        for (entry, spaces) in entries.iter().zip(spaces) {
            let start = entry.key.span.start as usize;
            let gap = self.entry_gap(from, start, level, block);
            let line =
                format!("{}{}:", " ".repeat(block.indent), self.key(&entry.key, Around::Block)?);
            let after = self.colon(&entry.key)?;
            let head = Head {
                line: &line,
                start,
                after,
                spaces,
                indent: block.indent,
                depth: block.depth,
            };
            let around = self.keeps_quotes;
            self.keeps_quotes |= entry.key.node == CELLS;
            parts.push((gap, self.value(&entry.value, &head, block.flow)?));
            self.keeps_quotes = around;
            from = self.end(&entry.value, after);
        }
        Some(self.join(&parts, block))
    }

    fn list(&mut self, items: &[Node], block: Block) -> Option<String> {
        let level = self.levels.len();
        let mut parts = Vec::with_capacity(items.len());
        let mut from = block.from;
        for item in items {
            let (start, after) = if block.flow {
                (item.span.start as usize, item.span.start as usize)
            } else {
                let dash = self.dash(from)?;
                (dash, dash + 1)
            };
            if parts.is_empty() {
                self.levels.push(Level { column: self.column(start, block), indent: block.indent });
            }
            let gap = self.entry_gap(from, start, level, block);
            let line = format!("{}-", " ".repeat(block.indent));
            let head = Head {
                line: &line,
                start,
                after,
                spaces: 0,
                indent: block.indent,
                depth: block.depth,
            };
            parts.push((gap, self.value(item, &head, block.flow)?));
            from = self.end(item, after);
        }
        Some(self.join(&parts, block))
    }

    fn entry_gap(&mut self, from: usize, to: usize, level: usize, block: Block) -> Gap {
        // Inside braces are neither blank lines nor comments here.
        if block.flow { Gap::default() } else { self.gap(from, to, level) }
    }

    /// Puts entries under each other. Sections, and definitions of more than one line, are set apart.
    fn join(&self, parts: &[(Gap, String)], block: Block) -> String {
        let mut out = String::new();
        let is_long = |at: usize| {
            parts
                .get(at)
                .is_some_and(|(_, part)| part.trim_end_matches(BLANK_OR_BREAK).contains('\n'))
        };
        for (at, (gap, part)) in parts.iter().enumerate() {
            let rule = match (at, block.depth) {
                (0, 1) => Blank::Kept,
                (0, _) => Blank::Never,
                (_, 0) if self.kind == FileKind::Spec => Blank::Always,
                (_, 1) if self.kind == FileKind::Spec && (is_long(at - 1) || is_long(at)) => {
                    Blank::Always
                }
                _ => Blank::Kept,
            };
            gap.print(rule, &mut out);
            out.push_str(part);
        }
        out
    }

    /// The lines of a key (or a dash) with its value.
    fn value(&mut self, node: &Node, head: &Head<'_>, flow: bool) -> Option<String> {
        let column = width(head.line) + 1 + head.spaces;
        let place = Place { after: head.after, indent: head.indent, column };
        if let Some(text) = self.inline(node, place) {
            let line = format!("{}{}{text}", head.line, " ".repeat(1 + head.spaces));
            return Some(self.finish(line, node.span.end as usize, head, flow));
        }
        match &node.kind {
            NodeKind::Null if self.slice(node).is_empty() => {
                let column = comments::column(self.text, head.start) + 1;
                self.levels.push(Level { column, indent: head.indent + 2 });
                Some(self.finish(head.line.to_owned(), head.after, head, flow))
            }
            NodeKind::List(_) | NodeKind::Map(_) if !node.flow => {
                self.block(node, head, head.after)
            }
            NodeKind::Scalar(_) if is_block(node) => self.block_scalar(node, head),
            _ if self.has_comment(head.after, node.span.start as usize) => self.below(node, head),
            NodeKind::Scalar(_) => self.long_scalar(node, head),
            NodeKind::List(_) | NodeKind::Map(_) => match self.one_line(node) {
                Some(_) => self.block(node, head, node.span.end as usize),
                None => self.as_written(node, head),
            },
            NodeKind::Null | NodeKind::Error => None,
        }
    }

    /// A line with the comment that follows it.
    fn finish(&mut self, line: String, end: usize, head: &Head<'_>, flow: bool) -> String {
        let one_line = !line.contains('\n') && !self.text[head.start..end].contains('\n');
        let shift = if one_line && !flow { self.shift(head.start, head.indent) } else { None };
        let comment = self.trailing(&line, end, shift);
        format!("{line}{comment}\n")
    }

    /// A map or list on lines of its own. `end` is where the comment of the head's line may follow.
    fn block(&mut self, node: &Node, head: &Head<'_>, end: usize) -> Option<String> {
        let before = self.next;
        // What is before the first entry; a comment behind that on its line is its own.
        let is_own = node.flow || self.has_comment(head.after, node.span.start as usize);
        let first = if is_own {
            self.finish(head.line.to_owned(), end, head, node.flow)
        } else {
            format!("{}\n", head.line)
        };
        let commented = self.next > before;
        let from = match self.comments.get(before).filter(|_| commented && !node.flow) {
            Some(comment) => comment.end,
            None => head.after,
        };
        let block = Block { from, indent: head.indent + 2, depth: head.depth + 1, flow: node.flow };
        let lines = match &node.kind {
            NodeKind::Map(entries) => self.map(entries, block)?,
            NodeKind::List(items) => self.list(items, block)?,
            _ => return None,
        };
        // The first line of an item is behind its dash, unless it is a comment.
        let behind = lines
            .get(block.indent..)
            .filter(|rest| !commented && head.line.ends_with('-') && !rest.starts_with('#'));
        Some(match behind {
            Some(rest) => format!("{} {rest}", head.line),
            None => format!("{first}{lines}"),
        })
    }

    /// An expression that is folded, or a text of several lines.
    fn long_scalar(&mut self, node: &Node, head: &Head<'_>) -> Option<String> {
        if let Some(breakable) = self.breakable(node) {
            let column = width(head.line) + 1 + head.spaces;
            let place = Place { after: head.after, indent: head.indent, column };
            let text = super::scalar::expression(&breakable.flat(), Around::Block);
            let lines = self.folded(node, &breakable, &text, place)?;
            let first = self.finish(format!("{} >", head.line), node.span.end as usize, head, true);
            return Some(first + &indented(&lines, head.indent + 2));
        }
        let text = format!("{} {}", head.line, self.rewrapped(node, head.indent));
        Some(self.finish(text, node.span.end as usize, head, true))
    }

    /// A text of several lines, or in quotes: YAML folds the space at the start of each line away.
    fn rewrapped(&self, node: &Node, indent: usize) -> String {
        let mut out = String::new();
        for (at, line) in self.slice(node).split('\n').enumerate() {
            if at > 0 {
                out.push('\n');
            }
            let rest = if at == 0 { line } else { line.trim_start_matches(BLANK) };
            let trimmed = rest.trim_end_matches(BLANK);
            let rest = if trimmed.ends_with('\\') { rest } else { trimmed };
            if at > 0 && !rest.is_empty() {
                out.push_str(&" ".repeat(indent + 2));
            }
            out.push_str(rest);
        }
        out
    }

    /// A text after `|` or `>`: its lines are moved, and otherwise as they are.
    fn block_scalar(&mut self, node: &Node, head: &Head<'_>) -> Option<String> {
        let between = self.text.get(head.after..node.span.start as usize)?;
        let mark = head.after + between.find(|c: char| !BLANK_OR_BREAK.contains(&c))?;
        let header = self.text[mark..].split(BLANK_OR_BREAK).next()?;
        let is_known = header.starts_with(['|', '>'])
            && header[1..].chars().all(|c| c == '-')
            && mark < node.span.start as usize;
        if !is_known {
            return None;
        }
        let start = mark + self.text[mark..].find('\n')? + 1;
        let content = self.text.get(start..node.span.end as usize)?;
        let breakable = self.breakable(node);
        let header = if breakable.is_some() { ">" } else { header };
        let first = self.finish(format!("{} {header}", head.line), mark + 1, head, true);
        let lines: Vec<String> = match breakable {
            Some(breakable) => lines(&breakable, head.indent + 2),
            None => {
                let filled = content.lines().find(|line| !line.trim_matches(BLANK).is_empty())?;
                let own = filled.len() - filled.trim_start_matches(' ').len();
                content.split('\n').map(|line| line.get(own..).unwrap_or("").to_owned()).collect()
            }
        };
        Some(first + &indented(&lines, head.indent + 2))
    }

    /// A value that a comment parts from its key: on a line of its own, below the comment.
    fn below(&mut self, node: &Node, head: &Head<'_>) -> Option<String> {
        let before = self.next;
        let mut out = self.finish(head.line.to_owned(), head.after, head, false);
        let from = match self.comments.get(before).filter(|_| self.next > before) {
            Some(comment) => comment.end,
            None => head.after,
        };
        let level = self.levels.len();
        self.levels.push(Level { column: 0, indent: head.indent + 2 });
        self.gap(from, node.span.start as usize, level).print(Blank::Never, &mut out);
        let line = " ".repeat(head.indent + 2);
        let text = match &node.kind {
            NodeKind::Scalar(_) => self.rewrapped(node, head.indent),
            _ => self.one_line(node)?,
        };
        out.push_str(&self.finish(line + &text, node.span.end as usize, head, true));
        Some(out)
    }

    /// A list or map in brackets with comments in it: its lines are moved, and otherwise as they are.
    fn as_written(&mut self, node: &Node, head: &Head<'_>) -> Option<String> {
        let shift = self.shift(head.start, head.indent)?;
        let mut text = format!("{} ", head.line);
        for (at, line) in self.slice(node).split('\n').enumerate() {
            if at > 0 {
                text.push('\n');
            }
            let rest = if at == 0 { line } else { line.trim_start_matches(BLANK) };
            if at > 0 && !rest.is_empty() {
                let own = (line.len() - rest.len()).saturating_add_signed(shift);
                text.push_str(&" ".repeat(own.max(head.indent + 2)));
            }
            text.push_str(rest);
        }
        while self.comments.get(self.next).is_some_and(|c| c.start < node.span.end as usize) {
            self.next += 1;
        }
        Some(self.finish(text, node.span.end as usize, head, true))
    }

    pub(super) fn slice(&self, node: &Node) -> &'a str {
        self.text.get(node.span.start as usize..node.span.end as usize).unwrap_or("")
    }

    /// Whether the last value of a file is a text after `|` or `>`.
    fn ends_in_text(&self, node: &Node) -> bool {
        match &node.kind {
            NodeKind::Map(entries) if !node.flow => {
                entries.last().is_some_and(|entry| self.ends_in_text(&entry.value))
            }
            NodeKind::List(items) if !node.flow => {
                items.last().is_some_and(|item| self.ends_in_text(item))
            }
            _ => is_block(node) && self.breakable(node).is_none(),
        }
    }

    /// Where a value ends; `after` is the end of its key. What is not there is nowhere.
    fn end(&self, node: &Node, after: usize) -> usize {
        if self.slice(node).is_empty() { after } else { after.max(node.span.end as usize) }
    }

    /// The end of the colon after a key that is on the same line.
    pub(super) fn colon(&self, key: &Spanned<String>) -> Option<usize> {
        let end = key.span.end as usize;
        let rest = self.text.get(end..)?;
        let space = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        rest[space..].starts_with(':').then_some(end + space + 1)
    }

    /// The next dash of a list, over comments.
    fn dash(&self, from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            let rest = self.text.get(at..)?;
            at += rest.len() - rest.trim_start_matches(BLANK_OR_BREAK).len();
            let comment = self.comments.partition_point(|comment| comment.start < at);
            match self.comments.get(comment).filter(|comment| comment.start == at) {
                Some(comment) => at = comment.end,
                None => return self.text[at..].starts_with('-').then_some(at),
            }
        }
    }

    /// The column of a block in the old text.
    fn column(&self, start: usize, block: Block) -> usize {
        // What was in braces is followed by no comment of its own.
        if block.flow { usize::MAX } else { comments::column(self.text, start) }
    }
}

fn indented(lines: &[String], indent: usize) -> String {
    let indent = " ".repeat(indent);
    lines
        .iter()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{indent}{line}\n") })
        .collect()
}
