//! Row expressions as SQL.

use milepost_semantics::model::{
    ColumnId, ColumnSource, DatasetId, Hop, Literal, Model, Path, RowExpr, RowKind, ScalarFunction,
    Type,
};
use milepost_syntax::ast::{BinaryOp, Duration, TimeUnit, UnaryOp};

use super::text::{ident, literal, string};

/// The value that stands for null and for keys without a match.
pub(crate) const UNKNOWN: &str = "(unknown)";

/// The tables of one `FROM`: a base dataset and the many-to-one joins that its expressions asked for.
pub(crate) struct Scope<'m> {
    model: &'m Model,
    base: DatasetId,
    /// The hops of every join, with its alias, in the order in which they must be joined.
    joins: Vec<(Vec<Hop>, String)>,
}

impl<'m> Scope<'m> {
    /// A scope over the rows of `base`.
    pub(crate) const fn new(model: &'m Model, base: DatasetId) -> Self {
        Self { model, base, joins: Vec::new() }
    }

    /// `events LEFT JOIN accounts AS account ON …`, after all expressions were printed.
    pub(crate) fn tables(&self) -> String {
        let mut sql = ident(&self.model[self.base].name);
        for (hops, alias) in &self.joins {
            let Some((last, before)) = hops.split_last() else { continue };
            let left = self.alias_of(before);
            let pairs = last.from_columns.iter().zip(&last.to_columns);
            let on: Vec<String> = pairs
                .map(|(from, to)| {
                    let from = ident(&self.model[last.from][*from].name);
                    let to = ident(&self.model[last.to][*to].name);
                    format!("{left}.{from} = {alias}.{to}")
                })
                .collect();
            let table = ident(&self.model[last.to].name);
            sql.push_str(&format_join(&table, alias, &on.join(" AND ")));
        }
        sql
    }

    fn alias_of(&self, hops: &[Hop]) -> String {
        if hops.is_empty() {
            return ident(&self.model[self.base].name);
        }
        self.joins
            .iter()
            .find(|(h, _)| h == hops)
            .map(|(_, alias)| alias.clone())
            .unwrap_or_default()
    }

    /// Makes sure that the tables along the hops are joined, and gives the alias of the last.
    fn join(&mut self, hops: &[Hop]) -> String {
        for n in 1..=hops.len() {
            let part = &hops[..n];
            if self.joins.iter().any(|(h, _)| h == part) {
                continue;
            }
            let names: Vec<&str> =
                part.iter().map(|h| self.model[h.entity].name.as_str()).collect();
            let mut alias = names.join("_");
            let taken = |alias: &str| {
                alias == self.model[self.base].name
                    || self.joins.iter().any(|(_, a)| *a == ident(alias))
            };
            while taken(&alias) {
                alias.push('_');
            }
            self.joins.push((part.to_vec(), ident(&alias)));
        }
        self.alias_of(hops)
    }

    /// A column of this dataset or of one that the hops lead to; computed columns are written out.
    pub(crate) fn column(&mut self, hops: &[Hop], dataset: DatasetId, column: ColumnId) -> String {
        let model = self.model;
        match &model[dataset][column].source {
            ColumnSource::File(_) => {
                format!("{}.{}", self.join(hops), ident(&model[dataset][column].name))
            }
            ColumnSource::Computed(expr) if hops.is_empty() => {
                format!("({})", self.expr(hops, expr))
            }
            // A key without a match leads to no row, and no row has computed values either.
            ColumnSource::Computed(expr) => {
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

    /// An expression over the base's rows.
    pub(crate) fn base_expr(&mut self, expr: &RowExpr) -> String {
        self.expr(&[], expr)
    }

    fn expr(&mut self, prefix: &[Hop], expr: &RowExpr) -> String {
        match &expr.kind {
            RowKind::Literal(value) => literal(value),
            RowKind::Column(path) => self.path(prefix, path),
            RowKind::Unary { op: UnaryOp::Negate, operand } => {
                format!("(-{})", self.expr(prefix, operand))
            }
            RowKind::Unary { op: UnaryOp::Not, operand } => {
                format!("(NOT {})", self.expr(prefix, operand))
            }
            RowKind::Binary { op, left, right } => self.binary(prefix, *op, left, right),
            RowKind::In { operand, list, negated } => {
                let day =
                    operand.ty == Type::Timestamp && matches!(list.first(), Some(Literal::Date(_)));
                let operand =
                    if day { self.day(prefix, operand) } else { self.expr(prefix, operand) };
                let list: Vec<String> = list.iter().map(literal).collect();
                format!("({operand} {}IN ({}))", not(*negated), list.join(", "))
            }
            RowKind::Between { operand, low, high, negated } => {
                let days = [operand, low, high].iter().any(|e| e.ty == Type::Date);
                let mut print =
                    |e: &RowExpr| if days { self.day(prefix, e) } else { self.expr(prefix, e) };
                let (operand, low, high) = (print(operand), print(low), print(high));
                format!("({operand} {}BETWEEN {low} AND {high})", not(*negated))
            }
            RowKind::IsNull { operand, negated } => {
                format!("({} IS {}NULL)", self.expr(prefix, operand), not(*negated))
            }
            RowKind::If { condition, then, otherwise } => format!(
                "CASE WHEN {} THEN {} ELSE {} END",
                self.expr(prefix, condition),
                self.expr(prefix, then),
                self.expr(prefix, otherwise)
            ),
            RowKind::Call { function, args } => self.call(prefix, *function, args),
            // Judged parts never come here: see `is_judged`.
            RowKind::Inner(_)
            | RowKind::Prior { .. }
            | RowKind::Blocks(_)
            | RowKind::Segment(_)
            | RowKind::Seen(_)
            | RowKind::BusinessDays
            | RowKind::Today => "NULL".to_owned(),
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
        if let RowKind::Literal(Literal::Duration(length)) = &right.kind {
            return self.shifted(prefix, left, *length, op == BinaryOp::Subtract);
        }
        if let RowKind::Literal(Literal::Duration(length)) = &left.kind {
            return self.shifted(prefix, right, *length, false);
        }
        let comparison = matches!(
            op,
            BinaryOp::Equal
                | BinaryOp::NotEqual
                | BinaryOp::Less
                | BinaryOp::LessOrEqual
                | BinaryOp::Greater
                | BinaryOp::GreaterOrEqual
        );
        let by_day = comparison && left.ty != right.ty && [left.ty, right.ty].contains(&Type::Date);
        let (a, b) = if by_day {
            (self.day(prefix, left), self.day(prefix, right))
        } else {
            (self.expr(prefix, left), self.expr(prefix, right))
        };
        match op {
            BinaryOp::StartsWith => format!("starts_with({a}, {b})"),
            BinaryOp::Contains => format!("contains({a}, {b})"),
            BinaryOp::Divide => format!("(CAST({a} AS DOUBLE) / nullif(CAST({b} AS DOUBLE), 0))"),
            // Engines wrap integers around without a word; decimals tell.
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply
                if left.ty == Type::Integer && right.ty == Type::Integer =>
            {
                format!("({} {} {})", whole(&a), operator(op), whole(&b))
            }
            _ => format!("({a} {} {b})", operator(op)),
        }
    }

    fn shifted(&mut self, prefix: &[Hop], time: &RowExpr, length: Duration, back: bool) -> String {
        let sql = self.expr(prefix, time);
        let n = i64::from(length.count) * if back { -1 } else { 1 };
        let date = time.ty == Type::Date;
        let (days, months) = match length.unit {
            TimeUnit::Second => return seconds(date, &sql, n),
            TimeUnit::Minute => return seconds(date, &sql, 60 * n),
            TimeUnit::Hour => return seconds(date, &sql, 3_600 * n),
            TimeUnit::Day => (n, None),
            TimeUnit::Week => (7 * n, None),
            TimeUnit::Month => (0, Some(n)),
            TimeUnit::Quarter => (0, Some(3 * n)),
            TimeUnit::Year => (0, Some(12 * n)),
        };
        match (date, months) {
            (true, None) => format!("date_plus_days({sql}, {days})"),
            (true, Some(months)) => format!("date_plus_months({sql}, {months})"),
            (false, None) => format!("local_plus_days({sql}, {days})"),
            (false, Some(months)) => format!("local_plus_months({sql}, {months})"),
        }
    }

    fn call(&mut self, prefix: &[Hop], function: ScalarFunction, args: &[RowExpr]) -> String {
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
        let date = args.first().is_some_and(|a| a.ty == Type::Date);
        let list: Vec<String> = args.iter().map(|a| self.expr(prefix, a)).collect();
        scalar_call(function, date, &list)
    }
}

fn whole(sql: &str) -> String {
    format!("CAST({sql} AS DECIMAL(38, 0))")
}

fn seconds(date: bool, sql: &str, n: i64) -> String {
    if date {
        format!("plus_seconds(local_midnight({sql}), {n})")
    } else {
        format!("plus_seconds({sql}, {n})")
    }
}

/// A scalar function over printed arguments; `date`: the first argument is a calendar day.
pub(super) fn scalar_call(function: ScalarFunction, date: bool, args: &[String]) -> String {
    let first = args.first().map_or("NULL", String::as_str);
    let list = args.join(", ");
    let null_if_any = |name: &str| {
        let any: Vec<String> = args.iter().map(|a| format!("{a} IS NULL")).collect();
        format!("CASE WHEN {} THEN NULL ELSE {name}({list}) END", any.join(" OR "))
    };
    match function {
        ScalarFunction::Coalesce => format!("coalesce({list})"),
        ScalarFunction::Abs => format!("abs({first})"),
        ScalarFunction::Round => match args {
            [x] => format!("round({x})"),
            [x, digits, ..] => format!("round(CAST({x} AS DOUBLE), {digits})"),
            [] => "NULL".to_owned(),
        },
        ScalarFunction::Least => null_if_any("least"),
        ScalarFunction::Greatest => null_if_any("greatest"),
        ScalarFunction::DaysBetween => format!("elapsed_days({list})"),
        ScalarFunction::BusinessDaysBetween => format!("business_days_between({list})"),
        ScalarFunction::Day if date => first.to_owned(),
        ScalarFunction::Day => format!("local_date({first})"),
        ScalarFunction::Weekday if date => format!("date_weekday({first})"),
        ScalarFunction::Weekday => format!("local_weekday({first})"),
        ScalarFunction::Hour if date => "0".to_owned(),
        ScalarFunction::Hour => format!("local_hour({first})"),
    }
}

/// The value of a dimension, as text, `(unknown)` where there is none.
pub(crate) fn dimension_sql(scope: &mut Scope<'_>, value: &RowExpr) -> String {
    let value = scope.base_expr(value);
    format!("coalesce(CAST({value} AS VARCHAR), {})", string(UNKNOWN))
}

/// The SQL of an operator that both languages write between its operands.
pub(super) const fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "OR",
        BinaryOp::And => "AND",
        BinaryOp::Equal => "=",
        BinaryOp::NotEqual => "<>",
        BinaryOp::Less => "<",
        BinaryOp::LessOrEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterOrEqual => ">=",
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::StartsWith | BinaryOp::Contains => ",",
    }
}

pub(super) const fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}

fn format_join(table: &str, alias: &str, on: &str) -> String {
    format!("\n    LEFT JOIN {table} AS {alias} ON {on}")
}
