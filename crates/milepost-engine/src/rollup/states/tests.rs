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

/// What a plain loop counts.
fn counted(program: &Program, rows: &[Row]) -> Plain {
    let mut plain: Vec<BTreeMap<Head, Vec<usize>>> = vec![BTreeMap::new(); 1 + program.keyed.len()];
    for (number, row) in rows.iter().enumerate() {
        let Some((lo, hi)) = placed(program, row) else { continue };
        let key = row.key.and_then(|key| KNOWN.iter().position(|k| *k == key));
        let atoms = [name(row) == Some("bob"), key == Some(0), row.ok == Some(true)];
        let passes = |filter: &usize| FILTERS[*filter % FILTERS.len()].iter().all(|a| atoms[*a]);
        let mask: BTreeSet<usize> = (0..program.filters.len()).filter(passes).collect();
        if mask.is_empty() && program.placing != Placing::Picture {
            continue;
        }
        let dims = [
            // The code of null.
            name(row).unwrap_or("\0"),
            key.map_or("(unknown)", |k| ["eu", "us", "eu"][k]),
            name(row).unwrap_or("(unknown)"),
        ];
        let slices = |list: &[DimId]| list.iter().map(|d| dims[d.position()].to_owned()).collect();
        let all: Vec<DimId> = program.dims.ids().collect();
        plain[0].entry((lo, hi, mask.clone(), slices(&all))).or_default().push(number);
        for (keyed, cells) in program.keyed.values().zip(&mut plain[1..]) {
            let seen = keyed.filters.iter().filter(|(_, filter)| mask.contains(&filter.position()));
            let seen: BTreeSet<usize> = seen.map(|(own, _)| own.position()).collect();
            if !seen.is_empty() {
                cells.entry((lo, hi, seen, slices(&keyed.dims))).or_default().push(number);
            }
        }
    }
    let mut lists = plain.into_iter();
    let cells = lists.next().unwrap().into_iter();
    let mut all = vec![cells.map(|(head, own)| (head, states(rows, &own))).collect()];
    for (keyed, cells) in program.keyed.values().zip(lists) {
        let kept = |own: &Vec<usize>| vec![kept(program, keyed, rows, own)];
        all.push(cells.into_iter().map(|(head, own)| (head, kept(&own))).collect());
    }
    all
}

fn placed(program: &Program, row: &Row) -> Option<(i64, i64)> {
    let (at, last) = (row.at?, program.cuts.len() as i64);
    let interval = |t: i64| program.cuts.iter().filter(|cut| **cut <= t).count() as i64;
    match program.placing {
        Placing::Picture => Some((at, 0)),
        Placing::Interval => Some((interval(at), 0)).filter(|(lo, _)| (1..last).contains(lo)),
        Placing::Span { .. } => {
            let hi = row.until.map_or(last, interval);
            Some((interval(at), hi)).filter(|(lo, hi)| *lo < last && hi > lo)
        }
    }
}

/// How many rows there are, how many values, and each state.
fn states(rows: &[Row], own: &[usize]) -> Vec<String> {
    let rows: Vec<&Row> = own.iter().map(|i| &rows[*i]).collect();
    let mut list = vec![rows.len().to_string()];
    list.push(rows.iter().filter(|row| row.n.is_some()).count().to_string());
    list.push(rows.iter().filter(|row| row.x.is_some()).count().to_string());
    for (kind, input) in STATES {
        list.push(match input {
            _ if kind == Kind::PowerSums => deviation(&rows, input),
            5 => of(kind, rows.iter().map(|r| (r.at, r.n)), |all| {
                all.iter().sum::<i64>().to_string()
            }),
            6 => of(kind, rows.iter().map(|r| (r.at, r.money)), |all| {
                all.iter().sum::<i64>().to_string()
            }),
            7 => of(kind, rows.iter().map(|r| (r.at, r.x)), |all| {
                let mut sum = ExactPartials::default();
                all.iter().for_each(|x| sum.add(*x));
                format!("{:?}", sum.value())
            }),
            8 => of(kind, rows.iter().map(|r| (r.at, name(r))), |_| String::new()),
            0 => of(kind, rows.iter().map(|r| (r.at, r.at)), |_| String::new()),
            _ => of(kind, rows.iter().map(|r| (r.at, r.ok)), |_| String::new()),
        });
    }
    list
}

fn deviation(rows: &[&Row], input: usize) -> String {
    let mut sums = PowerSums::default();
    match input {
        7 => rows.iter().filter_map(|r| r.x).for_each(|x| sums.add(x)),
        5 => rows.iter().filter_map(|r| r.n).for_each(|n| sums.add_whole(i128::from(n))),
        _ => rows.iter().filter_map(|r| r.money).for_each(|m| sums.add_whole(i128::from(m))),
    }
    shown_deviation(&sums, if input == 6 { 2 } else { 0 })
}

fn shown_deviation(sums: &PowerSums, scale: u32) -> String {
    // As if there were more values than there are.
    let [some, many] = [100, 1_000].map(|n| sums.deviation(n, scale));
    format!("{some:?} {many:?}")
}

fn of<T: PartialOrd + Copy + std::fmt::Debug>(
    kind: Kind,
    values: impl Iterator<Item = (Option<i64>, Option<T>)>,
    sum: impl Fn(&[T]) -> String,
) -> String {
    let mut timed: Vec<(i64, T)> = values.filter_map(|(at, value)| Some((at?, value?))).collect();
    let all: Vec<T> = timed.iter().map(|(_, value)| *value).collect();
    let order = |a: &T, b: &T| a.partial_cmp(b).unwrap();
    if matches!(kind, Kind::First | Kind::Last) {
        timed.sort_by(|a, b| a.0.cmp(&b.0).then(order(&a.1, &b.1)));
    } else {
        timed.sort_by(|a, b| order(&a.1, &b.1));
    }
    match kind {
        Kind::ExactSum | Kind::PowerSums => sum(&all),
        _ if all.is_empty() => "-".to_owned(),
        Kind::DecimalSum => sum(&all),
        Kind::Min => format!("{:?}", timed[0].1),
        Kind::Max => format!("{:?}", timed[timed.len() - 1].1),
        Kind::First => format!("{:?}@{}", timed[0].1, timed[0].0),
        Kind::Last => format!("{:?}@{}", timed[timed.len() - 1].1, timed[timed.len() - 1].0),
    }
}

/// The keys, or the values in their order.
fn kept(program: &Program, keyed: &KeyedInput, rows: &[Row], own: &[usize]) -> String {
    let Kept::Keys(key) = keyed.kept else {
        let mut values: Vec<f64> = own.iter().filter_map(|i| rows[*i].x).collect();
        if let Kept::Counts(_) = keyed.kept {
            values.iter_mut().for_each(|x| *x = rounded(*x));
        }
        values.sort_by(f64::total_cmp);
        return format!("{values:?}");
    };
    let part = |row: &Row, input: &InputId| match input.position() {
        3 => row.key.map(|key| format!("{key:?}")),
        _ => name(row).map(|name| format!("{name:?}")),
    };
    let key = |i: &usize| {
        let parts = program.keys[key].inputs.iter().map(|input| part(&rows[*i], input));
        parts.collect::<Option<Vec<String>>>()
    };
    let set: BTreeSet<Vec<String>> = own.iter().filter_map(key).collect();
    format!("{set:?}")
}

/// The same of what was written.
fn plain(program: &Program, written: &Written) -> Plain {
    let cells = listed(&written.cells, program.dims.len(), |list, column, i| {
        let array = list.column(column);
        match array.data_type() {
            DataType::List(item) if item.data_type() == &DataType::Float64 => {
                let parts = array.as_list::<i32>().value(i);
                let parts = parts.as_primitive::<Float64Type>().values();
                format!("{:?}", ExactPartials::from_parts(parts).value())
            }
            _ => shown(array, i),
        }
    });
    let mut all = vec![cells];
    for (id, keyed) in program.keyed.iter() {
        all.push(listed(&written.keyed[id], keyed.dims.len(), |list, column, i| {
            let array = list.column(column);
            let Kept::Keys(key) = keyed.kept else { return shown(array, i) };
            let set = RoaringBitmap::deserialize_from(array.as_binary::<i32>().value(i)).unwrap();
            let keys = written.keys[key].column(0);
            let types = program.keys[key].inputs.iter().map(|input| match input.position() {
                3 => DataType::Int64,
                _ => DataType::Utf8,
            });
            let set = set.into_iter().map(|place| parts(keys, place as usize, types.clone()));
            format!("{:?}", set.collect::<BTreeSet<Vec<String>>>())
        }));
    }
    all
}

/// The parts of a key in the list that was written.
fn parts(keys: &ArrayRef, place: usize, types: impl Iterator<Item = DataType>) -> Vec<String> {
    let key = keys.slice(place, 1);
    let columns = match key.data_type() {
        DataType::Binary => {
            let converter = RowConverter::new(types.map(SortField::new).collect()).unwrap();
            let parser = converter.parser();
            converter.convert_rows([parser.parse(key.as_binary::<i32>().value(0))]).unwrap()
        }
        _ => vec![key],
    };
    columns.iter().map(|column| shown(column, 0)).collect()
}

/// The cells of a batch, each once.
fn listed(
    list: &RecordBatch,
    dims: usize,
    shown: impl Fn(&RecordBatch, usize, usize) -> String,
) -> BTreeMap<Head, Vec<String>> {
    let mut cells = BTreeMap::new();
    for i in 0..list.num_rows() {
        let edge = |c: usize| list.column(c).as_primitive::<Int64Type>().value(i);
        let mask = list.column(2).as_binary::<i32>().value(i);
        let bits = (0..mask.len() * 8).filter(|b| mask[b / 8] >> (b % 8) & 1 == 1).collect();
        let text = |d| list.column(3 + d).as_string::<i32>().value(i).to_owned();
        let head = (edge(0), edge(1), bits, (0..dims).map(text).collect());
        let is_time = |c: &usize| list.schema().field(*c).name().ends_with(".1");
        let mut values: Vec<String> = Vec::new();
        for column in 3 + dims..list.num_columns() {
            let value = shown(list, column, i);
            match values.last_mut() {
                Some(last) if is_time(&column) && *last != "-" => {
                    last.push('@');
                    last.push_str(&value);
                }
                _ if is_time(&column) => {}
                _ => values.push(value),
            }
        }
        assert_eq!(cells.insert(head, values), None, "a cell comes twice");
    }
    cells
}

fn shown(array: &ArrayRef, i: usize) -> String {
    if array.is_null(i) {
        return "-".to_owned();
    }
    match array.data_type() {
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(i).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(i).to_string(),
        DataType::Decimal128(..) => array.as_primitive::<Decimal128Type>().value(i).to_string(),
        DataType::Utf8 => format!("{:?}", array.as_string::<i32>().value(i)),
        DataType::Boolean => array.as_boolean().value(i).to_string(),
        DataType::Float64 => format!("{:?}", array.as_primitive::<Float64Type>().value(i)),
        DataType::Timestamp(..) => {
            cast(array, &DataType::Int64).unwrap().as_primitive::<Int64Type>().value(i).to_string()
        }
        DataType::List(item) if item.data_type() == &DataType::UInt64 => {
            let list = array.as_list::<i32>().value(i);
            let (scale, rest) = list.as_primitive::<UInt64Type>().values().split_first().unwrap();
            shown_deviation(&PowerSums::read(rest).unwrap(), *scale as u32)
        }
        DataType::List(item) if item.data_type().is_nested() => {
            let values = counts::read(&array.slice(i, 1)).remove(0).into_iter();
            let values = values.flat_map(|(x, n)| std::iter::repeat_n(x, n as usize));
            format!("{:?}", values.collect::<Vec<f64>>())
        }
        DataType::List(_) => {
            let parts = array.as_list::<i32>().value(i);
            format!("{:?}", &parts.as_primitive::<Float64Type>().values()[..])
        }
        other => panic!("a state as {other}"),
    }
}

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

    /// Two processes have numbered keys in opposite order, a third one puts together what they send.
    #[test]
    fn states_are_the_same_whoever_numbered_the_keys(
        rows in proptest::collection::vec(row(), 0..60),
        cuts in proptest::collection::btree_set(-12_i64..60, 2..9),
        placing in placing(),
        half in 0..60_usize,
    ) {
        let cuts: Vec<i64> = cuts.into_iter().collect();
        let half = half.min(rows.len());
        let inputs = arrays(&rows, false);
        let types = inputs.map(|_, array| array.data_type().clone());
        let process = || Arc::new(program(placing, cuts.clone(), false));
        let [one, other, third] = [process(), process(), process()];
        let backward: Vec<Row> = rows.iter().rev().cloned().collect();
        for (program, rows) in [(&one, &rows), (&other, &backward)] {
            taken(&mut Cells::new(program, &types).unwrap(), &arrays(rows, false), 0..rows.len(), 7);
        }
        let sent = |program: &Arc<Program>, rows: std::ops::Range<usize>| {
            let mut cells = Cells::new(program, &types).unwrap();
            taken(&mut cells, &inputs, rows, 9);
            sent(&cells.write().unwrap())
        };
        let all = sent(&one, 0..rows.len());
        prop_assert_eq!(&all, &sent(&other, 0..rows.len()));

        let parts = [sent(&one, 0..half), sent(&other, half..rows.len())];
        let received = |bytes: &Vec<Vec<u8>>| Cells::read(&third, &types, &received(bytes, &third)).unwrap();
        for [first, second] in [[0, 1], [1, 0]] {
            let mut whole = received(&parts[first]);
            whole.merge(received(&parts[second])).unwrap();
            prop_assert_eq!(&self::sent(&whole.write().unwrap()), &all);
        }
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
