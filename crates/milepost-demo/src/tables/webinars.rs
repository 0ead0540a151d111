//! Webinars, who signed up, and how long they stayed.

use super::Company;
use crate::Table;
use crate::calendar::{DAY, Day, HOUR, SECOND, midnight};
use crate::random::{Stream, Topic, float, round, sigmoid};
use crate::story::{Contact, Story};
use crate::table::{integer, table, text, timestamp};
use crate::window::{FIRST_DAY, LAST_DAY, seen, week_of};

/// Every second Wednesday at 15:00 in Amsterdam, for an hour; the last two lie after the as-of.
const EVERY: i32 = 14;
const HOURS: i64 = 1;

const TOPICS: [&str; 5] = ["Getting started", "Reports", "Automations", "Integrations", "Planning"];

#[derive(Clone, Copy)]
struct Webinar {
    id: i64,
    day: Day,
}

impl Webinar {
    fn all() -> Vec<Self> {
        let first = FIRST_DAY + 6;
        (0..)
            .map(|n| Self { id: i64::from(n) + 1, day: first + n * EVERY })
            .take_while(|webinar| webinar.day <= LAST_DAY + 2 * EVERY)
            .collect()
    }

    fn starts_at(self) -> i64 {
        midnight(self.day) + 15 * HOUR
    }

    fn ends_at(self) -> i64 {
        self.starts_at() + HOURS * HOUR
    }

    fn topic(self) -> &'static str {
        let topics = i64::try_from(TOPICS.len()).unwrap_or(1);
        TOPICS[usize::try_from(self.id % topics).unwrap_or(0)]
    }
}

pub(super) fn webinar(name: String) -> Table {
    let rows = Webinar::all();
    let columns = [
        integer("webinar_id", |w: &Webinar| w.id),
        text("title", |w: &Webinar| format!("Live: {}", w.topic())),
        text("topic", |w: &Webinar| w.topic()),
        timestamp("starts_at", |w: &Webinar| w.starts_at()),
        timestamp("ends_at", |w: &Webinar| w.ends_at()),
    ];
    table(name, &rows, &columns)
}

struct Registration {
    id: i64,
    webinar_id: i64,
    contact_id: i64,
    account_id: i64,
    registered_at: i64,
    joined_at: Option<i64>,
    left_at: Option<i64>,
}

pub(super) fn webinar_reg(company: &Company, name: String, _: Day) -> Table {
    let webinars = Webinar::all();
    let rows = company.rows(|story| {
        let pairs = story.contacts.iter().flat_map(|c| webinars.iter().map(move |w| (c, *w)));
        pairs.filter_map(|(contact, webinar)| registration(story, contact, webinar)).collect()
    });
    let columns = [
        integer("registration_id", |r: &Registration| r.id),
        integer("webinar_id", |r: &Registration| r.webinar_id),
        integer("contact_id", |r: &Registration| r.contact_id),
        integer("account_id", |r: &Registration| r.account_id),
        timestamp("registered_at", |r: &Registration| r.registered_at),
        timestamp("joined_at", |r: &Registration| r.joined_at),
        timestamp("left_at", |r: &Registration| r.left_at),
    ];
    table(name, &rows, &columns)
}

/// Half of those who open an invitation to a webinar sign up for the next one; a few come without being asked.
fn registration(story: &Story, contact: &Contact, webinar: Webinar) -> Option<Registration> {
    let mut draw = Stream::new(
        story.seed,
        Topic::Webinar,
        contact.id.unsigned_abs(),
        webinar.id.unsigned_abs(),
    );
    let start = webinar.starts_at();
    let opened = story
        .touches
        .iter()
        .filter(|t| t.contact_id == contact.id && t.channel == "webinar")
        .filter_map(|t| t.opened_at)
        .find(|at| (start - 14 * DAY..start).contains(at));
    let signs_up = draw.chance(if opened.is_some() { 0.5 } else { 0.004 });
    let alone = start - draw.between(1, 13) * DAY - draw.between(0, 30_000) * SECOND;
    let registered_at = opened.map_or(alone, |at| at + draw.between(1, 30) * 60 * SECOND);
    let day = webinar.day - 14;
    let here = story.serves(day.min(LAST_DAY)) && contact.is_here(day);
    if !signs_up || !here || registered_at >= start {
        return None;
    }
    let momentum = story.momentum[week_of(webinar.day)];
    let attends = draw.chance(sigmoid(-0.3 + 0.6 * momentum)) && contact.is_here(webinar.day);
    let joined_at = start + draw.between(-300, 900) * SECOND;
    // Who leaves early leaves the sooner the less it fits; most stay to the end.
    let stays = draw.chance(sigmoid(0.4 + 0.5 * momentum));
    let part = if stays { 1.0 } else { 0.2 + 0.6 * draw.unit() };
    let left_at = start + round(part * float(HOURS * 3_600)) * SECOND;
    let joined_at = Some(joined_at).filter(|_| attends).and_then(seen);
    Some(Registration {
        id: contact.id * 1_000 + webinar.id,
        webinar_id: webinar.id,
        contact_id: contact.id,
        account_id: story.account.id,
        registered_at: seen(registered_at)?,
        joined_at,
        left_at: joined_at.and_then(|joined| seen(left_at.max(joined + 60 * SECOND))),
    })
}
