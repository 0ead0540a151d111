//! Metrics from a grammar over the whole language, of types and units that go together.

use super::forms::{forms, surveys};
use super::funnels::funnels;
use super::judged::Judged;
use super::random::Random;
use super::retention::retention;
use super::rows::Rows;
use super::schema::{Schema, Set, Shape};

/// What may be added to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// Rows or keys counted.
    Count,
    Plain,
}

/// An expression, and what may be done with it.
#[derive(Clone, Debug)]
struct Part {
    text: String,
    unit: Unit,
    /// Whether some aggregate has no window of its own.
    bare: bool,
    /// Whether every aggregate has one.
    windowed: bool,
    /// Whether it is one aggregate over events.
    simple: bool,
}

/// A generated metric.
#[derive(Clone, Debug)]
pub(crate) struct Metric {
    pub(crate) name: String,
    /// Its fields, as lines below its name.
    pub(crate) lines: Vec<String>,
}

pub(super) const GRAINS: [&str; 9] =
    ["month", "week", "month", "day", "quarter", "fiscal_quarter", "year", "fiscal_year", "week"];

/// The first metrics of a project judge nothing.
const PLAIN: usize = 8;

pub(crate) struct Grammar<'a> {
    random: &'a mut Random,
    sets: &'a [Set],
    day: String,
    grain: &'static str,
    /// How many windows to date there were.
    turn: usize,
    /// Metrics that others may name.
    known: Vec<(String, Part)>,
}

/// What chance brings too seldom: each project has two of these in turn.
const SELDOM: [&str; 16] = [
    "median(events.x over 28 days) / percentile(events.money, 90)",
    "count(account where median(events.x over 28 days) > 20) + count(account at start) + percentile(subs.mrr, 75 at end)",
    "count(events where name contains 'o' or name starts_with 'lo')",
    "count(events) / business_days",
    "avg(count(events) per week over 28 days)",
    "max(count(events) per day over 2 weeks)",
    "sum(count(events) per month over 3 months)",
    "sum(least(events.n, x, 6)) + sum(greatest(events.n, 2) over 2 weeks)",
    "count(distinct events.account) + count(distinct tickets.account over 28 days)",
    "prior(count(events over 7 days), 12 hours)",
    "avg(business_days_between(events.ts, due)) / avg(days_between(events.ts, due))",
    "if(last(events.name ever) in ['login', 'log'] or any(events where weekday(ts) = 7 and hour(ts) > 3), 1, 0)",
    "least(count(events), count(tickets)) + greatest(count(events over 1 month), 1) + round(avg(events.x), 1) + coalesce(sqrt(avg(events.x) - 5), 1)",
    "sum(if(day(events.ts) is null, 0, abs(events.n) + coalesce(sqrt(events.n - 2), 1)) on seen where due not in [2026-03-31] and n not between 4 and 6)",
    "count(ghosts) + count(events)",
    "count(events where any(tickets with same account within 1 year)) / count(events)",
];

pub(crate) fn metrics(random: &mut Random, schema: &Schema, seed: u64, n: usize) -> Vec<Metric> {
    use jiff::ToSpan;
    let day = schema.last_day.checked_sub(random.between(20, 90).days()).unwrap().to_string();
    let mut grammar = Grammar {
        random,
        sets: &schema.sets,
        day,
        grain: "month",
        turn: seed as usize,
        known: Vec::new(),
    };
    let mut metrics: Vec<Metric> = (0..n).map(|i| grammar.metric(i)).collect();
    // By chance of their own, so that the metrics before them stay what they are.
    let mut random = Random::new(seed + 7_000);
    metrics.extend(forms(&mut random, schema, &grammar.day, n));
    metrics.extend(retention(&mut Random::new(seed + 8_000), n + 4));
    let mut random = Random::new(seed + 9_000);
    metrics.extend(surveys(&mut random, schema, &grammar.day, n + 6));
    metrics.extend(funnels(&mut Random::new(seed + 10_000), n + 8));
    metrics
}

impl Grammar<'_> {
    fn metric(&mut self, i: usize) -> Metric {
        self.grain = *self.random.pick(&GRAINS);
        let part = match i {
            0 | 1 => self.seldom(i),
            _ if i < PLAIN => self.value(),
            _ => self.judged(),
        };
        let name = format!("m{i}");
        let mut lines = vec![format!("grain: {}", self.grain)];
        if self.random.percent(25) && !part.text.contains("coalesce") && !part.text.contains("if(")
        {
            lines.push(format!("min_sample: {}", self.random.between(1, 3)));
        }
        let percentile = ["median(", "percentile("].iter().any(|word| part.text.contains(word));
        if percentile && !part.text.contains(" per ") && self.random.percent(70) {
            lines.push("approximate: true".to_owned());
        }
        // Together with a condition of the value on the same column, also of a metric that it names, the filter may
        // leave nothing.
        let tests_them = part.text.starts_with('m')
            || ["plan", "tier", "vip"].iter().any(|column| part.text.contains(column));
        if self.random.percent(12) && !tests_them {
            let filter = self.random.word(&[
                "plan = 'pro'",
                "tier > 0 or vip",
                "plan in ['pro', 'free'] and not vip",
                "plan != 'free'",
            ]);
            lines.push(format!("where: \"{filter}\""));
        }
        let is_one = part.text.starts_with(|c: char| c.is_alphabetic())
            && part.text.matches('(').count() == part.text.matches(')').count();
        let part = Part { simple: part.simple && is_one && i < PLAIN, ..part };
        lines.push(format!("value: >\n      {}", part.text));
        self.known.push((name.clone(), part));
        Metric { name, lines }
    }

    fn seldom(&self, i: usize) -> Part {
        let text = SELDOM[(2 * self.turn + i) % SELDOM.len()].to_owned();
        Part { text, unit: Unit::Plain, bare: false, windowed: false, simple: false }
    }

    fn value(&mut self) -> Part {
        let a = self.operand();
        match self.random.below(18) {
            0..=4 => a,
            5 | 6 => {
                let b = self.operand();
                Part { text: format!("{} / {}", a.text, b.text), unit: Unit::Plain, ..both(&a, &b) }
            }
            7 => {
                let b = self.operand();
                let sign = self.random.word(&["+", "-"]);
                Part { text: format!("{} {sign} {}", a.text, b.text), ..both(&a, &b) }
            }
            8 => {
                let (c, b) = (self.condition(), self.operand());
                let text = format!("if({}, {}, {})", c.text, a.text, b.text);
                let branches = both(&a, &b);
                Part { text, unit: branches.unit, ..both(&both(&a, &b), &c) }
            }
            9 => Part { text: format!("coalesce({}, {})", a.text, self.random.below(3)), ..a },
            10 => self.earlier(a),
            11 => self.growth(a),
            12 => {
                let b = self.operand();
                let text = match self.random.below(4) {
                    0 => format!("least({}, {})", a.text, b.text),
                    1 => format!("greatest({}, {})", a.text, b.text),
                    2 => format!("abs({} - {})", a.text, b.text),
                    _ => format!("round({} - {}, 1)", a.text, b.text),
                };
                Part { text, ..both(&a, &b) }
            }
            13 => self.named(a),
            14 => Part {
                text: format!("{} / business_days", a.text),
                unit: Unit::Plain,
                bare: a.bare,
                windowed: false,
                simple: false,
            },
            15 => self.span_of_times(),
            16 => {
                let c = self.condition();
                Part { text: format!("if({}, 1, 0)", c.text), unit: Unit::Plain, ..c }
            }
            _ => Part { text: format!("-({}) * 2.5", a.text), unit: Unit::Plain, ..a },
        }
    }

    /// A judged aggregate, alone or in arithmetic.
    fn judged(&mut self) -> Part {
        let known: Vec<String> =
            self.known.iter().filter(|(_, p)| p.simple).map(|(n, _)| n.clone()).collect();
        let mut one = || {
            let mut judged =
                Judged { random: self.random, sets: self.sets, day: &self.day, known: &known };
            judged.aggregate()
        };
        let (a, b) = (one(), one());
        let text = match self.random.below(8) {
            0 => format!("{a} / {b}"),
            1 => format!("{a} / prior({a})"),
            2 => format!("coalesce({a}, 0)"),
            3 => format!("if({a} > 0.5, 1, 2)"),
            _ => a,
        };
        Part { text, unit: Unit::Plain, bare: true, windowed: false, simple: false }
    }

    /// A metric by name, with or without another window; or the operand itself, where there is none yet.
    fn named(&mut self, otherwise: Part) -> Part {
        // What looks back may look back by less than a bucket of this grain.
        let looks_back = |(_, part): &&(String, Part)| part.text.contains("prior(");
        let known: Vec<_> = self.known.iter().filter(|known| !looks_back(known)).collect();
        if known.is_empty() {
            return otherwise;
        }
        let (name, part) = (*self.random.pick(&known)).clone();
        if part.bare && self.random.percent(60) {
            let length = self.random.word(&["28 days", "2 months", "36 hours", "1 week before"]);
            let windowed = !length.contains("before");
            return Part { text: format!("{name} over {length}"), bare: false, windowed, ..part };
        }
        Part { text: format!("{name} * 1"), ..part }
    }

    fn earlier(&mut self, part: Part) -> Part {
        let by = match (self.grain, self.random.below(4)) {
            (_, 0) => String::new(),
            ("day", _) => self.random.word(&[", 1 day", ", 1 month", ", 1 week", ", 24 hours"]),
            ("week", _) if part.windowed => {
                self.random.word(&[", 2 days", ", 1 week", ", 1 month"])
            }
            ("week", _) => self.random.word(&[", 7 days", ", 2 weeks", ", 1 month"]),
            ("month", _) if part.windowed => {
                self.random.word(&[", 7 days", ", 1 month", ", 40 hours"])
            }
            ("month", _) => self.random.word(&[", 1 month", ", 2 months", ", 45 days"]),
            (_, _) if part.windowed => self.random.word(&[", 2 weeks", ", 1 month"]),
            (_, _) => self.random.word(&[", 1 year", ", 4 quarters"]),
        };
        Part { text: format!("prior({}{by})", part.text), bare: false, ..part }
    }

    fn growth(&mut self, part: Part) -> Part {
        let before = self.earlier(part.clone());
        let text = match self.random.below(3) {
            0 => format!("{} - {}", part.text, before.text),
            1 => format!("{} / {} - 1", part.text, before.text),
            _ => format!("prior({}) + {}", before.text, part.text),
        };
        Part { text, unit: Unit::Plain, ..part }
    }

    /// Days between the first and the last of something.
    fn span_of_times(&mut self) -> Part {
        let set = self.set(&[Shape::Events, Shape::Snapshot]);
        let columns: Vec<_> = set.columns.iter().filter(|(_, kind)| kind.is_time()).collect();
        let (name, _) = *self.random.pick(&columns);
        let window = self.window(&set, true);
        let column = format!("{}.{name}", set.name);
        let low = self.random.word(&["min", "first"]);
        let high = self.random.word(&["max", "last"]);
        let text = format!("days_between({low}({column}{window}), {high}({column}{window})) / 2");
        let bare = window.is_empty();
        Part {
            text,
            unit: Unit::Plain,
            bare,
            windowed: !bare && !window.contains("before"),
            simple: false,
        }
    }

    fn condition(&mut self) -> Part {
        let a = self.operand();
        let low = self.random.below(3);
        // A bare count is not compared with more than 1.
        let limit = if a.unit == Unit::Count { self.random.below(2) } else { low };
        let text = match self.random.below(8) {
            0 => format!("{} > {limit}", a.text),
            1 => format!("{} <= {limit}", a.text.clone() + " + 0.25"),
            2 if a.unit == Unit::Plain => format!("{} between {limit} and 40", a.text),
            3 => format!("{} is not null", a.text),
            4 if a.unit == Unit::Plain => format!("{} not in [1, 2.5, 7]", a.text),
            5 => {
                let set = self.set(&[Shape::Events]);
                let window = self.window(&set, true);
                let filter = self.filter(&set);
                let bare = window.is_empty();
                let windowed = !bare && !window.contains("before");
                let text = format!("any({}{window} where {filter})", set.name);
                return Part { text, unit: Unit::Plain, bare, windowed, simple: false };
            }
            6 => {
                let window = self.random.word(&["", " ever", " over 1 month"]);
                let text = format!("last(events.name{window}) = 'login' or {} > 0", a.text);
                let windowed = !window.is_empty();
                return Part {
                    text,
                    unit: Unit::Plain,
                    bare: a.bare || !windowed,
                    windowed: a.windowed && windowed,
                    simple: false,
                };
            }
            _ => format!("{} > 0 and not ({} < 1)", a.text, a.text),
        };
        Part { text, ..a }
    }

    fn set(&mut self, shapes: &[Shape]) -> Set {
        let list: Vec<&Set> = self.sets.iter().filter(|s| shapes.contains(&s.shape)).collect();
        (*self.random.pick(&list)).clone()
    }

    fn rows<'b>(&'b mut self, set: &'b Set) -> Rows<'b> {
        Rows { random: self.random, set, day: &self.day }
    }

    fn filter(&mut self, set: &Set) -> String {
        self.rows(set).condition(1)
    }

    /// An aggregate.
    fn operand(&mut self) -> Part {
        let all =
            [Shape::Events, Shape::Events, Shape::Attributes, Shape::History, Shape::Snapshot];
        let shape = *self.random.pick(&all);
        let set = self.set(&[shape]);
        let on = match shape {
            Shape::Attributes => true,
            Shape::History | Shape::Events => self.random.percent(20),
            Shape::Snapshot => false,
        };
        let on = if on { self.rows(&set).placing() } else { None };
        let is_state = on.is_none() && matches!(shape, Shape::History)
            || shape == Shape::Snapshot && self.random.percent(75);
        let window = if is_state { self.state() } else { self.window(&set, on.is_some()) };
        // Pictures are not added up over time.
        let adds = shape != Shape::Snapshot || is_state;
        // The rows of a history have no time to go by.
        let timed = on.is_some() || shape != Shape::History;
        let (subject, unit) = self.subject(&set, adds, timed);
        let on = on.map_or_else(String::new, |on| format!(" on {on}"));
        let filter = match self.random.percent(45) {
            true => format!(" where {}", self.filter(&set)),
            false => String::new(),
        };
        let bare = window.is_empty();
        let (function, subject, after) = subject;
        let text = format!("{function}({subject}{after}{on}{window}{filter})");
        // What hangs on the bucket's start has no window of its own.
        let hangs = ["average", "at start", "before"].iter().any(|word| window.contains(word));
        let simple = set.name == "events" && on.is_empty() && !text.contains("user.score");
        Part { text, unit, bare, windowed: !bare && !hangs, simple }
    }

    fn subject(&mut self, set: &Set, adds: bool, timed: bool) -> ((String, String, String), Unit) {
        let none = String::new;
        if !set.columns.iter().any(|(_, kind)| kind.is_number()) {
            let what = self.rows(set).distinct();
            return (("count".to_owned(), format!("distinct {what}"), none()), Unit::Count);
        }
        let functions = ["first", "last", "avg", "min", "max", "stddev", "median", "percentile"];
        let functions = &functions[if timed { 0 } else { 2 }..];
        match self.random.below(10) {
            0 | 1 if adds => (("count".to_owned(), set.name.to_owned(), none()), Unit::Count),
            2 | 3 => {
                let what = self.rows(set).distinct();
                (("count".to_owned(), format!("distinct {what}"), none()), Unit::Count)
            }
            4 | 5 if adds => (("sum".to_owned(), self.rows(set).argument(), none()), Unit::Plain),
            _ => {
                let function = self.random.word(functions);
                let argument = self.rows(set).argument();
                let after = match function.as_str() {
                    "percentile" => format!(", {}", self.random.pick(&[0, 10, 50, 90, 100])),
                    _ => String::new(),
                };
                ((function, argument, after), Unit::Plain)
            }
        }
    }

    fn state(&mut self) -> String {
        self.random.word(&[" at end", " at start", " average", " at end"])
    }

    fn window(&mut self, _set: &Set, _on: bool) -> String {
        let day = self.day.clone();
        let length = self.random.word(&[
            "28 days",
            "7 days",
            "1 month",
            "2 weeks",
            "36 hours",
            "1 quarter",
            "90 minutes",
        ]);
        match self.random.below(14) {
            0 | 1 => format!(" over {length}"),
            2 => format!(" over {length} before"),
            3 => " ever".to_owned(),
            4 => " ever before".to_owned(),
            5 => format!(" since {day}"),
            6..=8 => {
                // In turn, so that all of them come.
                self.turn += 1;
                let units = ["month", "week", "quarter", "year", "fiscal quarter", "fiscal year"];
                let unit = units[self.turn % units.len()];
                format!(" to date in {unit}")
            }
            _ => String::new(),
        }
    }
}

fn both(a: &Part, b: &Part) -> Part {
    let unit =
        if a.unit == Unit::Count && b.unit == Unit::Count { Unit::Count } else { Unit::Plain };
    Part {
        text: String::new(),
        unit,
        bare: a.bare || b.bare,
        windowed: a.windowed && b.windowed,
        simple: false,
    }
}
