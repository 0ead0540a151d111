//! Canonical text that may be broken into lines: where, and how far the lines hang.

/// Where the lines of a group begin that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hang {
    /// Where the lines around it begin.
    Same,
    /// Two columns further than the lines around it.
    Two,
    /// Where the group itself begins.
    Here,
    /// There too; and its lines hold as much as fits, instead of one part each.
    Fill,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    /// A space, or a line break.
    Line,
    Open(Hang),
    Close,
}

/// Text with groups and the places at which each group may be broken: at all of them, or at none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Breakable {
    pieces: Vec<Piece>,
}

/// Where a text goes that is printed.
pub(super) trait Output {
    fn text(&mut self, text: &str);
    /// A place at which the line may be broken.
    fn line(&mut self);
    fn open(&mut self, hang: Hang);
    fn close(&mut self);
}

impl Output for Breakable {
    fn text(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ => self.pieces.push(Piece::Text(text.to_owned())),
        }
    }

    fn line(&mut self) {
        self.pieces.push(Piece::Line);
    }

    fn open(&mut self, hang: Hang) {
        self.pieces.push(Piece::Open(hang));
    }

    fn close(&mut self) {
        self.pieces.push(Piece::Close);
    }
}

/// All on one line, without pieces: so a check prints every metric.
impl Output for String {
    fn text(&mut self, text: &str) {
        self.push_str(text);
    }

    fn line(&mut self) {
        self.push(' ');
    }

    fn open(&mut self, _: Hang) {}

    fn close(&mut self) {}
}

impl Breakable {
    /// All of it on one line.
    pub(crate) fn flat(&self) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Line => " ".to_owned(),
            Piece::Open(_) | Piece::Close => String::new(),
        };
        self.pieces.iter().map(text).collect()
    }

    /// Lines of at most `width` characters, as far as that can be. The outermost group that can be broken
    /// is, also if all of it fits on one line.
    pub(crate) fn lines(&self, width: usize) -> Vec<String> {
        let mut fold = Fold {
            pieces: &self.pieces,
            width,
            must_break: true,
            lines: vec![String::new()],
            column: 0,
        };
        fold.group(0, 0, None);
        fold.lines
    }
}

struct Fold<'a> {
    pieces: &'a [Piece],
    width: usize,
    must_break: bool,
    lines: Vec<String>,
    /// Characters on the last line.
    column: usize,
}

impl Fold<'_> {
    /// Lays out the pieces from `at` to the close of their group; gives the index after it. `own` is how
    /// the group is broken; nothing if it stays on one line.
    fn group(&mut self, mut at: usize, indent: usize, own: Option<Hang>) -> usize {
        while let Some(piece) = self.pieces.get(at) {
            at += 1;
            match piece {
                Piece::Text(text) => self.put(text),
                Piece::Close => return at,
                Piece::Line => match own {
                    None => self.put(" "),
                    Some(Hang::Fill) if self.column + 1 + self.ahead(at) <= self.width => {
                        self.put(" ");
                    }
                    Some(_) => {
                        self.lines.push(" ".repeat(indent));
                        self.column = indent;
                    }
                },
                Piece::Open(hang) => {
                    let inner = match hang {
                        Hang::Same => indent,
                        Hang::Two => indent + 2,
                        // What is deep would wander off to the right.
                        Hang::Here | Hang::Fill if self.column > self.width / 2 => indent + 2,
                        Hang::Here | Hang::Fill => self.column,
                    };
                    let breaks = self.breaks(at).then_some(*hang);
                    at = self.group(at, inner, breaks);
                }
            }
        }
        at
    }

    fn put(&mut self, text: &str) {
        if let Some(line) = self.lines.last_mut() {
            line.push_str(text);
        }
        self.column += text.chars().count();
    }

    /// Whether the group that begins at `at` is broken.
    fn breaks(&mut self, at: usize) -> bool {
        let (mut depth, mut width, mut own_lines) = (1_usize, 0, 0_usize);
        let mut rest = at;
        while depth > 0
            && let Some(piece) = self.pieces.get(rest)
        {
            match piece {
                Piece::Open(_) => depth += 1,
                Piece::Close => depth -= 1,
                Piece::Line => {
                    own_lines += usize::from(depth == 1);
                    width += 1;
                }
                Piece::Text(text) => width += text.chars().count(),
            }
            rest += 1;
        }
        if own_lines == 0 {
            return false;
        }
        let fits = self.column + width + self.ahead(rest) <= self.width;
        std::mem::take(&mut self.must_break) || !fits
    }

    /// How many characters are before the next place at which a line may end.
    fn ahead(&self, at: usize) -> usize {
        self.pieces[at..]
            .iter()
            .take_while(|piece| !matches!(piece, Piece::Line))
            .map(|piece| if let Piece::Text(text) = piece { text.chars().count() } else { 0 })
            .sum()
    }
}
