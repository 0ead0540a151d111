//! The JSON Schema of spec files, for editors: made from the tables of fields that the decoder reads.
//!
//! Draft 7, which the YAML language servers of editors know. It says what one file can say: names that
//! are in other files, types and units are for `milepost check`.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::PROJECT_FILE;
use crate::decode::{Field, FieldType, KINDS, Kind, SECTIONS, Shape, short_form};
use crate::format::FileKind;

/// A JSON value whose objects keep their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    Bool(bool),
    Number(u32),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_u32(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => items.serialize(serializer),
            Self::Object(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

/// What the tables call the section that packages of the catalog have.
const REQUIRES: &str = "`requires`";

/// Names of definitions and of columns.
const NAME: &str = "^[A-Za-z_][A-Za-z0-9_]*$";

/// `28 days`, `5 business days`.
const DURATION: &str = "^\\s*[0-9][0-9_]*\\s*((calendar|business)\\s+)?\
                        (second|minute|hour|day|week|month|quarter|year)s?\\s*$";

/// The JSON Schema of a kind of file.
#[must_use]
pub fn schema(file: FileKind) -> Json {
    let mut tables = Tables::default();
    let (title, body) = match file {
        FileKind::Project => match KINDS.iter().find(|kind| kind.name == PROJECT_FILE) {
            Some(kind) => ("A milepost project: milepost.yaml", tables.fields(kind, true)),
            None => ("A milepost project: milepost.yaml", Vec::new()),
        },
        FileKind::Spec => ("A milepost spec file", tables.sections()),
    };
    let mut all = vec![
        ("$schema".to_owned(), text("http://json-schema.org/draft-07/schema#")),
        ("title".to_owned(), text(title)),
    ];
    all.extend(body);
    tables.define();
    all.push(("definitions".to_owned(), Json::Object(tables.done)));
    Json::Object(all)
}

/// The kinds that a schema refers to.
#[derive(Default)]
struct Tables {
    /// Those that are referred to and not yet described.
    open: Vec<(&'static Kind, bool)>,
    done: Vec<(String, Json)>,
}

impl Tables {
    /// The outermost map of a spec file.
    fn sections(&mut self) -> Vec<(String, Json)> {
        let sections = SECTIONS.iter().map(|section| {
            let definition = match kind_of(section) {
                Some(kind) => self.shape(short_form(section).unwrap_or(Shape::Map(kind))),
                None => Json::Object(Vec::new()),
            };
            let summary = text(format!("The {section} of the project, by name."));
            // A section whose definitions are all commented out holds nothing.
            let takes = map_of(one_of_types(&["object", "null"]), definition);
            ((*section).to_owned(), with(takes, [("description", summary)]))
        });
        let mut sections: Vec<(String, Json)> = sections.collect();
        if let Some(kind) = KINDS.iter().find(|kind| kind.name == REQUIRES) {
            let summary = text("What a package of the catalog expects of a project.");
            let section = with(self.reference(kind, false), [("description", summary)]);
            sections.push((short_name(kind), section));
        }
        entries([
            ("type", one_of_types(&["object", "null"])),
            ("properties", Json::Object(sections)),
            ("additionalProperties", Json::Bool(false)),
        ])
    }

    /// What a map of this kind may hold.
    fn fields(&mut self, kind: &'static Kind, closed: bool) -> Vec<(String, Json)> {
        let fields: Vec<(String, Json)> =
            kind.current().map(|field| (field.name.to_owned(), self.field(field))).collect();
        let needed: Vec<Json> =
            kind.current().filter(|field| field.needed).map(|field| text(field.name)).collect();
        let mut all = entries([("type", text("object")), ("properties", Json::Object(fields))]);
        if !needed.is_empty() {
            all.push(("required".to_owned(), Json::List(needed)));
        }
        let alternatives = kind.current().filter(|field| field.alternative);
        let alternatives: Vec<Json> = alternatives
            .map(|field| object([("required", Json::List(vec![text(field.name)]))]))
            .collect();
        if !alternatives.is_empty() {
            all.push(("oneOf".to_owned(), Json::List(alternatives)));
        }
        let others = if closed { Json::Bool(false) } else { single_or_nothing() };
        all.push(("additionalProperties".to_owned(), others));
        all
    }

    fn field(&mut self, field: &Field) -> Json {
        let takes = match (field.shape, field.ty) {
            (Some(shape), _) => self.shape(shape),
            (None, ty) => value(ty),
        };
        let summary = format!("{}. Takes {}.", sentence(field.summary), field.ty.words());
        with(takes, [("description", text(summary))])
    }

    fn shape(&mut self, shape: Shape) -> Json {
        match shape {
            Shape::Of(ty) => value(ty),
            Shape::Map(kind) => self.reference(kind, false),
            Shape::OpenMap(kind) => self.reference(kind, true),
            Shape::Named(shape) => named(self.shape(*shape)),
            Shape::Keyed(shape) => {
                object([("type", text("object")), ("additionalProperties", self.shape(*shape))])
            }
            Shape::List(shape) => list_of(self.shape(*shape)),
            Shape::Pair(shape) => {
                let Json::Object(mut list) = list_of(self.shape(*shape)) else { return nothing() };
                list.push(("minItems".to_owned(), Json::Number(2)));
                list.push(("maxItems".to_owned(), Json::Number(2)));
                Json::Object(list)
            }
            Shape::Either(shapes) => {
                either(shapes.iter().map(|shape| self.shape(*shape)).collect())
            }
            Shape::Matching(pattern) => pattern_of(&format!("^\\s*{pattern}\\s*$")),
            Shape::Nothing => nothing(),
        }
    }

    fn reference(&mut self, kind: &'static Kind, open: bool) -> Json {
        let name = short_name(kind);
        let is_known = self.done.iter().any(|(done, _)| *done == name)
            || self.open.iter().any(|(other, _)| short_name(other) == name);
        if !is_known {
            self.open.push((kind, open));
        }
        object([("$ref", text(format!("#/definitions/{name}")))])
    }

    /// Describes every kind that is referred to.
    fn define(&mut self) {
        while let Some((kind, open)) = self.open.pop() {
            // Known from now on, so that a kind may refer to itself.
            let at = self.done.len();
            self.done.push((short_name(kind), Json::Bool(true)));
            self.done[at].1 = Json::Object(self.fields(kind, !open));
        }
    }
}

/// The kind of the definitions of a section: `entities` holds what the tables call `an entity`.
pub(crate) fn kind_of(section: &str) -> Option<&'static Kind> {
    let one = match section.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => section.strip_suffix('s').unwrap_or(section).to_owned(),
    };
    KINDS.iter().find(|kind| short_name(kind) == one).copied()
}

/// `metric` for what messages call `a metric`.
pub(crate) fn short_name(kind: &Kind) -> String {
    let name = kind.name.strip_prefix("a ").or_else(|| kind.name.strip_prefix("an "));
    name.unwrap_or(kind.name).replace('`', "").replace(' ', "_")
}

/// What a field of this type takes, as a YAML reader of an editor sees it: a text without quotes may be
/// a number or `true` to it.
fn value(ty: FieldType) -> Json {
    match ty {
        FieldType::Text | FieldType::Name | FieldType::Expression => single(),
        FieldType::Names => either(vec![single(), list_of(single())]),
        FieldType::Bool => object([("type", text("boolean"))]),
        FieldType::Integer => {
            either(vec![object([("type", text("integer"))]), pattern_of("^[+-]?[0-9_]+$")])
        }
        FieldType::Duration => pattern_of(DURATION),
        FieldType::Words(words) => {
            let spaced =
                words.iter().filter(|word| word.contains('_')).map(|word| word.replace('_', " "));
            let all = words.iter().map(|word| (*word).to_owned()).chain(spaced);
            object([("enum", Json::List(all.map(Json::Text).collect()))])
        }
        // Something that the tables do not describe further.
        FieldType::Other(_) => Json::Object(Vec::new()),
    }
}

fn single() -> Json {
    object([("type", one_of_types(&["string", "number", "boolean"]))])
}

fn single_or_nothing() -> Json {
    object([("type", one_of_types(&["string", "number", "boolean", "null"]))])
}

fn nothing() -> Json {
    object([("type", text("null"))])
}

fn pattern_of(pattern: &str) -> Json {
    object([("type", text("string")), ("pattern", text(pattern))])
}

fn list_of(items: Json) -> Json {
    object([("type", text("array")), ("items", items)])
}

/// A map from names to such values.
fn named(value: Json) -> Json {
    map_of(text("object"), value)
}

fn map_of(types: Json, value: Json) -> Json {
    object([
        ("type", types),
        ("patternProperties", object([(NAME, value)])),
        ("additionalProperties", Json::Bool(false)),
    ])
}

fn either(shapes: Vec<Json>) -> Json {
    object([("anyOf", Json::List(shapes))])
}

fn one_of_types(types: &[&str]) -> Json {
    Json::List(types.iter().map(|name| text(*name)).collect())
}

/// The schema with more said of it. In draft 7 nothing may be beside a reference.
fn with<const N: usize>(schema: Json, more: [(&str, Json); N]) -> Json {
    let mut all = match schema {
        Json::Object(all) if all.iter().any(|(key, _)| key == "$ref") => {
            entries([("allOf", Json::List(vec![Json::Object(all)]))])
        }
        Json::Object(all) => all,
        other => entries([("allOf", Json::List(vec![other]))]),
    };
    all.extend(entries(more));
    Json::Object(all)
}

fn text(text: impl Into<String>) -> Json {
    Json::Text(text.into())
}

fn object<const N: usize>(of: [(&str, Json); N]) -> Json {
    Json::Object(entries(of))
}

fn entries<const N: usize>(of: [(&str, Json); N]) -> Vec<(String, Json)> {
    of.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// With a capital letter.
fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::{Json, SECTIONS, kind_of, schema};
    use crate::PROJECT_FILE;
    use crate::decode::{FieldType, KINDS};
    use crate::format::FileKind;

    #[test]
    fn every_section_has_a_table() {
        for section in SECTIONS {
            assert!(kind_of(section).is_some(), "{section}");
        }
    }

    #[test]
    fn every_field_is_described() {
        for kind in KINDS {
            for field in kind.current() {
                let described = field.shape.is_some() || !matches!(field.ty, FieldType::Other(_));
                assert!(
                    described,
                    "say with `.shaped(…)` what `{}` of {} is",
                    field.name, kind.name
                );
            }
        }
    }

    #[test]
    fn every_table_is_in_a_schema() {
        fn names(of: FileKind) -> Vec<String> {
            let Json::Object(all) = schema(of) else { return Vec::new() };
            let Some((_, Json::Object(kinds))) =
                all.into_iter().find(|(key, _)| key == "definitions")
            else {
                return Vec::new();
            };
            kinds.into_iter().map(|(name, _)| name).collect()
        }
        let found = [names(FileKind::Spec), names(FileKind::Project)].concat();
        for kind in KINDS.iter().filter(|kind| kind.name != PROJECT_FILE) {
            assert!(found.contains(&super::short_name(kind)), "{}: {found:?}", kind.name);
        }
    }
}
