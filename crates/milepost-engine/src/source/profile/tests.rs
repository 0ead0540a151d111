use std::fs;

use milepost_semantics::model::{Csv, Type};
use milepost_syntax::span::{SourceId, Span};

use super::*;

fn at(pattern: &str) -> Location {
    Location { pattern: pattern.to_owned(), ..Location::nowhere(Span::new(SourceId(0), 0, 0)) }
}

/// What one file holds.
#[expect(clippy::disallowed_methods, reason = "the tests write the files that are read")]
fn of(name: &str, bytes: &[u8], threads: usize) -> Result<Profile, Box<Diagnostic>> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    profile(folder.path(), &at(name), threads)
}

fn best(profile: &Profile, column: &str) -> Option<(Type, Option<String>, u64)> {
    let found = profile.columns.iter().find(|found| found.name == column).unwrap();
    let fit = found.fits.first()?;
    Some((fit.reading.ty, fit.reading.format.clone(), fit.bad))
}

#[test]
fn all_rows_are_looked_at() {
    let rows = (0..50_000).map(|n| match n {
        40_000 => "40000,oops\n".to_owned(),
        n => format!("{n},{:02}.03.2026\n", n % 28 + 1),
    });
    let text = rows.fold("id,day\n".to_owned(), |text, row| text + &row);
    for threads in [1, 2] {
        let found = of("a.csv", text.as_bytes(), threads).unwrap();
        assert_eq!(found.rows, 50_000);
        assert_eq!(best(&found, "id"), Some((Type::Integer, None, 0)));
        let day = Some("%d.%m.%Y".to_owned());
        assert_eq!(best(&found, "day"), Some((Type::Date, day, 1)));
        assert!(found.columns[0].distinct.is_unique() && !found.columns[1].distinct.is_unique());
        assert_eq!(found.columns[0].distinct.len(), 50_000);
    }
}

#[test]
fn what_a_text_needs_to_be_read_is_found() {
    let plain = of("a.csv", b"a;b\n1;2\n", 1).unwrap();
    assert_eq!(
        (plain.csv, plain.written.as_deref()),
        (Csv::default(), Some("semicolons between values"))
    );
    let western = of("a.csv", b"id;name\n1;M\xfcller\n", 1).unwrap();
    assert_eq!(western.csv.encoding.as_deref(), Some("windows-1252"));
    let titled =
        of("a.csv", b"Customers of May\nid,name,plan\n1,a,pro\n2,b,pro\nTotal: 2\n", 1).unwrap();
    assert_eq!((titled.csv.skip_first, titled.csv.skip_last, titled.rows), (1, 1, 2));
    let both = of("a.csv", b"Stra\xdfen\nid;name\n1;M\xfcller\n", 1).unwrap();
    assert_eq!((both.csv.skip_first, both.csv.encoding.as_deref()), (1, Some("windows-1252")));
    // Nothing helps: what is wrong with the file as it is.
    let told = of("a.csv", b"a,b\n1\n2,3,4\n5\n", 1).unwrap_err();
    assert!(told.primary.unwrap().message.contains("line 2"));
    assert!(of("a.csv", b"", 1).is_err());
}

#[test]
fn other_formats_have_their_types() {
    let text =
        b"{\"id\": 7, \"at\": \"2026-03-31T10:00:00Z\", \"ok\": true, \"more\": {\"x\": 1}}\n";
    let found = of("a.ndjson", text, 1).unwrap();
    let ty = |name: &str| found.columns.iter().find(|column| column.name == name).unwrap().ty;
    assert_eq!((ty("id"), ty("at"), ty("ok")), (Some(Type::Integer), None, Some(Type::Boolean)));
    assert_eq!(best(&found, "at"), Some((Type::Timestamp, None, 0)));
    assert_eq!(ty("more.x"), Some(Type::Integer));
    assert!(found.refused.is_empty());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the tests write the files that are read")]
fn columns_are_unique_together_over_all_files() {
    let folder = tempfile::tempdir().unwrap();
    for (day, rows) in [("2026-01-01", "A,1\nB,1\n"), ("2026-01-02", "A,2\nB,1\nB,3\n")] {
        let place = folder.path().join(format!("p/day={day}"));
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join("x.csv"), format!("who,seats\n{rows}")).unwrap();
    }
    let unique =
        |columns: &[&str]| sketch(folder.path(), &at("p/"), columns, 2).unwrap().is_unique();
    assert!(!unique(&["day", "who"]) && unique(&["day", "who", "seats"]));
    let names = column_names(folder.path(), &at("p/")).unwrap();
    assert_eq!(names, ["who", "seats", "day"]);
}
