//! The whole statement: leaves as common table expressions, the arithmetic on top.

use std::fmt::Write as _;

use milepost_semantics::model::{Literal, Model, ScalarFunction, Type};
use milepost_semantics::time::AsOf;
use milepost_syntax::ast::{BinaryOp, UnaryOp};

use super::leaf::{is_number, leaf_ctes};
use super::row::{not, operator, scalar_call};
use super::text::{grain_word, ident, literal, string};
use crate::leaf::{Leaf, Node, compile};
use crate::request::{Request, frames};

/// The plain lowering of a request: a statement with the columns `bucket`, one per dimension, and `value` (null where
/// there is a reason instead of a number).
#[must_use]
pub fn sql(model: &Model, as_of: AsOf, request: &Request) -> String {
    let metric = &model[request.metric];
    let frames = frames(model, as_of, request);
    let compiled = compile(model, as_of, request.grain, &metric.value, &frames);
    let printer = Printer { leaves: &compiled.leaves };
    let mut sql = format!("-- {} by {}\nWITH\n", metric.name, grain_word(request.grain));
    for (i, leaf) in compiled.leaves.iter().enumerate() {
        sql.push_str(&leaf_ctes(model, &format!("a{}", i + 1), leaf, &request.by));
    }
    let labels: Vec<String> = frames
        .iter()
        .enumerate()
        .map(|(i, f)| format!("({i}, {})", string(&f.bucket.label)))
        .collect();
    let _ = write!(sql, "  buckets (_place, label) AS (VALUES\n    {})", labels.join(",\n    "));
    let dims = request.by.len();
    if dims > 0 {
        let columns: Vec<String> = (1..=dims).map(|i| format!("_d{i}")).collect();
        let selects: Vec<String> = (1..=compiled.leaves.len())
            .map(|i| format!("SELECT {} FROM a{i}", columns.join(", ")))
            .collect();
        let _ = write!(sql, ",\n  slices AS ({})", selects.join(" UNION "));
    }
    let mut columns = vec!["b.label AS bucket".to_owned()];
    for (i, dimension) in request.by.iter().enumerate() {
        columns.push(format!("s._d{} AS {}", i + 1, column_name(&model[*dimension].name)));
    }
    let value = printer.guarded(&compiled.root, metric.min_sample);
    columns.push(format!("{value} AS value"));
    let _ = write!(sql, "\nSELECT {}\nFROM buckets AS b", columns.join(", "));
    if dims > 0 {
        sql.push_str(" CROSS JOIN slices AS s");
    }
    for i in 1..=compiled.leaves.len() {
        let mut on = format!("a{i}.bucket = b._place");
        for d in 1..=dims {
            let _ = write!(on, " AND a{i}._d{d} = s._d{d}");
        }
        let _ = write!(
            sql,
            "\nLEFT JOIN a{i} ON {on}\nLEFT JOIN a{i}_known ON a{i}_known.bucket = b._place"
        );
    }
    let order = (1..=dims).fold("b._place".to_owned(), |order, d| format!("{order}, s._d{d}"));
    let _ = writeln!(sql, "\nORDER BY {order}");
    sql
}

/// The name of a dimension's column; the two columns that are always there keep theirs.
fn column_name(dimension: &str) -> String {
    match dimension {
        "bucket" | "value" => format!("\"{dimension} (dimension)\""),
        other => ident(other),
    }
}

struct Printer<'a> {
    leaves: &'a [Leaf<'a>],
}

impl Printer<'_> {
    fn guarded(&self, root: &Node, min_sample: Option<u64>) -> String {
        let value = self.node(root);
        match (min_sample, self.sample(root)) {
            (Some(least), Some(n)) => format!("CASE WHEN {n} < {least} THEN NULL ELSE {value} END"),
            _ => value,
        }
    }

    /// What the number rests on: the denominator of a ratio, else the smallest of the parts.
    fn sample(&self, node: &Node) -> Option<String> {
        let children: Vec<&Node> = match node {
            Node::Leaf(i) => return Some(format!("coalesce(a{}.n, 0)", i + 1)),
            Node::Literal(_) | Node::PerBucket(_) | Node::Blocks { .. } => return None,
            Node::Binary { op: BinaryOp::Divide, left, right } => {
                return self.sample(right).or_else(|| self.sample(left));
            }
            Node::Binary { left, right, .. } => vec![left, right],
            Node::Unary { operand, .. }
            | Node::In { operand, .. }
            | Node::IsNull { operand, .. } => vec![operand],
            Node::Between { operand, low, high, .. } => vec![operand, low, high],
            Node::If { condition, then, otherwise } => vec![condition, then, otherwise],
            Node::Call { args, .. } => args.iter().collect(),
        };
        let samples: Vec<String> = children.into_iter().filter_map(|c| self.sample(c)).collect();
        match samples.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            many => Some(format!("least({})", many.join(", "))),
        }
    }

    fn node(&self, node: &Node) -> String {
        match node {
            Node::Literal(value) => match value {
                Literal::Number(_) | Literal::Percent(_) => {
                    format!("CAST({} AS DOUBLE)", literal(value))
                }
                Literal::Text(_)
                | Literal::Boolean(_)
                | Literal::Date(_)
                | Literal::Duration(_) => literal(value),
            },
            Node::Leaf(i) => self.leaf(*i),
            Node::PerBucket(counts) => {
                let arms = counts.iter().enumerate().fold(String::new(), |mut arms, (i, n)| {
                    let _ = write!(arms, " WHEN {i} THEN {n}");
                    arms
                });
                format!("CAST(CASE b._place{arms} END AS DOUBLE)")
            }
            Node::Unary { op: UnaryOp::Negate, operand } => format!("(-{})", self.node(operand)),
            Node::Unary { op: UnaryOp::Not, operand } => format!("(NOT {})", self.node(operand)),
            Node::Binary { op, left, right } => self.binary(*op, left, right),
            Node::In { operand, list, negated } => {
                let by_day = list.iter().any(|item| matches!(item, Literal::Date(_)));
                let operand = if by_day { self.day(operand) } else { self.node(operand) };
                let list: Vec<String> = list.iter().map(literal).collect();
                format!("({operand} {}IN ({}))", not(*negated), list.join(", "))
            }
            Node::Between { operand, low, high, negated } => {
                let by_day = [operand, low, high].iter().any(|n| self.ty(n) == Type::Date);
                let print = |n: &Node| if by_day { self.day(n) } else { self.node(n) };
                let (operand, low, high) = (print(operand), print(low), print(high));
                format!("({operand} {}BETWEEN {low} AND {high})", not(*negated))
            }
            Node::IsNull { operand, negated } => {
                format!("({} IS {}NULL)", self.node(operand), not(*negated))
            }
            Node::If { condition, then, otherwise } => {
                let c = self.node(condition);
                format!(
                    "CASE WHEN {c} IS NULL THEN NULL WHEN {c} THEN {} ELSE {} END",
                    self.node(then),
                    self.node(otherwise)
                )
            }
            Node::Call { function, args } => self.call(*function, args),
            Node::Blocks { .. } => "NULL".to_owned(),
        }
    }

    fn leaf(&self, i: usize) -> String {
        let leaf = &self.leaves[i];
        let name = format!("a{}", i + 1);
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
            Node::Leaf(i) => self.leaves[*i].aggregate.ty,
            Node::Literal(Literal::Date(_)) => Type::Date,
            Node::Call { function: ScalarFunction::Day, .. } => Type::Date,
            Node::Call {
                function:
                    ScalarFunction::Coalesce | ScalarFunction::Least | ScalarFunction::Greatest,
                args,
            } => args.first().map_or(Type::Unknown, |a| self.ty(a)),
            Node::If { then, .. } => self.ty(then),
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
        if let (ScalarFunction::Round, Some(Node::Literal(digits))) = (function, args.get(1)) {
            list[1] = literal(digits);
        }
        scalar_call(function, date, &list)
    }
}
