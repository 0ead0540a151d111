use super::people::{champion_left, seats_in_use};
use super::{Account, Contact, Plan, User};
use crate::calendar::{Day, plus_months};
use crate::planted;
use crate::random::{Stream, Topic, round, sigmoid};
use crate::window::{FIRST_DAY, LAST_DAY, week_of};

/// A subscription while nothing about it changes: one row of `subscription`.
#[derive(Clone, Debug)]
pub(crate) struct Period {
    pub(crate) subscription_id: i64,
    pub(crate) account_id: i64,
    pub(crate) plan: Plan,
    pub(crate) billing: Billing,
    pub(crate) seats: i64,
    /// Price of a seat for a month, in cents.
    pub(crate) seat_price: i64,
    /// Percent off.
    pub(crate) discount: i64,
    /// From midnight in Amsterdam.
    pub(crate) start: Day,
    /// To midnight in Amsterdam; absent: still runs.
    pub(crate) end: Option<Day>,
    /// Why it began: new, seats, plan, price, discount, renewal, add-on, reactivation.
    pub(crate) reason: &'static str,
    /// Why it ended: the reason of the next row, or churn, or cancelled.
    pub(crate) end_reason: Option<&'static str>,
}

/// When invoices are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Billing {
    Monthly,
    Annual,
}

impl Billing {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Annual => "annual",
        }
    }

    pub(crate) const fn months(self) -> i32 {
        match self {
            Self::Monthly => 1,
            Self::Annual => 12,
        }
    }
}

impl Period {
    /// Monthly recurring revenue, in cents.
    pub(crate) const fn mrr(&self) -> i64 {
        self.seats * self.seat_price * (100 - self.discount) / 100
    }

    /// Whether it runs just before the midnight that starts `day`: from < day ≤ to.
    pub(crate) fn runs_just_before(&self, day: Day) -> bool {
        self.start < day && self.end.is_none_or(|end| day <= end)
    }

    pub(crate) fn planted(
        account_id: i64,
        number: i64,
        start: Day,
        end: Option<Day>,
        seats: i64,
    ) -> Self {
        Self {
            subscription_id: account_id * 100 + number,
            account_id,
            plan: planted::PLAN,
            billing: Billing::Monthly,
            seats,
            seat_price: planted::PLAN.seat_price(),
            discount: 0,
            start,
            end,
            reason: "new",
            end_reason: None,
        }
    }

    pub(crate) fn because(self, reason: &'static str, end_reason: &'static str) -> Self {
        Self { reason, end_reason: (!end_reason.is_empty()).then_some(end_reason), ..self }
    }

    pub(crate) fn lost(self) -> Self {
        Self { end_reason: Some("churn"), ..self }
    }

    pub(crate) fn free(self) -> Self {
        Self { discount: 100, ..self }
    }
}

/// What the account buys, changes and ends within the window.
pub(crate) fn periods(
    seed: u64,
    account: &Account,
    contacts: &[Contact],
    users: &[User],
    momentum: &[f64],
) -> Vec<Period> {
    if let Some(planted) = planted::periods(account.id) {
        return planted;
    }
    let Some(start) = account.buys_on() else { return Vec::new() };
    let mut list = vec![first(account, start)];
    let mut signs = Signs { account, contacts, users, momentum, last_price_rise: None };
    for month in 1.. {
        let day = plus_months(start, month);
        if day > LAST_DAY {
            break;
        }
        if day <= FIRST_DAY {
            continue;
        }
        let mut draw = Stream::new(
            seed,
            Topic::Contract,
            account.id.unsigned_abs(),
            month.unsigned_abs().into(),
        );
        let current = list[list.len() - 1].clone();
        let ends = !account.annual || month % 12 == 0;
        if draw.chance(if ends { signs.leaving(day) } else { 0.0 }) || draw.chance(0.000_8) {
            let last = list.len() - 1;
            list[last] =
                Period { end: Some(day), ..list[last].clone() }.because(current.reason, "churn");
            break;
        }
        if let Some(next) = signs.change(&mut draw, &current, day, month) {
            let last = list.len() - 1;
            list[last] = Period { end: Some(day), ..list[last].clone() }
                .because(current.reason, next.reason);
            list.push(next);
        }
    }
    list
}

fn first(account: &Account, start: Day) -> Period {
    let billing = if account.annual { Billing::Annual } else { Billing::Monthly };
    let price = account.plan.seat_price();
    Period {
        plan: account.plan,
        billing,
        seat_price: if account.annual { price * 85 / 100 } else { price },
        ..Period::planted(account.id, 1, start, None, account.seats)
    }
}

/// What the account's decisions are on.
struct Signs<'a> {
    account: &'a Account,
    contacts: &'a [Contact],
    users: &'a [User],
    momentum: &'a [f64],
    last_price_rise: Option<Day>,
}

impl Signs<'_> {
    /// Mean momentum of the days 90 to 30 before: leading signs lead by construction.
    fn lately(&self, day: Day) -> f64 {
        let weeks = &self.momentum[week_of(day - 90)..=week_of(day - 30)];
        weeks.iter().sum::<f64>() / f64::from(u32::try_from(weeks.len()).unwrap_or(1))
    }

    /// The chance of leaving at a renewal (a month's or a year's).
    fn leaving(&self, day: Day) -> f64 {
        let size = self.account.size;
        let base =
            if self.account.annual { size.of(-1.5, -2.4, -3.2) } else { size.of(-4.2, -4.9, -5.6) };
        let shock = self.last_price_rise.is_some_and(|rise| day - rise < 120);
        sigmoid(
            base - 0.9 * self.lately(day) + 0.5 * self.account.friction
                - 0.5 * (seats_in_use(self.users, self.account.seats, day) - 0.6)
                + if shock { 0.3 } else { 0.0 }
                + if champion_left(self.contacts, day) { 0.8 } else { 0.0 },
        )
    }

    /// What changes at an anniversary: more seats, fewer seats, a larger plan, a price, or a renewal.
    fn change(&mut self, draw: &mut Stream, now: &Period, day: Day, month: i32) -> Option<Period> {
        let lately = self.lately(day);
        let full = seats_in_use(self.users, now.seats, day) > 0.75;
        let size = self.account.size;
        let next = Period { start: day, end: None, end_reason: None, ..now.clone() };
        let grows =
            sigmoid(size.of(-4.3, -3.7, -3.2) + if full { 1.1 } else { 0.0 } + 0.4 * lately);
        if draw.chance(grows) {
            let step = self.account.size.seat_step();
            let share = 0.1 + 0.2 * draw.unit();
            let more = round(share * crate::random::float(now.seats)).max(step);
            return Some(Period { seats: now.seats + more, reason: "seats", ..next });
        }
        if draw.chance(sigmoid(-5.4 - 0.7 * lately)) && now.seats > 4 {
            return Some(Period {
                seats: now.seats - (now.seats / 5).max(1),
                reason: "seats",
                ..next
            });
        }
        if draw.chance(sigmoid(-5.6 + 0.5 * lately)) && now.plan != Plan::Business {
            let plan = if now.plan == Plan::Starter { Plan::Team } else { Plan::Business };
            return Some(Period { plan, seat_price: plan.seat_price(), reason: "plan", ..next });
        }
        if month % 12 != 0 {
            return None;
        }
        if draw.chance(0.35) {
            self.last_price_rise = Some(day);
            return Some(Period {
                seat_price: now.seat_price * 104 / 100,
                reason: "price",
                ..next
            });
        }
        (now.billing == Billing::Annual).then_some(Period { reason: "renewal", ..next })
    }
}
