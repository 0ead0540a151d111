//! What a site says: plain data, no engine types, no templates. What a spec chooses from a list (its category, which way
//! is good, its grain) is what the checker calls it.
//!
//! The caller fills these structs; [`render`](crate::render) turns them into files. Headlines, changes, verdicts and
//! charts are computed here from the series, so the caller never does arithmetic on results.

mod history;
mod journey;
mod list;
mod review;
mod score;
mod segment;

use serde::{Deserialize, Serialize};

pub use milepost_semantics::model::{Better, Bound, Category, Indicator, Shape};
pub use milepost_semantics::time::Grain;

pub use history::{CommitOf, DefinitionChange, History, MadeFrom};
pub use journey::{Journey, JourneyStage, Milestone};
pub use list::{List, ListCell, ListChange, ListField, ListKind, ListRole, ListRow, ListStatus};
pub use review::{
    Review, ReviewChange, ReviewDefinition, ReviewLevel, ReviewRule, ReviewSeries, ReviewSide,
};
pub use score::{BandSizes, Score, ScoreCombination, ScoreComponent};
pub use segment::{GONE, Group, Moved, NEW, Segment, Transition};

/// Everything that is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    pub project: Project,
    /// Up to when the data was looked at, as ISO text in the project's time zone: `2026-03-31`, or
    /// `2026-03-31 12:00` when it is not the end of a day.
    pub as_of: String,
    /// The stages in the order of the customer journey; stages that KPIs name and this list lacks are appended.
    pub stages: Vec<Stage>,
    /// In the order of the specs. Names are unique.
    pub kpis: Vec<Kpi>,
    pub datasets: Vec<Dataset>,
    /// In the order of the specs. Names are unique.
    #[serde(default)]
    pub lists: Vec<List>,
    /// In the order of the specs. Names are unique.
    #[serde(default)]
    pub segments: Vec<Segment>,
    /// In the order of the specs. Names are unique.
    #[serde(default)]
    pub journeys: Vec<Journey>,
    /// In the order of the specs. Names are unique.
    #[serde(default)]
    pub scores: Vec<Score>,
    /// What a reader must know before trusting the numbers. Unavailable KPIs, dropped repeats, stale data and failed
    /// checks of [`Dataset`] are reported anyway; this is for everything else.
    pub notices: Vec<Notice>,
    /// `milepost 0.1.0`, for the foot of the page.
    pub generator: String,
    /// Absent: nobody asked for the history.
    #[serde(default)]
    pub made_from: Option<MadeFrom>,
}

/// Whose numbers they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Project {
    pub name: String,
    pub label: Option<String>,
    pub description: Option<String>,
    /// IANA name; buckets are calendar days, weeks, months … of this zone.
    pub time_zone: String,
}

/// One stage of the customer journey.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    pub name: String,
    pub label: Option<String>,
    pub question: Option<String>,
}

/// A sentence for the reader, with what it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    pub level: Level,
    pub text: String,
    /// The KPI it is about, by name.
    pub kpi: Option<String>,
    /// The dataset it is about, by name.
    pub dataset: Option<String>,
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Info,
    Warning,
    Error,
}

/// One KPI and all its figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kpi {
    /// The name in the specs; also the name of its page (a name that is no plain identifier is made one).
    pub name: String,
    pub label: Option<String>,
    pub question: Option<String>,
    pub description: Option<String>,
    pub category: Category,
    /// By name; [`Site::stages`] has the labels.
    pub stage: Option<String>,
    pub milestone: Option<String>,
    pub indicator: Option<Indicator>,
    pub owner: Option<String>,
    pub tags: Vec<String>,
    /// Names of the KPIs this one is expected to move; those without a page are shown without a link.
    pub leads_to: Vec<String>,
    pub deprecated: Option<Deprecated>,
    pub display: Display,
    #[serde(default)]
    pub scale: Scale,
    /// What `n` of its figures counts, where it is known.
    #[serde(default)]
    pub sample: Option<Words>,
    pub better: Option<Better>,
    /// The goal of the whole; goals of slices are on their rows.
    pub target: Option<Bound>,
    /// Slices are numbers of the same kind as the whole (ratios, means, percentiles), so that a range which is good for the
    /// one is good for the others. A part of a total is not.
    #[serde(default)]
    pub alike_in_slices: bool,
    /// Why there are no figures at all (`needs dataset touches`); the series is then usually empty.
    pub unavailable: Option<String>,
    /// What its parts make together.
    #[serde(default)]
    pub shape: Shape,
    /// All parts in their order, where there are several. [`series`](Self::series) has the figures of the headline.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// The metric with several parts that the number is made of, whose figure is drawn beside it.
    #[serde(default)]
    pub made_of: Option<MadeOf>,
    pub series: Series,
    pub slices: Vec<Slice>,
    pub definition: Definition,
    /// Absent: nobody asked for it.
    #[serde(default)]
    pub history: Option<History>,
}

/// `deprecated: {since, use}`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deprecated {
    pub since: Option<String>,
    pub replacement: Option<String>,
}

/// How a number is shown. Of a KPI's display in the specs it is what a page can show: its word in both forms, and neither
/// days nor instants, which helpers alone have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Display {
    /// The value × 100 and a percent sign; changes are in percentage points.
    Percent,
    /// Money of that ISO code.
    Currency(String),
    /// A number with a word after it (`days`, `accounts`, `USD per account`), or none.
    Number(Option<Words>),
}

/// What is counted: `account` and `accounts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    pub one: String,
    pub many: String,
}

impl Words {
    /// A word with one form.
    #[must_use]
    pub fn same(word: &str) -> Self {
        Self { one: word.to_owned(), many: word.to_owned() }
    }
}

/// What a change of a number means beside its size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// A share of what was there before says something.
    #[default]
    Amount,
    /// A number of things: of a few of them a share says nothing.
    Count,
    /// Points on a scale without a natural zero: a share of them says nothing.
    Score,
}

/// A KPI over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub grain: Grain,
    /// From old to new, without holes. Slices use the same buckets.
    pub buckets: Vec<Bucket>,
    /// One for each bucket.
    pub cells: Vec<Cell>,
}

/// One of several figures that a KPI has in each bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    /// Whether it is the one that cards, goals and changes are about.
    pub is_headline: bool,
    /// How its figures are shown; those of the headline as those of the KPI.
    pub display: Display,
    /// Those of the series. Whether one is complete is said of this part.
    pub buckets: Vec<Bucket>,
    /// One for each bucket.
    pub cells: Vec<Cell>,
}

impl Part {
    /// Its figures, where there are any.
    pub fn numbers(&self) -> impl Iterator<Item = f64> {
        self.cells.iter().filter_map(|cell| cell.number().ok())
    }
}

/// The part of that name.
#[must_use]
pub fn part_of<'p>(parts: &'p [Part], name: &str) -> Option<&'p Part> {
    parts.iter().find(|part| part.name == name)
}

/// A metric with several parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MadeOf {
    /// The name in the specs.
    pub name: String,
    pub label: Option<String>,
    pub shape: Shape,
    /// Each has one cell for each bucket of the KPI's series.
    pub parts: Vec<Part>,
}

/// A span of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// `2026-03-31`, `2026-W14`, `2026-03`, `2026-Q1`, `FY2027`.
    pub label: String,
    /// First day, ISO.
    pub start: String,
    /// The day after the last, ISO.
    pub end: String,
    /// It was still running at the as-of, or its data ends before it does.
    pub partial: bool,
    /// Some of its rows are too young to be evaluated: partial, even if it is over.
    #[serde(default)]
    pub maturing: bool,
    /// It is over, but its figure is not settled yet.
    pub immature: bool,
}

/// A number, or why there is none, in words: nothing on a page depends on which reason it is. A reason is never shown as 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// `n`: how many the number rests on (the count of the denominator), where known. A `value` that is not finite
    /// is shown as the reason `not a number`.
    Value {
        value: f64,
        n: Option<u64>,
        #[serde(default)]
        absent: Absent,
    },
    /// `no data`, `zero denominator`, `too few`, `short history`, `immature`, `unavailable` …
    Reason(String),
}

/// How many members or rows could not be evaluated, and are left out of the number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absent {
    /// Of a ratio those above; else all.
    pub numerator: u64,
    pub denominator: u64,
}

/// A KPI split by one dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// The dimension's name.
    pub dimension: String,
    pub label: Option<String>,
    /// In the order they are to be listed.
    pub rows: Vec<SliceRow>,
}

/// One value of a dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SliceRow {
    /// `None`: the rows whose value is not known. See [`shown`](crate::value::shown).
    pub value: Option<String>,
    /// One for each bucket of the KPI's series.
    pub cells: Vec<Cell>,
    /// The same of each of [`Kpi::parts`].
    #[serde(default)]
    pub parts: Vec<Vec<Cell>>,
    /// The goal of this value; `None`: it is not judged. That of the whole holds for a part only where both are ratios,
    /// means or percentiles, which whoever fills this knows.
    pub target: Option<Bound>,
}

/// What a KPI means, in several languages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// Plain sentences, one each.
    pub words: Vec<String>,
    /// What was decided where definitions differ between companies: (`window`, `28 days that end with the bucket`).
    pub choices: Vec<Choice>,
    /// The file with the spec: `specs/adoption.yaml`.
    pub place: Option<String>,
    /// The line in it. Not in files for programs: it changes whenever something above it does.
    #[serde(skip)]
    pub line: Option<u32>,
    /// The definition as the author wrote it.
    pub yaml: String,
    pub sql: Option<String>,
    /// Names of the datasets it reads; [`Site::datasets`] has the rest.
    pub datasets: Vec<String>,
}

/// A decision and how it was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    pub name: String,
    pub text: String,
}

/// A table of the project, as it was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dataset {
    pub name: String,
    pub label: Option<String>,
    pub description: Option<String>,
    pub owner: Option<String>,
    /// `attributes`, `history`, `snapshot`, `events`.
    pub kind: String,
    /// Where it is read from, as written in the spec (relative to the project).
    pub source: String,
    /// Its files are not there: the KPIs that need it are unavailable.
    pub missing: bool,
    /// Rows that count (repeats are not among them).
    pub rows: u64,
    /// Rows left out because they repeat another one (`unique:`).
    pub dropped_repeats: u64,
    /// Those of them that say something else than the row that is counted.
    #[serde(default)]
    pub differing_repeats: u64,
    /// Time of the oldest row that is seen, ISO text; `None` where rows have no time.
    pub oldest: Option<String>,
    /// Time of the newest row that is seen, ISO text.
    pub newest: Option<String>,
    /// From the newest row to the as-of.
    pub age_seconds: Option<i64>,
    pub freshness: Freshness,
    /// What was promised of it: `a row in the last 2 days, else a warning`.
    pub promised: Vec<String>,
    pub checks: Vec<Check>,
    /// What was found that nobody promised, warnings first.
    pub remarks: Vec<Remark>,
    pub columns: Vec<Column>,
}

/// Whether the newest row is as new as was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// Nothing was promised.
    NotChecked,
    Fresh,
    /// Older than `warn_after`.
    Late,
    /// Older than `error_after`.
    Stale,
}

/// Something about the rows that readers of the figures should know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remark {
    pub level: Level,
    /// One sentence without a full stop.
    pub text: String,
}

/// A promise about the data and whether it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// `user_id is never empty`
    pub text: String,
    /// Rows that break it; 0: it holds. `None`: it was not run.
    pub failed_rows: Option<u64>,
}

/// A column that the specs declare.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub ty: String,
    pub unit: Option<String>,
    /// The dimension it stands for.
    pub dimension: Option<String>,
    pub description: Option<String>,
    pub pii: bool,
}
