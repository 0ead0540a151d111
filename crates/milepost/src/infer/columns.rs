//! Types, formats and units of columns, and which of them are personal.

use std::collections::BTreeMap;

use milepost_engine::{ColumnProfile, Fit, Profile};
use milepost_semantics::model::Type;
use milepost_semantics::{currency_of, is_currency_symbol};

use super::names::{Taken, snake};
use super::table::Column;
use super::words;

/// Days since 1970 of the first day that a date in a file is likely to be: 1900-01-01, and of 2100-01-01.
const FIRST_DAY: f64 = -25_567.0;
const LAST_DAY: f64 = 47_482.0;

/// Of a hundred values so many may not fit a type that is chosen all the same.
const MOST_BAD: u64 = 5;

/// The columns of some files, in their order; `one`: what a row is called.
pub(super) fn columns(profile: &Profile, one: &str, notes: &mut Vec<String>) -> Vec<Column> {
    let mut taken = Taken::default();
    // A column that has its name already keeps it.
    let is_fine = |name: &str| snake(name) == *name;
    let mut names: BTreeMap<usize, String> = BTreeMap::new();
    let (fine, other): (Vec<_>, Vec<_>) =
        profile.columns.iter().enumerate().partition(|(_, seen)| is_fine(&seen.name));
    for (at, seen) in fine.into_iter().chain(other) {
        names.insert(at, taken.take(&snake(&seen.name)));
    }
    let place = profile.files.first().map_or("", String::as_str);
    let mut columns: Vec<Column> = Vec::with_capacity(profile.columns.len());
    for (at, name) in names {
        let seen = &profile.columns[at];
        let mut column = Column {
            name,
            file: seen.name.clone(),
            at,
            ty: None,
            format: None,
            nulls_bad: false,
            unit: None,
            pii: None,
            planned: false,
            range: seen.range,
            comments: Vec::new(),
        };
        read(&mut column, seen, notes, place);
        column.pii = personal(&column, seen, one);
        if column.is_time() && words::is_planned(&column.name) {
            column.planned = true;
        }
        columns.push(column);
    }
    months_and_days(&mut columns, profile, notes, place);
    units(&mut columns, profile, notes, place);
    columns
}

/// Gives a column its type and format.
fn read(column: &mut Column, seen: &ColumnProfile, notes: &mut Vec<String>, place: &str) {
    if seen.values == 0 {
        column.comments.push("no values yet".to_owned());
        return;
    }
    column.ty = seen.ty;
    match seen.ty {
        Some(Type::Integer) => numbered_time(column, seen.range),
        Some(Type::Number) if words::is_money(&column.name) => column.ty = Some(Type::Decimal),
        Some(_) => {}
        None => text(column, seen, notes, place),
    }
}

/// Types and formats of texts.
fn text(column: &mut Column, seen: &ColumnProfile, notes: &mut Vec<String>, place: &str) {
    column.ty = Some(Type::Text);
    if let Some(words) = truth(column, seen) {
        column.ty = Some(Type::Boolean);
        column.format = words;
        return;
    }
    let is_name = words::is_key_name(&column.name) || words::is_own_key(&column.name);
    let is_digits = seen.texts.leading_zeros > 0
        || ["zip", "postcode", "phone", "plz"]
            .iter()
            .any(|word| words::has_word(&column.name, &[word]));
    let best = seen.fits.iter().filter(|fit| is_likely(fit)).min_by_key(|fit| fit.bad);
    let Some(best) = best.filter(|fit| fit.bad * 100 <= seen.values * MOST_BAD) else { return };
    let is_number = best.reading.ty.is_numeric();
    if is_number && (is_digits || is_name) {
        // `007` is not 7, and a letter in tomorrow's file breaks nothing.
        if seen.texts.leading_zeros > 0 && !is_name {
            column.comments.push("digits with zeros in front: text".to_owned());
        }
        return;
    }
    column.ty = Some(best.reading.ty);
    column.format.clone_from(&best.reading.format);
    column.range = best.range;
    if let Some(other) = other_decimal(best, seen) {
        let (name, format) = (&column.name, best.reading.format.as_deref().unwrap_or_default());
        notes.push(format!(
            "`{place}`: numbers of `{name}` may be like `{format}` or like `{other}`, and the first is taken"
        ));
    }
    if best.bad > 0 {
        column.nulls_bad = true;
        let (name, ty) = (&column.name, best.reading.ty.name());
        column.comments.push(format!("{} of {} values are no {ty}", best.bad, seen.values));
        notes.push(format!(
            "`{place}`: {} of {} values of `{name}` are no {ty}, and are read as null (`bad_values: null`)",
            best.bad, seen.values
        ));
    }
    match best.reading.ty {
        Type::Integer | Type::Number if words::is_money(&column.name) => {
            column.ty = Some(Type::Decimal);
        }
        Type::Integer => numbered_time(column, best.range),
        Type::Decimal if column.format.as_ref().is_some_and(|format| format.contains('%')) => {
            column.ty = Some(Type::Number);
        }
        _ => {}
    }
}

/// Another way to read numbers in which the sign that is between thousands here is before decimals: `1,234` may be either.
fn other_decimal<'a>(best: &Fit, seen: &'a ColumnProfile) -> Option<&'a str> {
    let format = best.reading.format.as_deref().filter(|_| best.reading.ty.is_numeric())?;
    let plain =
        |fit: &Fit| fit.bad == 0 && fit.reading.format.is_none() && fit.reading.ty.is_numeric();
    // With a sign of money around it a number may have no such sign at all.
    if seen.fits.iter().any(plain) || sign(format).is_some() || format.contains('%') {
        return None;
    }
    let by_comma = |format: &str| format.contains(",5");
    let mut others = seen.fits.iter().filter(|fit| fit.bad == best.bad);
    others.find_map(|fit| {
        let other = fit.reading.format.as_deref().filter(|_| fit.reading.ty.is_numeric())?;
        (by_comma(other) != by_comma(format)).then_some(other)
    })
}

/// A time that lies where times of files lie; any number.
fn is_likely(fit: &Fit) -> bool {
    let is_time = matches!(fit.reading.ty, Type::Date | Type::Timestamp);
    !is_time || fit.range.is_none_or(|(low, high)| low >= FIRST_DAY && high <= 3_000_000.0)
}

/// The words for true and false, where the values are nothing else. `Some(None)`: those that are read without a format.
fn truth(column: &Column, seen: &ColumnProfile) -> Option<Option<String>> {
    let common = seen.common.as_ref()?;
    let mut values: Vec<String> = common.keys().map(|value| value.trim().to_lowercase()).collect();
    values.sort_unstable();
    values.dedup();
    let says_yes =
        ["is", "has", "was", "can"].iter().any(|word| column.name.starts_with(&format!("{word}_")));
    let is_one = values.iter().all(|value| value == "0" || value == "1");
    if is_one && says_yes {
        return Some(Some("1/0".to_owned()));
    }
    let fits = |(yes, no): &&(&str, &str)| values.iter().all(|value| value == yes || value == no);
    // One word alone may be the only value so far of a text; `true` is none.
    let is_clear =
        values.len() == 2 || values.iter().any(|value| value == "true" || value == "false");
    let (yes, no) = words::BOOLEANS.iter().find(fits).filter(|_| is_clear)?;
    Some((*yes != "true").then(|| format!("{yes}/{no}")))
}

/// Whole numbers that are times: since 1970, or written as `20260331`.
fn numbered_time(column: &mut Column, range: Option<(f64, f64)>) {
    let Some((low, high)) = range.filter(|_| words::is_time(&column.name)) else { return };
    const UNITS: [(&str, f64); 3] = [
        ("epoch seconds", 86_400.0),
        ("epoch milliseconds", 86_400e3),
        ("epoch microseconds", 86_400e6),
    ];
    // From 2000 on, so that no other number is taken for a time.
    let unit = UNITS.iter().find(|(_, day)| low >= 10_957.0 * day && high <= LAST_DAY * day);
    if let Some((unit, day)) = unit {
        column.ty = Some(Type::Timestamp);
        column.format = Some((*unit).to_owned());
        column.range = Some((low / day, high / day));
    } else if low >= 19_000_101.0 && high <= 21_001_231.0 {
        column.ty = Some(Type::Date);
        column.format = Some("%Y%m%d".to_owned());
        column.range = Some((number_as_day(low), number_as_day(high)));
    }
}

/// About the day since 1970 of a number such as 20260331.
fn number_as_day(number: f64) -> f64 {
    let (year, month, day) =
        ((number / 10_000.0).floor(), (number / 100.0).floor() % 100.0, number % 100.0);
    ((year - 1970.0) * 365.2425 + (month - 1.0) * 30.44 + day - 1.0).floor()
}

fn personal(column: &Column, seen: &ColumnProfile, one: &str) -> Option<&'static str> {
    let most = |count: u64| count * 2 > seen.values && seen.values > 0;
    if most(seen.texts.emails) {
        return Some("e-mail addresses");
    }
    if most(seen.texts.phones) {
        return Some("phone numbers");
    }
    if most(seen.texts.long) {
        return Some("a free text");
    }
    let is_flag = column.ty == Some(Type::Boolean) || column.is_number();
    // A name that says `ip` or `body` says nothing of a number; a date of birth is a time.
    let why = words::personal(&column.name, words::are_people(words::canonical(one)));
    why.filter(|why| !is_flag && (!column.is_time() || *why == "a date of birth"))
}

/// Which number is the month, where no value says so: what other columns of the files say, else what the day before says.
fn months_and_days(
    columns: &mut [Column],
    profile: &Profile,
    notes: &mut Vec<String>,
    place: &str,
) {
    let swapped = |format: &str| {
        format.starts_with("%m/%d/").then(|| format.replacen("%m/%d/", "%d/%m/", 1)).or_else(|| {
            format.starts_with("%d/%m/").then(|| format.replacen("%d/%m/", "%m/%d/", 1))
        })
    };
    let fits_too = |column: &Column, other: &str| {
        let fits = profile.columns[column.at].fits.iter();
        fits.filter(|fit| fit.bad == 0).any(|fit| fit.reading.format.as_deref() == Some(other))
    };
    let mut sure = None;
    let mut open = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let Some(format) = column.format.as_deref() else { continue };
        let Some(other) = swapped(format) else { continue };
        if fits_too(column, &other) {
            open.push((at, other));
        } else {
            sure = Some(format.starts_with("%d"));
        }
    }
    let by_comma =
        columns.iter().any(|c| c.format.as_ref().is_some_and(|format| format.contains(",5")));
    let day_first = sure.unwrap_or(by_comma);
    for (at, other) in open {
        let column = &mut columns[at];
        if column.format.as_ref().is_some_and(|format| format.starts_with("%d") != day_first) {
            column.format = Some(other);
        }
        if sure.is_none() {
            let first = if day_first { "the day" } else { "the month" };
            column.comments.push(format!("{first} comes first? no value says so"));
            notes.push(format!(
                "`{place}`: whether the day or the month comes first in `{}` is not clear, and {first} is taken",
                column.name
            ));
        }
    }
}

/// Units of numbers: what is said by their format, by a column of currencies, or by their name.
fn units(columns: &mut [Column], profile: &Profile, notes: &mut Vec<String>, place: &str) {
    let currencies = columns
        .iter()
        .find(|column| column.name == "currency" || column.name.ends_with("_currency"));
    let currencies =
        currencies.map(|column| (column.name.clone(), codes(&profile.columns[column.at])));
    for column in columns.iter_mut().filter(|column| column.is_number()) {
        let sign = column.format.as_deref().and_then(sign);
        let is_percent = column.format.as_ref().is_some_and(|format| format.contains('%'));
        let by_name =
            column.name.rsplit('_').find_map(currency_of).filter(|_| column.name.contains('_'));
        let is_money = words::is_money(&column.name) || sign.is_some() || by_name.is_some();
        column.unit = match (&currencies, sign.as_deref().and_then(currency_of).or(by_name)) {
            _ if is_percent => Some("percent".to_owned()),
            (_, Some(code)) => Some(code.to_owned()),
            (Some((name, codes)), None) if is_money && codes.len() == 1 => {
                Some(format!("{{ currency: {name} }}"))
            }
            (Some((name, codes)), None) if is_money && codes.len() > 1 => {
                column
                    .comments
                    .push(format!("amounts in {} currencies: see `{name}`", codes.len()));
                notes.push(format!(
                    "`{place}`: `{}` holds amounts in {} currencies ({}), and nothing is converted: convert them before they are exported, or leave rows out with `where:`",
                    column.name, codes.len(), codes.join(", ")
                ));
                None
            }
            _ if is_money => None,
            _ => words::unit(&column.name).filter(|unit| *unit != "percent").map(str::to_owned),
        };
        if is_money && column.ty == Some(Type::Number) {
            column.ty = Some(Type::Decimal);
        }
    }
}

/// The codes in a column of currencies; none where something else is there too.
fn codes(seen: &ColumnProfile) -> Vec<String> {
    let Some(common) = &seen.common else { return Vec::new() };
    let found: Option<Vec<&str>> = common.keys().map(|value| currency_of(value.trim())).collect();
    let mut found: Vec<String> = found.unwrap_or_default().into_iter().map(str::to_owned).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The symbol of money in the format of a number.
fn sign(format: &str) -> Option<String> {
    let symbol: String =
        format.chars().filter(|c| !c.is_ascii_digit() && !" .,'%".contains(*c)).collect();
    is_currency_symbol(&symbol).then_some(symbol)
}
