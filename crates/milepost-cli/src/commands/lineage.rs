//! `milepost explain NAME --lineage`: what a definition is computed from, and what is computed from it.

use std::collections::{BTreeMap, BTreeSet};

use milepost::escape::printable_line;
use milepost::semantics::model::{ColumnSource, DatasetKind, Model};
use milepost::semantics::trace::{Branch, Lineage, Node, Role, lineage, sources, uses};
use milepost::syntax::codes;
use milepost::syntax::diagnostic::Diagnostic;
use milepost::syntax::source::SourceMap;
use milepost::syntax::{renamed, suggest};
use milepost::{Error, draw};
use serde_json::{Value, json};

use crate::args::Format;
use crate::exit::Stop;
use crate::output::Output;

/// What is shown of a project.
pub(super) struct Shown<'a> {
    pub(super) model: &'a Model,
    pub(super) sources: &'a SourceMap,
    pub(super) output: Output,
}

impl Shown<'_> {
    /// The lineage of the definition of that name.
    pub(super) fn text(&self, name: &str, format: Format) -> Result<String, Stop> {
        let Some(node) = Node::find(self.model, name) else {
            return Err(self.unknown(name).into());
        };
        let lineage = lineage(self.model);
        match format {
            Format::Human => Ok(self.drawn(node, &lineage)),
            Format::Json => self.machine(node, &lineage),
        }
    }

    fn unknown(&self, name: &str) -> Diagnostic {
        let model = self.model;
        let told = |message: String| Diagnostic::error_nowhere(codes::UNKNOWN_NAME, message);
        if let Some((dataset, column)) = name.split_once('.')
            && let Some(id) = model.dataset(dataset)
        {
            let told = told(format!("no metric reads a column `{column}` of `{dataset}`"));
            let own = model[id].columns.iter().filter(|column| !column.is_unspoken());
            let names = own.map(|column| column.name.as_str());
            return match suggest(column, names.clone()) {
                Some(near) => told.help(format!("did you mean `{dataset}.{near}`?")),
                None => told.help(format!("its columns: {}", names.collect::<Vec<_>>().join(", "))),
            };
        }
        if let Some((metric, _)) = name.split_once('.')
            && model.metric(metric).is_some()
        {
            return told(format!("lineage is of whole metrics, and `{name}` is a part of one"))
                .help(format!("ask for `{metric}`"));
        }
        let metrics = model.metrics.iter().map(|metric| metric.name.as_str());
        let datasets = model.datasets.iter().map(|dataset| dataset.name.as_str());
        let entities = model.entities.iter().map(|entity| entity.name.as_str());
        let told = told(format!("there is no metric, dataset or entity `{name}`"));
        let metas = model.metrics.iter().map(|metric| (&metric.name, &metric.meta));
        let metas = metas.chain(model.entities.iter().map(|entity| (&entity.name, &entity.meta)));
        let metas =
            metas.chain(model.datasets.iter().map(|dataset| (&dataset.name, &dataset.meta)));
        let now = metas.into_iter().find(|(_, meta)| meta.renamed_from.as_deref() == Some(name));
        if let Some((now, _)) = now {
            return told.help(renamed(name, now));
        }
        match suggest(name, metrics.chain(datasets).chain(entities)) {
            Some(near) => told.help(format!("did you mean `{near}`?")),
            None => told.help("write a metric, a dataset, an entity, or `dataset.column`"),
        }
    }

    fn drawn(&self, node: Node, lineage: &Lineage) -> String {
        let title = self.line(node, &BTreeSet::new());
        let mut text = self.output.heading(&title);
        let parts = [("Computed from", sources(lineage, node)), ("Goes into", uses(lineage, node))];
        for (heading, tree) in parts {
            text.push('\n');
            text.push_str(&self.output.heading(heading));
            if tree.branches.is_empty() {
                text.push_str("nothing\n");
            }
            self.branches(&tree.branches, "", &mut text);
        }
        text
    }

    fn branches(&self, branches: &[Branch], indent: &str, text: &mut String) {
        for (i, branch) in branches.iter().enumerate() {
            let last = i + 1 == branches.len();
            let (fork, below) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            text.push_str(indent);
            text.push_str(fork);
            // That an entity is linked by its key goes without saying.
            let roles = match branch.node {
                Node::Entity(_) => &BTreeSet::new(),
                _ => &branch.roles,
            };
            if branch.repeated {
                let roles = self.roles(roles);
                text.push_str(&printable_line(&branch.node.name(self.model)));
                text.push_str(&if roles.is_empty() {
                    " (above)".to_owned()
                } else {
                    [" (above) · ", &roles].concat()
                });
            } else {
                text.push_str(&self.line(branch.node, roles));
            }
            text.push('\n');
            self.branches(&branch.branches, &format!("{indent}{below}"), text);
        }
    }

    /// `events.name · where · specs/data.yaml:12:7`
    fn line(&self, node: Node, roles: &BTreeSet<Role>) -> String {
        let mut parts = vec![printable_line(&node.name(self.model))];
        let what = self.what(node);
        parts.extend([what, self.roles(roles)].into_iter().filter(|part| !part.is_empty()));
        parts.extend(self.place(node));
        parts.join(" · ")
    }

    /// What kind of thing it is, where that does not go without saying.
    fn what(&self, node: Node) -> String {
        match node {
            Node::Dataset(id) => match self.model[id].kind {
                DatasetKind::Attributes => "attributes dataset",
                DatasetKind::History { .. } => "history dataset",
                DatasetKind::Snapshot { .. } => "snapshot dataset",
                DatasetKind::Events { .. } => "events dataset",
            }
            .to_owned(),
            Node::Column(dataset, column) => match &self.model[dataset][column].source {
                ColumnSource::Computed(_) => "computed".to_owned(),
                ColumnSource::File(name) if *name != self.model[dataset][column].name => {
                    format!("`{}` in the files", printable_line(name))
                }
                ColumnSource::File(_) | ColumnSource::MemberName(_) => String::new(),
            },
            Node::Metric(_)
            | Node::Segment(_)
            | Node::Behavior(_)
            | Node::Entity(_)
            | Node::File(_) => node.kind().to_owned(),
        }
    }

    fn roles(&self, roles: &BTreeSet<Role>) -> String {
        let words = roles.iter().map(|role| role.words(self.model));
        words.filter(|words| !words.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// Where it is defined; nothing for columns that no spec declares, and for files.
    fn place(&self, node: Node) -> Option<String> {
        let is_shown = match node {
            Node::Column(dataset, column) => self.model[dataset][column].declared,
            Node::File(_) => false,
            Node::Metric(_)
            | Node::Segment(_)
            | Node::Behavior(_)
            | Node::Entity(_)
            | Node::Dataset(_) => true,
        };
        is_shown.then(|| draw::place(self.sources, node.span(self.model)))
    }

    /// Every definition that can be reached, and what each is computed from.
    fn machine(&self, node: Node, lineage: &Lineage) -> Result<String, Stop> {
        let mut nodes = BTreeSet::from([node]);
        for up in [true, false] {
            let mut left = vec![node];
            let mut seen = BTreeSet::from([node]);
            while let Some(node) = left.pop() {
                for next in self.next(node, lineage, up) {
                    if seen.insert(next) {
                        left.push(next);
                    }
                }
            }
            nodes.extend(seen);
        }
        let mut edges = Vec::new();
        let mut roles: BTreeMap<(Node, Node), Vec<Value>> = BTreeMap::new();
        for from in &nodes {
            for (to, found) in lineage.sources(*from).filter(|(to, _)| nodes.contains(to)) {
                roles.insert((*from, to), found.iter().map(|role| self.role(*role)).collect());
            }
        }
        for ((from, to), roles) in roles {
            edges.push(json!({ "from": self.id(from), "to": self.id(to), "roles": roles }));
        }
        let nodes: Vec<Value> = nodes.into_iter().map(|node| self.node(node)).collect();
        let object = json!({ "of": self.id(node), "nodes": nodes, "edges": edges });
        let text = serde_json::to_string_pretty(&object);
        Ok(format!("{}\n", text.map_err(|error| Error::Internal(error.to_string()))?))
    }

    /// The next step to what it is computed from, or to what is computed from it.
    fn next(&self, node: Node, lineage: &Lineage, up: bool) -> Vec<Node> {
        if up {
            lineage.sources(node).map(|(next, _)| next).collect()
        } else {
            lineage.uses(node).map(|(next, _)| next).collect()
        }
    }

    fn id(&self, node: Node) -> String {
        format!("{}:{}", node.kind(), node.name(self.model))
    }

    fn role(&self, role: Role) -> Value {
        match role {
            Role::Link(entity) => json!({ "as": role.name(), "entity": self.model[entity].name }),
            Role::Slice(dimension) => {
                json!({ "as": role.name(), "dimension": self.model[dimension].name })
            }
            _ => json!({ "as": role.name() }),
        }
    }

    fn node(&self, node: Node) -> Value {
        let mut object = json!({
            "id": self.id(node),
            "kind": node.kind(),
            "name": node.name(self.model),
        });
        if self.place(node).is_some() || matches!(node, Node::File(_)) {
            let span = node.span(self.model);
            let file = self.sources.get(span.source);
            let at = file.line_column(span.start);
            object["file"] = Value::from(file.path.as_str());
            object["line"] = Value::from(at.line);
            object["column"] = Value::from(at.column);
        }
        object
    }
}
