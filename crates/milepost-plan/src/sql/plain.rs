//! The whole statement: leaves as common table expressions, the arithmetic on top.

use std::fmt::Write as _;

use milepost_semantics::model::{
    Carry, DatasetKind, Form, Literal, Model, RowExpr, ScalarFunction, Type, chain,
};
use milepost_semantics::time::AsOf;
use milepost_syntax::ast::{AggregateFunction as F, BinaryOp, UnaryOp};

use super::grouped::{Summary, columns, grouped, is_number};
use super::judge::{Judge, judged_leaf};
use super::leaf::leaf_tables;
use super::operators::{not, operator, scalar_call, sum_of, sum_terms};
use super::tables::Tables;
use super::text::{grain_word, ident, literal, string};
use crate::ids::{ById, Id};
use crate::leaf::{Leaf, LeafId, Node, compile};
use crate::placement::placement;
use crate::request::{Request, frames};

/// The plain lowering of a request: a statement with the columns `bucket`, one per dimension, and `value` (null where
/// there is a reason instead of a number).
#[must_use]
pub fn sql(model: &Model, as_of: AsOf, request: &Request) -> String {
    let (tables, select) = plain(model, as_of, request);
    let metric = &model[request.metric];
    format!("-- {} by {}\n{}\n{select}", metric.name, grain_word(request.grain), tables.with())
}

/// The same in its parts: the tables, and the statement that reads them.
pub fn plain(model: &Model, as_of: AsOf, request: &Request) -> (Tables, String) {
    let metric = &model[request.metric];
    let frames = frames(model, as_of, request);
    if frames.is_empty() {
        return (Tables::default(), no_rows(model, request));
    }
    let compiled = compile(model, as_of, request.grain, request.value(model), &frames);
    let mut blocks = Vec::new();
    all_spans(&compiled.root, &mut blocks);
    let printer = Printer { model, leaves: &compiled.leaves, blocks: &blocks, place: "b._place" };
    let mut tables = Tables::default();
    let judge = Judge::new(model, as_of);
    for (id, leaf) in printer.printed() {
        let name = table_of(id);
        let slices = || {
            request
                .by
                .iter()
                .filter_map(|d| leaf.aggregate.slice(&model[leaf.aggregate.dataset], *d))
        };
        if leaf.aggregate.is_judged() || slices().any(RowExpr::is_judged) {
            judged_leaf(&judge, &name, leaf, &request.by, request.grain);
            tables.append(judge.take());
        } else {
            leaf_tables(&mut tables, model, &name, leaf, &request.by);
        }
    }
    let labels: Vec<String> = frames
        .iter()
        .enumerate()
        .map(|(i, f)| format!("({i}, {})", string(&f.bucket.label)))
        .collect();
    tables.push_values("buckets", "_place, label", &labels.join(",\n    "));
    let dims = request.by.len();
    if dims > 0 {
        let columns: Vec<String> = (1..=dims).map(|i| format!("_d{i}")).collect();
        let selects: Vec<String> = printer
            .printed()
            .map(|(id, _)| format!("SELECT DISTINCT {} FROM {}", columns.join(", "), table_of(id)))
            .collect();
        if selects.is_empty() {
            let none: Vec<String> = columns.iter().map(|c| format!("'' AS {c}")).collect();
            tables.push("slices", format!("SELECT {} WHERE FALSE", none.join(", ")));
        } else {
            tables.push("slices", selects.join(" UNION "));
        }
    }
    for (i, node) in blocks.iter().enumerate() {
        printer.blocks(&mut tables, i, node, dims);
    }
    let mut columns = vec!["b.label AS bucket".to_owned()];
    for (i, dimension) in request.by.iter().enumerate() {
        columns.push(format!("s._d{} AS {}", i + 1, column_name(&model[*dimension].name)));
    }
    let value = printer.guarded(&compiled.root, metric.min_sample);
    columns.push(format!("{value} AS value"));
    let mut sql = format!("SELECT {}\nFROM buckets AS b", columns.join(", "));
    sql.push_str(&printer.joins(&compiled.root, dims));
    let order = (1..=dims).fold("b._place".to_owned(), |order, d| format!("{order}, s._d{d}"));
    let _ = writeln!(sql, "\nORDER BY {order}");
    (tables, sql)
}

/// What a question without any bucket is answered with: no bucket of this grain lies in the time that is asked for.
fn no_rows(model: &Model, request: &Request) -> String {
    let text = |name: String| format!("CAST(NULL AS VARCHAR) AS {name}");
    let dims = request.by.iter().map(|d| text(column_name(&model[*d].name)));
    let columns: Vec<String> = std::iter::once(text("bucket".to_owned()))
        .chain(dims)
        .chain(["CAST(NULL AS DOUBLE) AS value".to_owned()])
        .collect();
    format!("SELECT {}\nWHERE FALSE\n", columns.join(", "))
}

/// The blocks of time in a tree, from left to right.
fn spans<'a>(node: &'a Node, list: &mut Vec<&'a Node>) {
    if matches!(node, Node::Blocks { .. }) {
        list.push(node);
    } else {
        node.operands().into_iter().for_each(|operand| spans(operand, list));
    }
}

/// The same with those inside of blocks, which come before what they stand in.
fn all_spans<'a>(node: &'a Node, list: &mut Vec<&'a Node>) {
    node.operands().into_iter().for_each(|operand| all_spans(operand, list));
    if matches!(node, Node::Blocks { .. }) {
        list.push(node);
    }
}

/// The leaves of a tree that are not inside of blocks, each once.
fn leaves_of(node: &Node, list: &mut Vec<LeafId>) {
    match node {
        Node::Leaf(id) if list.contains(id) => {}
        Node::Leaf(id) => list.push(*id),
        Node::Blocks { .. } => {}
        _ => node.operands().into_iter().for_each(|operand| leaves_of(operand, list)),
    }
}

/// The name of a leaf's table.
fn table_of(id: LeafId) -> String {
    format!("a{}", id.position() + 1)
}

/// The name of a dimension's column; the two columns that are always there keep theirs.
fn column_name(dimension: &str) -> String {
    match dimension {
        "bucket" | "value" => format!("\"{dimension} (dimension)\""),
        other => ident(other),
    }
}

struct Printer<'a> {
    model: &'a Model,
    leaves: &'a ById<LeafId, Leaf<'a>>,
    blocks: &'a [&'a Node],
    /// The bucket (or block) that is looked at.
    place: &'a str,
}

impl<'a> Printer<'a> {
    /// The leaves that look at anything: there may be no whole block in any bucket.
    fn printed(&self) -> impl Iterator<Item = (LeafId, &'a Leaf<'a>)> {
        self.leaves.iter().filter(|(_, leaf)| !leaf.bounds.is_empty())
    }

    /// The tables that a tree reads, joined to its bucket.
    fn joins(&self, root: &Node, dims: usize) -> String {
        let mut sql = String::new();
        if dims > 0 {
            sql.push_str(" CROSS JOIN slices AS s");
        }
        let mut tables = Vec::new();
        let mut leaves = Vec::new();
        leaves_of(root, &mut leaves);
        leaves.retain(|id| !self.leaves[*id].bounds.is_empty());
        tables.extend(leaves.into_iter().map(table_of));
        let mut inside = Vec::new();
        spans(root, &mut inside);
        tables.extend(inside.iter().filter_map(|node| self.block_name(node)));
        for table in tables {
            let mut on = format!("{table}.bucket = {}", self.place);
            for d in 1..=dims {
                let _ = write!(on, " AND ({table}._d{d} IS NOT DISTINCT FROM s._d{d})");
            }
            let _ = write!(
                sql,
                "\nLEFT JOIN {table} ON {on}\nLEFT JOIN {table}_known ON {table}_known.bucket = {}",
                self.place
            );
        }
        sql
    }

    /// The table of a tree's blocks; absent if no bucket has a whole one.
    fn block_name(&self, node: &Node) -> Option<String> {
        let Node::Blocks { ranges, .. } = node else { return None };
        if ranges.iter().all(std::ops::Range::is_empty) {
            return None;
        }
        let place = self.blocks.iter().position(|other| std::ptr::eq(*other, node))?;
        Some(format!("b{}", place + 1))
    }

    /// Prints the blocks of each bucket, the value in each of them, the buckets in which all of them are inside the
    /// data, and the summary.
    fn blocks(&self, tables: &mut Tables, i: usize, node: &Node, dims: usize) {
        let Node::Blocks { function, percentile, operand, ranges } = node else { return };
        let name = format!("b{}", i + 1);
        if self.block_name(node).is_none() {
            return;
        }
        let rows: Vec<String> = ranges
            .iter()
            .enumerate()
            .map(|(bucket, range)| {
                let blocks: Vec<String> =
                    range.clone().map(|block| format!("({block}, {bucket})")).collect();
                blocks.join(", ")
            })
            .filter(|blocks| !blocks.is_empty())
            .collect();
        tables.push_values(format!("{name}_blocks"), "block, bucket", &rows.join(",\n    "));
        let inside = Printer { place: "m.block", ..*self };
        // The latest block has the smallest number.
        let values = format!(
            "SELECT m.bucket{}, -m.block AS at, {} AS x1\nFROM {name}_blocks AS m{}",
            columns("s.", dims),
            inside.node(operand),
            inside.joins(operand, dims)
        );
        tables.push(format!("{name}_values"), values);
        tables.push(format!("{name}_known"), self.known_blocks(&name, operand));
        let summary = Summary::of_values(*function, *percentile);
        let value = grouped(summary, "r.bucket", dims, &format!("FROM {name}_values AS r"));
        let query = format!(
            "SELECT v.bucket{}, CASE WHEN v.n > 0 THEN v.value END AS value, v.n FROM ({value}) AS v",
            columns("v.", dims)
        );
        tables.push(name, query);
    }

    /// The buckets in which the data of every aggregate covers all blocks.
    fn known_blocks(&self, name: &str, operand: &Node) -> String {
        let mut leaves = Vec::new();
        leaves_of(operand, &mut leaves);
        let join = |table: &str, k: &str| {
            format!("\n    LEFT JOIN {table} AS {k} ON {k}.bucket = m.block")
        };
        let (mut joins, mut all) = (Vec::new(), Vec::new());
        for id in leaves {
            let k = format!("k{}", id.position() + 1);
            joins.push(join(&self.covered(id), &k));
            all.push(format!("{k}.bucket IS NOT NULL"));
        }
        let mut inside = Vec::new();
        spans(operand, &mut inside);
        for table in inside.iter().filter_map(|node| self.block_name(node)) {
            // Blocks inside a block, if it has a whole one.
            let (known, any) = (format!("k_{table}"), format!("n_{table}"));
            joins.push(join(&format!("{table}_known"), &known));
            joins.push(join(&format!("(SELECT DISTINCT bucket FROM {table}_blocks)"), &any));
            all.push(format!("({known}.bucket IS NOT NULL OR {any}.bucket IS NULL)"));
        }
        let having = if all.is_empty() {
            String::new()
        } else {
            format!(
                "\n    HAVING count(*) = count(CASE WHEN {} THEN m.block END)",
                all.join(" AND ")
            )
        };
        format!(
            "SELECT m.bucket FROM {name}_blocks AS m{}\n    GROUP BY m.bucket{having}",
            joins.concat()
        )
    }

    /// The table of the blocks that the data of a leaf covers.
    fn covered(&self, id: LeafId) -> String {
        let aggregate = self.leaves[id].aggregate;
        let fades = matches!(
            placement(self.model, aggregate).kind,
            Some(DatasetKind::Snapshot { carry: Some(Carry::For(_)), .. })
        );
        let own = aggregate.is_judged() || fades;
        format!("{}_{}", table_of(id), if own { "covered" } else { "known" })
    }

    fn guarded(&self, root: &Node, min_sample: Option<u64>) -> String {
        let value = self.node(root);
        match (min_sample, self.sample(root)) {
            (Some(least), Some(n)) => format!("CASE WHEN {n} < {least} THEN NULL ELSE {value} END"),
            _ => value,
        }
    }

    /// What the number rests on: the denominator of a ratio, else the smallest of the parts.
    fn sample(&self, node: &Node) -> Option<String> {
        match node {
            Node::Leaf(id) if self.leaves[*id].bounds.is_empty() => return Some("0".to_owned()),
            Node::Leaf(id) => return Some(format!("coalesce({}.n, 0)", table_of(*id))),
            Node::Blocks { .. } => {
                let n = self.block_name(node).map(|name| format!("coalesce({name}.n, 0)"));
                return Some(n.unwrap_or_else(|| "0".to_owned()));
            }
            Node::Form(Form::Binary { op: BinaryOp::Divide, left, right }) => {
                return self.sample(right).or_else(|| self.sample(left));
            }
            _ => {}
        }
        let mut samples: Vec<String> = Vec::new();
        for sample in node.operands().into_iter().filter_map(|operand| self.sample(operand)) {
            if !samples.contains(&sample) {
                samples.push(sample);
            }
        }
        match samples.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            many => Some(format!("least({})", many.join(", "))),
        }
    }

    fn node(&self, node: &Node) -> String {
        match node {
            Node::Form(Form::Literal(value)) => match value {
                Literal::Number(_) | Literal::Percent(_) | Literal::Null => {
                    format!("CAST({} AS DOUBLE)", literal(value))
                }
                Literal::Text(_)
                | Literal::Boolean(_)
                | Literal::Date(_)
                | Literal::Duration(_) => literal(value),
            },
            Node::Leaf(id) => self.leaf(*id),
            Node::PerBucket(counts) => {
                let arms = counts.iter().enumerate().fold(String::new(), |mut arms, (i, n)| {
                    let _ = write!(arms, " WHEN {i} THEN {n}");
                    arms
                });
                format!("CAST(CASE {}{arms} END AS DOUBLE)", self.place)
            }
            Node::Form(Form::Unary { op: UnaryOp::Negate, operand }) => {
                format!("(-{})", self.node(operand))
            }
            Node::Form(Form::Unary { op: UnaryOp::Not, operand }) => {
                format!("(NOT {})", self.node(operand))
            }
            Node::Form(Form::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), .. }) => {
                let parts = chain(*op, node, &Node::form);
                let parts: Vec<String> = parts.iter().map(|part| self.node(part)).collect();
                format!("({})", parts.join(&format!(" {} ", operator(*op))))
            }
            Node::Form(Form::Binary { op: BinaryOp::Add | BinaryOp::Subtract, .. }) => {
                let terms = sum_terms(node, &Node::form);
                sum_of(terms.into_iter().map(|(sign, term)| (sign, self.node(term))).collect())
            }
            Node::Form(Form::Binary { op, left, right }) => self.binary(*op, left, right),
            Node::Form(Form::In { operand, list, negated }) => {
                let by_day = list.iter().any(|item| matches!(item, Literal::Date(_)));
                let operand = if by_day { self.day(operand) } else { self.node(operand) };
                let list: Vec<String> = list.iter().map(literal).collect();
                format!("({operand} {}IN ({}))", not(*negated), list.join(", "))
            }
            Node::Form(Form::Between { operand, low, high, negated }) => {
                let by_day = [operand, low, high].iter().any(|n| self.ty(n) == Type::Date);
                let print = |n: &Node| if by_day { self.day(n) } else { self.node(n) };
                let (operand, low, high) = (print(operand), print(low), print(high));
                format!("({operand} {}BETWEEN {low} AND {high})", not(*negated))
            }
            Node::Form(Form::IsNull { operand, negated }) => {
                format!("({} IS {}NULL)", self.node(operand), not(*negated))
            }
            Node::Form(Form::If { condition, then, otherwise }) => {
                let c = self.node(condition);
                format!(
                    "CASE WHEN {c} IS NULL THEN NULL WHEN {c} THEN {} ELSE {} END",
                    self.node(then),
                    self.node(otherwise)
                )
            }
            Node::Form(Form::Call { function, args }) => self.call(*function, args),
            Node::Blocks { .. } => self.block_name(node).map_or_else(
                || "CAST(NULL AS DOUBLE)".to_owned(),
                |name| {
                    let value = format!("{name}.value");
                    let value = if is_number(self.ty(node)) {
                        format!("CAST({value} AS DOUBLE)")
                    } else {
                        value
                    };
                    format!("CASE WHEN {name}_known.bucket IS NOT NULL THEN {value} END")
                },
            ),
        }
    }

    fn leaf(&self, id: LeafId) -> String {
        let leaf = &self.leaves[id];
        let name = table_of(id);
        if leaf.bounds.is_empty() {
            return "NULL".to_owned();
        }
        let value = if is_number(leaf.aggregate.ty) {
            format!("CAST({name}.value AS DOUBLE)")
        } else {
            format!("{name}.value")
        };
        let value = match (leaf.empty_is_zero(), leaf.aggregate.ty) {
            (true, Type::Boolean) => format!("coalesce({value}, FALSE)"),
            (true, _) => format!("coalesce({value}, 0)"),
            (false, _) => value,
        };
        format!("CASE WHEN {name}_known.bucket IS NOT NULL THEN {value} END")
    }

    /// The value as a calendar day: timestamps become the local day they fall on.
    fn day(&self, node: &Node) -> String {
        let sql = self.node(node);
        if self.ty(node) == Type::Timestamp { format!("local_date({sql})") } else { sql }
    }

    fn ty(&self, node: &Node) -> Type {
        match node {
            Node::Leaf(id) => self.leaves[*id].aggregate.ty,
            Node::Form(Form::Literal(Literal::Date(_))) => Type::Date,
            Node::Form(Form::Call {
                function: ScalarFunction::Day | ScalarFunction::Date, ..
            }) => Type::Date,
            Node::Form(Form::Call { function: ScalarFunction::Timestamp, .. }) => Type::Timestamp,
            Node::Form(Form::Call {
                function:
                    ScalarFunction::Coalesce | ScalarFunction::Least | ScalarFunction::Greatest,
                args,
            }) => args.first().map_or(Type::Unknown, |a| self.ty(a)),
            Node::Form(Form::If { then, .. }) => self.ty(then),
            Node::Blocks { function: F::Min | F::Max | F::First | F::Last, operand, .. } => {
                self.ty(operand)
            }
            Node::Blocks { function: F::Any, .. } => Type::Boolean,
            _ => Type::Number,
        }
    }

    fn binary(&self, op: BinaryOp, left: &Node, right: &Node) -> String {
        let (mut a, mut b) = (self.node(left), self.node(right));
        match op {
            BinaryOp::Divide => return format!("({a} / nullif({b}, 0))"),
            BinaryOp::StartsWith => return format!("starts_with({a}, {b})"),
            BinaryOp::Contains => return format!("contains({a}, {b})"),
            _ => {}
        }
        match (self.ty(left), self.ty(right)) {
            (Type::Timestamp, Type::Date) => a = format!("local_date({a})"),
            (Type::Date, Type::Timestamp) => b = format!("local_date({b})"),
            _ => {}
        }
        format!("({a} {} {b})", operator(op))
    }

    fn call(&self, function: ScalarFunction, args: &[Node]) -> String {
        let date = args.first().is_some_and(|a| self.ty(a) == Type::Date);
        if function == ScalarFunction::BusinessDaysBetween {
            let days: Vec<String> = args.iter().map(|a| self.day(a)).collect();
            return scalar_call(function, true, &days);
        }
        if function == ScalarFunction::DaysBetween {
            let both = args.iter().all(|a| self.ty(a) == Type::Date);
            let list: Vec<String> = args
                .iter()
                .map(|a| match (both, self.ty(a)) {
                    (true, _) => format!("CAST({} AS TIMESTAMP(6))", self.node(a)),
                    (false, Type::Date) => format!("local_midnight({})", self.node(a)),
                    (false, _) => self.node(a),
                })
                .collect();
            return scalar_call(function, false, &list);
        }
        let mut list: Vec<String> = args.iter().map(|a| self.node(a)).collect();
        if let (ScalarFunction::Round, Some(Node::Form(Form::Literal(digits)))) =
            (function, args.get(1))
        {
            list[1] = literal(digits);
        }
        scalar_call(function, date, &list)
    }
}
