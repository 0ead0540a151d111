//! What a plain loop counts: the slow reference.

use super::*;

/// What a plain loop counts.
pub(super) fn counted(program: &Program, rows: &[Row]) -> Plain {
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

pub(super) fn shown_deviation(sums: &PowerSums, scale: u32) -> String {
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
