//! What was true from one day to another: roles of contacts, features that accounts may use.

use super::Company;
use super::events::{FEATURES, features_of};
use crate::Table;
use crate::calendar::{Day, midnight};
use crate::random::{Stream, Topic};
use crate::story::{Contact, Story};
use crate::table::{integer, table, text, timestamp};
use crate::window::{FIRST_DAY, LAST_DAY};

struct Role {
    contact_id: i64,
    number: i64,
    role: &'static str,
    from: Day,
    to: Option<Day>,
}

pub(super) fn contact_role_history(company: &Company, name: String, _: Day) -> Table {
    let rows: Vec<Role> = company.rows(|story| {
        story.contacts.iter().flat_map(|contact| roles(story.seed, contact)).collect()
    });
    let columns = [
        integer("role_id", |r: &Role| r.contact_id * 10 + r.number),
        integer("contact_id", |r: &Role| r.contact_id),
        text("role", |r: &Role| r.role),
        timestamp("valid_from", |r: &Role| midnight(r.from)),
        timestamp("valid_to", |r: &Role| r.to.map(midnight)),
    ];
    table(name, &rows, &columns)
}

/// One contact in five had another role before; the last one is `contact.role`. Nobody knows the roles of the others.
fn roles(seed: u64, contact: &Contact) -> Vec<Role> {
    let Some(role) = contact.role else { return Vec::new() };
    let mut draw = Stream::new(seed, Topic::Role, contact.id.unsigned_abs(), 0);
    let last_day = contact.left_on.unwrap_or(LAST_DAY);
    let earliest = i64::from(contact.created_on.max(FIRST_DAY)) + 30;
    let latest = i64::from(last_day) - 1;
    let moved = draw.chance(0.2) && earliest < latest;
    let before = draw.pick(&["end user", "admin", "champion"]);
    let row = |number, role, from, to| Role { contact_id: contact.id, number, role, from, to };
    if !moved || before == role {
        return vec![row(1, role, contact.created_on, contact.left_on)];
    }
    let on = i32::try_from(draw.between(earliest, latest)).unwrap_or(last_day);
    vec![row(1, before, contact.created_on, Some(on)), row(2, role, on, contact.left_on)]
}

struct Entitlement {
    id: i64,
    account_id: i64,
    feature_id: i64,
    /// Uses a month that the plan includes.
    limit: Option<i64>,
    from: Day,
    to: Option<Day>,
}

pub(super) fn entitlement(company: &Company, name: String, _: Day) -> Table {
    let rows = company.rows(entitlements);
    let columns = [
        integer("entitlement_id", |e: &Entitlement| e.id),
        integer("account_id", |e: &Entitlement| e.account_id),
        integer("feature_id", |e: &Entitlement| e.feature_id),
        integer("limit", |e: &Entitlement| e.limit),
        timestamp("valid_from", |e: &Entitlement| midnight(e.from)),
        timestamp("valid_to", |e: &Entitlement| e.to.map(midnight)),
    ];
    table(name, &rows, &columns)
}

/// A row for each feature and unbroken span of days in which some subscription's plan has it.
fn entitlements(story: &Story) -> Vec<Entitlement> {
    let mut list: Vec<Entitlement> = Vec::new();
    for (feature_id, feature) in (1..).zip(FEATURES) {
        let mut spans: Vec<(Day, Option<Day>)> = Vec::new();
        for period in story.periods.iter().filter(|p| feature_id <= features_of(p.plan)) {
            match spans.last_mut() {
                Some((_, to)) if to.is_none_or(|to| period.start <= to) => {
                    *to = to.zip(period.end).map(|(a, b)| a.max(b));
                }
                _ => spans.push((period.start, period.end)),
            }
        }
        for (number, (from, to)) in (0..).zip(spans) {
            list.push(Entitlement {
                id: (story.account.id * 100 + feature_id) * 10 + number,
                account_id: story.account.id,
                feature_id,
                limit: (!feature.key).then_some(story.account.seats * 50),
                from,
                to,
            });
        }
    }
    list
}
