//! How large expressions are, so that what is written out of others stays within bounds.

use super::{Aggregate, Inner, RowExpr, RowKind, ValueExpr, ValueKind};

impl RowExpr {
    /// Operators, names and literals, also inside aggregates.
    #[must_use]
    pub fn parts(&self) -> usize {
        let mut parts = 1;
        if let RowKind::Inner(inner) = &self.kind {
            parts += inner.parts();
        }
        self.each_child(&mut |child| parts += child.parts());
        parts
    }
}

impl Inner {
    fn parts(&self) -> usize {
        let anchors = self.within.iter().filter_map(|within| within.anchor.as_ref());
        let links = self.links.iter().flat_map(|link| [&link.outer, &link.inner]);
        self.aggregate.parts() + links.chain(anchors).map(RowExpr::parts).sum::<usize>()
    }
}

impl Aggregate {
    /// Operators, names and literals, also inside aggregates.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.exprs().map(RowExpr::parts).sum()
    }
}

impl ValueExpr {
    /// Operators, names and literals, also inside aggregates.
    #[must_use]
    pub fn parts(&self) -> usize {
        let mut parts = 1;
        if let ValueKind::Aggregate(aggregate) = &self.kind {
            parts += aggregate.parts();
        }
        self.each_child(&mut |child| parts += child.parts());
        parts
    }
}
