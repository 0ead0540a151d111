//! The catalog of diagnostic codes: every kind of mistake has a name, a summary and a page.
//!
//! The page of a code says what it means, why it is one, shows an example that fails and what to write
//! instead. It is a file of its own (`codes/<name>.md`), shown by `milepost explain <name>`.

use std::fmt;

use serde::{Serialize, Serializer};

/// The name of a kind of mistake, such as `unknown-field`. Only those of the catalog exist.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    name: &'static str,
}

/// How much a code matters when the project does not say otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultLevel {
    /// An error, always: the figures would not mean what they say, or there would be none.
    Error,
    /// A warning. `lints:` of `milepost.yaml` may allow or deny it.
    Warning,
    /// What the definition that asks for it says (`severity:` of a check, the limits of `freshness:`).
    Declared,
    /// That of the messages which it stands for.
    OfOthers,
}

/// What the catalog says about a code.
struct Entry {
    code: Code,
    summary: &'static str,
    level: DefaultLevel,
    page: &'static str,
}

impl Code {
    /// The name: lower-case words joined by hyphens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// What it means, in one line without a full stop.
    #[must_use]
    pub fn summary(self) -> &'static str {
        self.entry().map_or("", |entry| entry.summary)
    }

    /// The page that explains it, in Markdown.
    #[must_use]
    pub fn page(self) -> &'static str {
        self.entry().map_or("", |entry| entry.page)
    }

    /// How much it matters when the project does not say otherwise.
    #[must_use]
    pub fn default_level(self) -> DefaultLevel {
        self.entry().map_or(DefaultLevel::Error, |entry| entry.level)
    }

    /// The page, and under it how much the mistake matters and whether a project can change that.
    #[must_use]
    pub fn explained(self) -> String {
        let level = match self.default_level() {
            DefaultLevel::Error => {
                "Level: an error. It stops every build, and `lints` can't change that.".to_owned()
            }
            DefaultLevel::Warning => format!(
                "Level: `warn`. To change it, write `lints: {{ {self}: allow }}` or `lints: {{ {self}: deny }}` in milepost.yaml."
            ),
            DefaultLevel::Declared => {
                "Level: an error or a warning, as the dataset says.".to_owned()
            }
            DefaultLevel::OfOthers => {
                "Level: an error if one of those that it stands for is an error, else a warning."
                    .to_owned()
            }
        };
        format!("{}\n\n{level}\n", self.page().trim_end())
    }

    /// The code of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        all().find(|code| code.name == name)
    }

    fn entry(self) -> Option<&'static Entry> {
        CATALOG.iter().find(|entry| entry.code == self)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

/// All codes, in the order of the catalog: by what they are about.
pub fn all() -> impl Iterator<Item = Code> {
    CATALOG.iter().map(|entry| entry.code)
}

/// How many codes are warnings by default.
pub(crate) const WARNINGS: usize = {
    let (mut count, mut i) = (0, 0);
    while i < CATALOG.len() {
        count += matches!(CATALOG[i].level, DefaultLevel::Warning) as usize;
        i += 1;
    }
    count
};

/// Name and summary of every code that is a warning by default.
pub(crate) const fn warnings() -> [(&'static str, &'static str); WARNINGS] {
    let mut found = [("", ""); WARNINGS];
    let (mut n, mut i) = (0, 0);
    while i < CATALOG.len() {
        if matches!(CATALOG[i].level, DefaultLevel::Warning) {
            found[n] = (CATALOG[i].code.name, CATALOG[i].summary);
            n += 1;
        }
        i += 1;
    }
    found
}

macro_rules! level {
    () => {
        DefaultLevel::Error
    };
    ($level:ident) => {
        DefaultLevel::$level
    };
}

macro_rules! catalog {
    ($($constant:ident = $name:literal, $summary:literal $(, $level:ident)?;)*) => {
        $(
            #[doc = concat!("`", $name, "`: ", $summary, ".")]
            pub const $constant: Code = Code { name: $name };
        )*

        const CATALOG: &[Entry] = &[
            $(Entry {
                code: $constant,
                summary: $summary,
                level: level!($($level)?),
                page: include_str!(concat!("../codes/", $name, ".md")),
            },)*
        ];
    };
}

catalog! {
    // The text of the files.
    YAML_SYNTAX = "yaml-syntax", "the file is not valid YAML";
    YAML_ACCIDENT = "yaml-accident", "YAML reads the line differently from what it looks like";
    DUPLICATE_KEY = "duplicate-key", "the same key appears twice in one map";
    TAB_INDENTATION = "tab-indentation", "a line is indented with a tab instead of spaces";
    INVALID_UTF8 = "invalid-utf8", "the file is not text in UTF-8";
    SPEC_TOO_LARGE = "spec-too-large", "a spec file is over 8 MB";
    SPEC_TOO_DEEP = "spec-too-deep", "maps, lists or parentheses are nested too deeply";
    LIMIT_EXCEEDED = "limit-exceeded", "a definition or a query is larger than milepost computes";
    // Sections and fields.
    UNKNOWN_SECTION = "unknown-section", "a spec file has a section that milepost does not know";
    UNKNOWN_FIELD = "unknown-field", "a definition has a field that its kind does not have";
    MISSING_FIELD = "missing-field", "a definition lacks a field that it needs";
    WRONG_TYPE = "wrong-type", "a field has a value of the wrong type";
    FIXED_LEVEL = "fixed-level", "`lints` lowers a mistake that always stops a build";
    INVALID_VALUE = "invalid-value", "a field has a value that is not one of its words";
    INVALID_NAME = "invalid-name", "a name has characters that names can't have";
    NOT_IN_THIS_VERSION = "not-in-this-version", "part of the language that this version does not have yet";
    EXPRESSION_SYNTAX = "expression-syntax", "an expression can't be read";
    // Names.
    UNKNOWN_NAME = "unknown-name", "an expression names something that is not defined";
    UNKNOWN_COLUMN = "unknown-column", "a dataset has no such column";
    UNKNOWN_PACKAGE = "unknown-package", "`use:` names a package that the catalog does not have";
    UNAVAILABLE = "unavailable", "a metric needs something that the project does not have";
    UNKNOWN_CODE = "unknown-code", "there is no diagnostic of this name";
    AMBIGUOUS_NAME = "ambiguous-name", "a name could be a column or a definition";
    DUPLICATE_DEFINITION = "duplicate-definition", "two definitions share one name";
    CYCLE = "cycle", "definitions refer to each other in a circle";
    DEPRECATED_USE = "deprecated-use", "a metric builds on one that is deprecated", Warning;
    UNUSED_DEFINITION = "unused-definition", "nothing refers to a definition", Warning;
    UNKNOWN_STAGE = "unknown-stage", "no journey has the stage of a metric", Warning;
    MILESTONE_WITHOUT_KPI = "milestone-without-kpi", "no KPI names a milestone of a journey", Warning;
    NEVER_READY = "never-ready", "nobody can be ready for the next stage of a journey", Warning;
    TRUE_OF_NOTHING = "true-of-nothing", "a milestone is reached by whoever has nothing to check", Warning;
    // Types and units.
    TYPE_MISMATCH = "type-mismatch", "a value has the wrong type for its place";
    UNIT_MISMATCH = "unit-mismatch", "two values with different units are added or compared";
    CURRENCY_UNKNOWN = "currency-unknown", "a unit is neither a known unit nor a currency";
    KPI_NOT_NUMBER = "kpi-not-number", "the value of a metric is not a number";
    ALWAYS_TRUE = "always-true", "a condition keeps every row that has a value", Warning;
    CONSTANT_CONDITION = "constant-condition", "a condition is always true or always false";
    // Populations and time.
    ROW_OUTSIDE_AGGREGATE = "row-outside-aggregate", "a column of rows is outside an aggregate";
    AGGREGATE_INSIDE_AGGREGATE = "aggregate-inside-aggregate", "an aggregate is inside another one";
    NEEDS_INSTANT = "needs-instant", "a state is aggregated without saying when";
    NOT_A_STATE = "not-a-state", "`at start`, `at end` or `average` on rows that are not a state";
    NEEDS_TIME = "needs-time", "the rows have no time of their own, and nothing else says when";
    SEMI_ADDITIVE = "semi-additive", "a state is summed over time";
    SUMMED_RATIO = "summed-ratio", "percentages or ratios are added up", Warning;
    PERCENT_TWICE = "percent-twice", "a value in percent is multiplied by 100", Warning;
    REPEATED_AMOUNT = "repeated-amount", "a value of a linked row is taken once for each row that leads to it", Warning;
    FAN_OUT_PATH = "fan-out-path", "a path would repeat rows";
    UNLINKED_ROWS = "unlinked-rows", "rows are aggregated for one member, and nothing says which belong to it";
    NEEDS_LIVES = "needs-lives", "members are counted, and nothing says when they live";
    NEEDS_WINDOW = "needs-window", "a condition on members or rows does not say over which time it counts";
    MISPLACED_THIS = "misplaced-this", "`this` is used where there is no outer row";
    BARE_COUNT_COMPARISON = "bare-count-comparison", "a count of the whole bucket is compared with a fixed number";
    PRIOR_NEEDS_WINDOW = "prior-needs-window", "`prior` moves by less than the bucket without a window";
    SLICE_UNREACHABLE = "slice-unreachable", "a metric can't be sliced by a dimension";
    UNPLANNED_DEADLINE = "unplanned-deadline", "a day that lies ahead stands in a column that is no plan";
    PII_OUTPUT = "pii-output", "personal data would be shown";
    PII_DECLASSIFIED = "pii-declassified", "a column that is computed from personal data may be shown", Warning;
    UNKNOWN_TIME_ZONE = "unknown-time-zone", "there is no time zone of that name";
    INVALID_DATE = "invalid-date", "a date does not exist";
    AS_OF_INVALID = "as-of-invalid", "the as-of is not a date or time";
    // Metadata of metrics.
    MISSING_QUESTION = "missing-question", "a KPI does not say which question it answers", Warning;
    ROI_WITHOUT_PERIOD = "roi-without-period", "an ROI metric does not say for which period";
    CATEGORY_INDICATOR = "category-indicator", "category and indicator of a metric contradict each other", Warning;
    APPROXIMATES_NOTHING = "approximates-nothing", "`approximate: true` on a metric without a percentile of its own";
    INVALID_TARGET = "invalid-target", "a target can't be read or can't be met";
    // Keys.
    KEY_MISMATCH = "key-mismatch", "the key columns of a dataset do not match those of the entity";
    DUPLICATE_KEY_ROWS = "duplicate-key-rows", "rows that should be unique by their key are not";
    OVERLAPPING_HISTORY = "overlapping-history", "two rows of a member are valid at once in a history that a path leads into";
    // Data.
    DATA_MISSING = "data-missing", "there is no data file at the path that the specs name";
    DATA_UNREADABLE = "data-unreadable", "a data file can't be read";
    FILE_NOT_READ = "file-not-read", "a folder of data holds files that are not read", Warning;
    SCHEMA_CONFLICT = "schema-conflict", "files of one dataset disagree about a column";
    COLUMN_TYPE = "column-type", "a column of the data has another type than declared";
    MIXED_CURRENCY = "mixed-currency", "amounts in different currencies are added";
    NOT_FINITE = "not-finite", "a number in the data is NaN or infinite";
    NUMBER_OVERFLOW = "number-overflow", "a result is too large for its type";
    DATE_OUT_OF_RANGE = "date-out-of-range", "a date in the data is before year 1 or after year 9999";
    BAD_TEXT = "bad-text", "text in the data is not UTF-8";
    DIFFERING_REPEATS = "differing-repeats", "rows that repeat the key of another one differ from it", Warning;
    CHECK_FAILED = "check-failed", "a check of a dataset found rows that break it", Declared;
    UNSEEN_TEXT = "unseen-text", "a condition compares with a text that no row has", Warning;
    UNMATCHED_KEYS = "unmatched-keys", "keys of a dataset lead to no row of the members that they name", Warning;
    DATA_ENDS_EARLY = "data-ends-early", "the newest row of a dataset is long before the as-of", Warning;
    MISSING_PICTURE = "missing-picture", "a snapshot has no picture for longer than usual", Warning;
    BACKWARD_ROWS = "backward-rows", "rows of a history end before they begin", Warning;
    STALE_DATA = "stale-data", "a dataset is older than its freshness allows", Declared;
    // Places.
    OUTSIDE_PROJECT = "outside-project", "a path leaves the project's folder";
    UNKNOWN_REVISION = "unknown-revision", "what `milepost diff` is to compare can't be found";
    MODEL_UNREADABLE = "model-unreadable", "a model file can't be read, or is none";
    SITE_UNREADABLE = "site-unreadable", "a published site can't be compared with, or is none";
    PROJECT_NOT_FOUND = "project-not-found", "there is no milepost.yaml here or above";
    OUTPUT_NOT_WRITABLE = "output-not-writable", "the output folder or file can't be written";
    SITE_NOT_OURS = "site-not-ours", "the output folder holds something that is not a milepost site";
    SPEC_UNREADABLE = "spec-unreadable", "a spec file or the folder of specs can't be read";
    OUT_OF_RESOURCES = "out-of-resources", "memory, disk or a file ran out while the figures were computed";
    MESSAGES_LEFT_OUT = "messages-left-out", "there are more messages than the JSON output holds", OfOthers;
    INTERNAL = "internal", "a mistake in milepost itself";
}
