use super::*;

fn of(display: Display, values: &[f64]) -> Formatter {
    Formatter::new(&display, values.iter().copied())
}

fn usd(values: &[f64]) -> Formatter {
    of(Display::Currency("USD".to_owned()), values)
}

fn number(unit: Option<&str>, values: &[f64]) -> Formatter {
    of(Display::Number(unit.map(Words::same)), values)
}

#[test]
fn percent_has_one_decimal() {
    let f = of(Display::Percent, &[0.8]);
    assert_eq!(f.full(0.804_4), "80.4%");
    assert_eq!(f.full(-0.000_1), "−0.01%");
    assert_eq!(f.full(-1e-9), "0.0%");
    assert_eq!(f.full(-0.05), "−5.0%");
    assert_eq!(f.full(12.345), "1,234.5%");
}

#[test]
fn money_shows_cents_only_when_small() {
    assert_eq!(usd(&[12.5]).full(12.5), "$12.50");
    assert_eq!(usd(&[1_240_312.4]).full(-1_240_312.4), "−$1,240,312");
    assert_eq!(of(Display::Currency("CHF".to_owned()), &[2_000.0]).full(2_000.0), "CHF\u{a0}2,000");
    assert_eq!(of(Display::Currency("JPY".to_owned()), &[20.5]).full(20.4), "¥20");
}

#[test]
fn cards_are_short() {
    let f = usd(&[1e6]);
    assert_eq!(f.compact(1_240_312.0), "$1.24M");
    assert_eq!(f.compact(-12_345.0), "−$12.3k");
    assert_eq!(f.compact(999_950.0), "$1.00M");
    assert_eq!(f.compact(9_999.0), "$9,999");
    assert_eq!(number(None, &[1e5]).compact(123_456.0), "123k");
}

#[test]
fn numbers_share_their_decimals() {
    assert_eq!(number(None, &[3.0, 4.0]).full(3.0), "3");
    assert_eq!(number(None, &[3.5, 4.0]).full(4.0), "4.00");
    assert_eq!(number(Some("days"), &[12.34]).sentence(12.34), "12.3\u{a0}days");
    assert_eq!(number(None, &[0.123_4]).full(0.123_4), "0.123");
}

#[test]
fn differences_carry_sign_and_unit() {
    let percent = of(Display::Percent, &[]);
    assert_eq!(percent.difference(0.5, 0.516), "+1.6\u{a0}points");
    assert_eq!(percent.difference(0.5, 0.499_99), "0.0\u{a0}points");
    assert_eq!(usd(&[2_000.0]).difference(2_000.0, 760.0), "−$1,240");
    assert_eq!(relative(0.0321), "+3.2%");
}

#[test]
fn digits_follow_the_size() {
    let percent = of(Display::Percent, &[0.5]);
    assert_eq!(percent.full(0.000_8), "0.08%");
    assert_eq!(percent.full(0.003_123), "0.31%");
    assert_eq!(percent.full(0.000_812_7), "0.081%");
    assert_eq!(percent.full(0.01), "1.0%");
    assert_eq!(percent.full(0.000_000_5), "0.00005%");
    assert_eq!(percent.difference(0.000_8, 0.000_4), "−0.04\u{a0}points");
    assert_eq!(percent.difference(0.003_1, 0.002_8), "−0.03\u{a0}points");
    assert_eq!(number(None, &[120.0, 0.5]).full(0.04), "0.04");
    assert_eq!(usd(&[5_000.0]).full(0.4), "$0.40");
    assert_eq!(usd(&[5.0]).full(0.004), "$0.004");
    assert_eq!(usd(&[5_000.0]).difference(0.4, 0.9), "+$0.50");
    assert_eq!(number(None, &[0.000_4]).full(0.000_4), "0.0004");
}

#[test]
fn one_thing_is_one() {
    let contacts = Words { one: "contact".to_owned(), many: "contacts".to_owned() };
    let f = of(Display::Number(Some(contacts.clone())), &[1.0, 7.0]);
    assert_eq!(f.sentence(1.0), "1\u{a0}contact");
    assert_eq!(f.sentence(7.0), "7\u{a0}contacts");
    assert_eq!(f.difference(3.0, 2.0), "−1\u{a0}contact");
    assert_eq!(f.goal(Bound::AtLeast(1.0)), "at least 1\u{a0}contact");
    assert_eq!(of(Display::Number(Some(contacts)), &[1.5]).sentence(1.0), "1.00\u{a0}contacts");
}

#[test]
fn goals_have_no_idle_zeros() {
    assert_eq!(of(Display::Percent, &[]).goal(Bound::AtLeast(0.8)), "at least 80%");
    assert_eq!(of(Display::Percent, &[]).goal(Bound::AtMost(0.025)), "at most 2.5%");
    assert_eq!(number(Some("days"), &[1.5]).goal(Bound::AtMost(100.0)), "at most 100\u{a0}days");
    assert_eq!(usd(&[]).goal(Bound::Inside(-5.0, 1_000.0)), "between −$5 and $1,000");
    let nps = number(Some("points"), &[30.0]);
    assert_eq!(nps.goal(Bound::Inside(30.0, 60.0)), "between 30 and 60\u{a0}points");
}

#[test]
fn ticks_show_what_the_step_needs() {
    assert_eq!(of(Display::Percent, &[]).tick(0.6, 0.2, 1.0), "60%");
    assert_eq!(of(Display::Percent, &[]).tick(0.605, 0.005, 0.62), "60.5%");
    assert_eq!(usd(&[]).tick(1_500_000.0, 500_000.0, 2e6), "$1.5M");
    assert_eq!(usd(&[]).tick(20_000.0, 10_000.0, 20_000.0), "$20k");
    assert_eq!(number(None, &[]).tick(0.0, 0.5, 2.0), "0");
}

#[test]
fn nothing_breaks_on_extremes() {
    for value in [f64::MAX, f64::MIN, f64::MIN_POSITIVE, -0.0, 1e15, f64::NAN, f64::INFINITY] {
        for display in [Display::Percent, Display::Number(None)] {
            let f = of(display, &[value]);
            assert!(!f.full(value).is_empty());
            assert!(f.compact(value).len() < 40, "{}", f.compact(value));
            assert!(!f.difference(0.0, value).is_empty());
        }
    }
    assert_eq!(number(None, &[0.0]).full(-0.0), "0");
}

#[test]
fn ages_use_the_largest_unit() {
    assert_eq!(age(-5), "less than a minute");
    assert_eq!(age(3_600), "1 hour");
    assert_eq!(age(259_200), "3 days");
}
