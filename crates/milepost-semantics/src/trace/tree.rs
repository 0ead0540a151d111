//! Lineage as a tree: each definition is written out once.

use std::collections::BTreeSet;

use super::{Lineage, Node, Role};

/// A definition with what hangs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    pub node: Node,
    /// What it is to the branch above.
    pub roles: BTreeSet<Role>,
    /// Whether it was written out before: then it has no branches here.
    pub repeated: bool,
    pub branches: Vec<Self>,
}

/// What a definition is computed from. The columns that one reads stand below their dataset.
#[must_use]
pub fn sources(lineage: &Lineage, node: Node) -> Branch {
    let mut walk = Walk { lineage, written: BTreeSet::from([node]) };
    let mut branches = walk.sources(node);
    if let Node::Column(dataset, _) = node {
        let above = Node::Dataset(dataset);
        let mut branch = walk.branch(above, BTreeSet::from([Role::Holds]));
        branch.branches.retain(|branch| matches!(branch.node, Node::File(_)));
        branches.push(branch);
    }
    Branch { node, roles: BTreeSet::new(), repeated: false, branches }
}

/// What is computed from a definition, directly and through others. Of a dataset, what is computed from any of its columns.
#[must_use]
pub fn uses(lineage: &Lineage, node: Node) -> Branch {
    let mut walk = Walk { lineage, written: BTreeSet::from([node]) };
    Branch { node, roles: BTreeSet::new(), repeated: false, branches: walk.uses(node) }
}

struct Walk<'l> {
    lineage: &'l Lineage,
    written: BTreeSet<Node>,
}

impl Walk<'_> {
    fn sources(&mut self, node: Node) -> Vec<Branch> {
        let lineage = self.lineage;
        let mut branches = Vec::new();
        for (to, roles) in lineage.sources(node) {
            match to {
                Node::Metric(_)
                | Node::Segment(_)
                | Node::Behavior(_)
                | Node::Entity(_)
                | Node::File(_) => {
                    branches.push(self.branch(to, roles.clone()));
                }
                // A column's own dataset goes without saying: its name has it.
                Node::Dataset(_) if matches!(node, Node::Column(..)) => {}
                Node::Dataset(_) => branches.push(self.dataset(node, to)),
                Node::Column(dataset, _) => {
                    let above = Node::Dataset(dataset);
                    let known = lineage.sources(node).any(|(other, _)| other == above);
                    if matches!(node, Node::Column(..)) {
                        branches.push(self.branch(to, roles.clone()));
                    } else if !known && !branches.iter().any(|b: &Branch| b.node == above) {
                        branches.push(self.dataset(node, above));
                    }
                }
            }
        }
        branches
    }

    /// A dataset with the columns that `reader` reads of it.
    fn dataset(&mut self, reader: Node, dataset: Node) -> Branch {
        let lineage = self.lineage;
        let repeated = !self.written.insert(dataset);
        let mut branches = Vec::new();
        if !repeated {
            branches.extend(lineage.sources(dataset).map(|(to, roles)| Branch {
                node: to,
                roles: roles.clone(),
                repeated: false,
                branches: Vec::new(),
            }));
        }
        for (to, roles) in lineage.sources(reader) {
            if let Node::Column(id, _) = to
                && Node::Dataset(id) == dataset
            {
                branches.push(self.branch(to, roles.clone()));
            }
        }
        let roles = lineage
            .sources(reader)
            .find(|(to, _)| *to == dataset)
            .map_or_else(BTreeSet::new, |(_, roles)| roles.clone());
        Branch { node: dataset, roles, repeated, branches }
    }

    fn branch(&mut self, node: Node, roles: BTreeSet<Role>) -> Branch {
        // A column or file has little to write out; only those with more below it are worth a reference.
        let is_leaf = |walk: &Self| {
            walk.lineage.sources(node).all(|(to, _)| matches!(to, Node::Dataset(_)))
                && matches!(node, Node::Column(..))
        };
        let repeated = !self.written.insert(node) && !is_leaf(self);
        let branches = if repeated { Vec::new() } else { self.sources(node) };
        Branch { node, roles, repeated, branches }
    }

    fn uses(&mut self, node: Node) -> Vec<Branch> {
        let lineage = self.lineage;
        let mut users: Vec<(Node, BTreeSet<Role>)> = Vec::new();
        let mut add = |user: Node, roles: &BTreeSet<Role>| {
            // The columns of a dataset are no use of it; their uses are.
            if matches!((node, user), (Node::Dataset(_), Node::Column(..))) {
                return;
            }
            match users.iter_mut().find(|(known, _)| *known == user) {
                Some((_, known)) => known.extend(roles),
                None => users.push((user, roles.clone())),
            }
        };
        for (user, roles) in lineage.uses(node) {
            add(user, roles);
            if let (Node::Dataset(_), Node::Column(..)) = (node, user) {
                for (user, roles) in lineage.uses(user) {
                    add(user, roles);
                }
            }
        }
        users.sort();
        let branches = users.into_iter().map(|(user, roles)| {
            let repeated = !self.written.insert(user);
            let branches = if repeated { Vec::new() } else { self.uses(user) };
            Branch { node: user, roles, repeated, branches }
        });
        branches.collect()
    }
}
