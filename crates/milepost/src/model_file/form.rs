//! What stands in a model file, field by field.

use std::collections::BTreeMap;

use milepost_semantics::diff::{self, DefinitionText};
use milepost_semantics::model::Type;
use milepost_semantics::schema::{FileSchema, Schemas};
use serde::{Deserialize, Serialize};

/// What tells a model file from other JSON.
pub(super) const KIND: &str = "milepost-model";

/// It gets another number when a field goes or means something else.
pub(crate) const FORMAT: u64 = 1;

/// The whole file as it is written.
#[derive(Debug, Serialize)]
pub(super) struct Written<'a> {
    pub(super) kind: &'static str,
    pub(super) format: u64,
    /// The version of milepost.
    pub(super) milepost: &'static str,
    /// That of the language.
    pub(super) edition: i64,
    pub(super) project: &'a str,
    pub(super) files: Vec<File>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) packages: Option<Vec<PackageText>>,
    pub(super) columns: Vec<DatasetColumns>,
    #[serde(flatten)]
    pub(super) texts: Texts,
}

/// The whole file as it is read: what other programs read is left to them.
#[derive(Debug, Deserialize)]
pub(super) struct Read {
    pub(super) milepost: String,
    pub(super) files: Vec<File>,
    pub(super) packages: Option<Vec<PackageText>>,
    pub(super) columns: Vec<DatasetColumns>,
}

/// By which a file is known, whatever else stands in it.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    pub(super) kind: Option<String>,
    pub(super) format: Option<u64>,
    pub(super) milepost: Option<String>,
}

/// A text of the project: `milepost.yaml`, a spec file, the holidays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct File {
    /// From the project's folder, with forward slashes.
    pub(super) path: String,
    pub(super) text: String,
}

/// A package of the catalog, as the milepost had it that wrote the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PackageText {
    pub(super) name: String,
    pub(super) text: String,
}

/// What columns the files of a dataset have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DatasetColumns {
    pub(super) dataset: String,
    /// It is optional, and there are no files.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) missing: bool,
    pub(super) columns: Vec<Column>,
    /// Columns that can't be named, each with the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) refused: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Column {
    pub(super) name: String,
    /// As specs name it; `unknown` where all values are null.
    #[serde(rename = "type")]
    pub(super) ty: String,
}

impl DatasetColumns {
    pub(super) fn of(schemas: &Schemas) -> Vec<Self> {
        let one = |(dataset, found): (&String, &FileSchema)| Self {
            dataset: dataset.clone(),
            missing: found.missing,
            columns: found
                .columns
                .iter()
                .map(|(name, ty)| Column { name: name.clone(), ty: ty.name().to_owned() })
                .collect(),
            refused: found.refused.clone(),
        };
        schemas.datasets.iter().map(one).collect()
    }

    /// What the checker takes; nothing if a type is none.
    pub(super) fn schema(self) -> Option<(String, FileSchema)> {
        let columns = self.columns.into_iter().map(|column| Some((column.name, ty(&column.ty)?)));
        let columns = columns.collect::<Option<Vec<_>>>()?;
        let schema = FileSchema { columns, refused: self.refused, missing: self.missing };
        Some((self.dataset, schema))
    }
}

/// The type of that name.
fn ty(name: &str) -> Option<Type> {
    [
        Type::Text,
        Type::Integer,
        Type::Number,
        Type::Decimal,
        Type::Boolean,
        Type::Date,
        Type::Timestamp,
        Type::Duration,
        Type::Unknown,
    ]
    .into_iter()
    .find(|ty| ty.name() == name)
}

/// The canonical text of each definition, and of what metrics read, for programs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Texts {
    definitions: Vec<Definition>,
    /// The texts of what metrics read, by kind and name.
    reads: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Definition {
    kind: &'static str,
    name: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    imported: bool,
    /// Absent: the project lacks something for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reads: Vec<String>,
    /// Of a metric or a list: of its text and of the texts of all that it reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
}

impl From<diff::Texts> for Texts {
    fn from(texts: diff::Texts) -> Self {
        let one = |found: DefinitionText| {
            let fingerprint = found.metric.as_ref().map(|metric| metric.fingerprint.to_string());
            Definition {
                kind: found.subject.kind.name(),
                name: found.subject.name,
                imported: found.imported,
                text: found.text,
                reads: found.metric.map(|metric| metric.reads).unwrap_or_default(),
                fingerprint,
            }
        };
        Self { definitions: texts.definitions.into_iter().map(one).collect(), reads: texts.reads }
    }
}
