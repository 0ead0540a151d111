//! The community: questions, answers, replies and reactions.

use super::Company;
use super::events::FEATURES;
use crate::Table;
use crate::calendar::{Day, SECOND, local_day};
use crate::random::{Stream, Topic, exp, float, round};
use crate::story::{Account, Contact, Story, contacts, office_hours};
use crate::table::{boolean, integer, table, text, timestamp};
use crate::window::{FIRST_DAY, WEEKS, seen};

#[derive(Clone)]
struct Post {
    id: i64,
    contact_id: Option<i64>,
    account_id: Option<i64>,
    kind: &'static str,
    topic: &'static str,
    parent_id: Option<i64>,
    is_employee: bool,
    accepted: bool,
    at: i64,
    referrer: &'static str,
}

pub(super) fn community_post(company: &Company, name: String, _: Day) -> Table {
    let rows = company.rows(posts);
    let columns = [
        integer("post_id", |p: &Post| p.id),
        integer("contact_id", |p: &Post| p.contact_id),
        integer("account_id", |p: &Post| p.account_id),
        text("kind", |p: &Post| p.kind),
        text("topic", |p: &Post| p.topic),
        integer("parent_id", |p: &Post| p.parent_id),
        boolean("is_employee", |p: &Post| p.is_employee),
        boolean("accepted", |p: &Post| p.accepted),
        timestamp("at", |p: &Post| p.at),
        text("referrer", |p: &Post| p.referrer),
    ];
    table(name, &rows, &columns)
}

/// The questions of the account's contacts, each with what it was answered.
fn posts(story: &Story) -> Vec<Post> {
    let weeks = 0..i64::try_from(WEEKS).unwrap_or(0);
    let one = |contact: &Contact, week: i64| question(story, contact, week);
    let mut list = Vec::new();
    for contact in &story.contacts {
        for week in weeks.clone() {
            if let Some(asked) = one(contact, week) {
                let answers = answers(story, &asked);
                list.push(asked);
                list.extend(answers);
            }
        }
    }
    list
}

/// Few write, and those few write often: one contact in ten has most of the questions.
fn question(story: &Story, contact: &Contact, week: i64) -> Option<Post> {
    let id = contact.id * 1_000 + week;
    let mut person = Stream::new(story.seed, Topic::Community, contact.id.unsigned_abs(), 0);
    let writes = if person.chance(0.1) { 0.04 } else { 0.002 };
    let mut draw = Stream::new(story.seed, Topic::Community, id.unsigned_abs(), 1);
    let day = FIRST_DAY + i32::try_from(week * 7 + draw.between(0, 6)).unwrap_or(0);
    if !draw.chance(writes) || !story.serves(day) || !contact.is_here(day) {
        return None;
    }
    let about = usize::try_from(draw.between(0, 23)).unwrap_or(0);
    Some(Post {
        id: id * 10,
        contact_id: Some(contact.id),
        account_id: Some(story.account.id),
        kind: "question",
        topic: FEATURES[about].name,
        parent_id: None,
        is_employee: false,
        accepted: false,
        at: seen(office_hours(&mut draw, &story.account, day))?,
        referrer: draw.weighted(&[("search", 40), ("in_app", 25), ("email", 20), ("direct", 15)]),
    })
}

/// Four in five questions are answered, mostly by other customers, the sooner the likelier; some answers are thanked.
fn answers(story: &Story, question: &Post) -> Vec<Post> {
    let mut draw = Stream::new(story.seed, Topic::Community, question.id.unsigned_abs(), 2);
    let count = if draw.chance(0.8) { draw.between(1, 3) } else { 0 };
    let solved = draw.chance(0.6);
    let mut at = question.at;
    let mut list = Vec::new();
    for n in 1..=count {
        at += round(exp(1.6 + 1.2 * draw.normal()) * float(3_600)) * SECOND;
        let employee = draw.chance(0.35);
        let other = if employee { None } else { somebody(story, &mut draw, local_day(at)) };
        let kind = if n == 1 {
            "answer"
        } else {
            draw.weighted(&[("answer", 30), ("reply", 45), ("reaction", 25)])
        };
        list.push(Post {
            id: question.id + n,
            contact_id: other.map(|(contact, _)| contact),
            account_id: other.map(|(_, account)| account),
            kind,
            parent_id: Some(question.id),
            is_employee: other.is_none(),
            accepted: kind == "answer" && solved && n == 1,
            at,
            ..question.clone()
        });
    }
    list.retain(|post| seen(post.at).is_some());
    list
}

/// Somebody of this account or of one that came before it: the answers don't depend on accounts that come later.
fn somebody(story: &Story, draw: &mut Stream, day: Day) -> Option<(i64, i64)> {
    let account = Account::of(story.seed, draw.between(1, story.account.id));
    let here: Vec<Contact> =
        contacts(story.seed, &account).into_iter().filter(|c| c.is_here(day)).collect();
    let ids: Vec<i64> = here.iter().map(|c| c.id).collect();
    (!ids.is_empty()).then(|| (draw.pick(&ids), account.id))
}
