//! Aggregate functions that are made for one statement.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::logical_expr::{Signature, Volatility};

/// What a function of any arguments works with, under the name by which the session knows it: there a name stands for one
/// such thing, so functions of one name are equal.
#[derive(Debug)]
pub(crate) struct Named<T> {
    pub(crate) name: String,
    pub(crate) of: Arc<T>,
    pub(crate) signature: Signature,
}

impl<T> Named<T> {
    pub(crate) fn new(name: String, of: &Arc<T>) -> Self {
        let signature = Signature::variadic_any(Volatility::Immutable);
        Self { name, of: Arc::clone(of), signature }
    }
}

impl<T> PartialEq for Named<T> {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl<T> Eq for Named<T> {}

impl<T> Hash for Named<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}
