//! What the values of JSON are, row by row: one kind, or several that no column has.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, UnionFields, UnionMode};
use serde_json::{Map, Value};

use super::fault::Fault;

/// What the values under one name are.
#[derive(Clone, Debug, Default)]
enum Kind {
    /// Nothing but null.
    #[default]
    Null,
    Plain(DataType),
    List,
    Object(Object),
    /// Objects or lists in some rows, and something else in others.
    Mixed,
}

/// The fields of objects, in the order in which they are met.
#[derive(Clone, Debug, Default)]
struct Object {
    fields: Vec<(String, Kind)>,
    places: BTreeMap<String, usize>,
}

/// The columns of rows that are objects, so many or all.
pub(super) fn columns(lines: impl BufRead, rows: Option<usize>) -> Result<Schema, Fault> {
    let mut all = Object::default();
    let lines = lines
        .split(b'\n')
        .filter(|line| line.as_ref().map_or(true, |line| !line.trim_ascii().is_empty()));
    for line in lines.take(rows.unwrap_or(usize::MAX)) {
        all.see(&object(&line?).map_err(|_| Fault::Lines(None))?);
    }
    Ok(Schema::new(all.into_fields()))
}

/// A row.
pub(super) fn object(text: &[u8]) -> serde_json::Result<Map<String, Value>> {
    serde_json::from_slice(text)
}

impl Object {
    fn see(&mut self, row: &Map<String, Value>) {
        for (name, value) in row {
            let at = match self.places.get(name) {
                Some(at) => *at,
                None => {
                    self.places.insert(name.clone(), self.fields.len());
                    self.fields.push((name.clone(), Kind::Null));
                    self.fields.len() - 1
                }
            };
            self.fields[at].1.see(value);
        }
    }

    fn into_fields(self) -> Fields {
        let field = |(name, kind): (String, Kind)| Field::new(name, kind.into_type(), true);
        self.fields.into_iter().map(field).collect()
    }
}

impl Kind {
    fn see(&mut self, value: &Value) {
        let plain = match value {
            Value::Null => return,
            Value::Object(row) => {
                if matches!(self, Self::Null) {
                    *self = Self::Object(Object::default());
                }
                match self {
                    Self::Object(object) => object.see(row),
                    other => *other = Self::Mixed,
                }
                return;
            }
            Value::Array(_) => {
                *self = match self {
                    Self::Null | Self::List => Self::List,
                    _ => Self::Mixed,
                };
                return;
            }
            Value::Bool(_) => DataType::Boolean,
            Value::Number(number) if number.is_i64() => DataType::Int64,
            Value::Number(_) => DataType::Float64,
            Value::String(_) => DataType::Utf8,
        };
        *self = match self {
            Self::Null => Self::Plain(plain),
            Self::Plain(known) => Self::Plain(both(known, plain)),
            _ => Self::Mixed,
        };
    }

    fn into_type(self) -> DataType {
        match self {
            Self::Null => DataType::Null,
            Self::Plain(ty) => ty,
            Self::List => DataType::List(Arc::new(Field::new_list_field(DataType::Null, true))),
            Self::Object(object) => DataType::Struct(object.into_fields()),
            Self::Mixed => DataType::Union(UnionFields::empty(), UnionMode::Sparse),
        }
    }
}

/// What values of both types are.
fn both(known: &DataType, other: DataType) -> DataType {
    match (known, &other) {
        (a, b) if a == b => other,
        (DataType::Int64 | DataType::Float64, DataType::Int64 | DataType::Float64) => {
            DataType::Float64
        }
        _ => DataType::Utf8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_a_kind() {
        let text = "{\"n\": 1, \"t\": {\"x\": null}, \"m\": 1}\n\n{\"n\": 1.5, \"t\": {\"x\": true}, \"m\": {}}\n{\"l\": [1], \"s\": \"a\"}\n{\"s\": 2, \"l\": null}";
        let schema = columns(text.as_bytes(), None).unwrap();
        let ty = |name: &str| schema.field_with_name(name).unwrap().data_type().clone();
        assert_eq!((ty("n"), ty("s")), (DataType::Float64, DataType::Utf8));
        assert!(
            matches!(ty("t"), DataType::Struct(fields) if *fields[0].data_type() == DataType::Boolean)
        );
        assert!(matches!(ty("l"), DataType::List(_)) && matches!(ty("m"), DataType::Union(..)));
        assert_eq!(columns(text.as_bytes(), Some(1)).unwrap().fields().len(), 3);
        assert!(columns(&b"[1]"[..], None).is_err());
    }
}
