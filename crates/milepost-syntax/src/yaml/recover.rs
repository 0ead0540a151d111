//! Reading on after a mistake: the definition that holds it is blanked, so that all others keep their
//! places and are read.

use super::reader::Layout;

/// The text without the broken definition.
pub(super) struct Recovered {
    pub(super) text: String,
    /// The name of what was given up, and where it is.
    pub(super) name: Option<(String, usize)>,
}

/// Blanks the definition that holds the byte `culprit`. Gives nothing if there is nothing to blank.
pub(super) fn blank_definition(text: &str, culprit: usize, layout: Layout) -> Option<Recovered> {
    let lines = lines(text);
    let content = |line: &Line| !line.blank;
    let mut at = lines.iter().rposition(|line| line.start <= culprit)?;
    if lines[at].blank {
        at = lines[..at].iter().rposition(content).or_else(|| lines.iter().position(content))?;
    }
    let header = header(&lines, at, layout);
    let last = lines[header + 1..]
        .iter()
        .position(|line| !line.blank && line.indent <= lines[header].indent)
        .map_or(lines.len(), |offset| header + 1 + offset);
    let (from, to) = (lines[header].start, lines.get(last).map_or(text.len(), |line| line.start));
    // Line breaks stay, so that the lines that follow keep their numbers.
    let blanked: String = text[from..to]
        .bytes()
        .map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' })
        .collect();
    if blanked == text[from..to] {
        return None;
    }
    Some(Recovered {
        text: format!("{}{blanked}{}", &text[..from], &text[to..]),
        name: name(&text[from..to]).map(|(name, offset)| (name.to_owned(), from + offset)),
    })
}

/// A tab counts as much as editors show it, so that what follows a line with a tab is not taken for a
/// part of it.
const TAB: usize = 8;

struct Line {
    start: usize,
    indent: usize,
    /// Empty, or only a comment.
    blank: bool,
}

fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_start();
        let blank = content.is_empty() || content.starts_with('#');
        let indent = line[..line.len() - content.len()]
            .chars()
            .map(|c| if c == '\t' { TAB } else { 1 })
            .sum();
        lines.push(Line { start, indent, blank });
        start += line.len();
    }
    lines
}

/// The first line of the definition that holds line `at`.
fn header(lines: &[Line], at: usize, layout: Layout) -> usize {
    let above = |from: usize, indent: usize| {
        lines[..=from].iter().rposition(|line| !line.blank && line.indent <= indent).unwrap_or(from)
    };
    let section = above(at, 0);
    if layout == Layout::Project || section == at {
        return section;
    }
    // The first line under the section sets the indentation of its definitions.
    let indent =
        lines[section + 1..=at].iter().find(|line| !line.blank).map_or(0, |line| line.indent);
    above(at, indent.max(1)).max(section + 1)
}

/// The key at the start of a definition.
fn name(definition: &str) -> Option<(&str, usize)> {
    let line = definition.lines().next()?;
    let start = line.len() - line.trim_start().len();
    let key = line[start..].split(':').next()?.trim_end();
    let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    plain.then_some((key, start))
}
