//! How customers help themselves: visits of the knowledge base.

use super::Company;
use super::content::ARTICLES;
use super::events::features_of;
use super::outcomes::{Ticket, all_tickets};
use crate::Table;
use crate::calendar::{Day, HOUR, SECOND, local_day};
use crate::random::{Stream, Topic, exp, float, round};
use crate::story::{Contact, Story, office_hours};
use crate::table::{boolean, integer, table, text, timestamp};
use crate::window::{FIRST_DAY, WEEKS, seen};

/// A visit: perhaps a search, then articles.
struct Visit {
    session_id: i64,
    contact_id: Option<i64>,
    account_id: i64,
    search: Option<Search>,
    views: Vec<View>,
}

struct Search {
    at: i64,
    query: &'static str,
    clicked: bool,
}

struct View {
    at: i64,
    article_id: i64,
    dwell_s: i64,
    scroll: i64,
    exit: bool,
    downloads: i64,
}

struct Ids {
    session_id: i64,
    contact_id: Option<i64>,
    account_id: i64,
}

impl Visit {
    fn ids(&self) -> Ids {
        Ids {
            session_id: self.session_id,
            contact_id: self.contact_id,
            account_id: self.account_id,
        }
    }
}

pub(super) fn kb_view(company: &Company, name: String, _: Day) -> Table {
    struct Row(Ids, i64, View);
    let rows = company.rows(|story| {
        let of_visit = |mut visit: Visit| {
            let views = std::mem::take(&mut visit.views);
            (0..).zip(views).map(|(n, view)| Row(visit.ids(), n, view)).collect::<Vec<_>>()
        };
        visits(story).into_iter().flat_map(of_visit).collect()
    });
    let columns = [
        integer("view_id", |r: &Row| r.0.session_id * 10 + r.1),
        integer("session_id", |r: &Row| r.0.session_id),
        integer("contact_id", |r: &Row| r.0.contact_id),
        integer("account_id", |r: &Row| r.0.account_id),
        integer("article_id", |r: &Row| r.2.article_id),
        timestamp("at", |r: &Row| r.2.at),
        integer("dwell_s", |r: &Row| r.2.dwell_s),
        integer("scroll", |r: &Row| r.2.scroll),
        boolean("exit", |r: &Row| r.2.exit),
        integer("downloads", |r: &Row| r.2.downloads),
    ];
    table(name, &rows, &columns)
}

pub(super) fn kb_search(company: &Company, name: String, _: Day) -> Table {
    struct Row(Ids, Search);
    let rows = company.rows(|story| {
        let of_visit = |mut visit: Visit| {
            let search = visit.search.take()?;
            Some(Row(visit.ids(), search))
        };
        visits(story).into_iter().filter_map(of_visit).collect()
    });
    let columns = [
        integer("search_id", |r: &Row| r.0.session_id),
        integer("session_id", |r: &Row| r.0.session_id),
        integer("contact_id", |r: &Row| r.0.contact_id),
        integer("account_id", |r: &Row| r.0.account_id),
        timestamp("at", |r: &Row| r.1.at),
        text("query", |r: &Row| r.1.query),
        boolean("clicked", |r: &Row| r.1.clicked),
    ];
    table(name, &rows, &columns)
}

/// Visits of every contact, week by week, and those that ended in a ticket.
fn visits(story: &Story) -> Vec<Visit> {
    let weekly = story
        .contacts
        .iter()
        .flat_map(|contact| (0..WEEKS).filter_map(move |week| weekly(story, contact, week)));
    let in_vain = all_tickets(story).into_iter().filter_map(|ticket| before_ticket(story, &ticket));
    weekly.chain(in_vain).collect()
}

/// More visits while people are new, and where the product is hard for them.
fn weekly(story: &Story, contact: &Contact, week: usize) -> Option<Visit> {
    let number = i64::try_from(week).unwrap_or(0);
    let mut draw =
        Stream::new(story.seed, Topic::Help, contact.id.unsigned_abs(), number.unsigned_abs());
    let day = FIRST_DAY + i32::try_from(number * 7 + draw.between(0, 6)).unwrap_or(0);
    let new = if day - story.account.created_on < 60 { 3.0 } else { 1.0 };
    let visits = draw.chance(0.02 * new * exp(0.3 * story.account.friction));
    if !visits || !story.serves(day) || !contact.is_here(day) {
        return None;
    }
    let at = office_hours(&mut draw, &story.account, day);
    // One visit in eight is by somebody who did not sign in.
    let contact_id = (!draw.chance(0.125)).then_some(contact.id);
    visit(story, &mut draw, contact.id * 1_000 + number, contact_id, at)
}

/// A third of the tickets were written after a visit that did not help.
fn before_ticket(story: &Story, ticket: &Ticket) -> Option<Visit> {
    let mut draw = Stream::new(story.seed, Topic::Help, ticket.id.unsigned_abs(), 1_000);
    let contact_id = ticket.contact_id?;
    let at = ticket.opened - draw.between(1, 30) * HOUR - draw.between(0, 3_000) * SECOND;
    let looks = draw.chance(0.33) && local_day(at) >= FIRST_DAY;
    looks.then(|| visit(story, &mut draw, 500_000_000_000 + ticket.id, Some(contact_id), at))?
}

fn visit(
    story: &Story,
    draw: &mut Stream,
    session_id: i64,
    contact_id: Option<i64>,
    start: i64,
) -> Option<Visit> {
    seen(start)?;
    let plan = story
        .periods
        .iter()
        .rfind(|p| p.start <= local_day(start))
        .map_or(story.account.plan, |p| p.plan);
    let searches = draw.chance(0.55);
    let finds = draw.chance(0.74);
    let query = draw.pick(&["report", "alert", "share", "export", "connect", "invite", "error"]);
    let search = searches.then_some(Search { at: start, query, clicked: finds });
    let count = if searches && !finds { 0 } else { draw.between(1, 4) };
    let mut at = start + draw.between(5, 60) * SECOND;
    let mut views = Vec::new();
    for n in 1..=count {
        let dwell_s = round(exp(3.6 + 0.9 * draw.normal())).clamp(1, 1_800);
        views.push(View {
            at,
            article_id: draw.between(1, features_of(plan).min(ARTICLES)),
            dwell_s,
            scroll: round(float(dwell_s.min(120)) * 0.6 + 28.0 * draw.unit()).clamp(0, 100),
            exit: n == count,
            downloads: i64::from(draw.chance(0.04)),
        });
        at += dwell_s * SECOND;
    }
    views.retain(|view| seen(view.at).is_some());
    Some(Visit { session_id, contact_id, account_id: story.account.id, search, views })
}
