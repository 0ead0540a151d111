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

mod calendar;
pub mod planted;
mod random;
mod story;
mod table;
mod tables;
mod window;

pub use table::{Table, Values};
pub use window::{FIRST_DAY, LAST_DAY};

/// What to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many accounts; accounts are numbered from 1.
    pub accounts: u32,
    /// Another seed is another company (with the same planted cases).
    pub seed: u64,
}

impl Default for Options {
    /// The company of `examples/acme`.
    fn default() -> Self {
        Self { accounts: 150, seed: 1 }
    }
}

/// Calls `emit` with every table, always in the same order. Tables that grow with time come in monthly pieces.
pub fn generate(options: &Options, emit: &mut dyn FnMut(Table)) {
    generate_only(options, &|_| true, emit);
}

/// The names of all tables, in the order in which they are made.
#[must_use]
pub fn tables() -> Vec<String> {
    tables::pieces().into_iter().map(|piece| piece.name).collect()
}

/// Like [`generate`], for the tables whose name `wanted` accepts; the others are never computed.
pub fn generate_only(
    options: &Options,
    wanted: &dyn Fn(&str) -> bool,
    emit: &mut dyn FnMut(Table),
) {
    let company = tables::Company::new(options);
    for piece in tables::pieces() {
        if wanted(&piece.name) {
            emit((piece.make)(&company, piece.name.clone(), piece.month));
        }
    }
}
