//! A synthetic digital-CS company: the data behind `milepost demo`.
//!
//! [`generate`] yields plain column tables; it reads nothing, writes nothing and knows no clock. Whoever calls it turns
//! the tables into files.
//!
//! # The same rows, always
//!
//! Every row is a function of the seed, what it is about, and its account's number ([`Options::accounts`] accounts,
//! numbered from 1). So the same options give the same tables on every machine; a smaller company is a prefix of a
//! larger one, table by table and account by account (the catalogs `feature`, `campaign`, `content`, `webinar` and `csm`
//! are the same for all); and a month of a table that is split by months is the same whether or not the other months are asked for
//! ([`generate_only`]). Arithmetic is on integers and on the exact operations of doubles.
//!
//! # What causes what
//!
//! Each account has a hidden *fit* and *friction*. Every week its *momentum* keeps nine tenths of itself, drifts back
//! to what fit and friction deserve, rises with clicked touches and calls, and falls when a champion leaves. Then:
//!
//! - users activate sooner where the product fits and for two weeks after a touch that landed (log-odds +0.25 for mail
//!   and video, +0.45 in the app, +0.70 for a webinar, half in the second week): a tenth of the contacts is a permanent
//!   holdout, so the effect can be recovered;
//! - activated users work more on weekdays, by their own habit and the account's momentum;
//! - touches are opened and clicked more where momentum is high (so naive lift is biased); CSMs call more where it is
//!   low (so calls look harmful);
//! - accounts leave at a renewal (each month, or each year) by the momentum of 90 to 30 days before, friction, unused
//!   seats, a price rise and a lost champion, and rarely for no reason; seats grow where they are full;
//! - answers to surveys follow momentum, and people who are engaged answer more;
//! - webinars are attended by those who opened an invitation, and left early where it goes badly; knowledge-base visits
//!   are more frequent while an account is new and where the product is hard, and a third of the tickets follow one;
//! - few contacts write in the community, and customers answer two questions in three;
//! - two in three expansions were asked for before they came (`upsell_attempt`); other attempts came to nothing.
//!
//! # What is not modeled yet
//!
//! Currencies other than USD, effects of articles, guides and videos on use, stages of opportunities, late arrival of
//! rows, contacts in two accounts, accounts that change parents, seasons other than the weekend, correlation between
//! single features. Accounts older than the window have neither events nor changes before it. An expansion between two
//! invoices is billed with the next one.
//!
//! # Planted cases
//!
//! [`planted::CASES`] lists rows that break careless code (repeated events, unmatched keys, clock edges, a subscription
//! that ends exactly at a month's end, …) with the account that has each.
//!
//! # Planted stories
//!
//! [`Options::planted`] adds accounts whose way from the first login to the renewal, or to the loss, is decided day by day: late, stuck, ready,
//! silent and then lost, and healthy ones beside them. Tables whose names begin with [`TRUTH`] say which account has which story, where it stands on
//! the journey of `std/journey` from which day to which, and when nobody uses the product. All other rows are the same with and without them.

mod calendar;
mod journeys;
pub mod planted;
mod random;
mod story;
mod table;
mod tables;
mod window;

pub use journeys::{ABOVE, TRUTH};
pub use table::{Table, Values};
pub use window::{FIRST_DAY, LAST_DAY};

/// What to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many accounts; accounts are numbered from 1. At most [`MOST`].
    pub accounts: u32,
    /// Another seed is another company (with the same planted cases).
    pub seed: u64,
    /// How many accounts there are besides for each planted story of the customer journey.
    pub planted: u32,
}

/// So many accounts there can be, so that none has the number of a planted one.
pub const MOST: u32 = 9_000_000;

impl Default for Options {
    /// The company of `examples/acme`.
    fn default() -> Self {
        Self { accounts: 150, seed: 1, planted: 0 }
    }
}

/// So many accounts are generated together. A larger company comes in parts, so that its stories are never all in memory.
const PART: u32 = 4_000;

/// Every table, always in the same order. Tables that grow with time come in monthly pieces; a company of more than 4,000
/// accounts comes in parts: tables of the same names follow, with the rows of the next accounts.
pub fn generate(options: &Options) -> impl Iterator<Item = Table> {
    generate_only(options, |_| true)
}

/// The names of all tables, in the order in which they are made.
#[must_use]
pub fn tables(options: &Options) -> Vec<String> {
    tables::pieces(options).into_iter().map(|piece| piece.name).collect()
}

/// Like [`generate`], for the tables whose name `wanted` accepts; the others are never computed.
pub fn generate_only<W: Fn(&str) -> bool + Copy>(
    options: &Options,
    wanted: W,
) -> impl Iterator<Item = Table> + use<W> {
    in_parts(options, PART, wanted)
}

fn in_parts<W: Fn(&str) -> bool + Copy>(
    options: &Options,
    part: u32,
    wanted: W,
) -> impl Iterator<Item = Table> + use<W> {
    let options = options.clone();
    tables::Company::parts(&options, part).flat_map(move |company| {
        let pieces = tables::pieces(&options).into_iter().filter(move |piece| wanted(&piece.name));
        pieces.filter_map(move |piece| piece.table(&company))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::random::draws;

    fn texts(values: &Values) -> Vec<String> {
        fn shown<T: std::fmt::Debug>(values: &[T]) -> Vec<String> {
            values.iter().map(|value| format!("{value:?}")).collect()
        }
        match values {
            Values::Integer(v) | Values::Timestamp(v) => shown(v),
            Values::Number(v) => shown(v),
            Values::Decimal { values, .. } => shown(values),
            Values::Text(v) => shown(v),
            Values::Boolean(v) => shown(v),
            Values::Date(v) => shown(v),
        }
    }

    /// The rows of every table that is wanted, and how many numbers were drawn for them.
    fn generated(
        accounts: u32,
        part: u32,
        wanted: fn(&str) -> bool,
    ) -> (BTreeMap<String, Vec<String>>, u64) {
        let before = draws();
        let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for table in in_parts(&Options { accounts, ..Options::default() }, part, wanted) {
            let columns: Vec<Vec<String>> =
                table.columns.iter().map(|(_, values)| texts(values)).collect();
            let of_row = |row: usize| columns.iter().map(|c| c[row].as_str()).collect::<Vec<_>>();
            let more = (0..table.rows()).map(|row| of_row(row).join(","));
            rows.entry(table.name.clone()).or_default().extend(more);
        }
        (rows, draws() - before)
    }

    #[test]
    fn a_company_in_parts_has_the_same_rows_and_is_no_more_work() {
        let (whole, work) = generated(40, 40, |_| true);
        let (parts, work_in_parts) = generated(40, 16, |_| true);
        assert!(whole["product_event/month=2025-03/part"].len() > 500);
        assert_eq!(whole, parts);
        assert_eq!(work, work_in_parts, "every story is generated once");
    }

    #[test]
    fn work_grows_as_the_accounts_do() {
        let work = |accounts| generated(accounts, 300, |name| name == "account").1;
        let (some, twice) = (work(1_000), work(2_000));
        assert!((19 * some..21 * some).contains(&(10 * twice)), "{some} numbers, then {twice}");
    }
}
