use std::fmt;

use serde::Serialize;

use super::{Category, Meta};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Span;

/// A metric of a package that the project can't compute: it lacks something that the package requires.
#[derive(Clone, Debug, Serialize)]
pub struct Unavailable {
    pub name: String,
    pub meta: Meta,
    /// The name in the spec.
    pub span: Span,
    /// The whole definition in the spec.
    pub definition: Span,
    pub question: Option<String>,
    pub stage: Option<String>,
    pub milestone: Option<String>,
    pub leads_to: Vec<String>,
    /// Absent: a helper, which has no page in any case.
    pub category: Option<Category>,
    /// What is lacking; never empty.
    pub needs: Vec<Need>,
}

/// Something that a package requires and a project lacks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Need {
    Entity(String),
    /// The entity is there, and nothing says when its members exist.
    Lives(String),
    /// The entity is there, and nothing says to which of another its members belong.
    Parent {
        entity: String,
        parent: String,
    },
    /// The entity is there, and this is not known of its members.
    Attribute {
        entity: String,
        column: String,
    },
    Dataset(String),
    /// The dataset is there, and its rows mean something else in time.
    Kind {
        dataset: String,
        kind: String,
    },
    /// The dataset is there, and its rows don't say to whom of an entity they belong.
    Link {
        dataset: String,
        entity: String,
    },
    Column {
        dataset: String,
        column: String,
    },
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entity(name) => write!(f, "entity {name}"),
            Self::Lives(entity) => write!(f, "lives of entity {entity}"),
            Self::Parent { entity, parent } => write!(f, "{parent} of each {entity}"),
            Self::Attribute { entity, column } => write!(f, "column {entity}.{column}"),
            Self::Dataset(name) => write!(f, "dataset {name}"),
            Self::Kind { dataset, kind } => write!(f, "dataset {dataset} of kind {kind}"),
            Self::Link { dataset, entity } => write!(f, "entity {entity} in dataset {dataset}"),
            Self::Column { dataset, column } => write!(f, "column {dataset}.{column}"),
        }
    }
}

impl Unavailable {
    /// `needs dataset touches, column posts.kind`
    #[must_use]
    pub fn reason(&self) -> String {
        let needs: Vec<String> = self.needs.iter().map(ToString::to_string).collect();
        format!("needs {}", needs.join(", "))
    }

    /// Says at a place why there are no figures of it.
    #[must_use]
    pub fn tell(&self, place: Span) -> Diagnostic {
        let message = format!("`{}` is unavailable: it {}", self.name, self.reason());
        let needs = match self.needs.first() {
            Some(Need::Dataset(name)) => format!("define `{name}` under `datasets:`"),
            Some(Need::Entity(name)) => format!("define `{name}` under `entities:`"),
            _ => "change the dataset in the specs so that it has what is needed".to_owned(),
        };
        Diagnostic::error(codes::UNAVAILABLE, place, message)
            .label("needs what the project does not have")
            .help(format!("{needs}, or define `{}` in your own specs", self.name))
    }
}
