use super::Company;
use crate::Table;
use crate::calendar::{DAY, Day, HOUR, first_of_month, first_of_next_month, midnight, plus_months};
use crate::random::{Stream, Topic, round};
use crate::story::{Period, Size, Story};
use crate::table::{date, integer, money, table, text, timestamp};
use crate::window::{FIRST_DAY, LAST_DAY, seen};

pub(super) fn trial(company: &Company, name: String, _: Day) -> Table {
    struct Row(i64, Day, Day, Option<Day>);
    let rows = company.rows(|story| {
        let trial = story.account.trial.as_ref();
        trial.map(|t| Row(story.account.id, t.start, t.end, t.converted)).into_iter().collect()
    });
    let columns = [
        integer("trial_id", |r: &Row| r.0 * 10 + 1),
        integer("account_id", |r: &Row| r.0),
        timestamp("started_at", |r: &Row| midnight(r.1)),
        timestamp("ends_at", |r: &Row| midnight(r.2)),
        timestamp("converted_at", |r: &Row| r.3.map(midnight)),
    ];
    table(name, &rows, &columns)
}

pub(super) fn subscription(company: &Company, name: String, _: Day) -> Table {
    let rows: Vec<Period> = company.rows(|story| story.periods.clone());
    let columns = [
        integer("subscription_id", |p: &Period| p.subscription_id),
        integer("account_id", |p: &Period| p.account_id),
        text("product", |_: &Period| "platform"),
        text("plan", |p: &Period| p.plan.name()),
        text("billing", |p: &Period| p.billing.name()),
        integer("seats", |p: &Period| p.seats),
        money("unit_price", |p: &Period| p.seat_price),
        integer("discount_percent", |p: &Period| p.discount),
        money("mrr", Period::mrr),
        text("currency", |_: &Period| "USD"),
        timestamp("start", |p: &Period| midnight(p.start)),
        timestamp("end", |p: &Period| p.end.map(midnight)),
        text("reason", |p: &Period| p.reason),
        text("end_reason", |p: &Period| p.end_reason),
    ];
    table(name, &rows, &columns)
}

struct Change {
    subscription_id: i64,
    account_id: i64,
    at: Day,
    kind: &'static str,
    mrr: (i64, i64),
    seats: (i64, i64),
}

pub(super) fn subscription_change(company: &Company, name: String, _: Day) -> Table {
    let rows = company.rows(changes);
    let columns = [
        integer("change_id", |c: &Change| {
            c.subscription_id * 100_000
                + i64::from(c.at - crate::window::OLDEST_DAY) * 2
                + i64::from(c.kind == "churn")
        }),
        integer("subscription_id", |c: &Change| c.subscription_id),
        integer("account_id", |c: &Change| c.account_id),
        timestamp("at", |c: &Change| midnight(c.at)),
        text("kind", |c: &Change| c.kind),
        money("old_mrr", |c: &Change| c.mrr.0),
        money("new_mrr", |c: &Change| c.mrr.1),
        integer("old_seats", |c: &Change| c.seats.0),
        integer("new_seats", |c: &Change| c.seats.1),
        text("currency", |_: &Change| "USD"),
    ];
    table(name, &rows, &columns)
}

/// Starts, changes and ends of the account's subscriptions: what each row of `subscription` did to the one before.
fn changes(story: &Story) -> Vec<Change> {
    let mut list = Vec::new();
    for (i, period) in story.periods.iter().enumerate() {
        let before = story.periods[..i]
            .iter()
            .find(|p| p.subscription_id == period.subscription_id && p.end == Some(period.start));
        let old = before.map_or((0, 0), |p| (p.mrr(), p.seats));
        list.push(Change {
            subscription_id: period.subscription_id,
            account_id: period.account_id,
            at: period.start,
            kind: period.reason,
            mrr: (old.0, period.mrr()),
            seats: (old.1, period.seats),
        });
        if let (Some(end), Some(kind @ ("churn" | "cancelled"))) = (period.end, period.end_reason) {
            list.push(Change {
                subscription_id: period.subscription_id,
                account_id: period.account_id,
                at: end,
                kind,
                mrr: (period.mrr(), 0),
                seats: (period.seats, 0),
            });
        }
    }
    list
}

/// The picture at the end of a month: one row for each account with a running subscription.
pub(super) fn mrr(company: &Company, name: String, month: Day) -> Table {
    struct Row {
        date: Day,
        account_id: i64,
        plan: &'static str,
        seats: i64,
        mrr: i64,
    }
    let next = first_of_next_month(month);
    let rows = company.rows(|story| {
        let running: Vec<&Period> =
            story.periods.iter().filter(|p| p.runs_just_before(next)).collect();
        let row = running.first().map(|first| Row {
            date: next - 1,
            account_id: story.account.id,
            plan: first.plan.name(),
            seats: running.iter().map(|p| p.seats).sum(),
            mrr: running.iter().map(|p| p.mrr()).sum(),
        });
        row.into_iter().collect()
    });
    let columns = [
        date("date", |r: &Row| r.date),
        integer("account_id", |r: &Row| r.account_id),
        text("plan", |r: &Row| r.plan),
        integer("seats", |r: &Row| r.seats),
        money("mrr", |r: &Row| r.mrr),
        text("currency", |_: &Row| "USD"),
    ];
    table(name, &rows, &columns)
}

struct Invoice {
    id: i64,
    account_id: i64,
    subscription_id: i64,
    amount: i64,
    issued_at: i64,
    paid_at: Option<i64>,
}

pub(super) fn invoice(company: &Company, name: String, _: Day) -> Table {
    let rows = company.rows(invoices);
    let columns = [
        integer("invoice_id", |i: &Invoice| i.id),
        integer("account_id", |i: &Invoice| i.account_id),
        integer("subscription_id", |i: &Invoice| i.subscription_id),
        money("amount", |i: &Invoice| i.amount),
        text("currency", |_: &Invoice| "USD"),
        timestamp("issued_at", |i: &Invoice| i.issued_at),
        timestamp("paid_at", |i: &Invoice| i.paid_at),
    ];
    table(name, &rows, &columns)
}

/// Invoices of the window: at each month's or year's anniversary of a subscription, in advance, by what runs then.
fn invoices(story: &Story) -> Vec<Invoice> {
    let mut list = Vec::new();
    let mut known: Vec<(i64, Day)> = Vec::new();
    for period in &story.periods {
        if !known.iter().any(|(id, _)| *id == period.subscription_id) {
            known.push((period.subscription_id, period.start));
        }
    }
    for (subscription_id, start) in known {
        for number in 0.. {
            let step = story
                .periods
                .iter()
                .find(|p| p.subscription_id == subscription_id)
                .map_or(1, |p| p.billing.months());
            let day = plus_months(start, number * step);
            if day > LAST_DAY {
                break;
            }
            let running = story
                .periods
                .iter()
                .find(|p| p.subscription_id == subscription_id && p.runs_just_before(day + 1));
            let Some(period) = running.filter(|p| day >= FIRST_DAY && p.mrr() > 0) else {
                continue;
            };
            let issued_at = midnight(day) + 6 * HOUR;
            list.push(Invoice {
                id: subscription_id * 1_000 + i64::from(number),
                account_id: period.account_id,
                subscription_id,
                amount: period.mrr() * i64::from(step),
                issued_at,
                paid_at: paid_at(story, subscription_id, number, issued_at),
            });
        }
    }
    list
}

/// Customers for whom the product is hard pay later; one in a hundred does not pay.
fn paid_at(story: &Story, subscription_id: i64, number: i32, issued_at: i64) -> Option<i64> {
    let mut draw = Stream::new(
        story.seed,
        Topic::Invoice,
        subscription_id.unsigned_abs(),
        number.unsigned_abs().into(),
    );
    let days = round(
        story.account.size.of(9.0, 20.0, 31.0) + 4.0 * story.account.friction + 6.0 * draw.normal(),
    );
    let at =
        issued_at + days.clamp(0, 75) * DAY + draw.between(0, 12 * 3_600) * crate::calendar::SECOND;
    if draw.chance(0.01) { None } else { seen(at) }
}

struct Cost {
    id: i64,
    month: Day,
    kind: &'static str,
    channel: Option<&'static str>,
    amount: i64,
}

pub(super) fn cost(company: &Company, name: String, _: Day) -> Table {
    let rows = company.rows(costs);
    let columns = [
        integer("cost_id", |c: &Cost| c.id),
        date("month", |c: &Cost| c.month),
        text("type", |c: &Cost| c.kind),
        text("channel", |c: &Cost| c.channel),
        money("amount", |c: &Cost| c.amount),
        text("currency", |_: &Cost| "USD"),
    ];
    table(name, &rows, &columns)
}

/// What winning the account cost (in the months before it came) and what caring for it costs (each month).
fn costs(story: &Story) -> Vec<Cost> {
    let account = &story.account;
    let mut draw = Stream::new(story.seed, Topic::Cost, account.id.unsigned_abs(), 0);
    let mut list = Vec::new();
    let mut add = |month: Day, kind, channel, cents: i64| {
        if (FIRST_DAY..=LAST_DAY).contains(&month) {
            let id = account.id * 1_000 + i64::try_from(list.len()).unwrap_or(0);
            list.push(Cost { id, month, kind, channel, amount: cents });
        }
    };
    let won = first_of_month(account.created_on);
    let marketing =
        draw.between(account.size.of(250, 900, 4_000), account.size.of(900, 3_000, 12_000));
    add(plus_months(won, -2), "marketing", Some(account.source), marketing * 60);
    add(plus_months(won, -1), "marketing", Some(account.source), marketing * 40);
    if account.size != Size::Small {
        let sales =
            draw.between(account.size.of(0, 1_500, 9_000), account.size.of(0, 4_500, 25_000));
        add(plus_months(won, -1), "sales", Some(account.source), sales * 100);
    }
    let care = match account.touch_model {
        "named" => 900,
        "pooled" => 160,
        _ => 25,
    };
    for month in crate::window::months() {
        if story.serves(first_of_next_month(month) - 1) {
            add(month, "cs", None, draw.between(care * 80, care * 120));
        }
    }
    list
}
