use milepost_syntax::ast::CurveValue::{High, Low, Quantile, Share};
use proptest::prelude::*;

use super::*;

/// 0 waits, 1 has got there, 2 is lost, 3 is followed no longer.
fn spell(days: f64, state: f64) -> Spell {
    let state = match state {
        1.0 => "reached",
        2.0 => "lost",
        3.0 => "censored",
        _ => "waiting",
    };
    Spell { days, state: SpellState::of(state) }
}

fn value(asks: CurveValue, at: f64, spells: &[(f64, f64)]) -> Result<f64, Reason> {
    let mut spells: Vec<Spell> = spells.iter().map(|(t, s)| spell(*t, *s)).collect();
    curve_value(asks, at, &mut spells)
}

#[test]
fn quantiles_of_all_who_got_there_are_the_ordinary_ones() {
    let even = [(4.0, 1.0), (1.0, 1.0), (9.0, 1.0), (2.0, 1.0)];
    assert_eq!(value(Quantile, 0.5, &even), Ok(3.0));
    assert_eq!(value(Quantile, 0.25, &even), Ok(1.5));
    assert_eq!(value(Quantile, 0.5, &even[..3]), Ok(4.0));
    assert_eq!(value(Quantile, 0.5, &[]), Err(Reason::NoData));
}

#[test]
fn who_is_lost_for_good_keeps_the_curve_below() {
    let spells = |lost| [(1.0, 1.0), (2.0, lost), (3.0, lost), (4.0, 1.0), (9.0, 0.0)];
    // 1/5, then still 3/5 of all, of whom one of two: 1/5 + 3/5 · 1/2 … of those who were not lost.
    assert_eq!(value(Share, 4.0, &spells(3.0)).map(round), Ok(0.6));
    assert_eq!(value(Share, 4.0, &spells(2.0)).map(round), Ok(0.4));
    assert_eq!(value(Quantile, 0.5, &spells(3.0)), Ok(4.0));
    assert_eq!(value(Quantile, 0.5, &spells(2.0)), Err(Reason::NotReached));
}

#[test]
fn a_share_is_known_once_somebody_was_followed_so_long_or_nobody_waits() {
    let young = [(1.0, 1.0), (3.0, 0.0)];
    assert_eq!(value(Share, 3.0, &young), Ok(0.5));
    assert_eq!(value(Share, 4.0, &young), Err(Reason::Immature));
    assert_eq!(value(Share, 4.0, &[(1.0, 1.0), (3.0, 3.0)]), Err(Reason::NoData));
    assert_eq!(value(Share, 4.0, &[(1.0, 1.0), (3.0, 2.0)]), Ok(0.5));
    assert_eq!(value(Low(CurveScale::Survival), 0.5, &young), Err(Reason::NoData));
}

fn round(x: f64) -> f64 {
    (x * 1e12).round() / 1e12
}

fn spells() -> impl Strategy<Value = Vec<(f64, f64)>> {
    prop::collection::vec((0..20_u8, 0..4_u8), 1..40).prop_map(|list| {
        list.into_iter().map(|(days, state)| (f64::from(days), f64::from(state))).collect()
    })
}

proptest! {
    #[test]
    fn the_curve_never_falls_and_what_is_missing_is_lost_or_left(mut list in spells()) {
        // Everybody is followed for long enough.
        list.push((30.0, 0.0));
        let other: Vec<(f64, f64)> = list
            .iter()
            .map(|(t, s)| (*t, match *s { 1.0 => 2.0, 2.0 => 1.0, s => s }))
            .collect();
        let either: Vec<(f64, f64)> =
            list.iter().map(|(t, s)| (*t, if *s == 2.0 { 1.0 } else { *s })).collect();
        let mut before = 0.0;
        for days in 0..30 {
            let at = |list: &[(f64, f64)]| value(Share, f64::from(days), list).unwrap();
            let (reached, lost, either) = (at(&list), at(&other), at(&either));
            prop_assert!((before - 1e-12..=1.0 + 1e-12).contains(&reached));
            prop_assert!((reached + lost - either).abs() < 1e-12);
            before = reached;
        }
    }

    #[test]
    fn any_order_gives_the_same_bits(list in spells(), at in 0..25_u8) {
        let mut turned = list.clone();
        turned.reverse();
        let scales = [CurveScale::Survival, CurveScale::Incidence];
        let ends = scales.into_iter().flat_map(|scale| [Low(scale), High(scale)]);
        for asks in ends.chain([Share]) {
            let at = f64::from(at);
            prop_assert_eq!(value(asks, at, &list), value(asks, at, &turned));
        }
        prop_assert_eq!(value(Quantile, 0.5, &list), value(Quantile, 0.5, &turned));
    }

    #[test]
    fn the_interval_holds_the_curve(list in spells(), at in 0..20_u8) {
        for scale in [CurveScale::Survival, CurveScale::Incidence] {
            let at = f64::from(at);
            let ends = [Low(scale), Share, High(scale)].map(|asks| value(asks, at, &list));
            if let [Ok(low), Ok(share), Ok(high)] = ends {
                prop_assert!(0.0 <= low && low <= share && share <= high && high <= 1.0);
            }
        }
    }
}
