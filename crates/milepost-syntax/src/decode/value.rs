//! Single values.

use super::Decoder;
use super::field::{FieldType, list};
use super::fields::Fields;
use crate::ast::{Duration, Expr, ExprKind};
use crate::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::expr::{self, parse_duration, parse_text, short};
use crate::span::Spanned;
use crate::suggest::suggest;
use crate::text::MappedText;
use crate::yaml::{Entry, Node, NodeKind, cut_by_comment, quoted};

/// `{{ ref('events') }}` without quotes, which YAML reads as a map.
fn template(name: &str, written: &str, node: &Node) -> Option<Diagnostic> {
    if !written.starts_with("{{") {
        return None;
    }
    let named = expr::template_name(written).unwrap_or_else(|| "events".to_owned());
    let help = if name == "from" {
        format!("name the file with its rows: `from: data/{named}.parquet`")
    } else {
        format!("name the dataset itself: `{name}: count({named})`")
    };
    let told = Diagnostic::error(codes::YAML_ACCIDENT, node.span, expr::NO_TEMPLATES);
    Some(told.help(help))
}

impl Decoder<'_> {
    /// The items of a field whose order matters, each a name with what follows it: a map has no order that one may rest on.
    pub(super) fn in_order<'n>(
        &mut self,
        name: &str,
        takes: &str,
        node: &'n Node,
    ) -> Option<&'n [Node]> {
        let NodeKind::List(items) = &node.kind else {
            self.wrong_type(name, takes, node);
            return None;
        };
        Some(items)
    }

    /// One of them. `one`: what it is called; `has`: what follows its name.
    pub(super) fn only_entry<'n>(
        &mut self,
        (name, takes): (&str, &str),
        (one, has): (&str, &str),
        item: &'n Node,
    ) -> Option<&'n Entry> {
        let NodeKind::Map(entries) = &item.kind else {
            self.wrong_type(name, takes, item);
            return None;
        };
        let [entry] = entries.as_slice() else {
            let message = format!("each {one} is an item of its own: a name and {has}");
            self.diagnostics.push(
                Diagnostic::error(codes::WRONG_TYPE, item.span, message)
                    .help(format!("begin every {one} with `-` on its own line")),
            );
            return None;
        };
        Some(entry)
    }

    /// A value that is not what its field takes.
    pub(super) fn wrong_type(&mut self, name: &str, takes: &str, node: &Node) {
        if matches!(node.kind, NodeKind::Error) {
            return;
        }
        let written = self.source.slice(node.span);
        if let Some(told) = template(name, written, node) {
            self.diagnostics.push(told);
            return;
        }
        self.diagnostics.push(
            Diagnostic::error(
                codes::WRONG_TYPE,
                node.span,
                format!("`{}` takes {takes}, and this is {}", short(name), node.words()),
            )
            .help(format!("write {takes} after `{}:`", short(name))),
        );
    }

    /// The text of a scalar.
    pub(super) fn scalar(
        &mut self,
        name: &str,
        takes: &str,
        node: &Node,
    ) -> Option<Spanned<String>> {
        match &node.kind {
            NodeKind::Scalar(scalar) => Some(Spanned::new(scalar.text.clone(), node.span)),
            NodeKind::Null | NodeKind::List(_) | NodeKind::Map(_) | NodeKind::Error => {
                self.wrong_type(name, takes, node);
                None
            }
        }
    }

    /// A scalar of which an expression makes what its field takes: a day, a share. `what`: what it is not, else.
    pub(super) fn literal<T>(
        &mut self,
        (name, takes): (&str, &str),
        (code, what): (codes::Code, &str),
        node: &Node,
        pick: fn(ExprKind) -> Option<T>,
    ) -> Option<Spanned<T>> {
        let text = self.scalar(name, takes, node)?;
        let read = node.mapped(self.source).and_then(|text| expr::try_parse(&text).ok());
        if let Some(value) = read.and_then(|expr| pick(expr.kind)) {
            return Some(Spanned::new(value, text.span));
        }
        let message = format!("`{}` is not {what}", short(&text.node));
        self.diagnostics
            .push(Diagnostic::error(code, text.span, message).help(format!("write {takes}")));
        None
    }

    pub(super) fn text(&mut self, fields: &Fields<'_>, name: &str) -> Option<Spanned<String>> {
        let node = fields.get(self, name)?;
        self.scalar(name, "text", node).map(|text| text.map(|text| text.trim_end().to_owned()))
    }

    /// One name, or a list of names.
    pub(super) fn names(&mut self, fields: &Fields<'_>, name: &str) -> Vec<Spanned<String>> {
        match fields.get(self, name) {
            Some(node) => self.names_of(name, node),
            None => Vec::new(),
        }
    }

    pub(super) fn names_of(&mut self, name: &str, node: &Node) -> Vec<Spanned<String>> {
        match &node.kind {
            NodeKind::List(items) => {
                items.iter().filter_map(|item| self.scalar(name, "a list of names", item)).collect()
            }
            _ => self.scalar(name, "a name or a list of names", node).into_iter().collect(),
        }
    }

    pub(super) fn bool(&mut self, fields: &Fields<'_>, name: &str) -> Option<Spanned<bool>> {
        let node = fields.get(self, name)?;
        let text = self.scalar(name, "`true` or `false`", node)?;
        match text.node.as_str() {
            "true" => Some(Spanned::new(true, text.span)),
            "false" => Some(Spanned::new(false, text.span)),
            other => {
                let message =
                    format!("`{name}` takes `true` or `false`, and this is `{}`", short(other));
                let likely = match other.to_ascii_lowercase().as_str() {
                    "no" | "n" | "off" | "0" | "false" => "write `false`",
                    "yes" | "y" | "on" | "1" | "true" => "write `true`",
                    _ => "write `true` or `false`",
                };
                self.diagnostics
                    .push(Diagnostic::error(codes::WRONG_TYPE, text.span, message).help(likely));
                None
            }
        }
    }

    pub(super) fn integer(&mut self, fields: &Fields<'_>, name: &str) -> Option<Spanned<i64>> {
        let node = fields.get(self, name)?;
        let text = self.scalar(name, "a whole number", node)?;
        match text.node.replace('_', "").parse() {
            Ok(number) => Some(Spanned::new(number, text.span)),
            Err(_) => {
                let message =
                    format!("`{name}` takes a whole number, and this is `{}`", short(&text.node));
                self.diagnostics.push(
                    Diagnostic::error(codes::WRONG_TYPE, text.span, message)
                        .help("write a number such as `10`"),
                );
                None
            }
        }
    }

    pub(super) fn duration(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
    ) -> Option<Spanned<Duration>> {
        let node = fields.get(self, name)?;
        self.duration_of(name, node)
    }

    pub(super) fn duration_of(&mut self, name: &str, node: &Node) -> Option<Spanned<Duration>> {
        let text = self.scalar(name, "a length of time such as `28 days`", node)?;
        let mapped = node.mapped(self.source)?;
        match parse_duration(&mapped) {
            Ok(duration) => Some(Spanned::new(duration, text.span)),
            Err(problem) => {
                let cause = problem.into_diagnostic(&mapped);
                let slip = cause.help.iter().find(|help| help.starts_with("write `"));
                let help = slip.map_or(
                    "write a whole number and a unit: `28 days`, `3 months`",
                    String::as_str,
                );
                let message =
                    format!("`{name}` takes a length of time, and this is `{}`", short(&text.node));
                self.diagnostics
                    .push(Diagnostic::error(codes::WRONG_TYPE, text.span, message).help(help));
                None
            }
        }
    }

    /// One of the words that the field's table allows, in small letters with `_` for spaces. A word that
    /// is not allowed is reported; if one is near, that is what the rest of the checks see.
    pub(super) fn word(&mut self, fields: &Fields<'_>, name: &str) -> Option<Spanned<String>> {
        let node = fields.get(self, name)?;
        let Some(FieldType::Words(words)) = fields.field_type(name) else { return None };
        let text = self.scalar(name, &FieldType::Words(words).words(), node)?;
        self.one_of(name, words, text)
    }

    pub(super) fn one_of(
        &mut self,
        name: &str,
        words: &[&str],
        text: Spanned<String>,
    ) -> Option<Spanned<String>> {
        let written = text.node.split_whitespace().collect::<Vec<_>>().join("_");
        if words.contains(&written.as_str()) {
            return Some(Spanned::new(written, text.span));
        }
        let near = suggest(&written, words.iter().copied());
        let mut diagnostic = Diagnostic::error(
            codes::INVALID_VALUE,
            text.span,
            format!("`{name}` can't be `{}`", short(&text.node)),
        );
        if let Some(near) = near {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
        }
        self.diagnostics
            .push(diagnostic.help(format!("it is one of {}", list(words.iter().copied()))));
        near.map(|near| Spanned::new(near.to_owned(), text.span))
    }

    /// An expression. One that could not be read, or whose name is misspelled, is an error node; nothing if
    /// the field is not there.
    pub(super) fn expression(&mut self, fields: &Fields<'_>, name: &str) -> Option<Expr> {
        match fields.get(self, name) {
            Some(node) => Some(self.expression_of(name, node)),
            None if fields.is_unreadable(name) => {
                fields.place(name).map(|span| Expr { kind: ExprKind::Error, span })
            }
            None => fields.misspelt(name).map(|span| Expr { kind: ExprKind::Error, span }),
        }
    }

    pub(super) fn expression_of(&mut self, name: &str, node: &Node) -> Expr {
        let error = Expr { kind: ExprKind::Error, span: node.span };
        match &node.kind {
            NodeKind::Scalar(_) => {}
            NodeKind::List(_) | NodeKind::Map(_) => {
                self.structured_expression(name, node);
                return error;
            }
            NodeKind::Null | NodeKind::Error => return error,
        }
        let Some(text) = node.mapped(self.source) else { return error };
        let mut told = Diagnostics::default();
        let expr = parse_text(&text, &mut told);
        let comment = cut_by_comment(node, self.source).filter(|comment| {
            let whole = MappedText::raw(self.source, node.span.to(*comment));
            told.has_errors()
                && !matches!(parse_text(&whole, &mut Diagnostics::default()).kind, ExprKind::Error)
        });
        match comment {
            Some(comment) => {
                let whole = self.source.slice(node.span.to(comment));
                self.diagnostics.push(
                    Diagnostic::error(
                        codes::YAML_ACCIDENT,
                        node.span,
                        "the expression is not complete, as ` #` starts a comment in YAML",
                    )
                    .also(comment, "read as a comment")
                    .help(format!("quote the whole expression: `{name}: {}`", quoted(whole))),
                );
            }
            None => self.diagnostics.append(told),
        }
        expr
    }

    /// An expression that YAML read as a list or a map.
    fn structured_expression(&mut self, name: &str, node: &Node) {
        let written = self.source.slice(node.span);
        if let Some(told) = template(name, written, node) {
            self.diagnostics.push(told);
            return;
        }
        let diagnostic = if node.flow || written.lines().count() == 1 {
            let what = if written.starts_with('{') { "braces" } else { "brackets" };
            let inner = without_brackets(written).filter(|inner| {
                let inner = MappedText::opaque((*inner).to_owned(), node.span);
                !matches!(parse_text(&inner, &mut Diagnostics::default()).kind, ExprKind::Error)
            });
            let help = match inner {
                Some(inner) if is_plain(inner) => {
                    format!("remove the {what}: `{name}: {inner}`")
                }
                Some(inner) => format!("remove the {what}: `{name}: {}`", quoted(inner)),
                None if node.flow => format!("write one expression, without the {what}"),
                None => format!("quote it: `{name}: {}`", quoted(written)),
            };
            Diagnostic::error(
                codes::YAML_ACCIDENT,
                node.span,
                format!("`{name}` takes an expression, and YAML reads this as {}", node.words()),
            )
            .help(help)
        } else {
            Diagnostic::error(
                codes::WRONG_TYPE,
                node.span,
                format!("`{name}` takes an expression, and this is {}", node.words()),
            )
            .help("write the expression after the key, or on the lines after `>`")
        };
        self.diagnostics.push(diagnostic);
    }

    /// A map from names to anything.
    pub(super) fn entries<'n>(&mut self, name: &str, takes: &str, node: &'n Node) -> &'n [Entry] {
        match &node.kind {
            NodeKind::Map(entries) => entries,
            _ => {
                self.wrong_type(name, takes, node);
                &[]
            }
        }
    }

    /// Exactly two values.
    pub(super) fn pair<'n>(
        &mut self,
        name: &str,
        takes: &str,
        node: &'n Node,
    ) -> Option<(&'n Node, &'n Node)> {
        match &node.kind {
            NodeKind::List(items) => match items.as_slice() {
                [first, second] => Some((first, second)),
                _ => {
                    self.diagnostics.push(
                        Diagnostic::error(
                            codes::WRONG_TYPE,
                            node.span,
                            format!("`{name}` takes two values, and this has {}", items.len()),
                        )
                        .help(format!("write {takes}")),
                    );
                    None
                }
            },
            _ => {
                self.wrong_type(name, takes, node);
                None
            }
        }
    }

    /// Reports a name that can't be one.
    pub(super) fn check_name(&mut self, what: &str, name: &Spanned<String>) {
        let mut help =
            "names begin with a letter and have letters (a to z), digits and `_`".to_owned();
        if expr::is_reserved(&name.node) {
            help = format!(
                "`{}` is a word of the expression language; choose another name",
                name.node
            );
        } else if expr::is_name(&name.node) {
            return;
        } else if let Some(explained) = crate::look_alike::explain(&name.node) {
            help = explained;
        } else if what == "a column" {
            help.push_str("; for a column of the data with another name, write `good_name: { column: \"its name\" }`");
        } else if let Some(simple) = simple_name(&name.node) {
            let label = short(&name.node);
            help = format!("{help}; write `{simple}`, and what readers see as `label: {label}`");
        }
        self.diagnostics.push(
            Diagnostic::error(
                codes::INVALID_NAME,
                name.span,
                format!("`{}` can't be the name of {what}", short(&name.node)),
            )
            .help(help),
        );
    }
}

/// `Active users (30 d)` as a name: `active_users_30_d`.
fn simple_name(text: &str) -> Option<String> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let name = words.join("_");
    let is_plain = text.chars().all(|c| c.is_ascii() || c.is_whitespace());
    (is_plain && name.len() <= 40 && expr::is_name(&name)).then_some(name)
}

/// What is inside one pair of brackets.
fn without_brackets(written: &str) -> Option<&str> {
    let written = written.trim();
    let inner = written
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .or_else(|| written.strip_prefix('{')?.strip_suffix('}'))?;
    Some(inner.trim()).filter(|inner| !inner.contains('\n'))
}

/// Whether YAML reads the text as itself without quotes.
fn is_plain(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '(')
        && !text.contains(": ")
        && !text.contains(" #")
}
