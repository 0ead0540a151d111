//! Row expressions as SQL.

mod frames;
mod joins;

use std::collections::BTreeMap;
use std::sync::Arc;

use milepost_semantics::model::{
    ColumnId, ColumnSource, DatasetId, Form, Hop, Kind as _, Literal, Model, Path, RowExpr,
    RowKind, ScalarFunction, Type,
};
use milepost_syntax::ast::{BinaryOp, Duration, UnaryOp};

use frames::Other;

use super::judge::{Frames, Judge, day_from, just_before};
use super::length::{Days, moved, moved_date};
use super::operators::{not, operator, scalar_call, sum_of, sum_terms};
use super::text::{ident, literal};
use crate::placement::stored_text;

/// The tables of one `FROM`: a base dataset and the many-to-one joins that its expressions asked for.
#[derive(Debug)]
pub struct Scope<'m> {
    model: &'m Model,
    base: DatasetId,
    /// In the order in which they must be joined.
    joins: Vec<Join>,
    judged: Option<Judged<'m>>,
    /// The base has texts as they are stored too, in dictionaries.
    stored: bool,
}

/// A table that is joined.
#[derive(Debug)]
enum Join {
    /// What the hops lead to.
    Hops {
        hops: Vec<Hop>,
        /// Of the frame at whose end the last history on the way is read; empty where none is.
        frame: String,
        /// The alias of what the last hop begins at.
        left: String,
        alias: String,
        /// When the last hop's row holds.
        valid: String,
    },
    /// As it is printed.
    Text(String),
}

/// Where expressions are judged: over a table of rows (alias `_o`) that stand in frames.
#[derive(Debug)]
struct Judged<'m> {
    judge: Arc<Judge<'m>>,
    /// What names of further tables begin with.
    name: String,
    rows: String,
    /// The table has the instant at which a state is read.
    instant: bool,
    /// The innermost is the last: `prior` moves what is inside of it.
    frames: Vec<Arc<Frames>>,
    /// Tables with the keys of the frames in which everything that was consulted is known.
    known: Vec<String>,
    parts: usize,
    /// Other frames that are printed already, by the name of those that they are made of.
    others: BTreeMap<(String, Other), Arc<Frames>>,
}

impl<'m> Scope<'m> {
    /// A scope over the rows of `base`.
    pub const fn new(model: &'m Model, base: DatasetId) -> Self {
        Self { model, base, joins: Vec::new(), judged: None, stored: false }
    }

    /// A scope over the rows of a stream, if `base` is one: a text is compared once for all rows that have it.
    pub const fn of_stream(model: &'m Model, base: DatasetId, is_streamed: bool) -> Self {
        Self { model, base, joins: Vec::new(), judged: None, stored: is_streamed }
    }

    /// A scope over rows of `base` in frames: the table `rows` has the columns `bucket` (the frame's key), `_row` (the
    /// row's number), `at` (when it is placed), and `instant` if a state is read. Further tables begin with `name`.
    pub(super) fn over(
        judge: &Arc<Judge<'m>>,
        base: DatasetId,
        name: &str,
        rows: &str,
        instant: bool,
        frames: &Arc<Frames>,
    ) -> Self {
        let judged = Judged {
            judge: Arc::clone(judge),
            name: name.to_owned(),
            rows: rows.to_owned(),
            instant,
            frames: vec![Arc::clone(frames)],
            known: Vec::new(),
            parts: 0,
            others: BTreeMap::new(),
        };
        Self { model: judge.model, base, joins: Vec::new(), judged: Some(judged), stored: false }
    }

    /// A column of this dataset or of one that the hops lead to; computed columns that tables lack are written out.
    pub fn column(&mut self, hops: &[Hop], dataset: DatasetId, column: ColumnId) -> String {
        let model = self.model;
        let own = match &model[dataset][column].source {
            ColumnSource::Computed(value) if !model[dataset].is_structural(column) => Some(value),
            _ => None,
        };
        match own {
            None => format!("{}.{}", self.join(hops), ident(&model[dataset][column].name)),
            Some(expr) if hops.is_empty() => {
                format!("({})", self.expr(hops, expr))
            }
            // A key without a match leads to no row, and no row has computed values either.
            Some(expr) => {
                let value = self.expr(hops, expr);
                let alias = self.join(hops);
                let keys = hops.last().map(|hop| &model[hop.to][hop.to_columns[0]].name);
                let key = keys.map_or_else(String::new, |name| ident(name));
                format!("CASE WHEN {alias}.{key} IS NOT NULL THEN ({value}) END")
            }
        }
    }

    /// A path, which starts where `prefix` leads.
    fn path(&mut self, prefix: &[Hop], path: &Path) -> String {
        let hops: Vec<Hop> = prefix.iter().chain(&path.hops).cloned().collect();
        self.column(&hops, path.dataset, path.column)
    }

    /// A column of the base as an instant: a day becomes its first instant.
    pub fn instant_of(&mut self, dataset: DatasetId, column: ColumnId) -> String {
        let sql = self.column(&[], dataset, column);
        let date = self.model[dataset][column].ty == Type::Date;
        if date { format!("local_midnight({sql})") } else { sql }
    }

    /// A time of the base's rows as an instant.
    pub(super) fn base_instant(&mut self, expr: &RowExpr) -> String {
        self.instant(&[], expr)
    }

    /// A value that is compared with another one: beside a day, an instant is the day that it falls on.
    pub(super) fn linked(&mut self, value: &RowExpr, other: &RowExpr) -> String {
        if other.ty == Type::Date { self.day(&[], value) } else { self.expr(&[], value) }
    }

    /// An expression over the base's rows.
    pub fn base_expr(&mut self, expr: &RowExpr) -> String {
        self.expr(&[], expr)
    }

    fn expr(&mut self, prefix: &[Hop], expr: &RowExpr) -> String {
        match &expr.kind {
            RowKind::Form(Form::Literal(value)) => literal(value),
            RowKind::Column(path) => self.path(prefix, path),
            RowKind::Form(Form::Unary { op: UnaryOp::Negate, operand }) => {
                format!("(-{})", self.expr(prefix, operand))
            }
            RowKind::Form(Form::Unary { op: UnaryOp::Not, operand }) => {
                format!("(NOT {})", self.expr(prefix, operand))
            }
            RowKind::Form(Form::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), .. }) => {
                let parts = expr.chain(*op);
                let parts: Vec<String> = parts.iter().map(|e| self.expr(prefix, e)).collect();
                format!("({})", parts.join(&format!(" {} ", operator(*op))))
            }
            RowKind::Form(Form::Binary { op: BinaryOp::Add | BinaryOp::Subtract, .. })
                if expr.ty.is_numeric() =>
            {
                // A sum of another type is a term by itself.
                let same = |part: &&RowExpr| part.ty == expr.ty;
                let terms = sum_terms(expr, &|part| Some(part).filter(same)?.kind.form());
                let terms = terms.into_iter().map(|(sign, term)| {
                    let sql = self.expr(prefix, term);
                    (sign, if expr.ty == Type::Integer { whole(term, sql) } else { sql })
                });
                sum_of(terms.collect())
            }
            RowKind::Form(Form::Binary { op, left, right }) => {
                self.binary(prefix, *op, left, right)
            }
            RowKind::Form(Form::In { operand, list, negated }) => {
                let day =
                    operand.ty == Type::Timestamp && matches!(list.first(), Some(Literal::Date(_)));
                let operand =
                    if day { self.day(prefix, operand) } else { self.expr(prefix, operand) };
                let list: Vec<String> = list.iter().map(literal).collect();
                format!("({operand} {}IN ({}))", not(*negated), list.join(", "))
            }
            RowKind::Form(Form::Between { operand, low, high, negated }) => {
                let days = [operand, low, high].iter().any(|e| e.ty == Type::Date);
                let mut print =
                    |e: &RowExpr| if days { self.day(prefix, e) } else { self.expr(prefix, e) };
                let (operand, low, high) = (print(operand), print(low), print(high));
                format!("({operand} {}BETWEEN {low} AND {high})", not(*negated))
            }
            RowKind::Form(Form::IsNull { operand, negated }) => {
                format!("({} IS {}NULL)", self.expr(prefix, operand), not(*negated))
            }
            RowKind::Form(Form::If { condition, then, otherwise }) => format!(
                "CASE WHEN {} THEN {} ELSE {} END",
                self.expr(prefix, condition),
                self.expr(prefix, then),
                self.expr(prefix, otherwise)
            ),
            RowKind::Form(Form::Call { function, .. }) => {
                self.call(prefix, *function, &expr.arguments())
            }
            RowKind::Inner(inner) => self.inner(inner),
            RowKind::Prior { operand, by } => {
                self.enter(Other::Earlier(*by));
                let value = self.expr(prefix, operand);
                self.leave();
                value
            }
            RowKind::Latest(operand) => {
                self.enter(Other::Latest);
                let value = self.expr(prefix, operand);
                self.leave();
                value
            }
            RowKind::Now(rows) => {
                let end = self.end_of_data(*rows);
                match expr.ty {
                    Type::Date => format!("local_date({})", just_before(&end)),
                    _ => end,
                }
            }
            RowKind::Blocks(blocks) => self.blocks(blocks),
            RowKind::Segment(asked) => self.segment(asked),
            RowKind::Seen(time) => {
                let (instant, frame) = (self.instant(prefix, time), self.frame());
                format!("CASE WHEN {instant} < {frame}.ends THEN {} END", self.expr(prefix, time))
            }
            RowKind::BusinessDays => {
                let frame = self.frame();
                let day = |edge: &str| day_from(&format!("{frame}.{edge}"));
                format!("business_days_between({}, {})", day("start"), day("ends"))
            }
            RowKind::Today => {
                format!("local_date({})", just_before(&format!("{}.ends", self.frame())))
            }
        }
    }

    /// The expression as a calendar day: timestamps become the local day they fall on.
    fn day(&mut self, prefix: &[Hop], expr: &RowExpr) -> String {
        let sql = self.expr(prefix, expr);
        if expr.ty == Type::Timestamp { format!("local_date({sql})") } else { sql }
    }

    /// The expression as an instant: a day becomes its first instant.
    fn instant(&mut self, prefix: &[Hop], expr: &RowExpr) -> String {
        let sql = self.expr(prefix, expr);
        if expr.ty == Type::Date { format!("local_midnight({sql})") } else { sql }
    }

    fn binary(&mut self, prefix: &[Hop], op: BinaryOp, left: &RowExpr, right: &RowExpr) -> String {
        if let RowKind::Form(Form::Literal(Literal::Duration(length))) = &right.kind {
            return self.shifted(prefix, left, *length, op == BinaryOp::Subtract);
        }
        if let RowKind::Form(Form::Literal(Literal::Duration(length))) = &left.kind {
            return self.shifted(prefix, right, *length, false);
        }
        let by_day =
            op.is_comparison() && left.ty != right.ty && [left.ty, right.ty].contains(&Type::Date);
        let (a, b) = if by_day {
            (self.day(prefix, left), self.day(prefix, right))
        } else if let Some(stored) = self.compared(prefix, op, left, right) {
            (stored, self.expr(prefix, right))
        } else {
            (self.expr(prefix, left), self.expr(prefix, right))
        };
        match op {
            BinaryOp::StartsWith => format!("starts_with({a}, {b})"),
            BinaryOp::Contains => format!("contains({a}, {b})"),
            BinaryOp::Divide => format!("(CAST({a} AS DOUBLE) / nullif(CAST({b} AS DOUBLE), 0))"),
            BinaryOp::Multiply if [left.ty, right.ty].contains(&Type::Decimal) => {
                format!("product({a}, {b})")
            }
            // Engines wrap integers around without a word; decimals tell.
            BinaryOp::Multiply if left.ty == Type::Integer && right.ty == Type::Integer => {
                format!("({} {} {})", whole(left, a), operator(op), whole(right, b))
            }
            _ => format!("({a} {} {b})", operator(op)),
        }
    }

    /// The left side of a comparison as it is stored, if it is a text of the base that is compared with a given one.
    fn compared(
        &self,
        prefix: &[Hop],
        op: BinaryOp,
        left: &RowExpr,
        right: &RowExpr,
    ) -> Option<String> {
        let equality = matches!(op, BinaryOp::Equal | BinaryOp::NotEqual);
        if !self.stored
            || !equality
            || !matches!(right.kind, RowKind::Form(Form::Literal(Literal::Text(_))))
        {
            return None;
        }
        let path = left.as_column().filter(|path| prefix.is_empty() && path.hops.is_empty())?;
        let column = &self.model[path.dataset][path.column];
        let is_stored = column.ty == Type::Text && matches!(column.source, ColumnSource::File(_));
        is_stored.then(|| {
            let base = ident(&self.model[self.base].name);
            format!("{base}.{}", ident(&stored_text(&column.name)))
        })
    }

    fn shifted(&mut self, prefix: &[Hop], time: &RowExpr, length: Duration, back: bool) -> String {
        let sql = self.expr(prefix, time);
        if time.ty == Type::Date {
            moved_date(&sql, length, back)
        } else {
            moved(&sql, length, back, Days::Local)
        }
    }

    fn call(&mut self, prefix: &[Hop], function: ScalarFunction, args: &[&RowExpr]) -> String {
        if function == ScalarFunction::DaysBetween
            && let [from, to] = args
        {
            let (from, to) = if from.ty == Type::Date && to.ty == Type::Date {
                // Whole days, whatever daylight saving does to their midnights.
                (
                    format!("CAST({} AS TIMESTAMP(6))", self.expr(prefix, from)),
                    format!("CAST({} AS TIMESTAMP(6))", self.expr(prefix, to)),
                )
            } else {
                (self.instant(prefix, from), self.instant(prefix, to))
            };
            return format!("elapsed_days({from}, {to})");
        }
        if function == ScalarFunction::BusinessDaysBetween {
            let days: Vec<String> = args.iter().map(|a| self.day(prefix, a)).collect();
            return scalar_call(function, true, &days);
        }
        let date = args.first().is_some_and(|a| a.ty == Type::Date);
        let list: Vec<String> = args.iter().map(|a| self.expr(prefix, a)).collect();
        scalar_call(function, date, &list)
    }
}

/// What judged expressions do with their tables.
impl<'m> Scope<'m> {
    pub(super) const fn base(&self) -> DatasetId {
        self.base
    }

    /// The statement, and the frames that are looked at.
    pub(super) fn site(&self) -> Option<(Arc<Judge<'m>>, Arc<Frames>)> {
        let judged = self.judged.as_ref()?;
        Some((Arc::clone(&judged.judge), Arc::clone(judged.frames.last()?)))
    }

    /// The table of rows, and whether it has the instants of a state.
    pub(super) fn rows(&self) -> Option<(&str, bool)> {
        self.judged.as_ref().map(|judged| (judged.rows.as_str(), judged.instant))
    }

    /// The statement, the frames, and a new name for tables.
    pub(super) fn next_part(
        &mut self,
        kind: &str,
    ) -> Option<(Arc<Judge<'m>>, Arc<Frames>, String)> {
        let (judge, frames) = self.site()?;
        let judged = self.judged.as_mut()?;
        judged.parts += 1;
        Some((judge, frames, format!("{}_{kind}{}", judged.name, judged.parts)))
    }

    /// The tables of what must be known, of everything printed so far.
    pub(super) fn known(&self) -> &[String] {
        self.judged.as_ref().map_or(&[], |judged| judged.known.as_slice())
    }

    pub(super) fn needs_known(&mut self, table: String) {
        if let Some(judged) = &mut self.judged {
            judged.known.push(table);
        }
    }

    /// What was printed so far need not be known.
    pub(super) fn forget_known(&mut self) {
        if let Some(judged) = &mut self.judged {
            judged.known.clear();
        }
    }

    /// Joins a table with one `value` for each frame and row.
    pub(super) fn join_part(&mut self, table: &str) -> String {
        self.join_text(format!(
            "LEFT JOIN {table} AS _{table} ON _{table}.bucket = _o.bucket AND _{table}._row = _o._row"
        ));
        format!("_{table}.value")
    }

    pub(super) fn join_text(&mut self, text: String) {
        let there = |join: &Join| matches!(join, Join::Text(t) if *t == text);
        if !self.joins.iter().any(there) {
            self.joins.push(Join::Text(text));
        }
    }
}

/// A whole number as a decimal, which sums and products of them are already.
fn whole(expr: &RowExpr, sql: String) -> String {
    match &expr.kind {
        RowKind::Form(Form::Binary {
            op: BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply,
            ..
        }) => sql,
        _ => format!("CAST({sql} AS DECIMAL(38, 0))"),
    }
}

/// The value of a dimension, as text; null where there is none.
pub fn dimension_sql(scope: &mut Scope<'_>, value: &RowExpr) -> String {
    let sql = scope.base_expr(value);
    if value.is_belonging() {
        return format!("CASE WHEN {sql} THEN 'yes' WHEN NOT {sql} THEN 'no' END");
    }
    format!("CAST({sql} AS VARCHAR)")
}
