//! Fields in fields: each plain value inside of them is a column, named by its path.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::compute::{is_null, nullif};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema};
use arrow::error::ArrowError;

/// How deep fields are looked for.
const DEEPEST: usize = 32;

/// Where values inside of fields stand: by their name, `context.traits.email`, the names on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Nested(BTreeMap<String, Vec<String>>);

impl Nested {
    /// The names on the way to a column that stands inside of another one.
    pub(crate) fn path(&self, name: &str) -> Option<&[String]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// Whether values stand inside of a column of the file.
    pub(super) fn holds(&self, root: &str) -> bool {
        self.0.values().any(|path| path[0] == root)
    }

    /// The column of the file that holds a column.
    pub(crate) fn root<'n>(&'n self, name: &'n str) -> &'n str {
        self.path(name).and_then(<[String]>::first).map_or(name, String::as_str)
    }

    /// What is read of a column of the file where these are wanted: of fields in fields those alone. Absent: nothing.
    pub(crate) fn wanted(&self, root: &Field, names: &[&str]) -> Option<Field> {
        if names.contains(&root.name().as_str()) {
            return Some(root.clone());
        }
        let paths = names.iter().filter_map(|name| self.path(name));
        let paths: Vec<&[String]> =
            paths.filter(|path| path[0] == *root.name()).map(|path| &path[1..]).collect();
        (!paths.is_empty()).then(|| pruned(root, &paths))
    }

    /// The rows with the wanted values inside of fields as columns of their own.
    pub(super) fn beside(
        &self,
        batch: &RecordBatch,
        names: &[&str],
    ) -> Result<RecordBatch, ArrowError> {
        if self.0.is_empty() {
            return Ok(batch.clone());
        }
        let mut fields: Vec<FieldRef> = batch.schema().fields().iter().cloned().collect();
        let mut arrays = batch.columns().to_vec();
        for name in names.iter().filter(|name| batch.column_by_name(name).is_none()) {
            let Some((root, rest)) = self.path(name).and_then(<[String]>::split_first) else {
                continue;
            };
            let Some(root) = batch.column_by_name(root) else { continue };
            let Some(array) = inside(root, rest)? else { continue };
            fields.push(Arc::new(Field::new(*name, array.data_type().clone(), true)));
            arrays.push(array);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
    }
}

/// The columns of a file, followed by those inside of them; a column that has such a name itself is what the name means.
pub(super) fn with_nested(schema: &Schema) -> (Schema, Nested) {
    let mut found = Vec::new();
    for field in schema.fields() {
        leaves(field, &mut Vec::new(), &mut found);
    }
    found.retain(|(path, _)| path.len() > 1 && schema.index_of(&path.join(".")).is_err());
    let named = |(path, field): &(Vec<String>, Field)| field.clone().with_name(path.join("."));
    let own = schema.fields().iter().map(|field| field.as_ref().clone());
    let fields: Vec<Field> = own.chain(found.iter().map(named)).collect();
    let paths = found.into_iter().map(|(path, _)| (path.join("."), path)).collect();
    (Schema::new(fields), Nested(paths))
}

fn leaves(field: &Field, way: &mut Vec<String>, found: &mut Vec<(Vec<String>, Field)>) {
    way.push(field.name().clone());
    match field.data_type() {
        DataType::Struct(fields) if way.len() < DEEPEST => {
            fields.iter().for_each(|field| leaves(field, way, found));
        }
        _ => found.push((way.clone(), field.clone().with_nullable(true))),
    }
    way.pop();
}

/// A field with what is on some ways inside of it, and nothing else.
fn pruned(field: &Field, paths: &[&[String]]) -> Field {
    let DataType::Struct(fields) = field.data_type() else { return field.clone() };
    let kept = fields.iter().filter_map(|field| {
        let inside = paths.iter().filter(|path| path.first() == Some(field.name()));
        let inside: Vec<&[String]> = inside.map(|path| &path[1..]).collect();
        (!inside.is_empty()).then(|| pruned(field, &inside))
    });
    field.clone().with_data_type(DataType::Struct(kept.collect::<Fields>()))
}

/// The values at the end of a way; null where anything on it is. Absent: there are no such fields.
fn inside(array: &ArrayRef, way: &[String]) -> Result<Option<ArrayRef>, ArrowError> {
    let Some((name, rest)) = way.split_first() else { return Ok(Some(Arc::clone(array))) };
    let Some(fields) = array.as_struct_opt() else { return Ok(None) };
    let Some(found) = fields.column_by_name(name) else { return Ok(None) };
    let found = match fields.null_count() {
        0 => Arc::clone(found),
        _ => nullif(found, &is_null(fields)?)?,
    };
    inside(&found, rest)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, StructArray};
    use arrow::buffer::NullBuffer;

    use super::*;

    fn field(name: &str, ty: DataType) -> Field {
        Field::new(name, ty, true)
    }

    #[test]
    fn values_in_fields_have_a_name_and_are_null_where_what_holds_them_is() {
        let inner = Fields::from(vec![field("c", DataType::Int64), field("d", DataType::Int64)]);
        let outer = Fields::from(vec![field("b", DataType::Struct(inner.clone()))]);
        let numbers = || Arc::new(Int64Array::from(vec![1, 2, 3])) as ArrayRef;
        let nulls = |valid: [bool; 3]| Some(NullBuffer::from(valid.to_vec()));
        let b = StructArray::new(inner, vec![numbers(), numbers()], nulls([true, true, false]));
        let a = StructArray::new(outer.clone(), vec![Arc::new(b)], nulls([false, true, true]));
        let schema =
            Schema::new(vec![field("a", DataType::Struct(outer)), field("a.b.d", DataType::Int64)]);
        let (all, nested) = with_nested(&schema);
        let names: Vec<&String> = all.fields().iter().map(|field| field.name()).collect();
        assert_eq!(names, ["a", "a.b.d", "a.b.c"]);
        assert_eq!((nested.root("a.b.c"), nested.root("a.b.d")), ("a", "a.b.d"));

        let batch = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(a), numbers()]).unwrap();
        let beside = nested.beside(&batch, &["a.b.c", "a.b.d"]).unwrap();
        let found = beside.column_by_name("a.b.c").unwrap();
        assert_eq!((found.is_null(0), found.is_null(1), found.is_null(2)), (true, false, true));
        assert_eq!(beside.num_columns(), 3);

        let read = nested.wanted(all.field(0), &["a.b.c"]).unwrap();
        assert_eq!(with_nested(&Schema::new(vec![read])).0.fields().len(), 2);
        assert!(nested.wanted(all.field(0), &["a.b.d"]).is_none());
    }
}
