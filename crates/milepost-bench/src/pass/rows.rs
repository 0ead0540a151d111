//! The events of a product over one year, in the order of time, and who did them: from a seed, any number of rows.
//!
//! Work has its hours and its weekdays, a few users do most of it, new users come all year, and what somebody does comes
//! in visits of several events.

/// How many events a visit has on average.
const VISIT: u64 = 8;
/// Events per user and year.
const EVENTS_OF_A_USER: usize = 150;
/// Users of an account.
const USERS_OF_AN_ACCOUNT: usize = 20;

/// The days of the year 2025, and where it begins.
pub(crate) const DAYS: usize = 365;
/// Microseconds from 1970 to 2025-01-01.
pub(crate) const START: i64 = 1_735_689_600_000_000;
pub(crate) const HOUR: i64 = 3_600_000_000;

/// What users do, and how often in a hundred events.
pub(crate) const NAMES: [(&str, u64); 12] = [
    ("page_view", 22),
    ("search", 13),
    ("ping", 12),
    ("message", 10),
    ("login", 9),
    ("edit", 8),
    ("open_report", 7),
    ("comment", 6),
    ("upload", 5),
    ("share", 4),
    ("export", 3),
    ("purchase", 1),
];

/// Plans and regions, and their users in a hundred.
pub(crate) const PLANS: [(&str, u64); 4] =
    [("free", 60), ("starter", 25), ("business", 12), ("enterprise", 3)];
pub(crate) const REGIONS: [(&str, u64); 6] = [
    ("North America", 35),
    ("Europe", 30),
    ("Asia", 18),
    ("South America", 8),
    ("Africa", 5),
    ("Oceania", 4),
];

/// Tiers of accounts, and the accounts in a hundred.
pub(crate) const TIERS: [(&str, u64); 3] = [("digital", 70), ("pooled", 24), ("named", 6)];

/// How many accounts there are for that many events.
pub(crate) fn accounts_of(rows: usize) -> usize {
    (users_of(rows) / USERS_OF_AN_ACCOUNT).max(5)
}

/// How many users there are for that many events.
pub(crate) fn users_of(rows: usize) -> usize {
    (rows / EVENTS_OF_A_USER).max(50)
}

/// Numbers that look random, the same for the same seed (SplitMix64).
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below that one.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // The high part of the product: as even as a remainder, and cheaper.
        u64::try_from((u128::from(self.next()) * u128::from(end)) >> 64).unwrap_or(0)
    }

    /// From 0, included, to 1, excluded.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// The place of one of a list of shares.
    pub(crate) fn pick<T>(&mut self, shares: &[(T, u64)]) -> usize {
        let mut left = self.below(shares.iter().map(|(_, share)| share).sum());
        for (i, (_, share)) in shares.iter().enumerate() {
            if left < *share {
                return i;
            }
            left -= share;
        }
        0
    }
}

/// Events side by side, as columns.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub(crate) at: Vec<i64>,
    pub(crate) user: Vec<i64>,
    /// Places in [`NAMES`].
    pub(crate) name: Vec<i32>,
    /// How long it took; not always known.
    pub(crate) seconds: Vec<Option<i64>>,
    /// Cents, of purchases.
    pub(crate) amount: Vec<Option<i128>>,
}

impl Columns {
    /// The rows of some places, in their order.
    pub(crate) fn take(&self, places: &[usize]) -> Self {
        fn of<T: Copy>(column: &[T], places: &[usize]) -> Vec<T> {
            places.iter().map(|place| column[*place]).collect()
        }
        Self {
            at: of(&self.at, places),
            user: of(&self.user, places),
            name: of(&self.name, places),
            seconds: of(&self.seconds, places),
            amount: of(&self.amount, places),
        }
    }
}

/// The events of one year, hour by hour.
#[derive(Debug)]
pub(crate) struct Year {
    rows: usize,
    users: usize,
    random: Random,
    /// Who is there now.
    visitors: Vec<i64>,
    /// The sum of the weights of all hours before each, and of all.
    weights: Vec<u64>,
}

impl Year {
    pub(crate) fn new(rows: usize, seed: u64) -> Self {
        let mut weights = vec![0];
        let mut sum = 0;
        for hour in 0..DAYS * 24 {
            sum += weight(hour);
            weights.push(sum);
        }
        let mut year = Self {
            rows,
            users: users_of(rows),
            random: Random::new(seed),
            visitors: Vec::new(),
            weights,
        };
        // About an hour of work at a time.
        let there = (rows / DAYS / 200).max(4);
        year.visitors = (0..there).map(|_| year.user(0)).collect();
        year
    }

    /// The events of one hour of the year.
    pub(crate) fn hour(&mut self, hour: usize, into: &mut Columns) {
        let count = self.before(hour + 1) - self.before(hour);
        for i in 0..count {
            let within = (i as f64 + self.random.unit()) / count as f64;
            into.at.push(START + hour as i64 * HOUR + (within * HOUR as f64) as i64);
            let place = self.random.below(self.visitors.len() as u64) as usize;
            if self.random.below(VISIT) == 0 {
                self.visitors[place] = self.user(hour);
            }
            into.user.push(self.visitors[place]);
            let name = self.random.pick(&NAMES);
            into.name.push(name as i32);
            let known = self.random.below(20) > 0;
            let seconds = (self.random.unit().powi(3) * 600.0) as i64;
            into.seconds.push(known.then_some(seconds));
            let cents = 500 + (self.random.unit().powi(4) * 100_000.0) as i128;
            into.amount.push((NAMES[name].0 == "purchase").then_some(cents));
        }
    }

    /// How many events there are before that hour.
    fn before(&self, hour: usize) -> usize {
        let all = self.weights[self.weights.len() - 1];
        let rows = self.rows as u128 * u128::from(self.weights[hour]) / u128::from(all);
        usize::try_from(rows).unwrap_or(self.rows)
    }

    /// Somebody who begins a visit in that hour: half of all users are there from the first day on.
    fn user(&mut self, hour: usize) -> i64 {
        let there = self.users as f64 * (0.5 + 0.5 * hour as f64 / (DAYS * 24) as f64);
        let rank = (there * self.random.unit().powf(2.2)) as u64;
        // A prime, so that the busiest users are anywhere among the numbers.
        let number = u128::from(rank) * 2_654_435_761 % self.users as u128;
        1 + i64::try_from(number).unwrap_or(0)
    }
}

/// How much is done in an hour of the year, beside other hours.
fn weight(hour: usize) -> u64 {
    const OF_THE_DAY: [u64; 24] =
        [2, 1, 1, 1, 1, 2, 5, 12, 25, 38, 42, 40, 30, 34, 42, 41, 38, 28, 16, 12, 10, 8, 6, 4];
    let day = hour / 24;
    // 2025 begins on a Wednesday.
    let weekend = (day + 2) % 7 >= 5;
    let share = if weekend { 30 } else { 100 };
    OF_THE_DAY[hour % 24] * share * (1_000 + day as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year(rows: usize, seed: u64) -> Columns {
        let mut year = Year::new(rows, seed);
        let mut columns = Columns::default();
        (0..DAYS * 24).for_each(|hour| year.hour(hour, &mut columns));
        columns
    }

    #[test]
    fn a_year_has_its_rows_in_the_order_of_time() {
        let columns = year(30_000, 1);
        assert_eq!(columns.at.len(), 30_000);
        assert!(columns.at.is_sorted());
        assert!(columns.at.iter().all(|at| (START..START + 365 * 24 * HOUR).contains(at)));
        assert!(columns.user.iter().all(|user| (1..=200).contains(user)));
    }

    #[test]
    fn a_seed_is_a_year() {
        assert_eq!(year(5_000, 7).user, year(5_000, 7).user);
        assert_ne!(year(5_000, 7).user, year(5_000, 8).user);
    }

    #[test]
    fn a_few_users_do_most() {
        let mut counts = vec![0; 201];
        for user in year(30_000, 1).user {
            counts[usize::try_from(user).unwrap()] += 1;
        }
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let busiest: i32 = counts[..20].iter().sum();
        assert!(busiest > 9_000, "{busiest}");
    }
}
