use super::{Company, scripted};
use crate::Table;
use crate::calendar::{Day, HOUR, SECOND, first_of_next_month, is_weekend, local_day, utc_day};
use crate::planted;
use crate::random::{Stream, Topic, float, sigmoid};
use crate::story::{Plan, Story, User, office_hours};
use crate::table::{boolean, date, integer, number, table, text, timestamp};
use crate::window::{FIRST_DAY, OLDEST_DAY, end, week_of};

/// A feature of the product; its number is its place in [`FEATURES`], from 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Feature {
    pub(super) name: &'static str,
    /// The name of the event that its use leaves.
    pub(super) action: &'static str,
    pub(super) key: bool,
    tier: Plan,
}

const fn feature_of(name: &'static str, action: &'static str, key: bool, tier: Plan) -> Feature {
    Feature { name, action, key, tier }
}

/// By tier, so that a plan has a prefix of them.
pub(super) const FEATURES: [Feature; 24] = [
    feature_of("Dashboards", "dashboard_viewed", false, Plan::Starter),
    feature_of("Reports", "report_created", true, Plan::Starter),
    feature_of("Search", "search_run", false, Plan::Starter),
    feature_of("Alerts", "alert_created", true, Plan::Starter),
    feature_of("Comments", "comment_added", false, Plan::Starter),
    feature_of("Export", "export_downloaded", false, Plan::Starter),
    feature_of("Sharing", "view_shared", true, Plan::Starter),
    feature_of("Mobile", "mobile_opened", false, Plan::Starter),
    feature_of("Segments", "segment_saved", false, Plan::Team),
    feature_of("Templates", "template_used", false, Plan::Team),
    feature_of("Automations", "automation_run", true, Plan::Team),
    feature_of("Calendar", "calendar_viewed", false, Plan::Team),
    feature_of("Approvals", "approval_given", false, Plan::Team),
    feature_of("Custom fields", "field_added", false, Plan::Team),
    feature_of("Integrations", "integration_synced", true, Plan::Team),
    feature_of("Scheduled mail", "mail_scheduled", false, Plan::Team),
    feature_of("API", "api_key_used", false, Plan::Business),
    feature_of("Single sign-on", "sso_used", false, Plan::Business),
    feature_of("Audit log", "audit_viewed", false, Plan::Business),
    feature_of("Forecasts", "forecast_run", true, Plan::Business),
    feature_of("Sandboxes", "sandbox_opened", false, Plan::Business),
    feature_of("Data residency", "region_set", false, Plan::Business),
    feature_of("Roles", "role_edited", false, Plan::Business),
    feature_of("Benchmarks", "benchmark_viewed", false, Plan::Business),
];

pub(super) fn feature(name: String) -> Table {
    let rows: Vec<i64> = (1..=24).collect();
    let of = |id: &i64| FEATURES[usize::try_from(id - 1).unwrap_or(0)];
    let columns = [
        integer("feature_id", |id: &i64| *id),
        text("name", move |id: &i64| of(id).name),
        boolean("key", move |id: &i64| of(id).key),
        text("tier", move |id: &i64| of(id).tier.name()),
        date("released_at", |id: &i64| OLDEST_DAY + i32::try_from(*id).unwrap_or(0) * 29),
    ];
    table(name, &rows, &columns)
}

#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) id: i64,
    pub(super) ts: i64,
    pub(super) account_id: i64,
    pub(super) user_id: i64,
    pub(super) feature_id: Option<i64>,
    pub(super) name: &'static str,
    pub(super) value: Option<f64>,
    pub(super) session_id: i64,
}

/// A month of events by UTC day (the folder's `month` is that of `ts` in UTC).
pub(super) fn product_event(company: &Company, name: String, month: Day) -> Table {
    let rows = company.rows(|story| match &story.script {
        Some(script) => scripted::events(story, script, month),
        None => events(story, month),
    });
    let columns = [
        integer("event_id", |e: &Event| e.id),
        timestamp("ts", |e: &Event| e.ts),
        integer("account_id", |e: &Event| e.account_id),
        integer("user_id", |e: &Event| e.user_id),
        integer("feature_id", |e: &Event| e.feature_id),
        text("name", |e: &Event| e.name),
        number("value", |e: &Event| e.value),
        integer("session_id", |e: &Event| e.session_id),
    ];
    table(name, &rows, &columns)
}

/// A user with the days on which work is possible.
struct Worker<'a> {
    user: &'a User,
    from: Day,
    to: Day,
}

fn events(story: &Story, month: Day) -> Vec<Event> {
    let until = first_of_next_month(month);
    let workers: Vec<Worker<'_>> = story
        .users
        .iter()
        .filter_map(|user| {
            let from = local_day(user.activated_at?);
            let to = user.deactivated_at.map_or(Day::MAX, local_day);
            (from < until && month < to).then_some(Worker { user, from, to })
        })
        .collect();
    let mut list = Vec::new();
    for day in month..until {
        if story.serves(day) {
            a_day(story, &workers, day, &mut list);
        }
    }
    plant(story, month, &mut list);
    list.retain(|event| event.ts < end());
    list
}

/// What the account's users do on one day.
fn a_day(story: &Story, workers: &[Worker<'_>], day: Day, list: &mut Vec<Event>) {
    let momentum = story.momentum[week_of(day)];
    let mut number = 0;
    for worker in workers.iter().filter(|w| (w.from..w.to).contains(&day)) {
        let mut draw = Stream::new(
            story.seed,
            Topic::Event,
            worker.user.id.unsigned_abs(),
            u64::from(day.unsigned_abs()),
        );
        let usual = 0.015 + 0.17 * worker.user.habit;
        let workday = if is_weekend(day) { 0.25 } else { 1.0 };
        if !draw.chance(usual * workday * 2.0 * sigmoid(0.9 * momentum)) {
            continue;
        }
        session(story, worker.user, day, momentum, &mut draw, &mut number, list);
    }
}

/// A login and what follows it.
fn session(
    story: &Story,
    user: &User,
    day: Day,
    momentum: f64,
    draw: &mut Stream,
    number: &mut i64,
    list: &mut Vec<Event>,
) {
    let first = (story.account.id * 1_000 + i64::from(day - FIRST_DAY)) * 10_000 + *number;
    let mut ts = office_hours(draw, &story.account, day);
    let last_instant = crate::calendar::utc_midnight(day + 1) - SECOND;
    let plan =
        story.periods.iter().rfind(|p| p.start <= day).map_or(story.account.plan, |p| p.plan);
    let uses = draw.poisson((1.0 + 0.4 * momentum).clamp(0.2, 2.4));
    for n in 0..=i64::from(uses) {
        let used = (n > 0).then(|| feature_used(draw, plan, momentum));
        let feature = used.map(|id| FEATURES[usize::try_from(id - 1).unwrap_or(0)]);
        let key = feature.is_some_and(|f| f.key);
        let broken = story.account.id == planted::UNMATCHED_FEATURE && used == Some(12);
        list.push(Event {
            id: first + n,
            ts,
            account_id: user.account_id,
            user_id: user.id,
            feature_id: if broken { Some(planted::NO_FEATURE) } else { used },
            name: feature.map_or("login", |f| f.action),
            value: key.then(|| float(draw.between(1, 60)) / 4.0),
            session_id: first,
        });
        ts = (ts + draw.between(20, 900) * SECOND).min(last_instant);
    }
    *number += i64::from(uses) + 1;
}

/// How many of the features a plan has: the first ones.
pub(super) const fn features_of(plan: Plan) -> i64 {
    match plan {
        Plan::Starter => 8,
        Plan::Team => 16,
        Plan::Business => 24,
    }
}

/// The number of the feature used; key ones more often where it goes well.
fn feature_used(draw: &mut Stream, plan: Plan, momentum: f64) -> i64 {
    let count = features_of(plan);
    let wants_key = draw.chance((0.34 + 0.10 * momentum).clamp(0.08, 0.65));
    let weights: Vec<(i64, u32)> = (1..=count)
        .zip(FEATURES)
        .filter(|(_, feature)| feature.key == wants_key)
        .map(|(id, _)| (id, u32::try_from(240 / (id + 3)).unwrap_or(1)))
        .collect();
    draw.weighted(&weights)
}

/// Adds the planted events of the month.
fn plant(story: &Story, month: Day, list: &mut Vec<Event>) {
    let until = first_of_next_month(month);
    let mut add = |number: i64, ts: i64, user: &User| {
        let day = utc_day(ts);
        if (month..until).contains(&day) {
            let id =
                (story.account.id * 1_000 + i64::from(day - FIRST_DAY)) * 10_000 + 9_000 + number;
            list.push(Event {
                id,
                ts,
                account_id: user.account_id,
                user_id: user.id,
                feature_id: None,
                name: "login",
                value: None,
                session_id: id,
            });
        }
    };
    match story.account.id {
        planted::CLOCK_EDGES => {
            for (number, ts) in (0..).zip(planted::clock_edges()) {
                story.users.first().into_iter().for_each(|user| add(number, ts, user));
            }
        }
        planted::BEFORE_SIGN_UP => {
            let late = story
                .users
                .iter()
                .filter(|user| user.created_at > crate::calendar::midnight(FIRST_DAY + 1));
            late.take(2).for_each(|user| add(0, user.created_at - 5 * HOUR, user));
        }
        planted::REPEATED_EVENTS if planted::REPEATED_MONTHS.contains(&month) => {
            list.extend_from_within(..list.len().min(6));
        }
        _ => {}
    }
}
