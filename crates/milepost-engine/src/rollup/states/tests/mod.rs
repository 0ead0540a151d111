//! Rows in any parts, merged in any order, give the cells that a plain count gives.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type, UInt64Type};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use arrow::row::{RowConverter, SortField};
use datafusion::common::DFSchema;
use datafusion::prelude::SessionContext;
use proptest::prelude::*;
use roaring::RoaringBitmap;

use super::edge::Written;
use super::program::Inputs;
use super::*;
use crate::evaluate::rounded;
use crate::functions::{ExactPartials, PowerSums};
use crate::ids::Id;
use crate::keys::{KeyReader, KeySpace};
use crate::rollup::ids::{DimId, FilterId, InputId, KeyId, SourceAtomId, SourceDimId, SourceId};
use crate::rollup::plan::StateKind as Kind;

mod counted;
mod processes;
mod read;

use counted::counted;
use read::plain;

const NAMES: [&str; 4] = ["ann", "bob", "", "cem"];
/// Keys that lead somewhere, in their order.
const KNOWN: [i64; 3] = [20, -5, 1 << 40];

#[derive(Clone, Debug)]
struct Row {
    at: Option<i64>,
    until: Option<i64>,
    name: Option<usize>,
    key: Option<i64>,
    ok: Option<bool>,
    n: Option<i64>,
    money: Option<i64>,
    x: Option<f64>,
}

fn row() -> impl Strategy<Value = Row> {
    use proptest::option::weighted;
    let key = prop_oneof![Just(20), Just(-5), Just(1 << 40), Just(7), -3_i64..3];
    let x = prop_oneof![Just(1e16), Just(0.1), Just(-1e16), (-20..20).prop_map(f64::from)];
    (
        weighted(0.9, -10_i64..50),
        weighted(0.7, -10_i64..60),
        weighted(0.8, 0..NAMES.len()),
        weighted(0.8, key),
        weighted(0.8, any::<bool>()),
        weighted(0.7, -4_i64..5),
        weighted(0.7, -500_i64..500),
        weighted(0.7, x),
    )
        .prop_map(|(at, until, name, key, ok, n, money, x)| Row {
            at,
            until,
            name,
            key,
            ok,
            n,
            money,
            x,
        })
}

fn name(row: &Row) -> Option<&'static str> {
    row.name.map(|n| NAMES[n])
}

/// The inputs of the function, by position.
fn arrays(rows: &[Row], dictionary: bool) -> Inputs {
    let names: ArrayRef = Arc::new(rows.iter().map(name).collect::<StringArray>());
    let ty = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let times = |read: fn(&Row) -> Option<i64>| {
        Arc::new(rows.iter().map(read).collect::<TimestampMicrosecondArray>()) as ArrayRef
    };
    let money = rows.iter().map(|r| r.money.map(i128::from)).collect::<Decimal128Array>();
    let arrays: [ArrayRef; 9] = [
        times(|r| r.at),
        times(|r| r.until),
        if dictionary { cast(&names, &ty).unwrap() } else { Arc::clone(&names) },
        Arc::new(rows.iter().map(|r| r.key).collect::<Int64Array>()),
        Arc::new(rows.iter().map(|r| r.ok).collect::<BooleanArray>()),
        Arc::new(rows.iter().map(|r| r.n).collect::<Int64Array>()),
        Arc::new(money.with_precision_and_scale(10, 2).unwrap()),
        Arc::new(rows.iter().map(|r| r.x).collect::<Float64Array>()),
        names,
    ];
    arrays.into_iter().collect()
}

fn input(n: usize) -> InputId {
    InputId::new(n)
}

/// Expressions whose values are counted.
const COUNTS: [usize; 2] = [5, 7];

const STATES: [(Kind, usize); 16] = [
    (Kind::DecimalSum, 5),
    (Kind::Min, 5),
    (Kind::First, 5),
    (Kind::Last, 5),
    (Kind::DecimalSum, 6),
    (Kind::Max, 6),
    (Kind::ExactSum, 7),
    (Kind::Min, 7),
    (Kind::Last, 7),
    (Kind::Max, 8),
    (Kind::First, 8),
    (Kind::Max, 4),
    (Kind::Last, 0),
    (Kind::PowerSums, 5),
    (Kind::PowerSums, 6),
    (Kind::PowerSums, 7),
];

/// Atoms: 0 `name = 'bob'`, 1 the key's, 2 `ok`.
const FILTERS: [&[usize]; 5] = [&[0], &[], &[1, 2], &[2], &[0, 1]];

fn atom(n: usize) -> AtomSource {
    let fact =
        |source| AtomSource::Fact { source: SourceId::new(source), atom: SourceAtomId::new(0) };
    [fact(0), fact(1), AtomSource::Row(Id::new(0))][n]
}

/// What is computed: the same filters again and again, beyond what one word of a mask holds, with `wide`.
fn program(placing: Placing, cuts: Vec<i64>, wide: bool) -> Program {
    let context = SessionContext::new();
    let schema = DFSchema::try_from(Rules::schema("name").as_ref().clone()).unwrap();
    let exprs =
        ["name = 'bob'", "CASE WHEN name IS NULL THEN '(unknown)' ELSE name END"].map(|sql| {
            let expr = context.parse_sql_expr(sql, &schema).unwrap();
            context.create_physical_expr(expr, &schema).unwrap()
        });
    let rules = Rules { column: "name".to_owned(), atoms: 1, exprs: exprs.to_vec() };
    let space = Arc::new(KeySpace::default());
    let known: ArrayRef = Arc::new(Int64Array::from(KNOWN.to_vec()));
    KeyReader::new(&space).numbers(&[known]).unwrap();
    let facts = [
        Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, Some(false)])) as ArrayRef,
        Arc::new(StringArray::from(vec!["eu", "us", "eu", "(unknown)"])),
    ];
    let count = if wide { 71 } else { FILTERS.len() };
    let key = |inputs: &[usize], space| KeyInput {
        inputs: inputs.iter().copied().map(input).collect(),
        space,
    };
    let fact = |source| DimSource::Fact { source: SourceId::new(source), dim: SourceDimId::new(0) };
    let keyed = |kept, filters: &[usize], dims: &[usize]| KeyedInput {
        kept,
        filters: filters.iter().copied().map(FilterId::new).collect(),
        dims: dims.iter().copied().map(DimId::new).collect(),
    };
    let keys = |n| Kept::Keys(KeyId::new(n));
    Program {
        placing,
        at: input(0),
        cuts,
        keys: [key(&[3], space), key(&[2], Arc::default()), key(&[3, 2], Arc::default())]
            .into_iter()
            .collect(),
        sources: [
            Source::Value { input: input(2), rules },
            Source::Link { key: KeyId::new(0), facts: Facts::read(1, &facts).unwrap() },
        ]
        .into_iter()
        .collect(),
        row_atoms: [input(4)].into_iter().collect(),
        filters: (0..count)
            .map(|i| FILTERS[i % FILTERS.len()].iter().copied().map(atom).collect())
            .collect(),
        dims: [DimSource::Row(input(8)), fact(1), fact(0)].into_iter().collect(),
        counts: COUNTS.into_iter().map(input).collect(),
        states: STATES.map(|(kind, n)| StateInput { kind, input: input(n) }).into_iter().collect(),
        keyed: [
            keyed(keys(0), &[0, 3], &[0]),
            keyed(keys(1), &[count - 1], &[]),
            keyed(keys(2), &[2, 0, 1], &[1, 2]),
            keyed(Kept::Values(input(7)), &[1, 2], &[2]),
            keyed(Kept::Counts(input(7)), &[3], &[0]),
        ]
        .into_iter()
        .collect(),
    }
}

/// What tells a cell apart: edges, filters that pass, slices.
type Head = (i64, i64, BTreeSet<usize>, Vec<String>);

/// The lists of cells as plain values.
type Plain = Vec<BTreeMap<Head, Vec<String>>>;

/// Cells that take these rows in, in batches of so many.
fn taken(cells: &mut Cells, inputs: &Inputs, rows: std::ops::Range<usize>, batch: usize) {
    let mut at = rows.start;
    while at < rows.end {
        let n = batch.min(rows.end - at);
        cells.update(&inputs.map(|_, array| array.slice(at, n))).unwrap();
        at += n;
    }
}

fn placing() -> impl Strategy<Value = Placing> {
    let span = Placing::Span { until: input(1) };
    prop_oneof![Just(Placing::Interval), Just(span), Just(Placing::Picture)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn parts_merge_in_any_order(
        rows in proptest::collection::vec(row(), 0..60),
        cuts in proptest::collection::btree_set(-12_i64..60, 2..9),
        ever in any::<bool>(),
        placing in placing(),
        wide in any::<bool>(),
        dictionary in any::<bool>(),
        // Where each part ends, how its rows arrive, and into which part its cells go in the end.
        parts in proptest::collection::vec((0..60_usize, 1..20_usize, any::<prop::sample::Index>()), 1..6),
        more in any::<bool>(),
    ) {
        let mut cuts: Vec<i64> = cuts.into_iter().collect();
        if ever {
            cuts.insert(0, i64::MIN);
        }
        let program = Arc::new(program(placing, cuts, wide));
        let inputs = arrays(&rows, dictionary);
        let types = inputs.map(|_, array| array.data_type().clone());
        let new = || Cells::new(&program, &types).unwrap();
        let expected = counted(&program, &rows);

        let mut whole = new();
        taken(&mut whole, &inputs, 0..rows.len(), usize::MAX);
        prop_assert_eq!(&plain(&program, &whole.write().unwrap()), &expected);

        let mut ends: Vec<usize> = parts.iter().map(|p| p.0.min(rows.len())).collect();
        ends.sort_unstable();
        let mut list = Vec::new();
        let mut start = 0;
        for (end, (_, batch, _)) in ends.iter().zip(&parts) {
            let mut cells = new();
            taken(&mut cells, &inputs, start..*end, *batch);
            list.push(cells);
            start = *end;
        }
        // What is left arrives after the merges, or before.
        if !more {
            taken(&mut list[0], &inputs, start..rows.len(), 7);
        }
        for (_, _, into) in parts.iter().skip(1) {
            let other = list.pop().unwrap();
            let at = into.index(list.len());
            list[at].merge(other).unwrap();
        }
        if more {
            taken(&mut list[0], &inputs, start..rows.len(), 7);
        }
        let mut last = new();
        last.merge(list.pop().unwrap()).unwrap();
        prop_assert_eq!(&plain(&program, &last.write().unwrap()), &expected);
    }
}

/// What was written as streams of Arrow IPC.
fn sent(written: &Written) -> Vec<Vec<u8>> {
    let batches =
        [&written.cells].into_iter().chain(written.keyed.values()).chain(written.keys.values());
    let stream = |batch: &RecordBatch| {
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        writer.finish().unwrap();
        writer.into_inner().unwrap()
    };
    batches.map(stream).collect()
}

fn received(bytes: &[Vec<u8>], program: &Program) -> Written {
    let batch = |bytes: &Vec<u8>| {
        StreamReader::try_new(bytes.as_slice(), None).unwrap().next().unwrap().unwrap()
    };
    let mut batches = bytes.iter().map(batch);
    Written {
        cells: batches.next().unwrap(),
        keyed: batches.by_ref().take(program.keyed.len()).collect(),
        keys: batches.collect(),
    }
}
