//! `milepost.yaml`.

use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use super::{Decoder, lints, review, section};
use crate::PROJECT_FILE;
use crate::ast::{CalendarSpec, OutputsSpec, ProjectSpec};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::yaml::{Layout, NodeKind, read};

/// The buckets of time.
pub(super) const GRAINS: &[&str] =
    &["day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year"];

const WEEKDAYS: &[&str] =
    &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

pub(super) static PROJECT: Kind = Kind {
    name: PROJECT_FILE,
    fields: &[&[
        Field::new("project", FieldType::Name, "the name of the project").needed(),
        Field::new("label", FieldType::Text, "the title of the site"),
        Field::new("description", FieldType::Text, "what the project is about"),
        Field::new(
            "edition",
            FieldType::Integer,
            "the year whose rules the project was written against",
        ),
        Field::new("specs", FieldType::Text, "the folder of spec files; `specs/` if absent"),
        Field::new(
            "calendar",
            FieldType::Other("a map of calendar fields"),
            "time zone, weeks, fiscal years, holidays",
        )
        .shaped(Shape::Map(&CALENDAR)),
        Field::new(
            "currency",
            FieldType::Text,
            "the currency of amounts that name none, such as `USD`",
        ),
        Field::new(
            "grain",
            FieldType::Words(GRAINS),
            "the bucket of time, unless a metric says otherwise",
        ),
        Field::new("history", FieldType::Duration, "how far back the site shows"),
        Field::new(
            "as_of",
            FieldType::Text,
            "the date up to which data is used, such as `2026-03-31`",
        ),
        Field::new(
            "lints",
            FieldType::Other("a map from codes of warnings to `allow`, `warn` or `deny`"),
            "how much each kind of warning matters",
        )
        .shaped(Shape::Map(&lints::LINTS)),
        Field::new(
            "outputs",
            FieldType::Other("a map such as `{ names: [lists] }`"),
            "what may be shown of people, and where",
        )
        .shaped(Shape::Map(&OUTPUTS)),
        Field::new(
            "use",
            FieldType::Names,
            "packages of the shipped catalog, such as `std/onboarding`",
        ),
        Field::new(
            "review",
            FieldType::Other("a map such as `{ fail_on: [contract-breaking] }`"),
            "which differences `milepost diff` lets pass",
        )
        .shaped(Shape::Map(&review::REVIEW)),
    ]],
};

pub(super) static CALENDAR: Kind = Kind {
    name: "`calendar`",
    fields: &[&[
        Field::new(
            "time_zone",
            FieldType::Text,
            "the zone in which days begin, such as `Europe/Amsterdam`",
        ),
        Field::new("week_starts", FieldType::Words(WEEKDAYS), "the first day of a week"),
        Field::new(
            "fiscal_year_starts",
            FieldType::Words(MONTHS),
            "the first month of a fiscal year",
        ),
        Field::new(
            "business_days",
            FieldType::Text,
            "the days on which people work, such as `mon-fri`",
        ),
        Field::new("holidays", FieldType::Text, "a file with the days on which nobody works"),
    ]],
};

pub(super) static OUTPUTS: Kind = Kind {
    name: "`outputs`",
    fields: &[&[
        Field::new(
            "allow_pii",
            FieldType::Names,
            "columns of lists that hold personal data and may be shown there, such as `lists.renewals.csm_email`",
        ),
        Field::new(
            "names",
            FieldType::Names,
            "where members are called by their labels: `lists`, `segments`",
        ),
    ]],
};

pub(super) fn project(decoder: &mut Decoder<'_>) -> ProjectSpec {
    let before = decoder.diagnostics.counts().0;
    let file = read(decoder.source, Layout::Project, decoder.diagnostics);
    // What can't be read may have held the name.
    let whole = decoder.diagnostics.counts().0 == before;
    let Some(root) = file.root else {
        if whole {
            tell_no_name(decoder, "milepost.yaml is empty");
        }
        return ProjectSpec::default();
    };
    section::tell_misplaced_sections(decoder, &root);
    let root = section::without_sections(root);
    if let NodeKind::Null = root.kind {
        if whole {
            tell_no_name(decoder, "milepost.yaml is empty");
        }
        return ProjectSpec::default();
    }
    let Some(fields) = Fields::open(decoder, PROJECT_FILE, &root, &PROJECT) else {
        return ProjectSpec::default();
    };
    if whole && fields.lacks("project") {
        tell_no_name(decoder, "milepost.yaml does not say what the project is called");
    }
    ProjectSpec {
        name: decoder.text(&fields, "project"),
        label: decoder.text(&fields, "label"),
        description: decoder.text(&fields, "description"),
        edition: decoder.integer(&fields, "edition"),
        specs: decoder.text(&fields, "specs"),
        calendar: calendar(decoder, &fields),
        currency: decoder.text(&fields, "currency"),
        grain: decoder.word(&fields, "grain"),
        history: decoder.duration(&fields, "history"),
        as_of: decoder.text(&fields, "as_of"),
        lints: lints::lints(decoder, &fields),
        outputs: outputs(decoder, &fields),
        uses: decoder.names(&fields, "use"),
        review: review::review(decoder, &fields),
    }
}

/// A project without a name, reported at the start of the file.
fn tell_no_name(decoder: &mut Decoder<'_>, message: &str) {
    let span = Span::new(decoder.source.id, 0, 0);
    decoder.diagnostics.push(
        Diagnostic::error(codes::MISSING_FIELD, span, message)
            .help("begin with the name of the project: `project: acme`"),
    );
}

fn outputs(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> OutputsSpec {
    let Some(node) = fields.get(decoder, "outputs") else { return OutputsSpec::default() };
    let Some(inner) = Fields::open(decoder, "outputs", node, &OUTPUTS) else {
        return OutputsSpec::default();
    };
    let names = decoder.names(&inner, "names").into_iter();
    OutputsSpec {
        allow_pii: decoder.names(&inner, "allow_pii"),
        names: names
            .filter_map(|name| decoder.one_of("names", &["lists", "segments"], name))
            .collect(),
    }
}

fn calendar(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> CalendarSpec {
    let Some(node) = fields.get(decoder, "calendar") else { return CalendarSpec::default() };
    let Some(inner) = Fields::open(decoder, "calendar", node, &CALENDAR) else {
        return CalendarSpec::default();
    };
    CalendarSpec {
        time_zone: decoder.text(&inner, "time_zone"),
        week_starts: decoder.word(&inner, "week_starts"),
        fiscal_year_starts: decoder.word(&inner, "fiscal_year_starts"),
        business_days: decoder.text(&inner, "business_days"),
        holidays: decoder.text(&inner, "holidays"),
    }
}
