//! Text in columns.

use unicode_width::UnicodeWidthStr;

/// A table for people: a head, lines, and which columns hold numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) head: Vec<String>,
    /// Numbers are at the right edge.
    pub(crate) right: Vec<bool>,
    pub(crate) rows: Vec<Vec<String>>,
}

const GAP: &str = "  ";

impl Table {
    /// How many terminal columns the table takes.
    pub(crate) fn width(&self) -> usize {
        let widths = self.widths();
        widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1)
    }

    /// The table as lines of text.
    pub(crate) fn draw(&self) -> String {
        let widths = self.widths();
        let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        let mut text = String::new();
        for cells in [&self.head, &rule].into_iter().chain(&self.rows) {
            let mut line = String::new();
            for (i, cell) in cells.iter().enumerate() {
                let space = " ".repeat(widths[i].saturating_sub(cell.width()));
                if i > 0 {
                    line.push_str(GAP);
                }
                if self.right.get(i).copied().unwrap_or(false) {
                    line.push_str(&space);
                    line.push_str(cell);
                } else {
                    line.push_str(cell);
                    line.push_str(&space);
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.head.iter().map(|cell| cell.width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        widths
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let table = Table {
            head: vec!["plan".into(), "value".into()],
            right: vec![false, true],
            rows: vec![vec!["日本".into(), "1,000".into()], vec!["a".into(), "no data".into()]],
        };
        assert_eq!(table.draw(), "plan    value\n────  ───────\n日本    1,000\na     no data\n");
        assert_eq!(table.width(), 13);
    }
}
