//! What states hold, from the arrays that are written of them.

use super::counted::shown_deviation;
use super::*;

/// The same of what was written.
pub(super) fn plain(program: &Program, written: &Written) -> Plain {
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
