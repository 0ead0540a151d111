use super::Company;
use crate::Table;
use crate::calendar::{Day, midnight, plus_months};
use crate::story::{Account, Contact, Story, User};
use crate::table::{boolean, integer, table, text, timestamp};
use crate::window::{LAST_DAY, seen};

pub(super) fn account(company: &Company, name: String, _: Day) -> Table {
    struct Row {
        account: Account,
        plan: &'static str,
        churned_at: Option<i64>,
        renewal_at: Option<i64>,
    }
    let rows = company.rows(|story| {
        let last = story.periods.last();
        vec![Row {
            account: story.account.clone(),
            plan: last.map_or("trial", |p| p.plan.name()),
            churned_at: story.left_on().map(midnight),
            renewal_at: renewal(story).map(midnight),
        }]
    });
    let columns = [
        integer("account_id", |r: &Row| r.account.id),
        integer("parent_id", |r: &Row| r.account.parent_id),
        text("name", |r: &Row| r.account.name.clone()),
        text("size", |r: &Row| r.account.size.name()),
        text("industry", |r: &Row| r.account.industry),
        text("region", |r: &Row| r.account.region),
        text("touch_model", |r: &Row| r.account.touch_model),
        text("plan", |r: &Row| r.plan),
        text("acquired_channel", |r: &Row| r.account.source),
        integer("csm_id", |r: &Row| r.account.csm_id),
        text("currency", |_: &Row| "USD"),
        timestamp("created_at", |r: &Row| r.account.created_at),
        timestamp("churned_at", |r: &Row| r.churned_at),
        timestamp("renewal_at", |r: &Row| r.renewal_at),
    ];
    table(name, &rows, &columns)
}

/// The next day on which the running subscription is due.
fn renewal(story: &Story) -> Option<Day> {
    let running = story.periods.iter().rfind(|p| p.end.is_none())?;
    let first = story.periods.iter().find(|p| p.subscription_id == running.subscription_id)?.start;
    let step = running.billing.months();
    (1..).map(|n| plus_months(first, n * step)).find(|day| *day > LAST_DAY)
}

pub(super) fn contact(company: &Company, name: String, _: Day) -> Table {
    let rows: Vec<Contact> = company.rows(|story| story.contacts.clone());
    let columns = [
        integer("contact_id", |c: &Contact| c.id),
        integer("account_id", |c: &Contact| c.account_id),
        text("email_hash", |c: &Contact| email_hash(c.id)),
        text("role", |c: &Contact| c.role),
        text("department", |c: &Contact| c.department),
        text("seniority", |c: &Contact| c.seniority),
        boolean("holdout", |c: &Contact| c.holdout),
        timestamp("created_at", |c: &Contact| midnight(c.created_on)),
        timestamp("left_at", |c: &Contact| c.left_on.map(midnight)),
    ];
    table(name, &rows, &columns)
}

/// Sixteen hexadecimal digits that stand for an address; no address was ever hashed.
fn email_hash(contact_id: i64) -> String {
    let bits = contact_id.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    format!("{:016x}", bits ^ (bits >> 29))
}

pub(super) fn app_user(company: &Company, name: String, _: Day) -> Table {
    let rows: Vec<User> = company.rows(|story| story.users.clone());
    let columns = [
        integer("user_id", |u: &User| u.id),
        integer("contact_id", |u: &User| u.contact_id),
        integer("account_id", |u: &User| u.account_id),
        text("permission", |u: &User| u.permission),
        timestamp("created_at", |u: &User| u.created_at),
        timestamp("activated_at", |u: &User| u.activated_at),
        timestamp("deactivated_at", |u: &User| u.deactivated_at.and_then(seen)),
    ];
    table(name, &rows, &columns)
}
