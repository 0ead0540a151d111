//! Aggregates in words: what, of which rows, in which time.

use super::context::{Bucket, Words};
use super::rows::{column, is_time};
use super::words::{and_list, duration_words, ordinal, span_words};
use crate::model::{
    Aggregate, Base, BlockUnit, Blocks, DatasetKind, Inner, Link, Path, RowExpr, RowKind, Window,
    Within, plural,
};
use crate::time::show_date;
use milepost_syntax::ast::{AggregateFunction, Duration, Step, StepClock};
use milepost_syntax::print_step;

impl<'m> Words<'m> {
    /// An aggregate of a metric's value.
    pub(super) fn aggregate(&self, found: &'m Aggregate) -> String {
        let inside = self.within(found);
        let rows = format!("{}{}", self.name_of_all(found), inside.time(found));
        self.taken(found, &rows)
    }

    /// An aggregate as the value of one row; as a condition, if it stands as one.
    pub(super) fn inner(&self, found: &'m Inner, condition: bool) -> String {
        let aggregate = &found.aggregate;
        if aggregate.function == AggregateFunction::Any && condition {
            return self.there_is(found, true);
        }
        self.taken(aggregate, &self.linked(found, self.name_of_all(aggregate)))
    }

    /// `there is at least one login …`, `there is no login …`.
    pub(super) fn there_is(&self, found: &'m Inner, any: bool) -> String {
        let number = if any { "at least one" } else { "no" };
        format!("there is {number} {}", self.linked(found, self.name_of_one(&found.aggregate)))
    }

    /// What is taken of rows, which are named with their time.
    fn taken(&self, found: &'m Aggregate, rows: &str) -> String {
        let inside = self.within(found);
        // Conditions of rows that belong to a row stand in parentheses: others follow them.
        let filter = match &self.rows {
            None => inside.filter(found),
            Some(_) => String::new(),
        };
        let values = found.args[..found.values()].iter().map(|arg| inside.row(arg));
        let of = values.collect::<Vec<_>>().join(" and ");
        let function = function(found);
        match found.function {
            AggregateFunction::Count if found.distinct => {
                format!("the number of distinct {} in {rows}{filter}", inside.distinct(found))
            }
            AggregateFunction::Count => format!("the number of {rows}{filter}"),
            AggregateFunction::Any => format!("the existence of {rows}{filter}"),
            // A number for each row: the rows come first, or nobody knows whose the conditions are.
            _ if found.args.iter().any(has_inner) => {
                format!("{function}, over {rows}{filter}, of {of}")
            }
            AggregateFunction::Min
            | AggregateFunction::Max
            | AggregateFunction::First
            | AggregateFunction::Last => format!("{function} {of} of {rows}{filter}"),
            _ => format!("{function} of {of} over {rows}{filter}"),
        }
    }

    fn filter(&self, found: &'m Aggregate) -> String {
        let own = self.own_conditions(found);
        if own.is_empty() { String::new() } else { format!(", where {}", self.all_of(&own)) }
    }

    /// When rows count, in words that follow their name.
    fn time(&self, found: &'m Aggregate) -> String {
        let bucket = &self.bucket.name;
        match (&found.on, found.members) {
            (None, Some(_)) => format!(" {}", alive(found.window, bucket)),
            (None, None) => format!(" {}", self.window(found.window)),
            // All that there are.
            (Some(on), _) if on.is_always() => String::new(),
            (Some(on), _) => {
                let when = match found.window {
                    Window::Ever { before: false } => format!("before the end of {bucket}"),
                    other => self.window(other),
                };
                let whose = if is_own_column(on) { "whose" } else { "for which" };
                format!(" {whose} {} is {when}", self.row(on))
            }
        }
    }

    /// The rows in time, in words that follow a noun.
    fn window(&self, chosen: Window) -> String {
        let Bucket { name, grain, .. } = &self.bucket;
        let Window::Step(Step { number, onward }) = chosen else { return window(chosen, name) };
        let later = if onward { " or later" } else { "" };
        match number {
            0 => format!("in {name}{later}"),
            n => format!("in the {} {grain} after {name}{later}", ordinal(f64::from(n))),
        }
    }

    /// The rows that belong to the one that asks, called `name`: `logins with the same contact within 7 days after “sent
    /// at” of the touch (where …)`.
    fn linked(&self, found: &'m Inner, name: String) -> String {
        let aggregate = &found.aggregate;
        let inside = self.within(aggregate);
        let asks = self.rows.as_ref();
        let other = found.others_only && asks.is_some_and(|rows| rows.dataset == aggregate.dataset);
        let other = if other { "other " } else { "" };
        let same = if found.others_only {
            self.same(&found.links)
        } else {
            asks.map_or_else(String::new, |rows| format!(" of the {}", rows.one))
        };
        let when = match &found.within {
            Some(within) => match &aggregate.on {
                Some(on) => format!(" whose {} is {}", inside.row(on), self.span(within)),
                None => format!(" {}", self.span(within)),
            },
            None => inside.time(aggregate),
        };
        let own = self.own_conditions(aggregate);
        let filter = if own.is_empty() {
            String::new()
        } else {
            format!(" (where {})", inside.all_of(&own))
        };
        format!("{other}{name}{same}{when}{filter}")
    }

    /// What both rows must have in common, and which columns of the two must be alike.
    fn same(&self, links: &'m [Link]) -> String {
        let (mut alike, mut compared): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        let name = |expr: &'m RowExpr| match expr.as_column() {
            Some(path) => self.linked_by(path),
            None => self.row(expr),
        };
        for link in links {
            let (inner, outer) = (name(&link.inner), name(&link.outer));
            let found = if inner == outer { &mut alike } else { &mut compared };
            let words = match &self.rows {
                _ if inner == outer => inner,
                Some(rows) if is_own_column(&link.outer) => {
                    format!("{inner} is {outer} of the {}", rows.one)
                }
                _ => format!("{inner} is {outer}"),
            };
            if !found.contains(&words) {
                found.push(words);
            }
        }
        let with = if alike.is_empty() {
            String::new()
        } else {
            format!(" with the same {}", and_list(&alike))
        };
        if compared.is_empty() { with } else { format!("{with} whose {},", and_list(&compared)) }
    }

    /// The entity whose key a column holds; else the column.
    fn linked_by(&self, path: &Path) -> String {
        let dataset = &self.model[path.dataset];
        let entity = match path.hops.last() {
            Some(hop) if hop.to_columns.contains(&path.column) => Some(hop.entity),
            _ => {
                let holds = |columns: &Vec<_>| columns.contains(&path.column);
                dataset.entities.iter().find(|(_, columns)| holds(columns)).map(|(id, _)| *id)
            }
        };
        match entity {
            Some(id) => self.model[id].name.replace('_', " "),
            None => self.path(path),
        }
    }

    /// `within 7 days after sent at of the touch`.
    fn span(&self, within: &'m Within) -> String {
        let way = if within.before { "before" } else { "after" };
        let length = match within.step {
            Some(step) => return self.step_span(within, step),
            None => span_words(within.length),
        };
        let length = if within.length.count == 1 { format!("one {length}") } else { length };
        let rows = self.rows.as_ref();
        let named = within.anchor.as_ref().or_else(|| rows?.on);
        let anchor = match &within.anchor {
            Some(anchor) => Some(self.row(anchor)),
            None => self.placed_by(),
        };
        let of = match rows {
            Some(rows) if named.is_none_or(is_own_column) => format!(" of the {}", rows.one),
            _ => String::new(),
        };
        let since = within.since.as_ref().map(|since| {
            let way = if since.apart { "later than" } else { "from" };
            format!(", {way} {}", self.row(&since.time))
        });
        let since = since.unwrap_or_default();
        format!("within {length} {way} {}{of}{since}", anchor.as_deref().unwrap_or("the time"))
    }

    /// `from 2 weeks to 3 weeks after the earliest ts of events`.
    fn step_span(&self, within: &'m Within, step: Step) -> String {
        let time = self.placed_by();
        let time = time.as_deref().unwrap_or("the time");
        let from = duration_words(step.begin(within.length));
        if step.onward {
            return format!("from {from} after {time} on");
        }
        format!("from {from} to {} after {time}", duration_words(within.reach()))
    }

    /// The time by which the rows are placed: a column, or what stands after `on`.
    pub(super) fn placed_by(&self) -> Option<String> {
        let rows = self.rows.as_ref()?;
        if let Some(on) = rows.on {
            return Some(self.row(on));
        }
        match self.model[rows.dataset].kind {
            DatasetKind::Events { time }
            | DatasetKind::Snapshot { time, .. }
            | DatasetKind::History { from: time, .. } => {
                Some(column(self.model, rows.dataset, time))
            }
            DatasetKind::Attributes => None,
        }
    }

    /// What distinct values are: members of an entity, or values of a column.
    fn distinct(&self, found: &'m Aggregate) -> String {
        match found.unit.of.as_slice() {
            [Base::Count(name)] => plural(&name.replace('_', " ")),
            _ => {
                let values = found.args.iter().map(|arg| self.row(arg)).collect::<Vec<_>>();
                format!("values of {}", values.join(" and "))
            }
        }
    }

    /// A value for each block of time, summarized. The operand is asked in the words of a block.
    pub(super) fn blocks<E>(
        &self,
        found: &Blocks<E>,
        operand: impl FnOnce(&Self) -> String,
    ) -> String {
        let unit = match found.unit {
            BlockUnit::Day => "day",
            BlockUnit::Week => "week",
            BlockUnit::Month => "month",
        };
        let how = match found.function {
            AggregateFunction::Avg => "the average".to_owned(),
            AggregateFunction::Min => "the smallest".to_owned(),
            AggregateFunction::Max => "the largest".to_owned(),
            other => summary(other, found.percentile),
        };
        format!(
            "{how}, over each {unit} {}, of {}",
            window(found.window, &self.bucket.name),
            operand(&self.at(Bucket::block(unit)))
        )
    }
}

/// Whether it is a column of the row itself.
fn is_own_column(expr: &RowExpr) -> bool {
    matches!(&expr.kind, RowKind::Column(Path { hops, .. }) if hops.is_empty())
}

fn has_inner(expr: &RowExpr) -> bool {
    let mut found = false;
    expr.each_inner(&mut |_| found = true);
    found
}

fn function(found: &Aggregate) -> String {
    let of_times = found.args.iter().any(|arg| is_time(arg.ty));
    match found.function {
        AggregateFunction::Min if of_times => "the earliest".to_owned(),
        AggregateFunction::Max if of_times => "the latest".to_owned(),
        function => summary(function, found.percentile),
    }
}

/// What makes one number of several.
fn summary(function: AggregateFunction, percentile: Option<f64>) -> String {
    let word = match function {
        AggregateFunction::Count => "number",
        AggregateFunction::Any => "existence",
        AggregateFunction::Sum => "sum",
        AggregateFunction::Avg => "average",
        AggregateFunction::Min => "smallest",
        AggregateFunction::Max => "largest",
        AggregateFunction::Stddev => "standard deviation",
        AggregateFunction::Median => "median",
        AggregateFunction::First => "first",
        AggregateFunction::Last => "last",
        AggregateFunction::Nth => {
            return format!("the {}", ordinal(percentile.unwrap_or(1.0)));
        }
        AggregateFunction::Curve(_) => "curve",
        AggregateFunction::Percentile => {
            return format!("the {} percentile", ordinal(percentile.unwrap_or(50.0)));
        }
    };
    format!("the {word}")
}

/// When members live, in words that follow a noun.
fn alive(chosen: Window, bucket: &str) -> String {
    match chosen {
        Window::Bucket | Window::AtEnd => format!("at the end of {bucket}"),
        _ => window(chosen, bucket),
    }
}

/// The rows in time, in words that follow a noun.
fn window(window: Window, bucket: &str) -> String {
    match window {
        Window::Bucket => format!("in {bucket}"),
        Window::Over { length, before: false } => {
            format!("in the {} that end{} with {bucket}", span_words(length), s(length))
        }
        Window::Over { length, before: true } => {
            format!("in the {} before {bucket}", span_words(length))
        }
        Window::Ever { before: false } => format!("up to the end of {bucket}"),
        Window::Ever { before: true } => format!("before {bucket}"),
        Window::Since(date) => format!("from {} to the end of {bucket}", show_date(date)),
        Window::ToDate(grain) => {
            format!("from the start of the {} to the end of {bucket}", grain.name())
        }
        Window::AtStart => format!("at the start of {bucket}"),
        Window::AtEnd => format!("at the end of {bucket}"),
        Window::Average => format!("on an average day of {bucket}"),
        Window::Step(step) => print_step(step, StepClock::Calendar),
    }
}

const fn s(length: Duration) -> &'static str {
    if length.count == 1 { "s" } else { "" }
}
