//! Where two expressions differ, in the words of the language: the filter, the window, the denominator.

use milepost_syntax::ast::{Aggregate, BinaryOp, Expr, ExprKind};
use milepost_syntax::{print_expr, print_window};

/// A place at which two expressions differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Located {
    /// From the outside inward: `denominator`, `filter`.
    pub(super) part: Vec<&'static str>,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    pub(super) way: Way,
}

/// How they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// One piece stands in place of another, came, or went.
    Replaced,
    /// The same pieces in another arrangement.
    Rearranged,
    /// Other pieces in another arrangement: they may come to the same.
    Rewritten,
}

/// All places at which two expressions differ; none if they are written alike.
pub(super) fn located(before: &Expr, after: &Expr) -> Vec<Located> {
    let mut finder = Finder { part: Vec::new(), found: Vec::new() };
    finder.expr(before, after);
    finder.found
}

/// The same of rows: a dataset, a time, a condition.
pub(super) fn located_rows(before: &Aggregate, after: &Aggregate) -> Vec<Located> {
    let mut finder = Finder { part: Vec::new(), found: Vec::new() };
    finder.rows(before, after);
    finder.found
}

struct Finder {
    part: Vec<&'static str>,
    found: Vec<Located>,
}

impl Finder {
    fn tell(&mut self, before: Option<String>, after: Option<String>, way: Way) {
        self.found.push(Located { part: self.part.clone(), before, after, way });
    }

    fn inside(&mut self, part: &'static str, look: impl FnOnce(&mut Self)) {
        self.part.push(part);
        look(self);
        self.part.pop();
    }

    fn replaced(&mut self, before: &Expr, after: &Expr) {
        self.tell(Some(print_expr(before)), Some(print_expr(after)), Way::Replaced);
    }

    fn expr(&mut self, before: &Expr, after: &Expr) {
        if print_expr(before) == print_expr(after) {
            return;
        }
        let is_list = |expr: &Expr| matches!(expr.kind, ExprKind::In { .. });
        if (is_list(before) || is_list(after))
            && let (Some(before), Some(after)) = (Listed::of(before), Listed::of(after))
            && print_expr(before.operand) == print_expr(after.operand)
            && before.negated == after.negated
        {
            self.list(&before.list, &after.list);
            return;
        }
        match (&before.kind, &after.kind) {
            (
                ExprKind::Binary { op, left, right, .. },
                ExprKind::Binary { op: other, left: to_left, right: to_right, .. },
            ) => self.binary((before, *op, left, right), (after, *other, to_left, to_right)),
            (ExprKind::Aggregate(before), ExprKind::Aggregate(after)) => {
                self.aggregate(before, after);
            }
            (
                ExprKind::Over { operand, window },
                ExprKind::Over { operand: to, window: to_window },
            ) => {
                self.expr(operand, to);
                let texts = [window, to_window].map(|window| Some(print_window(&window.node)));
                self.inside("window", |finder| finder.texts(texts));
            }
            (
                ExprKind::Call { function, args },
                ExprKind::Call { function: other, args: to_args },
            ) if function.node == other.node && args.len() == to_args.len() => {
                args.iter().zip(to_args).for_each(|(arg, to)| self.expr(arg, to));
            }
            (ExprKind::Unary { op, operand }, ExprKind::Unary { op: other, operand: to })
                if op == other =>
            {
                self.expr(operand, to);
            }
            (
                ExprKind::Between { operand, low, high, negated },
                ExprKind::Between { operand: to, low: to_low, high: to_high, negated: to_negated },
            ) if negated == to_negated => {
                self.expr(operand, to);
                self.expr(low, to_low);
                self.expr(high, to_high);
            }
            (
                ExprKind::IsNull { operand, negated },
                ExprKind::IsNull { operand: to, negated: to_negated },
            ) if negated != to_negated && print_expr(operand) == print_expr(to) => {
                self.replaced(before, after);
            }
            _ if is_leaf(before) && is_leaf(after) => self.replaced(before, after),
            _ => self.otherwise(before, after),
        }
    }

    /// Not of one form.
    fn otherwise(&mut self, before: &Expr, after: &Expr) {
        let way = if leaves(before) == leaves(after) { Way::Rearranged } else { Way::Rewritten };
        self.tell(Some(print_expr(before)), Some(print_expr(after)), way);
    }

    fn binary(
        &mut self,
        (before, op, left, right): (&Expr, BinaryOp, &Expr, &Expr),
        (after, other, to_left, to_right): (&Expr, BinaryOp, &Expr, &Expr),
    ) {
        let same = |a: &Expr, b: &Expr| print_expr(a) == print_expr(b);
        if op != other {
            // `a < b` and `b > a` are for the canonical text to know; here another sign is another question.
            if same(left, to_left) && same(right, to_right) {
                self.replaced(before, after);
            } else {
                self.otherwise(before, after);
            }
            return;
        }
        match op {
            BinaryOp::And | BinaryOp::Or => self.chain(op, before, after),
            BinaryOp::Divide => {
                self.inside("numerator", |finder| finder.expr(left, to_left));
                self.inside("denominator", |finder| finder.expr(right, to_right));
            }
            BinaryOp::Add | BinaryOp::Multiply | BinaryOp::Equal | BinaryOp::NotEqual
                if same(left, to_right) || same(right, to_left) =>
            {
                if same(left, to_right) && same(right, to_left) {
                    self.otherwise(before, after);
                } else {
                    self.expr(left, to_right);
                    self.expr(right, to_left);
                }
            }
            // `kind = 'a'` says more than `'a'`.
            _ if same(left, to_left) && is_leaf(right) && is_leaf(to_right)
                || same(right, to_right) && is_leaf(left) && is_leaf(to_left) =>
            {
                self.replaced(before, after);
            }
            _ => {
                self.expr(left, to_left);
                self.expr(right, to_right);
            }
        }
    }

    /// `a and b and c`: the parts that came and went.
    fn chain(&mut self, op: BinaryOp, before: &Expr, after: &Expr) {
        let (mut from, mut to) = (Vec::new(), Vec::new());
        flatten(op, before, &mut from);
        flatten(op, after, &mut to);
        let texts: Vec<String> = from.iter().map(|part| print_expr(part)).collect();
        let to_texts: Vec<String> = to.iter().map(|part| print_expr(part)).collect();
        let gone: Vec<&Expr> =
            from.into_iter().filter(|part| !to_texts.contains(&print_expr(part))).collect();
        let new: Vec<&Expr> =
            to.into_iter().filter(|part| !texts.contains(&print_expr(part))).collect();
        match (gone.as_slice(), new.as_slice()) {
            ([], []) => {
                self.tell(Some(print_expr(before)), Some(print_expr(after)), Way::Rearranged);
            }
            ([gone], [new]) => self.expr(gone, new),
            _ => {
                gone.iter().for_each(|gone| self.tell(Some(print_expr(gone)), None, Way::Replaced));
                new.iter().for_each(|new| self.tell(None, Some(print_expr(new)), Way::Replaced));
            }
        }
    }

    fn list(&mut self, before: &[&Expr], after: &[&Expr]) {
        let text = |list: &[&Expr]| list.iter().map(|e| print_expr(e)).collect::<Vec<_>>();
        let (from, to) = (text(before), text(after));
        let only = |list: &[String], other: &[String]| {
            let left: Vec<&str> =
                list.iter().filter(|text| !other.contains(text)).map(String::as_str).collect();
            (!left.is_empty()).then(|| left.join(", "))
        };
        let (gone, new) = (only(&from, &to), only(&to, &from));
        let way = if gone.is_none() && new.is_none() { Way::Rearranged } else { Way::Replaced };
        self.inside("list", |finder| finder.tell(gone, new, way));
    }

    fn aggregate(&mut self, before: &Aggregate, after: &Aggregate) {
        let percents = |found: &Aggregate| {
            let all: Vec<String> = found.arguments.iter().map(print_expr).collect();
            (!all.is_empty()).then(|| all.join(", "))
        };
        let name = |found: &Aggregate| Some(found.function.node.name().to_owned());
        self.inside("aggregate", |finder| finder.texts([name(before), name(after)]));
        let distinct = |found: &Aggregate| found.distinct.map(|_| "distinct".to_owned());
        self.inside("distinct", |finder| finder.texts([distinct(before), distinct(after)]));
        self.inside("percentile", |finder| finder.texts([percents(before), percents(after)]));
        let per = |found: &Aggregate| found.per.as_ref().map(|per| format!("per {}", per.node));
        self.inside("per", |finder| finder.texts([per(before), per(after)]));
        self.rows(before, after);
    }

    fn rows(&mut self, before: &Aggregate, after: &Aggregate) {
        self.inside("what is counted", |finder| finder.expr(&before.subject, &after.subject));
        self.inside("time", |finder| finder.optional(before.on.as_ref(), after.on.as_ref()));
        let window =
            |found: &Aggregate| found.window.as_ref().map(|window| print_window(&window.node));
        self.inside("window", |finder| finder.texts([window(before), window(after)]));
        self.inside("linked rows", |finder| finder.texts([linked(before), linked(after)]));
        self.inside("filter", |finder| {
            finder.optional(before.filter.as_ref(), after.filter.as_ref());
        });
    }

    fn optional(&mut self, before: Option<&Expr>, after: Option<&Expr>) {
        match (before, after) {
            (Some(before), Some(after)) => self.condition(before, after),
            (before, after) => self.texts([before.map(print_expr), after.map(print_expr)]),
        }
    }

    /// Two conditions: one with a part more is a chain, also where the other is a single one.
    fn condition(&mut self, before: &Expr, after: &Expr) {
        let is_chain =
            |expr: &Expr| matches!(expr.kind, ExprKind::Binary { op: BinaryOp::And, .. });
        if is_chain(before) != is_chain(after) {
            self.chain(BinaryOp::And, before, after);
        } else {
            self.expr(before, after);
        }
    }

    fn texts(&mut self, [before, after]: [Option<String>; 2]) {
        if before != after {
            self.tell(before, after, Way::Replaced);
        }
    }
}

/// `x in [a, b]`; `x = a` is a list of one. At least one of two has to be written as a list.
struct Listed<'e> {
    operand: &'e Expr,
    list: Vec<&'e Expr>,
    negated: bool,
}

impl<'e> Listed<'e> {
    fn of(expr: &'e Expr) -> Option<Self> {
        let one = |operand, value: &'e Expr, negated| {
            is_leaf(value).then(|| Self { operand, list: vec![value], negated })
        };
        match &expr.kind {
            ExprKind::In { operand, list, negated } => {
                Some(Self { operand, list: list.iter().collect(), negated: *negated })
            }
            ExprKind::Binary { op: BinaryOp::Equal, left, right, .. } => one(left, right, false),
            ExprKind::Binary { op: BinaryOp::NotEqual, left, right, .. } => one(left, right, true),
            _ => None,
        }
    }
}

/// `with same account within 7 days`, as it is written.
fn linked(found: &Aggregate) -> Option<String> {
    found.linked.as_ref()?;
    let whole = |found: Aggregate| {
        let span = found.function.span;
        print_expr(&Expr { kind: ExprKind::Aggregate(Box::new(found)), span })
    };
    let bare = Aggregate::of(found.function.clone(), found.subject.clone());
    let with = whole(Aggregate { linked: found.linked.clone(), ..bare.clone() });
    let start = whole(bare);
    let text = with.strip_prefix(start.strip_suffix(')')?)?.strip_suffix(')')?;
    Some(text.trim().to_owned())
}

fn flatten<'e>(op: BinaryOp, expr: &'e Expr, parts: &mut Vec<&'e Expr>) {
    match &expr.kind {
        ExprKind::Binary { op: found, left, right, .. } if *found == op => {
            flatten(op, left, parts);
            flatten(op, right, parts);
        }
        _ => parts.push(expr),
    }
}

/// Whether nothing is inside.
fn is_leaf(expr: &Expr) -> bool {
    let mut has_child = false;
    expr.each_child(&mut |_| has_child = true);
    !has_child && !matches!(expr.kind, ExprKind::Aggregate(_) | ExprKind::Error)
}

/// What an expression is made of, in no order.
fn leaves(expr: &Expr) -> Vec<String> {
    fn collect(expr: &Expr, found: &mut Vec<String>) {
        let mut has_child = false;
        expr.each_child(&mut |child| {
            has_child = true;
            collect(child, found);
        });
        if !has_child {
            found.push(print_expr(expr));
        }
        if let ExprKind::In { list, .. } = &expr.kind {
            found.extend(list.iter().map(print_expr));
        }
    }
    let mut found = Vec::new();
    collect(expr, &mut found);
    found.sort();
    found
}
