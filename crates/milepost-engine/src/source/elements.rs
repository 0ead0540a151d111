//! JSON as its readers want it, one object per line: what is one list of objects is taken apart while it is read.

use std::io::{self, Read};

use super::fault::NotJson;
use super::input::{LONGEST, too_long};

/// What spreadsheets and some programs write before a text in UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// The text of a file of JSON, an object per line.
pub(super) struct Elements<R> {
    input: R,
    state: State,
    /// Of the byte that comes next, from 1.
    line: usize,
    /// Bytes of the object so far.
    length: usize,
    /// Where each object of a list begins, if that is asked for.
    starts: Option<Vec<usize>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the start: so many bytes of the mark were seen.
    Start(usize),
    /// No list: everything stands as it is.
    Lines,
    /// Between `[` and the first object, or behind a comma if `is_due`.
    Before {
        is_due: bool,
    },
    Object {
        depth: usize,
        text: Text,
    },
    /// Behind an object.
    After,
    /// Behind `]`.
    End,
}

/// Whether a byte stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    Outside,
    Inside,
    /// Behind a backslash.
    Escaped,
}

impl<R: Read> Elements<R> {
    pub(super) const fn new(input: R) -> Self {
        Self { input, state: State::Start(0), line: 1, length: 0, starts: None }
    }

    /// The same, for who asks where objects begin.
    pub(super) fn with_starts(input: R) -> Self {
        Self { starts: Some(Vec::new()), ..Self::new(input) }
    }

    /// Whether it is one list, once something was read.
    pub(super) const fn is_list(&self) -> bool {
        !matches!(self.state, State::Start(_) | State::Lines)
    }

    /// The line on which an object of a list begins (counted from 0) that was read already.
    pub(super) fn start(&self, object: usize) -> Option<usize> {
        self.starts.as_ref()?.get(object).copied()
    }

    /// What takes the place of a byte; nothing if it is left out.
    fn step(&mut self, byte: u8) -> Result<Option<u8>, String> {
        let is_blank = byte.is_ascii_whitespace();
        let line = self.line;
        self.line += usize::from(byte == b'\n');
        let (state, out) = match (self.state, byte) {
            (State::Lines, _) => (State::Lines, Some(byte)),
            (State::Start(seen), _) if MARK.get(seen) == Some(&byte) => {
                (State::Start(seen + 1), None)
            }
            (State::Start(_), b'[') => (State::Before { is_due: false }, None),
            (State::Start(seen), _) if is_blank => (State::Start(seen), Some(byte)),
            (State::Start(_), _) => (State::Lines, Some(byte)),
            (State::Before { .. } | State::After | State::End, _) if is_blank => (self.state, None),
            (State::Before { .. }, b'{') => {
                self.length = 0;
                self.starts.iter_mut().for_each(|starts| starts.push(line));
                (State::Object { depth: 1, text: Text::Outside }, Some(byte))
            }
            (State::Before { is_due: false } | State::After, b']') => (State::End, None),
            (State::After, b',') => (State::Before { is_due: true }, None),
            (State::Object { depth, text }, _) => return self.inside(depth, text, byte).map(Some),
            (State::Before { .. }, _) => {
                return Err(format!("what stands on line {line} is no object `{{…}}` of the list"));
            }
            (State::After, _) => {
                return Err(format!("on line {line}, no comma stands between two objects"));
            }
            (State::End, _) => {
                return Err(format!("on line {line}, more stands behind the `]` of the list"));
            }
        };
        self.state = state;
        Ok(out)
    }

    /// A byte of an object, which ends up on one line.
    fn inside(&mut self, depth: usize, text: Text, byte: u8) -> Result<u8, String> {
        self.length += 1;
        if self.length > LONGEST {
            return Err(too_long());
        }
        let (depth, text) = match (text, byte) {
            (Text::Escaped, _) => (depth, Text::Inside),
            (Text::Inside, b'\\') => (depth, Text::Escaped),
            (Text::Inside, b'"') => (depth, Text::Outside),
            (Text::Inside, b'\n') => {
                return Err(format!("a text on line {} is not closed", self.line - 1));
            }
            (Text::Inside, _) => (depth, Text::Inside),
            (Text::Outside, b'"') => (depth, Text::Inside),
            (Text::Outside, b'{' | b'[') => (depth + 1, Text::Outside),
            (Text::Outside, b'}' | b']') => (depth - 1, Text::Outside),
            (Text::Outside, _) => (depth, Text::Outside),
        };
        self.state = if depth == 0 { State::After } else { State::Object { depth, text } };
        Ok(if byte == b'\n' { b' ' } else { byte })
    }

    fn end(&self) -> io::Result<usize> {
        match self.state {
            State::Start(_) | State::Lines | State::End => Ok(0),
            State::Before { .. } | State::After | State::Object { .. } => {
                let why = "the list that begins with `[` has no end: the file is truncated";
                Err(not_json(why.to_owned()))
            }
        }
    }
}

impl<R: Read> Read for Elements<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        // Each object may be followed by a line break of our own, which takes the place of the comma or the bracket behind it.
        loop {
            let read = self.input.read(into)?;
            if read == 0 {
                return if into.is_empty() { Ok(0) } else { self.end() };
            }
            if self.state == State::Lines {
                return Ok(read);
            }
            let mut kept = 0;
            for at in 0..read {
                let was = self.state;
                let mut out = self.step(into[at]).map_err(not_json)?;
                if was == State::After && self.state != State::After {
                    out = Some(b'\n');
                }
                if let Some(byte) = out {
                    into[kept] = byte;
                    kept += 1;
                }
            }
            if kept > 0 {
                return Ok(kept);
            }
        }
    }
}

fn not_json(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, NotJson(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, Vec<usize>), String> {
        // Byte by byte and at once it is the same.
        let mut out = String::new();
        let mut elements = Elements::with_starts(text.as_bytes());
        elements.read_to_string(&mut out).map_err(|error| error.to_string())?;
        let mut slow = Elements::new(text.as_bytes());
        let mut bytes = Vec::new();
        let mut one = [0];
        while slow.read(&mut one).unwrap() > 0 {
            bytes.push(one[0]);
        }
        assert_eq!(bytes, out.as_bytes());
        Ok((out, elements.starts.unwrap_or_default()))
    }

    #[test]
    fn a_list_is_an_object_per_line() {
        let text = "\u{feff} [\n {\"a\": 1,\n  \"b\": \"x]}\\\"\"},\n{\"c\": [{}]}\n]\n";
        let (lines, starts) = read(text).unwrap();
        assert_eq!(lines, " {\"a\": 1,   \"b\": \"x]}\\\"\"}\n{\"c\": [{}]}\n");
        assert_eq!(starts, [2, 4]);
        assert_eq!(read("[]").unwrap().0, "");
        assert_eq!(read("{\"a\": [1]}\n{}").unwrap().0, "{\"a\": [1]}\n{}");
    }

    #[test]
    fn what_is_no_list_of_objects_is_an_error_by_its_line() {
        for (text, why) in [
            ("[{},\n1]", "what stands on line 2 is no object `{…}` of the list"),
            ("[{}\n{}]", "on line 2, no comma stands between two objects"),
            ("[{}, ]", "what stands on line 1 is no object `{…}` of the list"),
            ("[{}]\n[]", "on line 2, more stands behind the `]` of the list"),
            ("[{\"a\": \"x\n\"}]", "a text on line 1 is not closed"),
            ("[{}", "the list that begins with `[` has no end: the file is truncated"),
            ("[{\"a\": 1", "the list that begins with `[` has no end: the file is truncated"),
        ] {
            assert_eq!(read(text).unwrap_err(), why, "{text}");
        }
    }
}
