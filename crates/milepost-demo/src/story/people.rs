use super::{Account, Period, Size, Touch};
use crate::calendar::{Day, HOUR, SECOND, local_day, midnight};
use crate::planted;
use crate::random::{Stream, Topic, float, sigmoid};
use crate::window::{FIRST_DAY, LAST_DAY};

/// Somebody at the account whom the company writes to.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub(crate) id: i64,
    pub(crate) account_id: i64,
    pub(crate) role: Option<&'static str>,
    pub(crate) department: &'static str,
    pub(crate) seniority: &'static str,
    pub(crate) created_on: Day,
    pub(crate) left_on: Option<Day>,
    /// In the permanent holdout: every touch is planned and none is sent.
    pub(crate) holdout: bool,
    /// Mail to this address always bounces.
    pub(crate) bounces: bool,
    /// The mail program opens everything by itself.
    pub(crate) opens_unreliably: bool,
}

/// Somebody who may log in.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: i64,
    /// The account's number, but for the planted unmatched ones.
    pub(crate) account_id: i64,
    pub(crate) contact_id: Option<i64>,
    pub(crate) permission: &'static str,
    pub(crate) created_at: i64,
    pub(crate) activated_at: Option<i64>,
    pub(crate) deactivated_at: Option<i64>,
    /// How much this person uses the product, 0 to 1.
    pub(crate) habit: f64,
}

impl Contact {
    /// Whether this is somebody who decides or runs the product.
    pub(crate) fn has_right_role(&self) -> bool {
        matches!(self.role, Some("executive" | "champion" | "admin"))
    }

    pub(crate) fn is_here(&self, day: Day) -> bool {
        self.created_on <= day && self.left_on.is_none_or(|left| day < left)
    }
}

const ROLES: [&str; 4] = ["champion", "admin", "executive", "finance"];
const DEPARTMENTS: [&str; 5] = ["operations", "marketing", "IT", "finance", "support"];
const SENIORITIES: [(&str, u32); 3] = [("specialist", 50), ("manager", 35), ("director", 15)];

/// The contacts of the account, one of each key role first.
pub(crate) fn contacts(seed: u64, account: &Account) -> Vec<Contact> {
    let mut draw = Stream::new(seed, Topic::Contact, account.id.unsigned_abs(), 0);
    let count = draw.between(account.size.of(2, 6, 18), account.size.of(5, 15, 48));
    if account.id == planted::NO_CONTACTS {
        return Vec::new();
    }
    (1..=count).map(|number| contact(seed, account, number)).collect()
}

fn contact(seed: u64, account: &Account, number: i64) -> Contact {
    let id = account.id * 1_000 + number;
    let mut draw = Stream::new(seed, Topic::Contact, id.unsigned_abs(), 1);
    let known = draw.chance(0.96) && account.id != planted::NO_ROLES;
    let ordinal = usize::try_from(number - 1).unwrap_or(0);
    let role = ROLES.get(ordinal).copied().unwrap_or("end user");
    let later = if number <= 2 || draw.chance(0.5) { 0 } else { small(draw.between(1, 500)) };
    let created_on = (account.created_on + later).min(LAST_DAY);
    Contact {
        id,
        account_id: account.id,
        role: known.then_some(role),
        department: draw.pick(&DEPARTMENTS),
        seniority: draw.weighted(&SENIORITIES),
        created_on,
        left_on: leaving(&mut draw, created_on, if role == "champion" { 0.02 } else { 0.01 }),
        holdout: draw.chance(0.10),
        bounces: draw.chance(0.015),
        opens_unreliably: draw.chance(0.35),
    }
}

/// The day on which somebody leaves, with that chance a month from the window's start on.
fn leaving(draw: &mut Stream, from: Day, monthly: f64) -> Option<Day> {
    let mut day = from.max(FIRST_DAY);
    loop {
        day += 30;
        if day > LAST_DAY {
            return None;
        }
        if draw.chance(monthly) {
            return Some(day - small(draw.between(0, 29)));
        }
    }
}

/// The users of the first seats, with what the touches did for their activation.
pub(crate) fn users(
    seed: u64,
    account: &Account,
    contacts: &[Contact],
    touches: &[Touch],
) -> Vec<User> {
    let Some(start) = account.buys_on().or_else(|| account.trial.as_ref().map(|t| t.start)) else {
        return Vec::new();
    };
    let seats = match account.buys_on() {
        Some(_) => first_seats(account),
        None => 2 + account.seats % 3,
    };
    let first = account.trial.as_ref().map_or(start, |t| t.start);
    (1..=seats).map(|number| user(seed, account, number, first, 45, contacts, touches)).collect()
}

/// How many users come with the first subscription.
fn first_seats(account: &Account) -> i64 {
    if account.id == planted::SEAT_OVERAGE {
        return 15;
    }
    planted::periods(account.id).map_or(account.seats, |periods| periods[0].seats)
}

/// A user who is invited within `within` days of `from`, for the first ones sooner.
fn user(
    seed: u64,
    account: &Account,
    number: i64,
    from: Day,
    within: i64,
    contacts: &[Contact],
    touches: &[Touch],
) -> User {
    let id = account.id * 10_000 + number;
    let mut draw = Stream::new(seed, Topic::User, id.unsigned_abs(), 0);
    let wait = draw.between(0, if number <= 2 { 3 } else { within });
    let created_on = from + small(wait);
    let created_at =
        midnight(created_on) + draw.between(8, 17) * HOUR + draw.between(0, 3_599) * SECOND;
    let contact = usize::try_from(number - 1).ok().and_then(|n| contacts.get(n));
    let resolved = draw.chance(0.88);
    let (one, two) = (draw.unit(), draw.unit());
    let activated_at = activation(seed, id, account, created_at, touches);
    User {
        id,
        account_id: account.id,
        contact_id: contact.filter(|_| resolved).map(|c| c.id),
        permission: if number == 1 {
            "admin"
        } else {
            draw.weighted(&[("viewer", 45), ("editor", 50), ("admin", 5)])
        },
        created_at,
        activated_at,
        deactivated_at: leaving(&mut draw, created_on, 0.006).map(midnight),
        habit: one * two,
    }
}

/// When the user activates: a chance every day, higher where the product fits and after touches that landed.
fn activation(
    seed: u64,
    user_id: i64,
    account: &Account,
    created_at: i64,
    touches: &[Touch],
) -> Option<i64> {
    let mut draw = Stream::new(seed, Topic::Activation, user_id.unsigned_abs(), 0);
    let first = local_day(created_at);
    // One in five was given a seat and did not ask for it.
    let hesitates = if draw.chance(0.2) { 2.0 } else { 0.0 };
    for day in first..(first + 180).min(LAST_DAY + 1) {
        let nudge: f64 = touches.iter().map(|touch| touch.nudge(day)).fold(0.0, f64::max);
        if draw
            .chance(sigmoid(-3.2 - hesitates + 0.6 * account.fit - 0.5 * account.friction + nudge))
        {
            let minutes = draw.between(5, 300);
            return Some(if day == first {
                created_at + minutes * 60 * SECOND
            } else {
                midnight(day) + (480 + minutes) * 60 * SECOND
            });
        }
    }
    None
}

/// Adds the users of seats bought later, and closes everybody when the account leaves.
pub(crate) fn follow_contract(
    seed: u64,
    account: &Account,
    users: &mut Vec<User>,
    periods: &[Period],
    served: &[(Day, Day)],
) {
    let mut number = i64::try_from(users.len()).unwrap_or(0);
    for pair in periods.windows(2) {
        let added = (pair[1].seats - pair[0].seats).max(0)
            * i64::from(pair[1].subscription_id == pair[0].subscription_id);
        for _ in 0..added {
            number += 1;
            users.push(user(seed, account, number, pair[1].start, 30, &[], &[]));
        }
    }
    let end = served.last().map_or(LAST_DAY + 1, |(_, to)| *to);
    let left = (end <= LAST_DAY).then(|| midnight(end));
    users.retain(|user| user.created_at < left.unwrap_or(crate::window::end()));
    for user in users.iter_mut() {
        user.activated_at = user
            .activated_at
            .filter(|at| crate::window::seen(*at).is_some() && left.is_none_or(|l| *at < l));
        user.deactivated_at = match (user.deactivated_at, left) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        user.activated_at =
            user.activated_at.filter(|at| user.deactivated_at.is_none_or(|off| *at < off));
    }
    if account.id == planted::UNMATCHED_ACCOUNT {
        users.iter_mut().rev().take(2).for_each(|user| user.account_id = planted::NOBODY);
    }
}

impl User {
    /// Whether the user can work on that day.
    pub(crate) fn is_on(&self, day: Day) -> bool {
        self.activated_at.is_some_and(|at| local_day(at) <= day)
            && self.deactivated_at.is_none_or(|off| day < local_day(off))
    }
}

/// The share of the seats that have an activated user on that day.
pub(crate) fn seats_in_use(users: &[User], seats: i64, day: Day) -> f64 {
    let on = users.iter().filter(|user| user.is_on(day)).count();
    float(i64::try_from(on).unwrap_or(0)) / float(seats.max(1))
}

/// How likely the account is to lose its champion is in its contacts: whether one left in the 120 days before.
pub(crate) fn champion_left(contacts: &[Contact], day: Day) -> bool {
    contacts.iter().any(|c| {
        c.role == Some("champion")
            && c.left_on.is_some_and(|left| (day - 120..=day).contains(&left))
    })
}

impl Size {
    /// Users that a seat change brings are counted in whole seats.
    pub(crate) const fn seat_step(self) -> i64 {
        self.of(1, 3, 10)
    }
}

fn small(n: i64) -> i32 {
    i32::try_from(n).unwrap_or(0)
}
