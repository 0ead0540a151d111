//! How the rows of the events lie in their files: in which order, under which keys, and how evenly.

use super::keys::Keys;
use super::rows::{Columns, Random, accounts_of};
use crate::Failure;

/// A year of events as it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) rows: usize,
    pub(crate) keys: Keys,
    pub(crate) order: Order,
    /// One account has half of all users, and so about half of all events.
    pub(crate) skewed: bool,
    /// So many files of one size. When nobody says: one for each month if rows are in the order of time, else twelve.
    pub(crate) files: Option<usize>,
}

/// In which order rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Time,
    /// None: each file has rows of all days and of all accounts.
    Shuffled,
    /// One account after the other, as a warehouse clusters them; each in the order of time.
    Account,
}

impl Shape {
    /// In the order of time, evenly, under keys that are numbers.
    pub(crate) const fn plain(rows: usize) -> Self {
        Self { rows, keys: Keys::Numbers, order: Order::Time, skewed: false, files: None }
    }

    /// With what the words of the command line say.
    pub(crate) fn parse(rows: usize, words: &[&str]) -> Result<Self, Failure> {
        let mut shape = Self::plain(rows);
        for word in words {
            match (*word, word.strip_prefix("files=")) {
                ("text", _) => shape.keys = Keys::Texts,
                ("skewed", _) => shape.skewed = true,
                ("shuffled", _) if shape.order == Order::Time => shape.order = Order::Shuffled,
                ("by-account", _) if shape.order == Order::Time => shape.order = Order::Account,
                ("shuffled" | "by-account", _) => {
                    return Err("rows have one order: `shuffled` or `by-account`".into());
                }
                (_, Some(files)) => shape.files = Some(crate::number(files)?),
                _ => {
                    return Err(format!(
                        "there is no shape `{word}`: write `text`, `shuffled`, `by-account`, `skewed` or `files=1000`"
                    )
                    .into());
                }
            }
        }
        Ok(shape)
    }

    /// The number of the account that a user is of.
    pub(crate) fn account(&self, user: i64) -> i64 {
        let accounts = accounts_of(self.rows) as i64;
        if self.skewed && user % 2 == 0 { 1 } else { 1 + user / 2 % accounts }
    }

    /// The places of rows in the order in which they are written.
    pub(super) fn places(&self, rows: &Columns) -> Vec<usize> {
        let mut places: Vec<usize> = (0..rows.at.len()).collect();
        match self.order {
            Order::Time => {}
            Order::Shuffled => {
                let mut random = Random::new(self.rows as u64);
                for last in (1..places.len()).rev() {
                    places.swap(last, random.below(last as u64 + 1) as usize);
                }
            }
            Order::Account => places.sort_by_key(|place| self.account(rows.user[*place])),
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::{DAYS, Year};
    use super::*;

    fn rows(shape: &Shape) -> Columns {
        let mut year = Year::new(shape.rows, 1);
        let mut columns = Columns::default();
        (0..DAYS * 24).for_each(|hour| year.hour(hour, &mut columns));
        columns.take(&shape.places(&columns))
    }

    fn accounts(shape: &Shape) -> Vec<i64> {
        rows(shape).user.iter().map(|user| shape.account(*user)).collect()
    }

    #[test]
    fn words_are_read() {
        let shape = Shape::parse(10, &["text", "shuffled", "skewed", "files=1_000"]).unwrap();
        assert_eq!((shape.keys, shape.order, shape.skewed), (Keys::Texts, Order::Shuffled, true));
        assert_eq!(shape.files, Some(1_000));
        assert!(Shape::parse(10, &["shuffled", "by-account"]).is_err());
        assert!(Shape::parse(10, &["sorted"]).is_err());
    }

    #[test]
    fn rows_lie_as_it_is_said() {
        let at = |words: &[&str]| rows(&Shape::parse(30_000, words).unwrap()).at;
        let (time, shuffled) = (at(&[]), at(&["shuffled"]));
        assert!(time.is_sorted());
        let ascents = shuffled.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((14_000..16_000).contains(&ascents), "{ascents}");
        let sorted = |mut at: Vec<i64>| {
            at.sort_unstable();
            at
        };
        assert_eq!(sorted(shuffled), time);
        let shape = Shape::parse(30_000, &["by-account"]).unwrap();
        assert!(accounts(&shape).is_sorted());
        assert_eq!(sorted(at(&["by-account"])), time);
    }

    #[test]
    fn one_account_has_half_of_all_events() {
        let most = |words: &[&str]| {
            let accounts = accounts(&Shape::parse(60_000, words).unwrap());
            accounts.iter().filter(|account| **account == 1).count()
        };
        assert!(most(&[]) < 12_000, "{}", most(&[]));
        assert!((24_000..36_000).contains(&most(&["skewed"])), "{}", most(&["skewed"]));
    }
}
