//! Expressions over rows: conditions and arguments.

use super::random::Random;
use super::schema::{Kind, Set, Shape};

/// Writes expressions over the rows of one dataset.
pub(crate) struct Rows<'a> {
    pub(crate) random: &'a mut Random,
    pub(crate) set: &'a Set,
    /// A day in the middle of the data, `2026-01-31`.
    pub(crate) day: &'a str,
}

impl Rows<'_> {
    /// A column of that kind, if there is one.
    fn column(&mut self, wanted: impl Fn(Kind) -> bool) -> Option<(String, Kind)> {
        let list: Vec<_> = self.set.columns.iter().filter(|(_, kind)| wanted(*kind)).collect();
        (!list.is_empty()).then(|| (*self.random.pick(&list)).clone())
    }

    fn number_column(&mut self) -> String {
        self.column(Kind::is_number).map_or_else(|| "1".to_owned(), |(name, _)| name)
    }

    /// A condition that is neither always nor never true.
    pub(crate) fn condition(&mut self, depth: usize) -> String {
        if depth > 0 && self.random.percent(40) {
            let (a, b) = (self.condition(depth - 1), self.condition(depth - 1));
            // Two conditions on one column may exclude each other.
            let one_column = a.split_whitespace().next() == b.split_whitespace().next();
            return match self.random.below(5) {
                0 | 1 if !one_column => format!("({a}) and ({b})"),
                0..=3 => format!("({a}) or ({b})"),
                _ => format!("not ({a})"),
            };
        }
        let Some((name, kind)) = self.column(|_| true) else { return "1 = 2".to_owned() };
        if self.random.percent(8) {
            let is = self.random.word(&["is null", "is not null"]);
            return format!("{name} {is}");
        }
        match kind {
            Kind::Text => self.text(&name),
            Kind::Boolean => self.random.word(&[&name, &format!("{name} = true")]),
            Kind::Date | Kind::Timestamp => self.time(&name, kind),
            Kind::Integer | Kind::Number | Kind::Decimal => self.number_test(&name),
        }
    }

    fn text(&mut self, name: &str) -> String {
        let word = self.random.word(&["'pro'", "'login'", "'log'", "'it''s'", "'öl'", "'Pro'"]);
        match self.random.below(6) {
            0 => format!("{name} in ['pro', 'login', 'it''s']"),
            1 => format!("{name} not in [{word}, 'zzz']"),
            2 => format!("{name} contains 'o'"),
            3 => format!("{name} starts_with {}", self.random.word(&["'lo'", "'p'", "'P'"])),
            4 => format!("{name} != {word}"),
            _ => format!("{name} = {word}"),
        }
    }

    fn comparison(&mut self) -> String {
        self.random.word(&["=", "!=", "<", "<=", ">", ">="])
    }

    fn number_test(&mut self, name: &str) -> String {
        let n = self.random.between(0, 9);
        match self.random.below(6) {
            0 => format!("{name} between {n} and {}", n + 5),
            1 => format!("{name} not between 1 and {}", n + 2),
            2 => format!("{name} in [1, 2, {}]", n + 3),
            3 => format!("{} {} {n}", self.number(1), self.comparison()),
            _ => format!("{name} {} {n}", self.comparison()),
        }
    }

    fn time(&mut self, name: &str, kind: Kind) -> String {
        let day = self.day;
        let other =
            self.column(|k| k.is_time()).map_or_else(|| name.to_owned(), |(other, _)| other);
        match self.random.below(8) {
            0 => format!("weekday({name}) in [1, 5, 7]"),
            1 if kind == Kind::Timestamp => {
                format!("hour({name}) {} {}", self.comparison(), self.random.between(1, 22))
            }
            2 if other != name => format!("{name} {} {other}", self.comparison()),
            3 => format!("{name} between {day} and {day}"),
            4 => {
                let length = self.random.word(&["1 day", "2 weeks", "1 month", "1 year"]);
                format!("{name} + {length} > {day}")
            }
            5 => format!("day({name}) = {day}"),
            6 if other != name => format!("days_between({name}, {other}) > 1.5"),
            _ => format!("{name} {} {day}", self.comparison()),
        }
    }

    /// A number of the row.
    pub(crate) fn number(&mut self, depth: usize) -> String {
        let name = self.number_column();
        if depth == 0 || self.random.percent(40) {
            return name;
        }
        let other = self.number_column();
        match self.random.below(11) {
            0 => format!("{name} + {other}"),
            1 => format!("{name} - {other}"),
            2 => format!("{name} * 2"),
            3 => format!("{name} / {other}"),
            4 => format!("coalesce({name}, {other}, 0)"),
            5 => format!("abs({name} - 3)"),
            6 => format!("round({name} / 4, 1)"),
            7 => format!("least({name}, {other}, 5)"),
            8 => format!("greatest({name}, {other})"),
            9 => format!("if({}, {name}, {other})", self.condition(0)),
            _ => format!("-{name}"),
        }
    }

    /// What an aggregate takes: in it, the first column is with its dataset.
    pub(crate) fn argument(&mut self) -> String {
        let set = self.set.name;
        let name = format!("{set}.{}", self.number_column());
        match self.random.below(14) {
            7 => format!("least({name}, {}, 6)", self.number_column()),
            8 => format!("greatest({name}, 2)"),
            0 => format!("{name} + {}", self.number_column()),
            1 => format!("coalesce({name}, 1)"),
            2 => format!("{name} * 0.5"),
            3 => format!("{name} / {}", self.number_column()),
            4 => format!("round({name}, 0)"),
            5 => format!("abs({name})"),
            6 => format!("if({name} > 3, {name}, null)"),
            _ => name,
        }
    }

    /// A time that places rows, if the dataset has one beside its own.
    pub(crate) fn placing(&mut self) -> Option<String> {
        self.column(Kind::is_time).map(|(name, _)| name)
    }

    /// What distinct values are counted of.
    pub(crate) fn distinct(&mut self) -> String {
        let set = self.set;
        if self.random.percent(60) || set.shape == Shape::Attributes {
            return format!("{}.{}", set.name, self.random.pick(&set.entities));
        }
        let plain = |kind| matches!(kind, Kind::Text | Kind::Integer | Kind::Date);
        let name = self.column(plain).map_or_else(|| set.entities[0].to_owned(), |(name, _)| name);
        format!("{}.{name}", set.name)
    }
}
