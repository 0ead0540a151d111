//! Files that say the same in any style: a tree of values, written as a list of choices wants it.

/// What a file says.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// A text that may be any: of words with single spaces between.
    Prose(String),
    /// A text that means something.
    Text(String),
    /// An expression: it may be in any style too.
    Expression(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

/// Writes values; every decision of style is taken from a list of numbers, so that a failure shrinks.
pub(crate) struct Writer<'c> {
    choices: &'c [u8],
    at: usize,
    out: String,
    /// The comments, in order.
    pub(crate) comments: Vec<String>,
    /// The column from which a comment would be part of the text before it.
    block_text: Option<usize>,
}

impl<'c> Writer<'c> {
    pub(crate) fn write(value: &Value, choices: &'c [u8]) -> (String, Vec<String>) {
        let mut writer =
            Self { choices, at: 0, out: String::new(), comments: Vec::new(), block_text: None };
        writer.block(value, 0, false);
        writer.gap(0);
        if writer.choose(4) == 0 {
            writer.out.truncate(writer.out.trim_end().len());
        }
        let crlf = writer.choose(8) == 0;
        let out = if crlf { writer.out.replace('\n', "\r\n") } else { writer.out };
        (out, writer.comments)
    }

    /// A number below `n`; 0, the plainest, when the choices have run out.
    fn choose(&mut self, n: u8) -> u8 {
        let choice = self.choices.get(self.at).map_or(0, |choice| choice % n);
        self.at += 1;
        choice
    }

    fn spaces(&mut self, least: u8, more: u8) -> String {
        let extra = self.choose(more.max(1));
        " ".repeat(usize::from(least + extra))
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn comment(&mut self) {
        let text = format!("#c{} a: [b, 'c", self.comments.len());
        self.out.push_str(&text);
        self.comments.push(text);
    }

    /// Blank lines and comments that are alone.
    fn gap(&mut self, indent: usize) {
        for _ in 0..self.choose(3) {
            if self.choose(2) == 0 {
                let blank = self.spaces(0, 3);
                // Space in a blank line after a text would be part of the text.
                self.out.push_str(if self.block_text.is_none() { &blank } else { "" });
            } else {
                let limit = self.block_text.unwrap_or(12);
                let column = usize::from(self.choose(12)).min(limit.saturating_sub(1));
                let column = if self.choose(2) == 0 { indent } else { column };
                self.out.push_str(&" ".repeat(column));
                self.comment();
                self.block_text = None;
            }
            self.out.push('\n');
        }
    }

    /// The end of a line, with a comment or without.
    fn end(&mut self) {
        if self.choose(4) == 3 {
            let space = self.spaces(1, 4);
            self.out.push_str(&space);
            self.comment();
        }
        self.out.push('\n');
    }

    /// A map or list on lines of its own. With `opened`, the first line has its indentation already.
    fn block(&mut self, value: &Value, indent: usize, mut opened: bool) {
        let pad = " ".repeat(indent);
        match value {
            Value::Map(entries) => {
                for (key, value) in entries {
                    if !opened {
                        self.gap(indent);
                        self.out.push_str(&pad);
                    }
                    opened = false;
                    self.block_text = None;
                    let key = self.quoted(key, false);
                    self.out.push_str(&key);
                    self.out.push(':');
                    self.value(value, indent);
                }
            }
            Value::List(items) => {
                for item in items {
                    if !opened {
                        self.gap(indent);
                        self.out.push_str(&pad);
                    }
                    opened = false;
                    self.block_text = None;
                    self.out.push('-');
                    self.value(item, indent);
                }
            }
            Value::Prose(_) | Value::Text(_) | Value::Expression(_) => {}
        }
    }

    fn value(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Prose(text) | Value::Text(text) | Value::Expression(text) => {
                self.scalar(text, indent, matches!(value, Value::Prose(_)));
            }
            Value::List(_) | Value::Map(_) if self.choose(2) == 1 => {
                let space = self.spaces(1, 3);
                self.out.push_str(&space);
                let roomy = self.choose(3) == 2;
                self.flow(value, indent, roomy);
                self.end();
            }
            Value::List(_) | Value::Map(_) => {
                let dash = self.out.ends_with('-');
                let deeper = indent + 1 + usize::from(self.choose(4));
                if dash && self.choose(2) == 1 {
                    self.out.push_str(&" ".repeat(deeper - indent - 1));
                    if deeper == indent + 1 {
                        self.out.push(' ');
                    }
                    let column = deeper.max(indent + 2);
                    self.block(value, column, true);
                } else {
                    self.end();
                    self.block(value, deeper, false);
                }
            }
        }
    }

    fn scalar(&mut self, text: &str, indent: usize, prose: bool) {
        let deeper = " ".repeat(indent + 1 + usize::from(self.choose(4)));
        let space = self.spaces(1, 4);
        let plain = is_plain(text, false);
        match self.choose(7) {
            // In quotes, over several lines.
            1 if text.contains(' ') && !text.contains('\'') => {
                let lines = text.replacen(' ', &format!("\n{deeper}"), 2);
                self.put(&format!("{space}'{lines}'"));
                self.end();
            }
            2 if text.contains(' ') && plain => {
                let lines = text.replacen(' ', &format!("\n{deeper}"), 2);
                self.put(&format!("{space}{lines}"));
                self.end();
            }
            style @ (3 | 4) => {
                let mark = if style == 3 { "|" } else { ">" };
                // A text that means something has no line break at its end.
                let chomp = if prose && self.choose(2) == 0 { "" } else { "-" };
                self.put(&format!("{space}{mark}{chomp}"));
                self.end();
                let wide =
                    if self.choose(2) == 0 { deeper.clone() } else { format!("{deeper}   ") };
                let lines = if !prose || self.choose(2) == 0 {
                    text.replacen(' ', &format!("\n{wide}"), 2)
                } else {
                    format!("{text}\n\n{wide}{text}\n{deeper}#no comment")
                };
                self.put(&format!("{deeper}{lines}\n"));
                self.block_text = Some(deeper.len());
            }
            // On the line below its key.
            5 => {
                self.end();
                self.gap(indent);
                let value = self.quoted(text, false);
                self.put(&format!("{deeper}{value}"));
                self.end();
            }
            _ => {
                let value = self.quoted(text, false);
                self.put(&format!("{space}{value}"));
                self.end();
            }
        }
    }

    fn flow(&mut self, value: &Value, indent: usize, roomy: bool) {
        match value {
            Value::Prose(text) | Value::Text(text) | Value::Expression(text) => {
                let text = self.quoted(text, true);
                self.out.push_str(&text);
            }
            Value::List(items) => {
                self.out.push('[');
                for (at, item) in items.iter().enumerate() {
                    self.between(at > 0, indent, roomy);
                    self.flow(item, indent, roomy);
                }
                let space = self.spaces(0, 2);
                self.out.push_str(&space);
                self.out.push(']');
            }
            Value::Map(entries) => {
                self.out.push('{');
                for (at, (key, item)) in entries.iter().enumerate() {
                    self.between(at > 0, indent, roomy);
                    let key = self.quoted(key, true);
                    self.put(&format!("{key}: "));
                    self.flow(item, indent, roomy);
                }
                let space = self.spaces(0, 2);
                self.out.push_str(&space);
                self.out.push('}');
            }
        }
    }

    fn between(&mut self, comma: bool, indent: usize, roomy: bool) {
        self.out.push_str(if comma { "," } else { "" });
        let space = self.spaces(u8::from(comma), 3);
        if roomy && self.choose(3) == 2 {
            self.out.push(' ');
            self.end();
            self.out.push_str(&" ".repeat(indent + 1));
        }
        self.out.push_str(&space);
    }

    /// A text on one line, in quotes where it must be or where the choices want it.
    fn quoted(&mut self, text: &str, flow: bool) -> String {
        match self.choose(4) {
            1 => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            2 => format!("'{}'", text.replace('\'', "''")),
            _ if is_plain(text, flow) => text.to_owned(),
            _ => format!("'{}'", text.replace('\'', "''")),
        }
    }
}

/// Whether a text may be without quotes; careful rather than exact.
fn is_plain(text: &str, flow: bool) -> bool {
    let cut = text.contains(": ") || text.contains(" #") || text.ends_with(':');
    let starts = text.starts_with(|c: char| c.is_alphanumeric());
    starts && !cut && text != "null" && !(flow && text.contains([',', '[', ']', '{', '}']))
}
