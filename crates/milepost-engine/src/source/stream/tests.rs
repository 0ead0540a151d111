//! Files as they come: what a stream gives is what memory gives, and what is wrong with a file is told with its place.

#![expect(clippy::disallowed_methods, reason = "the tests write the files that are read")]

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, DictionaryArray, Float64Array, Int64Array, LargeStringArray, RecordBatch,
    StringArray, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use arrow::datatypes::Int8Type;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::reader::{FileReader, SerializedFileReader};

use milepost_semantics::model::{DatasetId, MetricId, Model};
use milepost_semantics::time::{AsOf, Instant};
use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics, Severity};
use milepost_syntax::source::SourceMap;

use crate::request::Request;
use crate::results::Series;
use crate::{Engine, EngineError};

const DAY: i64 = 86_400_000_000;
/// 2026-01-01.
const NEW_YEAR: i64 = 20_454 * DAY;

const SPEC: &str = "
entities:
  person: { key: id, lives: always }
datasets:
  logins:
    from: data/
    kind: events
    time: at
    entities: { person: id }
    columns: { id: integer, seen: timestamp, x: number, name: { type: text, dimension: name } }
metrics:
  all: { value: count(logins) }
  bobs: { value: count(logins where name = 'Bob') }
  names: { value: count(distinct logins.name) }
  people: { value: count(distinct logins.id where x > 1) }
  amount: { value: sum(logins.x) }
  middle: { value: median(logins.x) }
  some_n: { value: count(logins where name contains 'n') }
  latest: { value: last(logins.x ever) }
  recent: { value: count(distinct logins.name over 10 days where x > 2) }
  persons: { value: count(person) }
  by_seen: { value: count(logins on seen) }
";

/// The rows of a file.
struct Columns {
    id: ArrayRef,
    at: ArrayRef,
    seen: ArrayRef,
    name: ArrayRef,
    x: ArrayRef,
}

fn instants(values: Vec<Option<i64>>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC"))
}

impl Columns {
    /// So many rows, six hours apart from that day of 2026 on.
    fn new(rows: i64, from_day: i64) -> Self {
        let at = |i: i64| NEW_YEAR + from_day * DAY + i * DAY / 4;
        let text = |i: i64| (i % 7 != 3).then(|| ["Ann", "Bob", "Cem"][(i % 3) as usize]);
        Self {
            id: Arc::new((0..rows).map(|i| (i % 5 != 4).then_some(i % 11)).collect::<Int64Array>()),
            at: instants((0..rows).map(|i| Some(at(i))).collect()),
            seen: instants(
                (0..rows).map(|i| (i % 4 != 1).then(|| at(i) + (i % 5 - 3) * DAY)).collect(),
            ),
            name: Arc::new((0..rows).map(text).collect::<StringArray>()),
            x: Arc::new((0..rows).map(|i| Some(i as f64 / 4.0)).collect::<Float64Array>()),
        }
    }

    fn batch(self, without: &[&str]) -> RecordBatch {
        let all = [
            ("id", self.id),
            ("at", self.at),
            ("seen", self.seen),
            ("name", self.name),
            ("x", self.x),
        ];
        let kept = all.into_iter().filter(|(name, _)| !without.contains(name));
        RecordBatch::try_from_iter_with_nullable(kept.map(|(n, array)| (n, array, true))).unwrap()
    }
}

fn layout() -> WriterPropertiesBuilder {
    WriterProperties::builder().set_max_row_group_row_count(Some(40))
}

/// A project in a folder.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        Self { folder }
    }

    fn of(columns: Columns, layout: WriterPropertiesBuilder) -> Self {
        Self::new().with("a", &columns.batch(&[]), layout)
    }

    fn with(self, name: &str, batch: &RecordBatch, layout: WriterPropertiesBuilder) -> Self {
        let file = File::create(self.path(name)).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(layout.build())).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
        self
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(format!("data/{name}.parquet"))
    }

    /// What the metrics are, and whether the rows were streamed; or what was told.
    fn ask(
        &self,
        from_rows: u64,
        as_of: Option<i64>,
    ) -> Result<(bool, Vec<Series>), Box<Diagnostic>> {
        self.ask_after(from_rows, as_of, |_| {})
    }

    /// The same with a change of the folder after the data was opened.
    fn ask_after(
        &self,
        from_rows: u64,
        as_of: Option<i64>,
        change: impl Fn(&Path),
    ) -> Result<(bool, Vec<Series>), Box<Diagnostic>> {
        let engine = Engine::with_partitions(self.folder.path(), 2).unwrap();
        let engine = engine.streaming_from(from_rows);
        let mut diagnostics = Diagnostics::default();
        let Some(model) = model(&engine, &mut diagnostics) else { return Err(first(&diagnostics)) };
        let mut asked: Vec<Request> =
            (0..model.metrics.len()).map(|i| Request::total(&model, MetricId(i))).collect();
        let name = model.dimension("name").unwrap();
        let has_names = |total: &&Request| {
            let mut all = true;
            model[total.metric]
                .each_aggregate(&mut |a| all &= model[a.dataset].reach.contains_key(&name));
            all
        };
        let by = asked.iter().filter(has_names);
        let by = by.map(|total| Request { by: vec![name], ..total.clone() });
        asked.extend(by.collect::<Vec<_>>());
        let as_of = as_of.map(|end| AsOf { end: Instant(end) });
        let Some(data) = engine.open(&model, as_of, &asked, false, &mut diagnostics) else {
            return Err(first(&diagnostics));
        };
        change(self.folder.path());
        match engine.run(&model, &data, &asked) {
            Ok(series) => Ok((data.is_streamed(DatasetId(0)), series)),
            Err(EngineError::Told(told)) => Err(told),
            Err(other) => panic!("{other:?}"),
        }
    }

    /// The stream gives what memory gives.
    fn same(&self, as_of: Option<i64>, is_streamed: bool) {
        let memory = self.ask(u64::MAX, as_of).unwrap();
        let stream = self.ask(0, as_of).unwrap();
        assert_eq!((memory.0, stream.0), (false, is_streamed));
        assert_eq!(memory.1, stream.1);
    }

    /// What is told by the stream, if anything is.
    fn told(&self, as_of: Option<i64>) -> Option<(String, String)> {
        let told = self.ask(0, as_of).err()?;
        assert!(told.primary.is_some(), "{told:#?} has no place");
        Some((told.code.to_string(), told.message))
    }

    fn change(&self, name: &str, change: impl Fn(&mut Vec<u8>)) {
        let mut bytes = std::fs::read(self.path(name)).unwrap();
        change(&mut bytes);
        std::fs::write(self.path(name), bytes).unwrap();
    }
}

fn first(diagnostics: &Diagnostics) -> Box<Diagnostic> {
    let errors = |d: &&Diagnostic| d.severity == Severity::Error;
    Box::new(diagnostics.sorted().into_iter().find(errors).unwrap().clone())
}

fn model(engine: &Engine, diagnostics: &mut Diagnostics) -> Option<Model> {
    let mut sources = SourceMap::default();
    let main = sources.add("milepost.yaml", "project: stream\nedition: 2026\nhistory: 4 months\n");
    let spec = sources.add("specs/a.yaml", SPEC);
    let mut package = Package {
        project: milepost_syntax::parse_project(sources.get(main), diagnostics),
        ..Package::default()
    };
    milepost_syntax::parse_spec(sources.get(spec), &mut package, diagnostics);
    let schemas = engine.schemas(&milepost_semantics::data_needs(&package), diagnostics);
    milepost_semantics::analyze(&package, &sources, &schemas, diagnostics)
}

fn unreadable(file: &str) -> (String, String) {
    let message =
        format!("`data/{file}.parquet` can't be read as a Parquet file (dataset `logins`)");
    ("data-unreadable".to_owned(), message)
}

#[test]
fn every_cut_gives_what_memory_gives() {
    let project = Project::of(Columns::new(170, 0), layout()).with(
        "b",
        &Columns::new(100, 30).batch(&[]),
        layout(),
    );
    project.same(None, true);
    // In the middle of a row group, at its edges, before everything, after everything.
    for day in [-3, 0, 1, 10, 15, 20, 33, 55, 90] {
        for hours in [0, 1] {
            project.same(Some(NEW_YEAR + day * DAY + hours * DAY / 24), true);
        }
    }
}

#[test]
fn texts_are_read_however_they_are_stored() {
    project_of_names(|names| names, layout().set_dictionary_enabled(false));
    // Dictionaries that give way to plain values in the middle of a row group.
    let small = layout().set_dictionary_page_size_limit(8).set_data_page_row_count_limit(7);
    project_of_names(|names| names, small.set_write_batch_size(5));
    let wide = |names: ArrayRef| arrow::compute::cast(&names, &large()).unwrap();
    project_of_names(wide, layout());
    let narrow = |names: ArrayRef| {
        let texts = arrow::array::AsArray::as_string::<i32>(&names);
        Arc::new(texts.iter().collect::<DictionaryArray<Int8Type>>()) as ArrayRef
    };
    project_of_names(narrow, layout());
    let nulls = |names: ArrayRef| arrow::array::new_null_array(names.data_type(), names.len());
    project_of_names(nulls, layout());
}

fn large() -> arrow::datatypes::DataType {
    use arrow::array::Array;
    LargeStringArray::from(vec![""]).data_type().clone()
}

fn project_of_names(change: impl Fn(ArrayRef) -> ArrayRef, layout: WriterPropertiesBuilder) {
    let mut columns = Columns::new(170, 0);
    columns.name = change(columns.name);
    let project = Project::of(columns, layout);
    project.same(None, true);
    project.same(Some(NEW_YEAR + 12 * DAY), true);
}

#[test]
fn files_may_lack_columns_and_differ_in_types() {
    for missing in ["name", "x", "id", "seen"] {
        let project = Project::of(Columns::new(60, 0), layout()).with(
            "b",
            &Columns::new(100, 5).batch(&[missing]),
            layout(),
        );
        project.same(None, true);
    }
    let mut other = Columns::new(90, 3);
    other.x = Arc::new((0..90).map(Some).collect::<Int64Array>());
    let project = Project::of(Columns::new(60, 0), layout()).with("b", &other.batch(&[]), layout());
    project.same(None, true);
}

#[test]
fn times_of_other_precision_or_without_a_zone_are_the_same_times() {
    let mut columns = Columns::new(90, 0);
    let nanos = (0..90).map(|i| Some((NEW_YEAR + i * DAY / 4) * 1_000 + 999));
    columns.at = Arc::new(
        TimestampNanosecondArray::from(nanos.collect::<Vec<_>>()).with_timezone("Asia/Kolkata"),
    );
    columns.seen = Arc::new(TimestampMicrosecondArray::from(vec![Some(NEW_YEAR); 90]));
    let project = Project::of(columns, layout());
    project.same(None, true);
    project.same(Some(NEW_YEAR + 12 * DAY + 1), true);
}

#[test]
fn rows_without_a_time_count_where_they_count_in_memory() {
    let mut columns = Columns::new(170, 0);
    let time = |i: i64| (i % 6 != 2).then_some(NEW_YEAR + i * DAY / 4);
    columns.at = instants((0..170).map(time).collect());
    let project = Project::of(columns, layout());
    for as_of in [None, Some(NEW_YEAR - DAY), Some(NEW_YEAR + 9 * DAY)] {
        project.same(as_of, true);
    }
    // No footer tells where a row group without any time begins.
    let mut columns = Columns::new(80, 0);
    columns.at = instants((0..80).map(|i| (i >= 40).then_some(NEW_YEAR + i * DAY)).collect());
    Project::of(columns, layout()).same(None, false);
}

#[test]
fn footers_that_tell_no_times_leave_the_rows_to_memory() {
    let silent = layout().set_statistics_enabled(EnabledStatistics::None);
    Project::of(Columns::new(90, 0), silent).same(None, false);
    let silent = layout().set_statistics_enabled(EnabledStatistics::None);
    let project = Project::of(Columns::new(90, 0), layout()).with(
        "b",
        &Columns::new(90, 0).batch(&[]),
        silent,
    );
    project.same(Some(NEW_YEAR + 8 * DAY), false);
}

#[test]
fn nothing_is_as_much_in_a_stream() {
    let empty = Project::of(Columns::new(0, 0), layout());
    empty.same(Some(NEW_YEAR), true);
    let told = empty.ask(0, None).unwrap_err();
    assert_eq!(told.code.to_string(), "as-of-invalid");
    let half = Project::of(Columns::new(0, 0), layout()).with(
        "b",
        &Columns::new(50, 0).batch(&[]),
        layout(),
    );
    half.same(None, true);
    half.same(Some(NEW_YEAR - 400 * DAY), true);
}

#[test]
fn a_value_that_is_no_number_is_told_with_its_row() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut columns = Columns::new(170, 0);
        let x = |i: i64| if i == 97 { bad } else { 1.0 };
        columns.x = Arc::new((0..170).map(|i| Some(x(i))).collect::<Float64Array>());
        let project = Project::of(columns, layout());
        let message = "a number is NaN or infinite (column `x`, row 98 of `data/a.parquet`)";
        let expected = ("not-finite".to_owned(), message.to_owned());
        assert_eq!(project.told(None).as_ref(), Some(&expected));
        let memory = project.ask(u64::MAX, None).unwrap_err();
        assert_eq!((memory.code.to_string(), memory.message), expected);
    }
}

#[test]
fn a_time_that_no_calendar_has_is_told_with_its_row() {
    for (n, column) in [(50, "seen"), (97, "seen"), (97, "at")] {
        let mut columns = Columns::new(170, 0);
        let far =
            |i: i64| if i == n { 300_000_000_000 * 1_000_000 } else { NEW_YEAR + i * DAY / 4 };
        let times = instants((0..170).map(|i| Some(far(i))).collect());
        if column == "at" {
            columns.at = times;
        } else {
            columns.seen = times;
        }
        let project = Project::of(columns, layout());
        let told = project.told(None).unwrap();
        let place = format!("(column `{column}`, row {} of `data/a.parquet`)", n + 1);
        assert_eq!(told.0, "date-out-of-range");
        assert!(told.1.ends_with(&place), "{} does not end with {place}", told.1);
        let memory = project.ask(u64::MAX, None).unwrap_err();
        assert_eq!((memory.code.to_string(), memory.message), told);
    }
}

/// The places of the chunks of a file: row group, column, its bytes.
fn chunks(path: &Path) -> Vec<(usize, usize, std::ops::Range<usize>)> {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let mut list = Vec::new();
    for (g, group) in reader.metadata().row_groups().iter().enumerate() {
        for (c, column) in group.columns().iter().enumerate() {
            let (start, length) = column.byte_range();
            let start = usize::try_from(start).unwrap();
            list.push((g, c, start..start + usize::try_from(length).unwrap()));
        }
    }
    list
}

/// Garbage is told where it can be seen; plain numbers may be any, and never bring anything down.
#[test]
fn garbage_in_place_of_pages_is_told() {
    let zstd = Compression::ZSTD(ZstdLevel::default());
    for compression in [zstd, Compression::UNCOMPRESSED] {
        for byte in [0x00, 0x15, 0xAA, 0xFF] {
            let project = || {
                let written = layout().set_compression(compression);
                Project::of(Columns::new(90, 0), written)
            };
            let places = chunks(&project().path("a"));
            for (group, column, place) in places.into_iter().filter(|(g, ..)| *g == 1) {
                let project = project();
                project.change("a", |bytes| bytes[place.clone()].fill(byte));
                let told = project.told(None);
                let what = format!("{compression} {byte:x}: group {group}, column {column}");
                assert_eq!(told, Some(unreadable("a")), "{what}");
                let memory = project.ask(u64::MAX, None).unwrap_err();
                assert_eq!((memory.code.to_string(), memory.message), unreadable("a"), "{what}");
            }
        }
        // Only what follows the first bytes of each chunk: headers are right, and their values are not.
        for after in [20, 30, 50, 70] {
            let written = layout().set_compression(compression);
            let project = Project::of(Columns::new(90, 0), written);
            for (_, _, place) in chunks(&project.path("a")) {
                let from = (place.start + after).min(place.end);
                project.change("a", |bytes| bytes[from..place.end].fill(0xAA));
            }
            _ = project.told(None);
            _ = project.told(Some(NEW_YEAR + 3 * DAY));
            _ = project.ask(u64::MAX, None);
        }
    }
}

#[test]
fn a_file_that_lost_its_middle_is_told() {
    let project = Project::of(Columns::new(170, 0), layout());
    project.change("a", |bytes| _ = bytes.drain(100..bytes.len() / 2));
    assert_eq!(project.told(None), Some(unreadable("a")));
    assert_eq!(project.told(Some(NEW_YEAR + 3 * DAY)), Some(unreadable("a")));
    let project = Project::of(Columns::new(170, 0), layout());
    project.change("a", |bytes| bytes.truncate(bytes.len() / 2));
    assert_eq!(project.told(None), Some(unreadable("a")));
}

#[test]
fn files_that_change_while_they_are_read_are_told() {
    for change in ["removed", "cut", "emptied", "other"] {
        let project = Project::of(Columns::new(170, 0), layout());
        let told = project.ask_after(0, None, |folder| {
            let path = folder.join("data/a.parquet");
            match change {
                "removed" => std::fs::remove_file(path).unwrap(),
                "cut" => File::options().write(true).open(path).unwrap().set_len(900).unwrap(),
                "emptied" => std::fs::write(path, "").unwrap(),
                _ => std::fs::write(path, vec![b'x'; 90_000]).unwrap(),
            }
        });
        let told = told.unwrap_err();
        let what = if change == "removed" {
            "is gone since its columns were read"
        } else {
            "changed while it was read"
        };
        let message = format!("`data/a.parquet` {what} (dataset `logins`)");
        let expected = ("data-unreadable".to_owned(), message);
        assert_eq!((told.code.to_string(), told.message), expected, "{change}");
    }
}

/// The footer with other times than the rows have.
fn lie(bytes: &mut [u8], from: i64, to: i64) {
    let end = bytes.len() - 8;
    let length = u32::from_le_bytes(bytes[end..end + 4].try_into().unwrap()) as usize;
    let footer = &mut bytes[end - length..end];
    let mut found = 0;
    for i in 0..footer.len() - 7 {
        if footer[i..i + 8] == from.to_le_bytes() {
            footer[i..i + 8].copy_from_slice(&to.to_le_bytes());
            found += 1;
        }
    }
    assert!(found > 0, "no footer tells {from}");
}

#[test]
fn a_footer_with_other_times_than_its_rows_is_told() {
    let last = NEW_YEAR + 39 * DAY / 4;
    for (truth, told) in [(last, last - DAY), (NEW_YEAR, NEW_YEAR + DAY)] {
        let project = Project::of(Columns::new(90, 0), layout());
        project.change("a", |bytes| lie(bytes, truth, told));
        assert_eq!(project.told(None), Some(unreadable("a")));
        assert_eq!(project.told(Some(NEW_YEAR + 8 * DAY)), Some(unreadable("a")));
    }
}
