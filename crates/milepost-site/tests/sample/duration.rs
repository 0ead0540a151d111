//! A duration of which the newest bucket still waits, and whose curve is known for the first days alone.

use milepost_site::page::*;

/// Two months: the second one is complete, of the third the median is not reached and may still be.
pub(super) fn duration(full: &Kpi) -> Kpi {
    let days = || Display::Number(Some(Words { one: "day".to_owned(), many: "days".to_owned() }));
    let count = || Display::Number(None);
    let number = |value: f64| Cell::Value { value, n: Some(16), absent: Absent::default() };
    let reason = |reason: &str| Cell::Reason(reason.to_owned());
    let buckets = |maturing: bool| {
        let mut buckets = full.series.buckets[..3].to_vec();
        buckets.iter_mut().for_each(|bucket| bucket.immature = false);
        (buckets[2].maturing, buckets[2].partial) = (maturing, maturing);
        buckets
    };
    let part = |name: &str, display: Display, maturing: bool, cells: [Cell; 3]| Part {
        name: name.to_owned(),
        is_headline: name == "median",
        display,
        buckets: buckets(maturing),
        cells: cells.to_vec(),
    };
    let mut parts = vec![
        part("median", days(), true, [number(9.5), number(7.25), reason("not reached")]),
        part("p25", days(), false, [number(3.0), number(2.0), number(4.0)]),
        part("p75", days(), true, [reason("not reached"), number(12.0), reason("not reached")]),
        part("started", count(), false, [number(16.0), number(16.0), number(9.0)]),
        part("reached", count(), false, [number(11.0), number(13.0), number(3.0)]),
        part("lost", count(), false, [number(5.0), number(2.0), number(0.0)]),
        part("waiting", count(), false, [number(0.0), number(1.0), number(6.0)]),
    ];
    let curve = [("0", 0.0, 16.0), ("5", 0.4, 9.0), ("10", 0.55, 5.0), ("15", 0.8, 2.0)];
    for (day, share, risk) in curve {
        let known = |value: f64| if day == "15" { reason("immature") } else { number(value) };
        let end = |value: f64| if share == 0.0 { reason("no data") } else { number(value) };
        let percent =
            |kind: &str, cells| part(&format!("{kind}_{day}"), Display::Percent, true, cells);
        parts.push(percent("at", [number(share), number(share), known(share / 2.0)]));
        parts.push(percent("low", [end(share - 0.2), end(share - 0.2), reason("no data")]));
        parts.push(percent("high", [end(share + 0.15), end(share + 0.15), reason("no data")]));
        let risk = [number(risk), number(risk), number(risk / 2.0)];
        parts.push(part(&format!("risk_{day}"), count(), false, risk));
    }
    Kpi {
        name: "time_to_value".to_owned(),
        display: days(),
        better: Some(Better::Lower),
        target: None,
        shape: Shape::Duration,
        series: Series {
            grain: Grain::Month,
            buckets: buckets(true),
            cells: parts[0].cells.clone(),
        },
        parts,
        slices: Vec::new(),
        ..full.clone()
    }
}
