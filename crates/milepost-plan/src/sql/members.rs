//! What members are called: labels, with keys behind those that are not enough.

use milepost_semantics::model::{ColumnId, DatasetId, MemberName, Model, QUOTED_FOR, Type};

use super::row::Scope;
use super::text::{ident, string};

/// What a member without a label is called where its key is personal data.
const NO_NAME: &str = "(no name)";

/// The home's rows (of which `rows` selects all columns) with one column more: what each member is called. `keep_key`: and
/// its key, as names have it.
pub fn named_rows_sql(
    model: &Model,
    home: DatasetId,
    column: ColumnId,
    (rows, names): (&str, &str),
    keep_key: bool,
) -> String {
    let dataset = &model[home];
    let own = ident(&dataset[column].name);
    let key = key_of(model, home, column).into_iter().enumerate();
    let on: Vec<String> =
        key.map(|(i, part)| format!("n._k{i} = h.{}", ident(&dataset[part].name))).collect();
    let key = if keep_key { ", n._key" } else { "" };
    format!(
        "SELECT h.*, n._name AS {own}{key}\n  FROM ({rows}) AS h LEFT JOIN {names} AS n ON {}",
        on.join(" AND ")
    )
}

/// One row per member: the parts of its key (`_k0`, …), what it is called (`_name`), and its key as names have it
/// (`_key`).
pub fn names_sql(model: &Model, home: DatasetId, column: ColumnId, name: MemberName) -> String {
    let members = members_sql(model, home, column, name);
    let whole = "_label || ' (' || _key || ')'";
    // A label that is the key of another member would be taken for it.
    let (other_key, is_other) = if name.is_numbered {
        (String::new(), "")
    } else {
        let join = format!(
            "\n    LEFT JOIN (SELECT _key FROM ({members}) AS m) AS k ON k._key = m._label AND k._key <> m._key"
        );
        (join, " OR k._key IS NOT NULL")
    };
    let keys = key_of(model, home, column).into_iter().enumerate();
    let keys = keys.fold(String::new(), |list, (i, _)| list + &format!("m._k{i}, "));
    format!(
        "SELECT {keys}m._key,\n    CASE WHEN m._n > 1{is_other} OR w._whole IS NOT NULL THEN m._label || ' (' || m._key || ')' ELSE m._label END AS _name\n    FROM (SELECT m.*, count(*) OVER (PARTITION BY m._label) AS _n FROM ({members}) AS m) AS m{other_key}\n    LEFT JOIN (SELECT {whole} AS _whole FROM ({members}) AS m) AS w ON w._whole = m._label"
    )
}

/// One row per member: the parts of its key, its label, and its key as one text.
fn members_sql(model: &Model, home: DatasetId, column: ColumnId, name: MemberName) -> String {
    let mut scope = Scope::new(model, home);
    let label = format!("CAST({} AS VARCHAR)", scope.column(&[], home, name.label));
    let (mut columns, mut texts) = (Vec::new(), Vec::new());
    let mut present = Vec::new();
    for (i, part) in key_of(model, home, column).into_iter().enumerate() {
        let sql = scope.column(&[], home, part);
        texts.push(key_text(&sql, model[home][part].ty));
        present.push(format!("{sql} IS NOT NULL"));
        columns.push(format!("{sql} AS _k{i}"));
    }
    let (label, key) = if name.is_numbered {
        let label = format!("coalesce({label}, {})", string(NO_NAME));
        let parts: Vec<String> = (0..columns.len()).map(|i| format!("_k{i}")).collect();
        (
            label,
            format!(
                "CAST(row_number() OVER (PARTITION BY _label ORDER BY {}) AS VARCHAR)",
                parts.join(", ")
            ),
        )
    } else {
        let key = texts.join(" || ', ' || ");
        columns.push(format!("{key} AS _key"));
        (format!("coalesce({label}, {key})"), "_key".to_owned())
    };
    columns.push(format!("{label} AS _label"));
    let parts = (0..texts.len()).fold(String::new(), |list, i| list + &format!("_k{i}, "));
    format!(
        "SELECT {parts}_label, {key} AS _key FROM (SELECT {} FROM {} WHERE {}) AS t",
        columns.join(", "),
        scope.tables(),
        present.join(" AND ")
    )
}

/// The columns of the home that are the key.
fn key_of(model: &Model, home: DatasetId, column: ColumnId) -> Vec<ColumnId> {
    let milepost_semantics::model::ColumnSource::MemberName(name) = model[home][column].source
    else {
        return Vec::new();
    };
    model[home].entity_key(name.entity).expect("members stand in rows that have their key").to_vec()
}

/// A part of a key as text, in quotes where two keys could be written alike without.
fn key_text(sql: &str, ty: Type) -> String {
    let plain = format!("CAST({sql} AS VARCHAR)");
    if ty != Type::Text {
        return plain;
    }
    let odd: Vec<String> =
        QUOTED_FOR.iter().map(|sign| format!("contains({sql}, {})", string(sign))).collect();
    format!(
        "CASE WHEN {} THEN '''' || replace({sql}, '''', '''''') || '''' ELSE {plain} END",
        odd.join(" OR ")
    )
}
