//! Files that change, times of 96 bits, pages that inflate: what no page of the suites can hold.

#![expect(clippy::disallowed_methods, reason = "tests make the files that they read")]

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use parquet::arrow::ArrowWriter;
use parquet::data_type::{Int64Type, Int96, Int96Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use milepost_semantics::model::{DatasetId, MetricId, Model};
use milepost_semantics::time::{AsOf, Instant};
use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::{Diagnostics, Severity};
use milepost_syntax::source::SourceMap;

use crate::request::Request;
use crate::{Engine, EngineError};

const DAY: i64 = 86_400_000_000;
/// 2026-01-01.
const NEW_YEAR: i64 = 20_454 * DAY;

/// A project under way: its columns are known, its rows are not.
struct Known {
    engine: Engine,
    model: Model,
    asked: Vec<Request>,
}

/// What the metrics are in the last bucket, and whether the first dataset was streamed; or what was told.
type Answer = Result<(Vec<Option<f64>>, bool), (String, String)>;

impl Known {
    fn of(folder: &Path, spec: &str, stream_from: u64) -> Result<Self, (String, String)> {
        let engine = Engine::with_partitions(folder, 2).unwrap().streaming_from(stream_from);
        let mut diagnostics = Diagnostics::default();
        let mut sources = SourceMap::default();
        let main = sources.add("milepost.yaml", "project: p\nedition: 2026\nhistory: 1 month\n");
        let spec = sources.add("specs/a.yaml", spec);
        let mut package = Package {
            project: milepost_syntax::parse_project(sources.get(main), &mut diagnostics),
            ..Package::default()
        };
        milepost_syntax::parse_spec(sources.get(spec), &mut package, &mut diagnostics);
        let needs = milepost_semantics::data_needs(&package);
        let schemas = engine.schemas(&needs, &mut diagnostics);
        let model = milepost_semantics::analyze(&package, &sources, &schemas, &mut diagnostics);
        let Some(model) = model else { return Err(first(&diagnostics)) };
        let asked = (0..model.metrics.len()).map(|i| Request::total(&model, MetricId(i))).collect();
        Ok(Self { engine, model, asked })
    }

    fn run(&self, between: impl Fn()) -> Answer {
        let Self { engine, model, asked } = self;
        let mut diagnostics = Diagnostics::default();
        let as_of = Some(AsOf { end: Instant(NEW_YEAR + 31 * DAY) });
        let Some(data) = engine.open(model, as_of, asked, false, &mut diagnostics) else {
            return Err(first(&diagnostics));
        };
        between();
        match engine.run(model, &data, asked) {
            Ok(series) => {
                let last = |s: &crate::results::Series| {
                    s.rows[0].cells.last().and_then(|cell| cell.value.ok())
                };
                Ok((series.iter().map(last).collect(), data.is_streamed(DatasetId(0))))
            }
            Err(EngineError::Told(told)) => Err((told.code.to_string(), told.message)),
            Err(other) => panic!("{other:?}"),
        }
    }
}

fn first(diagnostics: &Diagnostics) -> (String, String) {
    let told = diagnostics.sorted().into_iter().find(|d| d.severity == Severity::Error).unwrap();
    (told.code.to_string(), told.message.clone())
}

fn answer(folder: &Path, spec: &str, stream_from: u64) -> Answer {
    Known::of(folder, spec, stream_from)?.run(|| {})
}

const EVENTS: &str = "
datasets:
  events: { from: data/, kind: events, time: at, columns: { at: timestamp } }
metrics:
  total: { value: sum(events.n) }
";

fn parquet(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)));
    let batch = batch.unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(2)).build();
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn at(n: usize) -> ArrayRef {
    let days = (0..).map(|i| NEW_YEAR + i * DAY).take(n).collect::<Vec<_>>();
    Arc::new(TimestampMicrosecondArray::from(days).with_timezone("UTC"))
}

fn numbers(values: Vec<f64>) -> ArrayRef {
    Arc::new(Float64Array::from(values))
}

fn events(path: &Path, column: &str) {
    parquet(path, vec![("at", at(4)), (column, numbers(vec![1.0, 2.0, 3.0, 4.0]))]);
}

#[test]
fn a_file_that_loses_a_column_is_told() {
    for (name, before, after) in [
        ("a.csv", "at,n\n2026-01-10T00:00:00Z,5\n", "at,m\n2026-01-10T00:00:00Z,5\n"),
        ("a.csv", "at,n\n2026-01-10T00:00:00Z,5\n", "n,at\n5,2026-01-10T00:00:00Z\n"),
        (
            "a.ndjson",
            "{\"at\": \"2026-01-10T00:00:00Z\", \"n\": 5}\n",
            "{\"at\": \"2026-01-10T00:00:00Z\", \"m\": 5}\n",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        let path = folder.path().join("data").join(name);
        std::fs::write(&path, before).unwrap();
        let known = Known::of(folder.path(), EVENTS, u64::MAX).unwrap();
        assert_eq!(known.run(|| {}), Ok((vec![Some(5.0)], false)), "{name}");
        // Another file of the same length takes its place, as careful writers do it.
        std::fs::write(folder.path().join("next"), after).unwrap();
        std::fs::rename(folder.path().join("next"), &path).unwrap();
        let message = format!("`data/{name}` changed while it was read (dataset `events`)");
        assert_eq!(known.run(|| {}), Err(("data-unreadable".to_owned(), message)));
    }
}

/// What is told, and what happens to the folder of the data.
type Change = (&'static str, fn(&Path));

#[test]
fn parquet_files_that_change_come_or_go_are_told() {
    for stream_from in [0, u64::MAX] {
        let changes: [Change; 3] = [
            ("`data/a.parquet` changed while it was read", |data| {
                events(&data.join("a.parquet"), "m");
            }),
            ("`data/a.parquet` is gone since its columns were read", |data| {
                std::fs::remove_file(data.join("a.parquet")).unwrap();
            }),
            ("`data/b.parquet` appeared while the other files were read", |data| {
                events(&data.join("b.parquet"), "n");
            }),
        ];
        for (what, change) in changes {
            let folder = tempfile::tempdir().unwrap();
            let data = folder.path().join("data");
            std::fs::create_dir(&data).unwrap();
            events(&data.join("a.parquet"), "n");
            let known = Known::of(folder.path(), EVENTS, stream_from).unwrap();
            assert_eq!(known.run(|| {}), Ok((vec![Some(10.0)], stream_from == 0)));
            change(&data);
            let told = ("data-unreadable".to_owned(), format!("{what} (dataset `events`)"));
            assert_eq!(known.run(|| {}), Err(told));
        }
    }
}

#[test]
fn a_stream_that_changes_after_it_was_opened_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let path = data.join("a.parquet");
    events(&path, "n");
    let known = Known::of(folder.path(), EVENTS, 0).unwrap();
    let message = "`data/a.parquet` changed while it was read (dataset `events`)".to_owned();
    let told = Err(("data-unreadable".to_owned(), message));
    assert_eq!(known.run(|| events(&path, "m")), told);
    // What is in memory is what it was.
    let known = Known::of(folder.path(), &EVENTS.replace("events.n", "events.m"), u64::MAX);
    assert_eq!(known.unwrap().run(|| events(&path, "n")), Ok((vec![Some(10.0)], false)));
}

/// Doubles of which some have more digits than those that come first.
#[test]
fn a_stream_of_doubles_has_the_digits_of_memory() {
    let spec = "
datasets:
  events: { from: data/, kind: events, time: at, columns: { n: decimal, t: decimal } }
metrics:
  total: { value: sum(events.n) }
  equal: { value: \"if(sum(events.n) = sum(events.t), 1, 0)\" }
  products: { value: sum(events.n * events.t) }
  least: { value: min(events.n) }
";
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let texts = |texts: [&str; 3]| Arc::new(StringArray::from(texts.to_vec())) as ArrayRef;
    parquet(
        &data.join("a.parquet"),
        vec![
            ("at", at(3)),
            ("n", numbers(vec![0.1, 0.2, 3.5e-12])),
            ("t", texts(["0.3", "0.000000000003", "0.0000000000005"])),
        ],
    );
    parquet(&data.join("b.parquet"), vec![("at", at(1)), ("n", numbers(vec![12.5]))]);
    let memory = answer(folder.path(), spec, u64::MAX).unwrap();
    let stream = answer(folder.path(), spec, 0).unwrap();
    assert_eq!((&memory.0, memory.1, stream.1), (&stream.0, false, true));
    let total = 12.800_000_000_003_5;
    assert_eq!(memory.0[..2], [Some(total), Some(0.0)]);
    assert_eq!(memory.0[3], Some(3.5e-12));
    // A value that is refused is told with its row by both.
    parquet(&data.join("b.parquet"), vec![("at", at(3)), ("n", numbers(vec![12.5, 1.0, 1e30]))]);
    let told = answer(folder.path(), spec, u64::MAX).unwrap_err();
    assert!(told.1.ends_with("(column `n`, row 3 of `data/b.parquet`)"), "{told:?}");
    assert_eq!(answer(folder.path(), spec, 0).unwrap_err().0, told.0);
}

#[test]
fn a_stream_refuses_fractions_of_integers_as_memory_does() {
    let spec = EVENTS.replace("at: timestamp", "n: integer");
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let path = data.join("a.parquet");
    parquet(&path, vec![("at", at(4)), ("n", numbers(vec![1.0, 2.0, 1.5, 1.0]))]);
    let message = "`1.5` is no integer (column `n`, row 3 of `data/a.parquet`)".to_owned();
    let told = Err(("column-type".to_owned(), message));
    assert_eq!(answer(folder.path(), &spec, u64::MAX), told);
    assert_eq!(answer(folder.path(), &spec, 0), told);
}

/// A day, counted from 1970, at midnight.
fn wide(day: i64) -> Int96 {
    let mut time = Int96::new();
    time.set_data(0, 0, u32::try_from(day + 2_440_588).unwrap());
    time
}

#[test]
fn times_of_96_bits_reach_beyond_2262_and_before_1677() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let schema =
        "message rows { required int64 at (TIMESTAMP(MICROS, true)); required int96 stop; }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let file = File::create(data.join("a.parquet")).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let times = [NEW_YEAR, NEW_YEAR + DAY, NEW_YEAR + 2 * DAY];
    column.typed::<Int64Type>().write_batch(&times, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    // 9999-12-30, 1500-01-01, 2026-01-20.
    let stops = [wide(2_932_895), wide(-171_662), wide(20_473)];
    column.typed::<Int96Type>().write_batch(&stops, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    let spec = "
datasets:
  events: { from: data/, kind: events, time: at, columns: { stop: { type: timestamp, planned: true } } }
metrics:
  far: { value: count(events where stop > 9000-01-01) }
  early: { value: count(events where stop < 1600-01-01) }
  near: { value: count(events where day(stop) = 2026-01-20) }
";
    for (stream_from, is_streamed) in [(u64::MAX, false), (0, true)] {
        let expected = Ok((vec![Some(1.0); 3], is_streamed));
        assert_eq!(answer(folder.path(), spec, stream_from), expected);
    }
}

/// A page of zeros is a few bytes in the file.
#[test]
fn a_page_that_inflates_beyond_the_limit_is_told() {
    use parquet::basic::{Compression, ZstdLevel};
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let text = "0".repeat(300 << 20);
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("at", at(1), true),
        ("n", numbers(vec![1.0]), true),
        ("name", Arc::new(StringArray::from(vec![text])) as ArrayRef, true),
    ]);
    let batch = batch.unwrap();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(parquet::file::properties::EnabledStatistics::Chunk)
        .set_statistics_truncate_length(Some(8))
        .build();
    let file = File::create(data.join("a.parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    assert!(std::fs::metadata(data.join("a.parquet")).unwrap().len() < 1 << 20);
    // Columns that are not read may be as they like.
    assert_eq!(answer(folder.path(), EVENTS, u64::MAX), Ok((vec![Some(1.0)], false)));
    let spec = EVENTS.replace("sum(events.n)", "count(events where name = 'x')");
    let message = "`data/a.parquet` can't be read as a Parquet file (dataset `events`)".to_owned();
    let told = Err(("data-unreadable".to_owned(), message));
    assert_eq!(answer(folder.path(), &spec, u64::MAX), told);
    assert_eq!(answer(folder.path(), &spec, 0), told);
}

/// A file of more than one block, whose quoted line breaks stand at every multiple of what readers read at once.
#[test]
fn quoted_breaks_may_stand_anywhere_in_a_large_file() {
    const STEP: usize = 8_192;
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    for (value, inside) in [("\n", "\n"), ("\"\n", "\"\"\n"), ("\\\r\n", "\\\r\n")] {
        let mut text = "at,n,note\n".to_owned();
        for row in 1_usize..=300 {
            let start = format!("2026-01-10T00:00:00Z,{row},\"");
            // The break is the byte at the multiple, or the one before it.
            let filler = row * STEP - text.len() - start.len() - row % 2;
            text = [&text, &start, &"y".repeat(filler), inside, "\"\n"].concat();
        }
        assert!(text.len() > 2 << 20);
        std::fs::write(folder.path().join("data/a.csv"), &text).unwrap();
        let counted =
            format!("  breaks: {{ value: count(events where note contains '{}') }}\n", "yyyy");
        let spec = EVENTS.to_owned() + &counted;
        let expected = vec![Some(f64::from(300 * 301 / 2)), Some(300.0)];
        assert_eq!(answer(folder.path(), &spec, u64::MAX), Ok((expected, false)), "{value:?}");
    }
}

/// Every type that the language has no type for, in Arrow and Parquet files.
#[test]
fn values_with_one_way_to_write_them_are_read_as_text() {
    use arrow::array::{
        BinaryArray, DurationSecondArray, FixedSizeBinaryArray, Time64MicrosecondArray,
    };
    use arrow::datatypes::{DataType, Field, Schema};
    let key = FixedSizeBinaryArray::try_from_iter([[0x12_u8; 16], [0xAB; 16]].into_iter()).unwrap();
    let hash = FixedSizeBinaryArray::try_from_iter([[0x12_u8; 4], [0xAB; 4]].into_iter()).unwrap();
    let sixteen = DataType::FixedSizeBinary(16);
    let uuid = super::textual::mark_as_uuid(Field::new("id", sixteen, true));
    let columns: [(Field, ArrayRef); 5] = [
        (uuid, Arc::new(key)),
        (Field::new("hash", DataType::FixedSizeBinary(4), true), Arc::new(hash)),
        (
            Field::new("name", DataType::Binary, true),
            Arc::new(BinaryArray::from(vec!["Zoë".as_bytes(), b"x"])),
        ),
        (
            Field::new("time", DataType::Time64(arrow::datatypes::TimeUnit::Microsecond), true),
            Arc::new(Time64MicrosecondArray::from(vec![52_200_500_000, 0])),
        ),
        (
            Field::new("took", DataType::Duration(arrow::datatypes::TimeUnit::Second), true),
            Arc::new(DurationSecondArray::from(vec![Some(90), None])),
        ),
    ];
    let (mut fields, mut arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    fields.push(Field::new("at", at(2).data_type().clone(), true));
    arrays.push(at(2));
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
    let spec = "
datasets:
  events: { from: data/, kind: events, time: at }
metrics:
  a: { value: count(events where id = '12121212-1212-1212-1212-121212121212') }
  b: { value: count(events where hash = 'abababab') }
  c: { value: count(events where name = 'Zoë') }
  d: { value: count(events where time = '14:30:00.5') }
  e: { value: count(events where took = 'PT90S') }
  f: { value: count(distinct events.id) }
";
    for format in ["arrow", "arrows", "parquet"] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        let path = folder.path().join("data/a").with_extension(format.trim_end_matches('s'));
        let file = File::create(&path).unwrap();
        match format {
            "arrow" => {
                let mut writer =
                    arrow::ipc::writer::FileWriter::try_new(file, &batch.schema()).unwrap();
                writer.write(&batch).unwrap();
                writer.finish().unwrap();
            }
            "arrows" => {
                let mut writer =
                    arrow::ipc::writer::StreamWriter::try_new(file, &batch.schema()).unwrap();
                writer.write(&batch).unwrap();
                writer.finish().unwrap();
            }
            _ => {
                let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
                writer.write(&batch).unwrap();
                writer.close().unwrap();
            }
        }
        for stream_from in [0, u64::MAX] {
            let (values, _) = answer(folder.path(), spec, stream_from).unwrap();
            let expected: Vec<_> = [1.0, 1.0, 1.0, 1.0, 1.0, 2.0].into_iter().map(Some).collect();
            assert_eq!(values, expected, "{format}");
        }
    }
}

/// Whatever is wrong with an Arrow file, it is told by its name, or its values are others; nothing ends the program.
#[test]
fn damaged_arrow_files_are_told_by_their_names() {
    use arrow::ipc::CompressionType;
    use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/a.arrow");
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let text = Arc::new(StringArray::from(vec!["a", "bb", "ccc", "dddd"])) as ArrayRef;
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("at", at(4), true),
        ("n", numbers(vec![1.0, 2.0, 3.0, 4.0]), true),
        ("name", text, true),
    ]);
    let batch = batch.unwrap();
    let spec = EVENTS.to_owned() + "  named: { value: count(events where name = 'bb') }\n";
    let message = "`data/a.arrow` can't be read as an Arrow IPC file (dataset `events`)".to_owned();
    let told = Err(("data-unreadable".to_owned(), message));
    for (compression, stream) in [(None, false), (Some(CompressionType::ZSTD), false), (None, true)]
    {
        let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
        let mut whole = Vec::new();
        if stream {
            let mut writer = StreamWriter::try_new(&mut whole, &batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            writer.finish().unwrap();
        } else {
            let schema = batch.schema();
            let mut writer =
                FileWriter::try_new_with_options(&mut whole, &schema, options).unwrap();
            writer.write(&batch).unwrap();
            writer.finish().unwrap();
        }
        std::fs::write(&path, &whole).unwrap();
        assert_eq!(answer(folder.path(), &spec, 0), Ok((vec![Some(10.0), Some(1.0)], false)));
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert_eq!(answer(folder.path(), &spec, 0), told);
        let mut refused = 0;
        for place in (0..whole.len()).step_by(8) {
            for byte in [0x00, 0x7F, 0xFF] {
                let mut bytes = whole.clone();
                let end = (place + 8).min(bytes.len());
                bytes[place..end].fill(byte);
                std::fs::write(&path, bytes).unwrap();
                refused += usize::from(answer(folder.path(), &spec, 0).is_err());
            }
        }
        assert!(refused > 50, "only {refused} are told");
    }
}
