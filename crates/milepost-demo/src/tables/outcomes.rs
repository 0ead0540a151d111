use super::Company;
use super::surveys::invites;
use crate::Table;
use crate::calendar::{DAY, Day, HOUR, SECOND, local_day, midnight};
use crate::random::{Stream, Topic, float, round, sigmoid};
use crate::story::{Story, office_hours};
use crate::table::{date, integer, money, number, table, text, timestamp};
use crate::window::{FIRST_DAY, LAST_DAY, WEEKS, seen, week_of};

fn small(n: i64) -> i32 {
    i32::try_from(n).unwrap_or(0)
}

struct Goal {
    id: i64,
    account_id: i64,
    outcome: &'static str,
    due: Day,
    achieved_at: Option<Day>,
    units: i64,
    value_per_unit: i64,
}

pub(super) fn account_goal(company: &Company, name: String, _: Day) -> Table {
    let rows = company.rows(goals);
    let columns = [
        integer("goal_id", |g: &Goal| g.id),
        integer("account_id", |g: &Goal| g.account_id),
        text("outcome", |g: &Goal| g.outcome),
        date("due", |g: &Goal| g.due),
        date("achieved_at", |g: &Goal| g.achieved_at),
        number("units", |g: &Goal| float(g.units)),
        money("value_per_unit", |g: &Goal| g.value_per_unit),
        text("currency", |_: &Goal| "USD"),
    ];
    table(name, &rows, &columns)
}

/// What the account wants to have reached: one to three goals every half year of being served.
fn goals(story: &Story) -> Vec<Goal> {
    let Some((first, last)) = story.span().filter(|_| !story.periods.is_empty()) else {
        return Vec::new();
    };
    let mut draw = Stream::new(story.seed, Topic::Goal, story.account.id.unsigned_abs(), 0);
    let mut list = Vec::new();
    let mut from = first;
    while from < last {
        for _ in 0..draw.between(1, story.account.size.of(2, 3, 3)) {
            let due = from + small(draw.between(60, 240));
            let momentum = story.momentum[week_of(due)];
            let succeeds = draw.chance(sigmoid(0.6 + 0.9 * momentum));
            let done = due + small(round(-12.0 + 16.0 * draw.normal()));
            let units = draw.between(20, 400);
            list.push(Goal {
                id: story.account.id * 100 + i64::try_from(list.len()).unwrap_or(0),
                account_id: story.account.id,
                outcome: draw.pick(&[
                    "hours saved",
                    "reports automated",
                    "errors avoided",
                    "leads won",
                ]),
                due,
                achieved_at: (succeeds && done < last && done > from).then_some(done),
                units,
                value_per_unit: draw.between(15, 60) * 100,
            });
        }
        from += 180;
    }
    list
}

struct Integration {
    id: i64,
    account_id: i64,
    name: &'static str,
    connected_at: i64,
    disconnected_at: Option<i64>,
}

pub(super) fn integration(company: &Company, name: String, _: Day) -> Table {
    let rows = company.rows(integrations);
    let columns = [
        integer("integration_id", |i: &Integration| i.id),
        integer("account_id", |i: &Integration| i.account_id),
        text("name", |i: &Integration| i.name),
        timestamp("connected_at", |i: &Integration| i.connected_at),
        timestamp("disconnected_at", |i: &Integration| i.disconnected_at),
    ];
    table(name, &rows, &columns)
}

fn integrations(story: &Story) -> Vec<Integration> {
    let Some((first, last)) = story.span().filter(|_| !story.periods.is_empty()) else {
        return Vec::new();
    };
    let mut draw = Stream::new(story.seed, Topic::Integration, story.account.id.unsigned_abs(), 0);
    let count = draw.poisson(story.account.size.of(0.8, 1.8, 3.0));
    let one = |n: u32| {
        let mut draw = Stream::new(
            story.seed,
            Topic::Integration,
            story.account.id.unsigned_abs(),
            u64::from(n) + 1,
        );
        let day = small(draw.between(first.into(), i64::from(last) - 1));
        let connected_at = office_hours(&mut draw, &story.account, day);
        let breaks = draw.chance(0.18);
        let broken = connected_at + draw.between(20, 300) * DAY;
        let ends = story.left_on().map(midnight);
        let disconnected_at =
            Some(broken).filter(|_| breaks).into_iter().chain(ends).min().and_then(seen);
        Integration {
            id: story.account.id * 100 + i64::from(n),
            account_id: story.account.id,
            name: draw.pick(&["Slack", "Salesforce", "HubSpot", "Zapier", "BigQuery", "Teams"]),
            connected_at,
            disconnected_at: disconnected_at.filter(|at| *at > connected_at),
        }
    };
    (0..count.min(90)).map(one).filter(|i| seen(i.connected_at).is_some()).collect()
}

struct PermissionChange {
    id: i64,
    user_id: i64,
    account_id: i64,
    at: i64,
    old: &'static str,
    new: &'static str,
}

pub(super) fn permission_change(company: &Company, name: String, _: Day) -> Table {
    let rows = company.rows(permission_changes);
    let columns = [
        integer("change_id", |c: &PermissionChange| c.id),
        integer("user_id", |c: &PermissionChange| c.user_id),
        integer("account_id", |c: &PermissionChange| c.account_id),
        timestamp("at", |c: &PermissionChange| c.at),
        text("old", |c: &PermissionChange| c.old),
        text("new", |c: &PermissionChange| c.new),
    ];
    table(name, &rows, &columns)
}

/// One user in five gets another permission once; mostly a higher one. `app_user.permission` is the first.
fn permission_changes(story: &Story) -> Vec<PermissionChange> {
    let change = |user: &crate::story::User| {
        let mut draw = Stream::new(story.seed, Topic::Permission, user.id.unsigned_abs(), 0);
        let from = i64::from(local_day(user.activated_at?).max(FIRST_DAY));
        let to = i64::from(user.deactivated_at.map_or(LAST_DAY, local_day).min(LAST_DAY)) - 1;
        let day = small(draw.between(from, to.max(from)));
        let rises = draw.chance(0.75);
        let new = match (user.permission, rises) {
            ("viewer", _) => "editor",
            ("editor", true) => "admin",
            ("editor", false) => "viewer",
            _ => "editor",
        };
        let at = office_hours(&mut draw, &story.account, day);
        (to >= from && draw.chance(0.2)).then_some(PermissionChange {
            id: user.id,
            user_id: user.id,
            account_id: user.account_id,
            at: seen(at)?,
            old: user.permission,
            new,
        })
    };
    story.users.iter().filter_map(change).collect()
}

struct Referral {
    id: i64,
    contact_id: i64,
    account_id: i64,
    created: i64,
    won_at: Option<i64>,
}

pub(super) fn referral(company: &Company, name: String, _: Day) -> Table {
    let rows = company.rows(referrals);
    let columns = [
        integer("referral_id", |r: &Referral| r.id),
        integer("referrer_contact", |r: &Referral| r.contact_id),
        integer("account_id", |r: &Referral| r.account_id),
        timestamp("created", |r: &Referral| r.created),
        timestamp("won_at", |r: &Referral| r.won_at),
    ];
    table(name, &rows, &columns)
}

/// After an NPS answer; promoters refer six times as often as the others.
fn referrals(story: &Story) -> Vec<Referral> {
    let follow = |invite: super::surveys::Invite| {
        let answer = invite.answer.filter(|_| invite.kind == "nps")?;
        let mut draw = Stream::new(story.seed, Topic::Referral, invite.id.unsigned_abs(), 0);
        let refers = draw.chance(if answer.score >= 9 { 0.12 } else { 0.02 });
        let created = answer.at + draw.between(1, 30) * DAY + draw.between(0, 3_600) * SECOND;
        let wins = draw.chance(0.25);
        let won_at = created + draw.between(20, 120) * DAY;
        refers.then_some(Referral {
            id: invite.id,
            contact_id: invite.contact_id,
            account_id: invite.account_id,
            created: seen(created)?,
            won_at: Some(won_at).filter(|_| wins).and_then(seen),
        })
    };
    invites(story).into_iter().filter_map(follow).collect()
}

pub(super) struct Ticket {
    pub(super) id: i64,
    account_id: i64,
    pub(super) contact_id: Option<i64>,
    severity: &'static str,
    pub(super) opened: i64,
    first_response: Option<i64>,
    closed: Option<i64>,
}

pub(super) fn ticket(company: &Company, name: String, _: Day) -> Table {
    let rows = company.rows(all_tickets);
    let columns = [
        integer("ticket_id", |t: &Ticket| t.id),
        integer("account_id", |t: &Ticket| t.account_id),
        integer("contact_id", |t: &Ticket| t.contact_id),
        text("severity", |t: &Ticket| t.severity),
        timestamp("opened", |t: &Ticket| t.opened),
        timestamp("first_response", |t: &Ticket| t.first_response),
        timestamp("closed", |t: &Ticket| t.closed),
    ];
    table(name, &rows, &columns)
}

/// The account's tickets, week by week.
pub(super) fn all_tickets(story: &Story) -> Vec<Ticket> {
    (0..WEEKS).flat_map(|week| tickets(story, week)).collect()
}

/// The tickets that the account opens in a week: more where the product is hard, fewer where it goes well.
fn tickets(story: &Story, week: usize) -> Vec<Ticket> {
    let number = i64::try_from(week).unwrap_or(0);
    let mut draw = Stream::new(
        story.seed,
        Topic::Ticket,
        story.account.id.unsigned_abs(),
        number.unsigned_abs(),
    );
    let hard = crate::random::exp(0.4 * story.account.friction - 0.25 * story.momentum[week]);
    let count = draw.poisson(story.account.size.of(0.06, 0.16, 0.5) * hard);
    let one = |n: u32| {
        let day = FIRST_DAY + small(7 * number + draw.between(0, 6));
        let opened = office_hours(&mut draw, &story.account, day);
        let severity = draw.weighted(&[("low", 55), ("normal", 35), ("high", 10)]);
        let contact = (!story.contacts.is_empty()).then(|| draw.pick(&[0_i64, 1, 2, 3]));
        let contact_id =
            contact.and_then(|n| story.contacts.get(usize::try_from(n).unwrap_or(0))).map(|c| c.id);
        let respond =
            opened + round(float(40 * 60) * crate::random::exp(0.9 * draw.normal())) * SECOND;
        let close = respond
            + round(float(26 * 3_600) * crate::random::exp(0.9 * draw.normal())) * SECOND
            + HOUR;
        Ticket {
            id: story.account.id * 10_000 + number * 10 + i64::from(n),
            account_id: story.account.id,
            contact_id,
            severity,
            opened,
            first_response: seen(respond),
            closed: seen(close),
        }
    };
    let list: Vec<Ticket> = (0..count.min(9)).map(one).collect();
    list.into_iter()
        .filter(|t| story.serves(crate::calendar::utc_day(t.opened)) && seen(t.opened).is_some())
        .collect()
}
