//! Text in columns.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

/// A table for people: a head, lines, and which columns hold numbers.
pub(crate) struct Table<'a> {
    pub(crate) head: Vec<String>,
    /// Numbers are at the right edge.
    pub(crate) right: Vec<bool>,
    /// The lines. They are asked for twice, and no more than one is held at a time.
    pub(crate) rows: Box<dyn Fn() -> Rows<'a> + 'a>,
}

/// Lines, cell by cell.
pub(crate) type Rows<'a> = Box<dyn Iterator<Item = Vec<String>> + 'a>;

const GAP: &str = "  ";

impl Table<'_> {
    /// Whether the table takes at most so many terminal columns.
    pub(crate) fn fits(&self, width: usize) -> bool {
        self.widths(width).is_some()
    }

    /// Writes the table as lines of text.
    pub(crate) fn draw(&self, to: &mut dyn Write) -> io::Result<()> {
        let widths = self.widths(usize::MAX).unwrap_or_default();
        let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        for cells in [self.head.clone(), rule].into_iter().chain((self.rows)()) {
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
            writeln!(to, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// The table as text.
    pub(crate) fn text(&self) -> String {
        let mut bytes = Vec::new();
        // Memory takes everything.
        let _ = self.draw(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// How wide each column is; nothing when they take more than `most` together.
    fn widths(&self, most: usize) -> Option<Vec<usize>> {
        let mut widths: Vec<usize> = self.head.iter().map(|cell| cell.width()).collect();
        let gaps = GAP.len() * widths.len().saturating_sub(1);
        let fits = |widths: &[usize]| widths.iter().sum::<usize>() + gaps <= most;
        if !fits(&widths) {
            return None;
        }
        for row in (self.rows)() {
            for (width, cell) in widths.iter_mut().zip(&row) {
                *width = (*width).max(cell.width());
            }
            if !fits(&widths) {
                return None;
            }
        }
        Some(widths)
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let rows = [["日本", "1,000"], ["a", "no data"]].map(|row| row.map(str::to_owned).to_vec());
        let table = Table {
            head: vec!["plan".into(), "value".into()],
            right: vec![false, true],
            rows: Box::new(|| Box::new(rows.iter().cloned())),
        };
        assert_eq!(table.text(), "plan    value\n────  ───────\n日本    1,000\na     no data\n");
        assert!(table.fits(13) && !table.fits(12));
    }
}
