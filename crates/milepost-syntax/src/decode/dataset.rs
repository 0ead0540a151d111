//! `datasets:`

use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use super::{Decoder, column, csv, meta, unpivot};
use crate::ast::{CarrySpec, CheckKind, CheckSpec, DatasetSpec, EntityKeySpec, FreshnessSpec};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::span::Spanned;
use crate::yaml::{Entry, Node, NodeKind};

pub(super) const LENGTH_OR_FOREVER: &str = "a length of time, or `forever`";
pub(super) const LENGTH_OR_FOREVER_SHAPE: Shape =
    Shape::Either(&[Shape::Of(FieldType::Words(&["forever"])), Shape::Of(FieldType::Duration)]);
const KINDS: &[&str] = &["attributes", "history", "snapshot", "events"];
const FORMATS: &[&str] = &["parquet", "csv", "json", "ndjson", "xlsx", "arrow"];
const SEVERITIES: &[&str] = &["warn", "error"];
const VALID: &str = "two columns `[valid_from, valid_to]`";
const DAY: &str = r"[0-9]{4}-[0-9]{2}-[0-9]{2}";
const CHECKS: &str = "a list such as `[ not_null: [user_id, ts], relation: account ]`";

/// A single check may be written without a list around it.
const CHECKS_SHAPE: Shape = Shape::Either(&[Shape::List(&Shape::Map(&CHECK)), Shape::Map(&CHECK)]);

const FIELDS: &[Field] = &[
    Field::new("from", FieldType::Text, "its file, folder or pattern, relative to the project")
        .needed(),
    Field::new(
        "format",
        FieldType::Words(FORMATS),
        "the format, if the file extension does not say",
    ),
    Field::new(
        "csv",
        FieldType::Other("a map such as `{ separator: \";\", decimal: \",\" }`"),
        "how CSV files are written, where that is not found",
    )
    .shaped(Shape::Map(&csv::CSV)),
    Field::new(
        "xlsx",
        FieldType::Other("a map such as `{ sheet: Plan, skip_first: 2 }`"),
        "which sheet of workbooks is read, and what of it",
    )
    .shaped(Shape::Map(&csv::XLSX)),
    Field::new(
        "unpivot",
        FieldType::Other("a map such as `{ columns: '%b %Y', name: month, value: seats }`"),
        "columns that become rows, such as one for each month",
    )
    .shaped(Shape::Map(&unpivot::UNPIVOT)),
    Field::new("kind", FieldType::Words(KINDS), "what a row is; `attributes` if there is a `key`"),
    Field::new("key", FieldType::Names, "the column or columns that identify a row (attributes)"),
    Field::new("time", FieldType::Name, "the column that places a row in time (events, snapshots)"),
    Field::new("time_zone", FieldType::Text, "the zone of timestamps without one; UTC if absent"),
    Field::new("valid", FieldType::Other(VALID), "from when to when a row is true (histories)")
        .shaped(Shape::Pair(&Shape::Of(FieldType::Name))),
    Field::new(
        "entities",
        FieldType::Other("a map from entities to key columns"),
        "which members a row is about",
    )
    .shaped(Shape::Named(&Shape::Of(FieldType::Names))),
    Field::new(
        "columns",
        FieldType::Other("a map from names to columns"),
        "types, units, dimensions, computed columns",
    )
    .shaped(Shape::Named(&column::COLUMN_SHAPE)),
    Field::new(
        "where",
        FieldType::Expression,
        "which rows the project has, such as `not is_test`: the others are left out, and counted",
    ),
    Field::new(
        "unique",
        FieldType::Names,
        "columns that identify a row: duplicates are dropped, and counted",
    ),
    Field::new(
        "carry",
        FieldType::Other(LENGTH_OR_FOREVER),
        "how long a row stays true (snapshots)",
    )
    .shaped(LENGTH_OR_FOREVER_SHAPE),
    Field::new("optional", FieldType::Bool, "whether the project builds without the file"),
    Field::new("checks", FieldType::Other(CHECKS), "what must be true of the data")
        .shaped(CHECKS_SHAPE),
    Field::new(
        "freshness",
        FieldType::Other("a map `{ warn_after, error_after }`"),
        "how old the newest row may be",
    )
    .shaped(Shape::Map(&FRESHNESS)),
    Field::new(
        "complete_from",
        FieldType::Other("a day such as `2026-01-01`"),
        "the first day from which no row is missing; that of the first row if absent",
    )
    .shaped(Shape::Matching(DAY)),
    Field::new(
        "complete_until",
        FieldType::Other("a day such as `2026-03-31`, or `as_of`"),
        "the last day up to which no row is missing; that of the as-of if absent",
    )
    .shaped(Shape::Either(&[Shape::Of(FieldType::Words(&["as_of"])), Shape::Matching(DAY)])),
    Field::new(
        "unmatched_keys",
        FieldType::Other("a share such as `10%`"),
        "the share of keys that may lead to no row without a warning; `5%` if absent",
    )
    .shaped(Shape::Matching(r"(100|[0-9]{1,2})(\.[0-9]+)?\s*%")),
];

pub(super) static DATASET: Kind = Kind { name: "a dataset", fields: &[FIELDS, meta::FIELDS] };

pub(super) static FRESHNESS: Kind = Kind {
    name: "`freshness`",
    fields: &[&[
        Field::new("warn_after", FieldType::Duration, "the age that is a warning"),
        Field::new("error_after", FieldType::Duration, "the age that is an error"),
    ]],
};

pub(super) static CHECK: Kind = Kind {
    name: "a check",
    fields: &[&[
        Field::new("not_null", FieldType::Names, "columns that always have a value"),
        Field::new("unique", FieldType::Names, "columns that identify a row"),
        Field::new(
            "accepted",
            FieldType::Other("a map from columns to lists of values"),
            "the values that a column may have",
        )
        .shaped(Shape::Keyed(&Shape::Of(FieldType::Names))),
        Field::new("relation", FieldType::Name, "the entity whose members all rows name"),
        Field::new(
            "severity",
            FieldType::Words(SEVERITIES),
            "whether a row that breaks it stops the build",
        ),
    ]],
};

pub(super) fn dataset(decoder: &mut Decoder<'_>, entry: &Entry) -> Option<DatasetSpec> {
    decoder.check_name("a dataset", &entry.key);
    let fields = Fields::open(decoder, &entry.key.node, &entry.value, &DATASET)?;
    let unpivot = unpivot::unpivot(decoder, &fields);
    let mut columns = match fields.get(decoder, "columns") {
        Some(node) => column::columns(decoder, node),
        None => Vec::new(),
    };
    let mut condition = decoder.expression(&fields, "where");
    if let Some(unpivot) = &unpivot {
        condition = Some(unpivot::add_to(&unpivot.node, &mut columns, condition));
    }
    let spec = DatasetSpec {
        name: entry.key.clone(),
        span: entry.span(),
        meta: meta::meta(decoder, &fields),
        from: decoder.text(&fields, "from"),
        format: format(decoder, &fields),
        csv: csv::csv(decoder, &fields),
        xlsx: csv::xlsx(decoder, &fields),
        unpivot,
        kind: decoder.word(&fields, "kind"),
        key: decoder.names(&fields, "key"),
        time: decoder.text(&fields, "time"),
        time_zone: decoder.text(&fields, "time_zone"),
        valid: valid(decoder, &fields),
        entities: entities(decoder, &fields),
        columns,
        condition,
        unique: decoder.names(&fields, "unique"),
        carry: length_or_forever(decoder, &fields, "carry"),
        optional: decoder.bool(&fields, "optional"),
        checks: checks(decoder, &fields),
        freshness: freshness(decoder, &fields),
        complete_from: decoder.text(&fields, "complete_from"),
        complete_until: decoder.text(&fields, "complete_until"),
        unmatched_keys: decoder.text(&fields, "unmatched_keys"),
    };
    // A `from:` that can't be read was reported; without it there is no dataset.
    (spec.from.is_some() || fields.lacks("from")).then_some(spec)
}

/// The format; one that there is none of is reported and kept as it is written, so that nothing is guessed in its place.
fn format(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<Spanned<String>> {
    let known = decoder.word(fields, "format");
    known.or_else(|| match fields.get(decoder, "format") {
        Some(Node { kind: NodeKind::Scalar(scalar), span, .. }) => {
            Some(Spanned::new(scalar.text.clone(), *span))
        }
        _ => None,
    })
}

fn valid(
    decoder: &mut Decoder<'_>,
    fields: &Fields<'_>,
) -> Option<Spanned<(Spanned<String>, Spanned<String>)>> {
    let node = fields.get(decoder, "valid")?;
    let (from, to) = decoder.pair("valid", VALID, node)?;
    let (from, to) = (decoder.scalar("valid", VALID, from), decoder.scalar("valid", VALID, to));
    Some(Spanned::new((from?, to?), node.span))
}

fn entities(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Vec<EntityKeySpec> {
    let Some(node) = fields.get(decoder, "entities") else { return Vec::new() };
    let entries = decoder.entries("entities", "a map from entities to key columns", node);
    entries
        .iter()
        .map(|Entry { key, value }| EntityKeySpec {
            entity: key.clone(),
            columns: decoder.names_of(&key.node, value),
        })
        .filter(|spec| !spec.columns.is_empty())
        .collect()
}

/// A length of time, or all of it.
pub(super) fn length_or_forever(
    decoder: &mut Decoder<'_>,
    fields: &Fields<'_>,
    name: &str,
) -> Option<Spanned<CarrySpec>> {
    let node = fields.get(decoder, name)?;
    if let NodeKind::Scalar(scalar) = &node.kind
        && scalar.text == "forever"
    {
        return Some(Spanned::new(CarrySpec::Forever, node.span));
    }
    decoder.duration_of(name, node).map(|duration| duration.map(CarrySpec::For))
}

fn freshness(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<Spanned<FreshnessSpec>> {
    let node = fields.get(decoder, "freshness")?;
    let inner = Fields::open(decoder, "freshness", node, &FRESHNESS)?;
    let spec = FreshnessSpec {
        warn_after: decoder.duration(&inner, "warn_after"),
        error_after: decoder.duration(&inner, "error_after"),
    };
    Some(Spanned::new(spec, node.span))
}

fn checks(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Vec<CheckSpec> {
    let Some(node) = fields.get(decoder, "checks") else { return Vec::new() };
    match &node.kind {
        NodeKind::List(items) => items.iter().flat_map(|item| check(decoder, item)).collect(),
        // A single check may be written without a list around it.
        NodeKind::Map(_) => check(decoder, node),
        NodeKind::Null | NodeKind::Scalar(_) | NodeKind::Error => {
            decoder.wrong_type("checks", CHECKS, node);
            Vec::new()
        }
    }
}

fn check(decoder: &mut Decoder<'_>, node: &Node) -> Vec<CheckSpec> {
    let Some(fields) = Fields::open(decoder, "checks", node, &CHECK) else { return Vec::new() };
    let severity = decoder.word(&fields, "severity");
    let mut kinds = Vec::new();
    let not_null = decoder.names(&fields, "not_null");
    if !not_null.is_empty() {
        kinds.push(CheckKind::NotNull(not_null));
    }
    let unique = decoder.names(&fields, "unique");
    if !unique.is_empty() {
        kinds.push(CheckKind::Unique(unique));
    }
    if let Some(accepted) = fields.get(decoder, "accepted") {
        for Entry { key, value } in
            decoder.entries("accepted", "a map from columns to lists of values", accepted)
        {
            let values = decoder.names_of(&key.node, value);
            kinds.push(CheckKind::Accepted { column: key.clone(), values });
        }
    }
    if let Some(relation) = decoder.text(&fields, "relation") {
        kinds.push(CheckKind::Relation(relation));
    }
    if kinds.is_empty()
        && matches!(&node.kind, NodeKind::Map(entries) if entries.iter().all(|e| e.key.node == "severity"))
    {
        decoder.diagnostics.push(
            Diagnostic::error(
                codes::MISSING_FIELD,
                node.span,
                "this check does not say what must be true",
            )
            .help("keep them together in braces: `{ not_null: [user_id], severity: warn }`"),
        );
    }
    kinds
        .into_iter()
        .map(|kind| CheckSpec { span: node.span, kind, severity: severity.clone() })
        .collect()
}
