//! What a page expects, read back from the drawing of its messages.

/// One message in words.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// `error[unknown-field]`.
    pub(crate) title: String,
    pub(crate) message: String,
    /// `specs/page.yaml:3:5`; that of a page is only in its drawing.
    pub(crate) place: Option<String>,
    /// Whether lines of a file are shown.
    pub(crate) is_drawn: bool,
    pub(crate) help: String,
    /// The words at the places; those of a page are only in its drawing.
    pub(crate) labels: Vec<String>,
    pub(crate) drawing: String,
    /// How many characters are marked at the places on one line; those of a page are the lengths of its underlines.
    pub(crate) widths: Vec<usize>,
}

/// The messages of a `diagnostics` fence.
pub(crate) fn expected(fence: &str) -> Vec<Told> {
    let mut list: Vec<Told> = Vec::new();
    let mut helping = false;
    for line in fence.lines() {
        if is_title(line) {
            list.push(Told { title: line.to_owned(), ..Told::default() });
            helping = false;
            continue;
        }
        let Some(told) = list.last_mut() else { continue };
        told.drawing.push_str(line);
        told.widths.extend(underlines(line));
        let text = line.trim_start();
        if let Some(help) = line.strip_prefix("  help: ") {
            told.help = help.to_owned();
            helping = true;
        } else if helping && line.starts_with("        ") {
            told.help.push_str(text);
        } else if text.split_once('[').is_some_and(|(line, _)| line.starts_with('╭')) {
            helping = false;
            told.is_drawn = true;
        } else if !told.is_drawn && told.help.is_empty() {
            let text = text.trim_start_matches(['×', '⚠', '│']);
            told.message.push_str(text);
        } else {
            helping = false;
        }
    }
    list
}

/// The lengths of the underlines of a drawn line.
fn underlines(line: &str) -> Vec<usize> {
    let Some(marks) = line.trim_start().strip_prefix('·') else { return Vec::new() };
    let parts = marks.split(|c| c != '─' && c != '┬');
    parts.map(|part| part.chars().count()).filter(|width| *width > 0).collect()
}

fn is_title(line: &str) -> bool {
    (line.starts_with("error[") || line.starts_with("warning[")) && line.ends_with(']')
}

/// Lines are wrapped, some inside words: only what stands between blanks counts.
pub(crate) fn packed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Where what is told is not what is expected.
pub(crate) fn difference(expected: &[Told], told: &[Told]) -> Option<String> {
    for (page, now) in expected.iter().zip(told) {
        let drawing = packed(&page.drawing);
        let all_labels = now.labels.iter().all(|label| drawing.contains(&packed(label)));
        // Of a line that is too long to draw, the place stands behind the message.
        let drawn = page.is_drawn || now.place.is_none();
        let same_message = packed(&page.message) == packed(&now.message)
            || (!drawn && packed(&page.message).starts_with(&packed(&now.message)));
        let same_place = now.place.as_ref().map_or(!page.is_drawn, |place| {
            !drawn || drawing.contains(&packed(&format!("[{place}]")))
        });
        let all_widths =
            !page.is_drawn || now.widths.iter().all(|width| page.widths.contains(width));
        let same_help = packed(&page.help) == packed(&now.help);
        let same = page.title == now.title
            && same_message
            && same_place
            && same_help
            && all_labels
            && all_widths;
        if !same {
            return Some(format!("expected {page:#?}\nnow {now:#?}"));
        }
    }
    let (page, now) = (expected.get(told.len()), told.get(expected.len()));
    page.map(|page| format!("no longer told: {page:#?}"))
        .or_else(|| now.map(|now| format!("also told: {now:#?}")))
}
