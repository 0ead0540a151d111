//! What happens to one account, as a pure function of the seed and the account's number.
//!
//! The order of cause: who they are → the weeks (momentum, touches, calls) → who activates → what they buy → who leaves.
//! Tables are views of stories; no table knows more than its story.

mod account;
mod contract;
mod course;
mod people;

pub(crate) use account::{Account, Plan, Size};
pub(crate) use contract::{Billing, Period};
pub(crate) use course::{CAMPAIGNS, Outreach, Touch, office_hours};
pub(crate) use people::{Contact, User, contacts};

use crate::calendar::Day;
use crate::journeys::Script;
use crate::window::{FIRST_DAY, LAST_DAY};

/// Everything about one account that tables are drawn from.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) seed: u64,
    pub(crate) account: Account,
    pub(crate) contacts: Vec<Contact>,
    pub(crate) users: Vec<User>,
    /// How well it goes, by week of the window; about 0 ± 1.
    pub(crate) momentum: Vec<f64>,
    pub(crate) touches: Vec<Touch>,
    pub(crate) outreach: Vec<Outreach>,
    /// Subscription rows, by start.
    pub(crate) periods: Vec<Period>,
    /// Spans of days in which the account is a customer or on trial: first day, day after the last.
    pub(crate) served: Vec<(Day, Day)>,
    /// What is planted of it, where its users do nothing else.
    pub(crate) script: Option<Script>,
}

impl Story {
    /// The story of that account.
    pub(crate) fn of(seed: u64, account_id: i64) -> Self {
        let script = Script::of(seed, account_id);
        let drawn = || Account::of(seed, account_id);
        let account = script.as_ref().map_or_else(drawn, |script| script.account(seed));
        let contacts = contacts(seed, &account);
        let mut weeks = course::weeks(seed, &account, &contacts);
        let (users, periods) = match &script {
            Some(script) => (script.users(), script.periods()),
            None => bought(seed, &account, &contacts, &weeks),
        };
        let served = served(&account, &periods);
        weeks.touches.retain(|touch| contains(&served, touch.day));
        weeks.outreach.retain(|call| contains(&served, call.day));
        let course::Weeks { momentum, touches, outreach } = weeks;
        Self {
            seed,
            account,
            contacts,
            users,
            momentum,
            touches,
            outreach,
            periods,
            served,
            script,
        }
    }

    /// The day on which the account stopped being served, if it has.
    pub(crate) fn left_on(&self) -> Option<Day> {
        self.served.last().map(|(_, to)| *to).filter(|to| *to <= LAST_DAY)
    }

    /// Whether the account is served on that day.
    pub(crate) fn serves(&self, day: Day) -> bool {
        contains(&self.served, day)
    }

    /// The served days of the window, as the first and the day after the last (gaps included).
    pub(crate) fn span(&self) -> Option<(Day, Day)> {
        let first = self.served.first()?.0.max(FIRST_DAY);
        let last = self.served.last()?.1.min(LAST_DAY + 1);
        (first < last).then_some((first, last))
    }
}

/// Who uses the product and what is bought, where nothing of it is planted.
fn bought(
    seed: u64,
    account: &Account,
    contacts: &[Contact],
    weeks: &course::Weeks,
) -> (Vec<User>, Vec<Period>) {
    let mut users = people::users(seed, account, contacts, &weeks.touches);
    let periods = contract::periods(seed, account, contacts, &users, &weeks.momentum);
    people::follow_contract(seed, account, &mut users, &periods, &served(account, &periods));
    (users, periods)
}

fn contains(spans: &[(Day, Day)], day: Day) -> bool {
    spans.iter().any(|(from, to)| (*from..*to).contains(&day))
}

/// The days with a subscription or a trial, as disjoint spans in order.
fn served(account: &Account, periods: &[Period]) -> Vec<(Day, Day)> {
    let forever = LAST_DAY + 1;
    let trial = account.trial.as_ref().map(|t| (t.start, t.converted.unwrap_or(t.end)));
    let mut spans: Vec<(Day, Day)> = trial
        .into_iter()
        .chain(periods.iter().map(|p| (p.start, p.end.unwrap_or(forever))))
        .collect();
    spans.sort_unstable();
    let mut merged: Vec<(Day, Day)> = Vec::new();
    for (from, to) in spans {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}
