//! What the company publishes, and who looked at guides and videos.

use super::Company;
use super::events::FEATURES;
use crate::Table;
use crate::calendar::{Day, HOUR, SECOND, local_day, midnight};
use crate::random::{Stream, Topic, round, sigmoid};
use crate::story::{Story, User, office_hours};
use crate::table::{boolean, integer, money, table, text, timestamp};
use crate::window::{FIRST_DAY, LAST_DAY, seen, week_of};

/// Articles have the numbers of the features that they are about; guides and videos follow.
pub(super) const ARTICLES: i64 = 24;
const GUIDES: [(i64, &str, i64); 6] = [
    (25, "Your first report", 2),
    (26, "Set up an alert", 4),
    (27, "Share a view", 7),
    (28, "Automate a task", 11),
    (29, "Connect a tool", 15),
    (30, "Forecast a month", 20),
];
const VIDEOS: [(i64, &str, i64); 6] = [
    (31, "Dashboards in two minutes", 1),
    (32, "Reports in two minutes", 2),
    (33, "Alerts that help", 4),
    (34, "Automations, step by step", 11),
    (35, "All integrations", 15),
    (36, "What Roles can do", 23),
];
/// Steps of a guide.
const STEPS: i64 = 5;

pub(super) fn content(name: String) -> Table {
    struct Row(i64, String, &'static str, i64);
    let feature = |number: i64| FEATURES[usize::try_from(number - 1).unwrap_or(0)];
    let articles =
        (1..=ARTICLES).map(|id| Row(id, format!("How to use {}", feature(id).name), "article", id));
    let guides = GUIDES.map(|(id, title, about)| Row(id, title.to_owned(), "guide", about));
    let videos = VIDEOS.map(|(id, title, about)| Row(id, title.to_owned(), "video", about));
    let rows: Vec<Row> = articles.chain(guides).chain(videos).collect();
    let channel = |format: &str| match format {
        "article" => "knowledge base",
        "guide" => "in_app",
        _ => "video",
    };
    let columns = [
        integer("content_id", |r: &Row| r.0),
        text("title", |r: &Row| r.1.clone()),
        text("format", |r: &Row| r.2),
        text("channel", move |r: &Row| channel(r.2)),
        text("topic", move |r: &Row| feature(r.3).name),
        text("target_action", move |r: &Row| feature(r.3).action),
        text("stage", move |r: &Row| if r.3 <= 8 { "onboarding" } else { "adoption" }),
        money("cost", |r: &Row| if r.2 == "article" { 40_000 } else { 180_000 }),
        text("currency", |_: &Row| "USD"),
    ];
    table(name, &rows, &columns)
}

struct GuideView {
    id: i64,
    guide_id: i64,
    user_id: i64,
    account_id: i64,
    shown_at: i64,
    step_reached: i64,
    completed: bool,
}

pub(super) fn guide_view(company: &Company, name: String, _: Day) -> Table {
    let rows = company.rows(guide_views);
    let columns = [
        integer("view_id", |v: &GuideView| v.id),
        integer("guide_id", |v: &GuideView| v.guide_id),
        integer("user_id", |v: &GuideView| v.user_id),
        integer("account_id", |v: &GuideView| v.account_id),
        timestamp("shown_at", |v: &GuideView| v.shown_at),
        integer("step_reached", |v: &GuideView| v.step_reached),
        boolean("completed", |v: &GuideView| v.completed),
    ];
    table(name, &rows, &columns)
}

/// Most users are shown a guide or two in their first month; later ones come with what is new.
fn guide_views(story: &Story) -> Vec<GuideView> {
    story.users.iter().flat_map(|user| guides_of(story, user)).collect()
}

fn guides_of(story: &Story, user: &User) -> Vec<GuideView> {
    let Some(activated_at) = user.activated_at else { return Vec::new() };
    let mut draw = Stream::new(story.seed, Topic::Guide, user.id.unsigned_abs(), 0);
    let first = local_day(activated_at);
    let mut list = Vec::new();
    for (number, (guide_id, ..)) in (0..).zip(GUIDES) {
        let early = number < 3;
        let wait = if early { draw.between(0, 25) } else { draw.between(30, 400) };
        let day = first + i32::try_from(wait).unwrap_or(0);
        let shown = draw.chance(if early { 0.45 } else { 0.15 });
        let minute = draw.between(30, 600) * 60 * SECOND;
        let shown_at = activated_at.max(midnight(day) + 7 * HOUR) + minute;
        let reached = draw.between(1, STEPS);
        let finishes = draw.chance(0.25 + 0.3 * user.habit);
        let on = user.deactivated_at.is_none_or(|off| shown_at < off);
        if shown && on && story.serves(day) && day >= FIRST_DAY && seen(shown_at).is_some() {
            list.push(GuideView {
                id: user.id * 10 + number,
                guide_id,
                user_id: user.id,
                account_id: user.account_id,
                shown_at,
                step_reached: if finishes { STEPS } else { reached },
                completed: finishes || reached == STEPS,
            });
        }
    }
    list
}

struct Play {
    id: i64,
    video_id: i64,
    contact_id: i64,
    account_id: i64,
    ts: i64,
    pct_watched: i64,
}

pub(super) fn video_play(company: &Company, name: String, _: Day) -> Table {
    let rows = company.rows(plays);
    let columns = [
        integer("play_id", |p: &Play| p.id),
        integer("video_id", |p: &Play| p.video_id),
        integer("contact_id", |p: &Play| p.contact_id),
        integer("account_id", |p: &Play| p.account_id),
        timestamp("ts", |p: &Play| p.ts),
        integer("pct_watched", |p: &Play| p.pct_watched),
    ];
    table(name, &rows, &columns)
}

/// A play after every video that was clicked, and one in a hundred weeks without being asked.
fn plays(story: &Story) -> Vec<Play> {
    let asked = story.touches.iter().filter(|t| t.channel == "video").filter_map(|touch| {
        let at = touch.clicked_at?;
        play(story, touch.contact_id, i64::from((touch.day - FIRST_DAY) / 7) * 10, at + 20 * SECOND)
    });
    let unasked = story.contacts.iter().flat_map(|contact| {
        let weeks = 0..i64::from((LAST_DAY - FIRST_DAY) / 7);
        weeks.filter_map(move |week| {
            let mut draw = Stream::new(
                story.seed,
                Topic::Video,
                contact.id.unsigned_abs(),
                week.unsigned_abs() + 1,
            );
            let day = FIRST_DAY
                + i32::try_from(week).unwrap_or(0) * 7
                + i32::try_from(draw.between(0, 6)).unwrap_or(0);
            let here = story.serves(day) && contact.is_here(day);
            (draw.chance(0.01) && here)
                .then(|| office_hours(&mut draw, &story.account, day))
                .and_then(|at| play(story, contact.id, week * 10 + 1, at))
        })
    });
    asked.chain(unasked).collect()
}

fn play(story: &Story, contact_id: i64, number: i64, ts: i64) -> Option<Play> {
    let mut draw = Stream::new(
        story.seed,
        Topic::Video,
        contact_id.unsigned_abs(),
        number.unsigned_abs() + 100_000,
    );
    let (video_id, ..) = draw.pick(&VIDEOS);
    let momentum = story.momentum[week_of(local_day(ts))];
    // People watch to the end or drop off early; where it goes well, more watch to the end.
    let to_the_end = draw.chance(sigmoid(-0.4 + 0.5 * momentum));
    let part = draw.unit();
    let pct_watched = if to_the_end { draw.between(90, 100) } else { round(95.0 * part) };
    Some(Play {
        id: contact_id * 10_000 + number,
        video_id,
        contact_id,
        account_id: story.account.id,
        ts: seen(ts)?,
        pct_watched,
    })
}
