//! Planted stories of the customer journey: accounts that are late, stuck, ready, or silent and then lost, because they were made
//! so, and healthy ones beside them.
//!
//! What such an account is, is decided before a row of it is made, and written to the tables of [`TRUTH`]. So whoever looks for it in the other
//! tables can be told whether all were found, and nobody else.

mod plots;
mod truth;

use crate::calendar::{DAY, Day, HOUR, SECOND, midnight};
use crate::planted;
use crate::random::{Stream, Topic};
use crate::story::{Account, Billing, Period, Size, User};
use crate::window::{FIRST_DAY, LAST_DAY};

use plots::{PARTS, PLOTS, Plot};
pub(crate) use truth::{quiet, standing, story};

/// The names of the tables that say what was planted begin so. No specs read them.
pub const TRUTH: &str = "truth/";

/// Accounts with planted stories have numbers above this one, which no other account has.
pub const ABOVE: i64 = 9_100_000;

/// The first of them was created so many days after the first day of the data, which is before any look back over 28 days.
const SOONEST: Day = 40;
/// Somebody who uses the product does so every so many days.
const EVERY: Day = 5;
/// An account that nobody used on so many days up to one is quiet on that day.
const QUIET: Day = 14;

/// The numbers of the accounts of so many times all stories, story after story: more of them are the same ones and others.
pub(crate) fn numbers(times: u32) -> std::ops::RangeInclusive<i64> {
    let stories = i64::try_from(PLOTS.len()).unwrap_or(0);
    ABOVE + 1..=ABOVE + stories * i64::from(times)
}

/// The story of one account, as it was planted.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    account_id: i64,
    plot: &'static Plot,
    created_on: Day,
    /// So many seats make a twentieth of all.
    scale: i64,
}

impl Script {
    /// The script of an account; nothing if it has a story of its own.
    pub(crate) fn of(seed: u64, account_id: i64) -> Option<Self> {
        let place = usize::try_from(account_id - ABOVE - 1).ok()?;
        let (time, plot) = (place / PLOTS.len(), &PLOTS[place % PLOTS.len()]);
        let mut draw = Stream::new(seed, Topic::Journey, account_id.unsigned_abs(), 0);
        let (from, to) = plot.about_days;
        let (soonest, latest) = match time % 2 {
            0 => (LAST_DAY - to, LAST_DAY - from),
            _ => (FIRST_DAY, LAST_DAY),
        };
        let soonest = soonest.max(FIRST_DAY + SOONEST);
        let created_on = draw.between(soonest.into(), latest.into());
        Some(Self {
            account_id,
            plot,
            created_on: Day::try_from(created_on).unwrap_or(soonest),
            scale: draw.between(1, 3),
        })
    }

    /// The account: drawn like others, but for what the story says.
    pub(crate) fn account(&self, seed: u64) -> Account {
        let drawn = Account::of(seed, self.account_id);
        Account {
            parent_id: None,
            size: Size::Small,
            plan: planted::PLAN,
            created_on: self.created_on,
            created_at: midnight(self.created_on) + 9 * HOUR,
            annual: false,
            seats: self.seats(),
            trial: None,
            ..drawn
        }
    }

    /// One subscription, from the first day to the loss.
    pub(crate) fn periods(&self) -> Vec<Period> {
        let lost = self.lost_on();
        let period = Period::planted(self.account_id, 1, self.created_on, lost, self.seats());
        let period = Period { billing: Billing::Monthly, ..period };
        vec![if lost.is_some() { period.lost() } else { period }]
    }

    /// Those who ever use the product.
    pub(crate) fn users(&self) -> Vec<User> {
        let created_at = midnight(self.created_on) + 9 * HOUR;
        let most = self.plot.in_use.last().map_or(0, |(_, parts)| parts * self.scale);
        let users = (1..=most).filter_map(|number| Some((number, self.begins(number)?)));
        let user = |(number, begins): (i64, Day)| User {
            id: self.account_id * 10_000 + number,
            account_id: self.account_id,
            contact_id: None,
            permission: if number == 1 { "admin" } else { "editor" },
            created_at: created_at + number * SECOND,
            activated_at: Some(midnight(self.created_on + begins) + 8 * HOUR),
            deactivated_at: self.lost_on().map(midnight),
            habit: 0.5,
        };
        users.map(user).filter(|user| user.activated_at < Some(crate::window::end())).collect()
    }

    fn seats(&self) -> i64 {
        PARTS * self.scale
    }

    /// The day of the loss, if that is one of the data.
    fn lost_on(&self) -> Option<Day> {
        self.seen(self.plot.lost)
    }

    /// The date of a day of the story that the data reach.
    fn seen(&self, day: Option<Day>) -> Option<Day> {
        day.and_then(|day| self.created_on.checked_add(day)).filter(|day| *day <= LAST_DAY)
    }

    /// The day of the story on which the user of that number begins.
    fn begins(&self, number: i64) -> Option<Day> {
        let enough = self.plot.in_use.iter().find(|(_, parts)| parts * self.scale >= number);
        enough.map(|(day, _)| *day)
    }

    /// Whether the user of that number uses the product on that date.
    pub(crate) fn uses(&self, number: i64, date: Day) -> bool {
        let day = date - self.created_on;
        let Some(begins) = self.begins(number).filter(|begins| *begins <= day) else {
            return false;
        };
        let is_over = self.plot.lost.is_some_and(|lost| lost <= day);
        let (from, to) = self.plot.silence.unwrap_or((Day::MAX, Day::MAX));
        // The last day before a silence and the first one after it are those of everybody.
        let is_edge = day == from - 1 || day == to;
        let is_silent = (from..to).contains(&day);
        let is_key = number == 1 && self.is_way_to_value(date);
        !is_over && !is_silent && (is_edge || is_key || (day - begins) % EVERY == 0)
    }

    /// Whether the first user uses a key feature on that date for the first, the second or the third time.
    pub(crate) fn is_way_to_value(&self, date: Day) -> bool {
        let value = self.plot.first_value.map(|day| self.created_on + day);
        value.is_some_and(|value| (value - 2..=value).contains(&date))
    }

    /// Whether key features are used like others on that date.
    pub(crate) fn has_value(&self, date: Day) -> bool {
        self.plot.first_value.is_some_and(|day| date > self.created_on + day)
    }

    /// The dates of the data on which anybody uses the product.
    fn used(&self) -> impl Iterator<Item = Day> {
        let most = self.plot.in_use.last().map_or(0, |(_, parts)| parts * self.scale);
        let dates = self.created_on..=LAST_DAY;
        dates.filter(move |date| (1..=most).any(|number| self.uses(number, *date)))
    }

    /// The spans in which the account pays and nobody has used the product for [`QUIET`] days: the first day, the day after the last. A new
    /// account is quiet until its first login.
    fn quiet(&self) -> Vec<(Day, Day)> {
        let end = self.lost_on().unwrap_or(LAST_DAY + 1);
        let mut spans = Vec::new();
        let mut from = self.created_on;
        for used in self.used().chain([end]) {
            if from < used {
                spans.push((from, used));
            }
            from = used + QUIET;
        }
        spans
    }
}

/// An instant of a working day, so that it is the same day everywhere.
pub(crate) fn at_work(date: Day, draw: &mut Stream) -> i64 {
    i64::from(date) * DAY + draw.between(9 * 3_600, 14 * 3_600) * SECOND
}

#[cfg(test)]
mod tests {
    use super::*;
    use plots::{Stage, State};

    fn scripts() -> impl Iterator<Item = Script> {
        numbers(8).filter_map(|number| Script::of(3, number))
    }

    #[test]
    fn stories_are_told_forward() {
        for Plot { name, in_use, standing, about_days, lost, .. } in &PLOTS {
            assert!(in_use.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1), "{name}");
            assert!(standing.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1), "{name}");
            assert_eq!(standing[0], (0, Stage::Onboarding, State::OnTrack), "{name}");
            assert!(about_days.0 <= about_days.1 && about_days.1 < LAST_DAY - FIRST_DAY - SOONEST);
            assert!(lost.is_none_or(|lost| lost > standing[standing.len() - 1].0), "{name}");
        }
        let names: std::collections::BTreeSet<_> = PLOTS.iter().map(|plot| plot.name).collect();
        assert_eq!(names.len(), PLOTS.len());
    }

    #[test]
    fn every_other_account_is_in_the_middle_of_its_story() {
        for (place, script) in scripts().enumerate() {
            let day = LAST_DAY - script.created_on;
            let (from, to) = script.plot.about_days;
            assert!(script.created_on >= FIRST_DAY + SOONEST && day >= 0);
            assert!((from..=to).contains(&day) || (place / PLOTS.len()) % 2 == 1, "{script:?}");
        }
    }

    #[test]
    fn silence_is_quiet_after_two_weeks() {
        let quiet = |name: &str| {
            let script = Script {
                account_id: ABOVE + 1,
                plot: PLOTS.iter().find(|plot| plot.name == name).unwrap(),
                created_on: FIRST_DAY + SOONEST,
                scale: 1,
            };
            let spans = script.quiet().into_iter();
            let day = |date| if date > LAST_DAY { Day::MAX } else { date - script.created_on };
            spans.map(|(from, to)| (day(from), day(to))).collect::<Vec<_>>()
        };
        assert_eq!(quiet("healthy"), [(0, 2)]);
        assert_eq!(quiet("never started"), [(0, Day::MAX)]);
        assert_eq!(quiet("silent, then lost"), [(0, 2), (133, 190)]);
        assert_eq!(quiet("silent, and back"), [(0, 2), (113, 130)]);
        assert_eq!(quiet("on holiday"), [(0, 2)]);
    }
}
