//! Definitions as lists of fields, each with its value in one way of writing: what a comparison of two versions of a file
//! stands on. The tables of fields say how deep it goes, so a field that they get is compared from the first day.

use crate::PROJECT_FILE;
use crate::ast::{Aggregate, AggregateFunction, Expr, ExprKind};
use crate::decode::{Field, FieldType, KINDS, Kind, SECTIONS, Shape, short_form};
use crate::diagnostic::Diagnostics;
use crate::expr::{parse_duration, print_duration, print_expr, try_parse};
use crate::format::FileKind;
use crate::schema::{kind_of, short_name};
use crate::source::SourceFile;
use crate::span::{Span, Spanned};
use crate::text::MappedText;
use crate::yaml::{Entry, Layout, Node, NodeKind, read};

/// A definition as it is written.
#[derive(Clone, Debug)]
pub struct Outline {
    /// `metrics`, `datasets`, …; `project` for `milepost.yaml`.
    pub section: &'static str,
    pub name: Spanned<String>,
    /// In the order in which they are written.
    pub fields: Vec<Written>,
}

/// A value as it is written, and where it stands.
#[derive(Clone, Debug)]
pub struct Written {
    /// The keys that lead to it, from the definition inward: `target`, `at_least`.
    pub path: Vec<String>,
    /// Of each key the field of a table that it is; nothing for a name that an author chose.
    pub fields: Vec<Option<TableField>>,
    pub value: WrittenValue,
    pub span: Span,
}

/// A field of a table: `target.at_least`, `metric.value`.
#[derive(Clone, Copy, Debug)]
pub struct TableField {
    kind: &'static Kind,
    field: &'static Field,
}

impl TableField {
    /// `metric.value`: the kind of definition, and the key in it.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}.{}", short_name(self.kind), self.field.name)
    }
}

/// What is written there.
#[derive(Clone, Debug)]
pub enum WrittenValue {
    Expression(Box<Expr>),
    /// Rows of a dataset, as the subject, the time and the condition of an aggregate that counts them.
    Rows(Box<Aggregate>),
    /// Names in their order: a list of them, or the keys of a list of definitions.
    Names(Vec<String>),
    /// Anything else, in one way of writing.
    Text(String),
}

impl WrittenValue {
    /// As text; two values with equal text are written alike but for blanks, quotes and comments.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Expression(expr) => print_expr(expr),
            Self::Rows(rows) => {
                let text = print_expr(&Expr {
                    kind: ExprKind::Aggregate(rows.clone()),
                    span: rows.function.span,
                });
                let inner = text.strip_prefix("count(").and_then(|text| text.strip_suffix(')'));
                inner.unwrap_or(&text).to_owned()
            }
            Self::Names(names) => names.join(", "),
            Self::Text(text) => text.clone(),
        }
    }
}

impl Written {
    /// `target.at_least`
    #[must_use]
    pub fn dotted(&self) -> String {
        self.path.join(".")
    }
}

/// The definitions of a file. What can't be read is left out: whoever parsed the file has reported it.
#[must_use]
pub fn outline(file: FileKind, source: &SourceFile) -> Vec<Outline> {
    let layout = match file {
        FileKind::Project => Layout::Project,
        FileKind::Spec => Layout::Sections,
    };
    let Some(root) = read(source, layout, &mut Diagnostics::default()).root else {
        return Vec::new();
    };
    let NodeKind::Map(entries) = &root.kind else { return Vec::new() };
    let mut reader = Reader { source, found: Vec::new() };
    match file {
        FileKind::Project => {
            let kind = KINDS.iter().copied().find(|kind| kind.name == PROJECT_FILE);
            let Some(kind) = kind else { return Vec::new() };
            let name = Spanned::new(PROJECT_FILE.to_owned(), Span::new(source.id, 0, 0));
            reader.map(kind, entries, &Place::default());
            vec![Outline { section: "project", name, fields: reader.found }]
        }
        FileKind::Spec => entries.iter().flat_map(|entry| reader.section(entry)).collect(),
    }
}

/// What a value is that is written instead of a map of that kind.
const SHORT: [(&str, &str); 4] =
    [("a column", "type"), ("a behavior", "rows"), ("a step", "rows"), ("`to`", "rows")];

/// The field with the name of a definition in a list.
const NAMED_BY: [(&str, &str); 2] = [("a stage", "stage"), ("a milestone", "milestone")];

fn name_field(kind: &Kind) -> Option<&'static str> {
    NAMED_BY.iter().find(|(of, _)| *of == kind.name).map(|(_, field)| *field)
}

/// The name that a definition in a list gives itself.
fn own_name(kind: &Kind, item: &Node) -> Option<String> {
    let (field, NodeKind::Map(entries)) = (name_field(kind)?, &item.kind) else { return None };
    let found = entries.iter().find(|entry| entry.key.node == field)?;
    match &found.value.kind {
        NodeKind::Scalar(scalar) => Some(scalar.text.trim().to_owned()),
        _ => None,
    }
}

/// Where a value stands.
#[derive(Clone, Debug, Default)]
struct Place {
    path: Vec<String>,
    fields: Vec<Option<TableField>>,
}

impl Place {
    fn named(&self, name: &str) -> Self {
        let mut place = self.clone();
        place.path.push(name.to_owned());
        place.fields.push(None);
        place
    }

    fn field(&self, kind: &'static Kind, field: &'static Field) -> Self {
        let mut place = self.clone();
        place.path.push(field.name.to_owned());
        place.fields.push(Some(TableField { kind, field }));
        place
    }
}

struct Reader<'s> {
    source: &'s SourceFile,
    found: Vec<Written>,
}

impl Reader<'_> {
    fn section(&mut self, entry: &Entry) -> Vec<Outline> {
        let section = SECTIONS.iter().find(|section| **section == entry.key.node);
        let found = section.and_then(|section| Some((*section, kind_of(section)?)));
        let (Some((section, kind)), NodeKind::Map(entries)) = (found, &entry.value.kind) else {
            return Vec::new();
        };
        let outlines = entries.iter().map(|entry| {
            let shape = short_form(section).unwrap_or(Shape::Map(kind));
            self.shape(shape, FieldType::Text, &entry.value, &Place::default());
            let fields = std::mem::take(&mut self.found);
            Outline { section, name: entry.key.clone(), fields }
        });
        outlines.collect()
    }

    /// A map of fields. Keys that the table does not have are values by that name.
    fn map(&mut self, kind: &'static Kind, entries: &[Entry], place: &Place) {
        for entry in entries {
            match kind.all().find(|field| field.name == entry.key.node) {
                Some(field) => {
                    let place = place.field(kind, field);
                    let shape = field.shape.unwrap_or(Shape::Of(field.ty));
                    self.shape(shape, field.ty, &entry.value, &place);
                }
                None => self.value(
                    &entry.value,
                    &place.named(&entry.key.node),
                    WrittenValue::Text(compact(&entry.value)),
                ),
            }
        }
    }

    /// A value that looks so. `ty`: what the field takes whose value, or part of a value, it is.
    fn shape(&mut self, shape: Shape, ty: FieldType, node: &Node, place: &Place) {
        match (shape, &node.kind) {
            (Shape::Either(shapes), _) => self.shape(chosen(shapes, node), ty, node, place),
            (Shape::Map(kind) | Shape::OpenMap(kind), NodeKind::Map(entries)) => {
                self.map(kind, entries, place);
            }
            (Shape::Map(kind), NodeKind::Scalar(_)) => self.short(kind, node, place),
            (Shape::Named(inner) | Shape::Keyed(inner), NodeKind::Map(entries)) => {
                for entry in entries {
                    self.shape(*inner, ty, &entry.value, &place.named(&entry.key.node));
                }
            }
            (Shape::List(Shape::Keyed(inner)), NodeKind::List(items)) if !is_cell(**inner) => {
                self.keyed_list(**inner, ty, items, node, place);
            }
            (Shape::List(Shape::Either(shapes)), NodeKind::List(items)) => {
                let keyed = shapes.iter().find_map(|shape| match shape {
                    Shape::Keyed(inner) => Some(**inner),
                    _ => None,
                });
                self.keyed_list(keyed.unwrap_or(shapes[0]), ty, items, node, place);
            }
            (Shape::List(Shape::Map(kind)), NodeKind::List(items))
                if items.iter().all(|item| own_name(kind, item).is_some()) =>
            {
                self.named_list(kind, items, node, place);
            }
            (Shape::List(Shape::Map(_)), NodeKind::List(items)) => {
                for item in items {
                    let text = compact(item);
                    self.value(item, &place.named(&text), WrittenValue::Text(text.clone()));
                }
            }
            (Shape::List(Shape::Map(_)), NodeKind::Map(_)) => {
                let text = compact(node);
                self.value(node, &place.named(&text), WrittenValue::Text(text.clone()));
            }
            _ => {
                let value = self.scalar(of(shape, ty), node);
                self.value(node, place, value);
            }
        }
    }

    /// A list of definitions in an order that counts: each by its key, or by itself where it has none, and these names in
    /// their order.
    fn keyed_list(
        &mut self,
        inner: Shape,
        ty: FieldType,
        items: &[Node],
        node: &Node,
        place: &Place,
    ) {
        let named: Vec<(String, &Node)> = items
            .iter()
            .map(|item| match &item.kind {
                NodeKind::Map(entries) if entries.len() == 1 => {
                    (entries[0].key.node.clone(), &entries[0].value)
                }
                _ => (compact(item), item),
            })
            .collect();
        // A key that repeats is a mistake.
        let mut names: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() < items.len() {
            self.value(node, place, WrittenValue::Text(compact(node)));
            return;
        }
        let order = named.iter().map(|(name, _)| name.clone()).collect();
        self.value(node, place, WrittenValue::Names(order));
        for (name, value) in named {
            self.shape(inner, ty, value, &place.named(&name));
        }
    }

    /// A list of definitions each of which says its own name.
    fn named_list(&mut self, kind: &'static Kind, items: &[Node], node: &Node, place: &Place) {
        let names: Vec<String> = items.iter().filter_map(|item| own_name(kind, item)).collect();
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        if once.len() < items.len() {
            self.value(node, place, WrittenValue::Text(compact(node)));
            return;
        }
        self.value(node, place, WrittenValue::Names(names.clone()));
        for (name, item) in names.iter().zip(items) {
            if let NodeKind::Map(entries) = &item.kind {
                self.map(kind, entries, &place.named(name));
            }
        }
    }

    /// A single value in place of a map: the one field that it stands for.
    fn short(&mut self, kind: &'static Kind, node: &Node, place: &Place) {
        let name = SHORT.iter().find(|(of, _)| *of == kind.name).map(|(_, name)| *name);
        let field = name.and_then(|name| kind.all().find(|field| field.name == name));
        let (ty, place) = match field {
            Some(field) => (field.ty, place.field(kind, field)),
            None => (FieldType::Text, place.clone()),
        };
        let value = self.scalar(ty, node);
        self.value(node, &place, value);
    }

    fn value(&mut self, node: &Node, place: &Place, value: WrittenValue) {
        let Place { path, fields } = place.clone();
        self.found.push(Written { path, fields, value, span: node.span });
    }

    fn scalar(&self, ty: FieldType, node: &Node) -> WrittenValue {
        let Some(text) = node.mapped(self.source) else {
            return match (ty, &node.kind) {
                (FieldType::Names, NodeKind::List(items)) => {
                    WrittenValue::Names(items.iter().map(compact).collect())
                }
                _ => WrittenValue::Text(compact(node)),
            };
        };
        let as_expression = || Some(WrittenValue::Expression(Box::new(try_parse(&text).ok()?)));
        let read = match ty {
            FieldType::Expression => as_expression().or_else(|| rows(&text)),
            FieldType::Other(_) if is_rows(ty) => rows(&text),
            FieldType::Duration => {
                let length = parse_duration(&text).ok();
                length.map(|length| WrittenValue::Text(print_duration(&length)))
            }
            FieldType::Names => Some(WrittenValue::Names(vec![text.text.trim().to_owned()])),
            FieldType::Text
            | FieldType::Name
            | FieldType::Bool
            | FieldType::Integer
            | FieldType::Words(_)
            | FieldType::Other(_) => None,
        };
        read.unwrap_or_else(|| WrittenValue::Text(text.text.trim().to_owned()))
    }
}

/// Whether a value of that shape is a cell of a table, which may be empty, rather than a definition.
fn is_cell(shape: Shape) -> bool {
    matches!(shape, Shape::Either(shapes) if shapes.iter().any(|s| matches!(s, Shape::Nothing)))
}

/// What a single value takes. Rows are text for editors.
fn of(shape: Shape, ty: FieldType) -> FieldType {
    match shape {
        Shape::Of(shaped) if !is_rows(ty) => shaped,
        _ => ty,
    }
}

/// Whether a field takes `events on t where …`.
fn is_rows(ty: FieldType) -> bool {
    matches!(ty, FieldType::Other(words) if words.starts_with("rows of a dataset"))
}

/// Which of several shapes a value has.
fn chosen(shapes: &'static [Shape], node: &Node) -> Shape {
    let fits = |shape: &&Shape| match node.kind {
        NodeKind::Map(_) => {
            matches!(shape, Shape::Map(_) | Shape::OpenMap(_) | Shape::Named(_) | Shape::Keyed(_))
        }
        NodeKind::List(_) => matches!(shape, Shape::List(_) | Shape::Pair(_)),
        // A map that has a short form stands before the single value, which says less.
        NodeKind::Scalar(_) => {
            matches!(shape, Shape::Map(kind) if SHORT.iter().any(|(of, _)| *of == kind.name))
        }
        NodeKind::Null | NodeKind::Error => matches!(shape, Shape::Nothing),
    };
    let single = || shapes.iter().find(|shape| matches!(shape, Shape::Of(_) | Shape::Matching(_)));
    shapes.iter().find(fits).or_else(single).copied().unwrap_or(Shape::Of(FieldType::Text))
}

/// `events on t where …`: what could be counted.
fn rows(text: &MappedText) -> Option<WrittenValue> {
    let counted = MappedText::opaque(format!("count({})", text.text), text.span);
    match try_parse(&counted).ok()?.kind {
        ExprKind::Aggregate(rows) if rows.function.node == AggregateFunction::Count => {
            Some(WrittenValue::Rows(rows))
        }
        _ => None,
    }
}

/// A value in one line.
fn compact(node: &Node) -> String {
    match &node.kind {
        NodeKind::Null => "null".to_owned(),
        NodeKind::Error => "?".to_owned(),
        NodeKind::Scalar(scalar) => scalar.text.trim().to_owned(),
        NodeKind::List(items) => {
            format!("[{}]", items.iter().map(compact).collect::<Vec<_>>().join(", "))
        }
        NodeKind::Map(entries) => {
            let all = entries
                .iter()
                .map(|entry| format!("{}: {}", entry.key.node, compact(&entry.value)));
            format!("{{ {} }}", all.collect::<Vec<_>>().join(", "))
        }
    }
}

/// All fields of all tables that a project can write.
#[must_use]
pub fn table_fields() -> Vec<TableField> {
    let fields = KINDS
        .iter()
        .filter(|kind| !is_of_packages(kind))
        .flat_map(|kind| kind.current().map(|field| TableField { kind, field }));
    fields.collect()
}

/// Whether only packages of the catalog have such definitions.
fn is_of_packages(kind: &Kind) -> bool {
    short_name(kind).contains("require")
}

#[cfg(test)]
mod tests {
    use super::{Outline, outline};
    use crate::format::FileKind;
    use crate::source::SourceMap;

    fn read(text: &str) -> Vec<Outline> {
        let mut sources = SourceMap::default();
        let id = sources.add("a.yaml", text);
        outline(FileKind::Spec, sources.get(id))
    }

    fn lines(text: &str) -> Vec<String> {
        let outlines = read(text);
        let all = outlines.iter().flat_map(|outline| &outline.fields);
        all.map(|field| format!("{} = {}", field.dotted(), field.value.text())).collect()
    }

    #[test]
    fn fields_are_found_at_any_depth() {
        let text = "metrics:\n  m:\n    value:  sum( a.b   over 4 weeks )/ 2\n    slices: plan\n    target: { at_least: 80%, by: { size: { big: 9 } } }\n    better: inside [ 1, 2 ]\n    maturity: 7 days\n    retention: { of: account, reactivation: within 90 days }\n";
        assert_eq!(
            lines(text),
            [
                "value = sum(a.b over 4 weeks) / 2",
                "slices = plan",
                "target.at_least = 80%",
                "target.by.size.big = 9",
                "better = inside [ 1, 2 ]",
                "maturity = 7 days",
                "retention.of = account",
                "retention.reactivation = within 90 days",
            ]
        );
    }

    #[test]
    fn short_and_long_forms_are_one() {
        let short = "behaviors:\n  login: events where name = 'login'\ndatasets:\n  d: { columns: { a: date } }\n";
        let long = "behaviors:\n  login: { rows: \"events where name='login'\" }\ndatasets:\n  d: { columns: { a: { type: date } } }\n";
        assert_eq!(lines(short), lines(long));
        assert_eq!(lines(short), ["rows = events where name = 'login'", "columns.a.type = date"]);
    }

    #[test]
    fn lists_in_an_order_that_counts_have_keys_and_their_order() {
        let text = "segments:\n  s:\n    of: account\n    bands: [ big: seats >= 500, small: otherwise ]\n";
        assert_eq!(
            lines(text),
            [
                "of = account",
                "bands = big, small",
                "bands.big = seats >= 500",
                "bands.small = otherwise"
            ]
        );
    }

    #[test]
    fn broken_files_give_what_can_be_read() {
        assert!(read("metrics: [").is_empty());
        assert!(read("").is_empty());
        assert_eq!(lines("metrics:\n  m: { value: \"(\" }\n"), ["value = ("]);
    }
}
