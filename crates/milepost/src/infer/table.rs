//! Datasets in the making.

use milepost_engine::{ColumnProfile, Profile};
use milepost_semantics::model::{Location, Type};

/// A dataset as it will be written.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    /// What a row is called.
    pub(super) one: String,
    /// Where its files are, from the folder that was looked at, and what must be said for them to be read.
    pub(super) location: Location,
    pub(super) profile: Profile,
    pub(super) columns: Vec<Column>,
    pub(super) kind: Kind,
    /// The column that identifies its rows, if there is one.
    pub(super) own_key: Option<usize>,
    pub(super) links: Vec<Link>,
    /// Rows repeat the values of their own key.
    pub(super) repeats: bool,
    /// Rows that may be tests: a condition that leaves them out, and why.
    pub(super) tests: Option<(String, String)>,
}

/// What a row of a dataset means in time; columns by their position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Attributes,
    History {
        from: usize,
        to: usize,
    },
    Snapshot {
        time: usize,
    },
    Events {
        time: usize,
    },
    /// Neither a key nor a time: nothing can be said of such rows.
    Nothing,
}

/// A column that names members of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) entity: String,
    /// A column; absent where another link leads there.
    pub(super) column: Option<usize>,
    /// `user.account_id`: the path to the key where no column holds it.
    pub(super) path: Option<String>,
    /// How many of the different values are keys of the home, of how many; absent where there is no home.
    pub(super) rate: Option<(u64, u64)>,
}

/// A column as it will be declared.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Its name in the specs, and in the files.
    pub(super) name: String,
    pub(super) file: String,
    /// Its place in the profile.
    pub(super) at: usize,
    /// Absent: it is not declared, so that keys have the type that they have elsewhere.
    pub(super) ty: Option<Type>,
    pub(super) format: Option<String>,
    /// Values that don't fit are null.
    pub(super) nulls_bad: bool,
    /// As it is written in YAML.
    pub(super) unit: Option<String>,
    /// Why it is personal data.
    pub(super) pii: Option<&'static str>,
    pub(super) planned: bool,
    /// The smallest and the largest value: numbers, or days since 1970.
    pub(super) range: Option<(f64, f64)>,
    /// Why it is declared so.
    pub(super) comments: Vec<String>,
}

impl Column {
    pub(super) fn is_time(&self) -> bool {
        matches!(self.ty, Some(Type::Date | Type::Timestamp))
    }

    pub(super) fn is_number(&self) -> bool {
        self.ty.is_some_and(Type::is_numeric)
    }
}

impl Table {
    /// What was seen of a column.
    pub(super) fn seen(&self, column: usize) -> &ColumnProfile {
        &self.profile.columns[self.columns[column].at]
    }

    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Every row has another value of the column.
    pub(super) fn is_unique(&self, column: usize) -> bool {
        let seen = self.seen(column);
        seen.values == self.profile.rows && seen.distinct.is_unique() && seen.values > 0
    }

    /// Nearly every row has another value of the column.
    pub(super) fn is_nearly_unique(&self, column: usize) -> bool {
        let seen = self.seen(column);
        let rows = self.profile.rows;
        seen.values * 50 >= rows * 49 && seen.distinct.len() * 10 >= rows * 9 && rows > 0
    }

    pub(super) fn link(&self, entity: &str) -> Option<&Link> {
        self.links.iter().find(|link| link.entity == entity)
    }

    /// The column that places its rows in time.
    pub(super) fn time(&self) -> Option<usize> {
        match self.kind {
            Kind::History { from, .. } => Some(from),
            Kind::Snapshot { time } | Kind::Events { time } => Some(time),
            Kind::Attributes | Kind::Nothing => None,
        }
    }
}
