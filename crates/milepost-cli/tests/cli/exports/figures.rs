//! The figures that must come out, by month, counted from the rows.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::rows::day;
use super::{Account, Company, Day};

/// By month (`2026-01`).
pub(crate) type Months = BTreeMap<String, f64>;

fn month(date: Day) -> String {
    let (year, month, _) = day(date);
    format!("{year}-{month:02}")
}

/// The first days of the months after January, February and March of 2026, and these months.
const ENDS: [(&str, Day); 3] = [("2026-01", 20_485), ("2026-02", 20_513), ("2026-03", 20_544)];

fn months(value: impl Fn(Day) -> f64) -> Months {
    ENDS.iter().map(|(month, end)| ((*month).to_owned(), value(*end))).collect()
}

fn is_alive(account: &Account, end: Day) -> bool {
    account.since < end && account.churned.is_none_or(|churned| churned >= end)
}

/// Accounts at the end of a month.
pub(crate) fn accounts(company: &Company, counted: impl Fn(&Account) -> bool) -> Months {
    let alive =
        |end| company.accounts.iter().filter(|a| counted(a) && is_alive(a, end)).count() as f64;
    months(alive)
}

/// Accounts that began in a month.
pub(crate) fn new_accounts(company: &Company) -> Months {
    let mut found = months(|_| 0.0);
    for account in &company.accounts {
        if let Some(count) = found.get_mut(&month(account.since)) {
            *count += 1.0;
        }
    }
    found
}

/// What subscriptions bring at the end of a month.
pub(crate) fn mrr(company: &Company, counted: impl Fn(&Account) -> bool) -> Months {
    let running = |end| company.accounts.iter().filter(move |a| is_alive(a, end));
    months(|end| {
        running(end).filter(|a| counted(a)).map(|a| a.mrr_cents).sum::<i64>() as f64 / 100.0
    })
}

/// What is invoiced in a month, less what is credited.
pub(crate) fn invoiced(company: &Company) -> Months {
    let mut found: BTreeMap<String, i64> = BTreeMap::new();
    for invoice in &company.invoices {
        *found.entry(month(invoice.day)).or_default() += invoice.cents;
    }
    found.into_iter().map(|(month, cents)| (month, cents as f64 / 100.0)).collect()
}

fn distinct<'a>(rows: impl Iterator<Item = (Day, &'a str)>) -> Months {
    let mut found: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    rows.for_each(|(date, who)| _ = found.entry(month(date)).or_default().insert(who));
    found.into_iter().map(|(month, who)| (month, who.len() as f64)).collect()
}

/// Users with an event in a month.
pub(crate) fn users(company: &Company) -> Months {
    distinct(company.events.iter().map(|event| (event.day, event.user.as_str())))
}

/// Contacts with a message in a month.
pub(crate) fn written_to(company: &Company) -> Months {
    distinct(company.messages.iter().map(|message| (message.day, message.contact.as_str())))
}

/// The net promoter score of a month's answers.
pub(crate) fn nps(company: &Company) -> Months {
    let mut found: BTreeMap<String, (i32, i32)> = BTreeMap::new();
    for answer in &company.answers {
        let (sum, count) = found.entry(month(answer.day)).or_default();
        *sum += i32::from(answer.score >= 9) - i32::from(answer.score <= 6);
        *count += 1;
    }
    found
        .into_iter()
        .map(|(month, (sum, count))| (month, f64::from(sum * 100) / f64::from(count)))
        .collect()
}
