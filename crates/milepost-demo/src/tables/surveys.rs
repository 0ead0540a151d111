use super::Company;
use crate::Table;
use crate::calendar::{DAY, Day, HOUR, SECOND};
use crate::planted;
use crate::random::{Stream, Topic, round, sigmoid};
use crate::story::{Contact, Story, office_hours};
use crate::table::{boolean, integer, table, text, timestamp};
use crate::window::{FIRST_DAY, LAST_DAY, seen, week_of};

/// An invitation and what came of it.
#[derive(Clone, Debug)]
pub(super) struct Invite {
    pub(super) id: i64,
    pub(super) kind: &'static str,
    pub(super) contact_id: i64,
    pub(super) account_id: i64,
    pub(super) sent_at: i64,
    pub(super) delivered: bool,
    pub(super) answer: Option<Answer>,
}

/// An answer to a survey.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) at: i64,
    pub(super) score: i64,
    pub(super) tag: Option<&'static str>,
}

pub(super) fn survey_invite(company: &Company, name: String, _: Day) -> Table {
    let rows = company.rows(invites);
    let columns = [
        integer("invite_id", |i: &Invite| i.id),
        text("kind", |i: &Invite| i.kind),
        integer("contact_id", |i: &Invite| i.contact_id),
        integer("account_id", |i: &Invite| i.account_id),
        timestamp("sent_at", |i: &Invite| i.sent_at),
        boolean("delivered", |i: &Invite| i.delivered),
    ];
    table(name, &rows, &columns)
}

pub(super) fn survey_response(company: &Company, name: String, _: Day) -> Table {
    struct Row(Invite, Answer);
    let rows = company.rows(|story| {
        invites(story)
            .into_iter()
            .filter_map(|i| i.answer.clone().map(|answer| Row(i, answer)))
            .collect()
    });
    let columns = [
        integer("response_id", |r: &Row| r.0.id),
        integer("invite_id", |r: &Row| r.0.id),
        text("kind", |r: &Row| r.0.kind),
        integer("contact_id", |r: &Row| r.0.contact_id),
        integer("account_id", |r: &Row| r.0.account_id),
        integer("score", |r: &Row| r.1.score),
        text("verbatim_tag", |r: &Row| r.1.tag),
        timestamp("at", |r: &Row| r.1.at),
    ];
    table(name, &rows, &columns)
}

/// NPS of every contact each quarter, CSAT after half of the calls; by contact, then by time.
pub(super) fn invites(story: &Story) -> Vec<Invite> {
    let relational = story.contacts.iter().flat_map(|contact| nps(story, contact));
    relational.chain(story.outreach.iter().filter_map(|call| csat(story, call))).collect()
}

fn nps(story: &Story, contact: &Contact) -> Vec<Invite> {
    let offset = i32::try_from(contact.id.rem_euclid(91)).unwrap_or(0);
    let days =
        (0..9).map(|quarter| (quarter, FIRST_DAY + offset + 91 * quarter)).filter(|(_, day)| {
            *day <= LAST_DAY
                && story.serves(*day)
                && contact.is_here(*day)
                && *day - story.account.created_on >= 30
        });
    days.map(|(quarter, day)| nps_invite(story, contact, quarter, day)).collect()
}

fn nps_invite(story: &Story, contact: &Contact, quarter: i32, day: Day) -> Invite {
    let mut draw = Stream::new(
        story.seed,
        Topic::Survey,
        contact.id.unsigned_abs(),
        u64::from(quarter.unsigned_abs()),
    );
    let momentum = story.momentum[week_of(day)];
    let sent_at = office_hours(&mut draw, &story.account, day);
    let delivered = !contact.bounces && draw.chance(0.97);
    // Engaged people answer more: the answers are no fair sample.
    let answers = draw.chance(0.12 + 0.24 * sigmoid(1.2 * momentum));
    let felt = 7.75 + 1.1 * momentum - 0.3 * story.account.friction + 1.8 * draw.normal();
    let score =
        if story.account.id == planted::SCORE_OFF_SCALE { 11 } else { round(felt).clamp(0, 10) };
    let at = sent_at
        + draw.between(0, 9) * DAY
        + draw.between(1, 11) * HOUR
        + draw.between(0, 3_599) * SECOND;
    let tag = tag(&mut draw, score >= 9);
    Invite {
        id: contact.id * 100 + i64::from(quarter),
        kind: "nps",
        contact_id: contact.id,
        account_id: contact.account_id,
        sent_at,
        delivered,
        answer: (delivered && answers && seen(at).is_some()).then_some(Answer { at, score, tag }),
    }
}

fn csat(story: &Story, call: &crate::story::Outreach) -> Option<Invite> {
    let mut draw = Stream::new(story.seed, Topic::Csat, call.id.unsigned_abs(), 0);
    let contact_id = call.contact_id?;
    if !draw.chance(0.5) {
        return None;
    }
    let sent_at = seen(call.at + draw.between(1, 24) * HOUR)?;
    let momentum = story.momentum[week_of(call.day)];
    let answers = draw.chance(0.25 + 0.2 * sigmoid(momentum));
    let score = round(4.1 + 0.4 * momentum - 0.2 * story.account.friction + 0.8 * draw.normal())
        .clamp(1, 5);
    let at = sent_at + draw.between(0, 3) * DAY + draw.between(60, 40_000) * SECOND;
    let tag = tag(&mut draw, score >= 4);
    Some(Invite {
        id: 500_000_000_000 + call.id,
        kind: "csat",
        contact_id,
        account_id: call.account_id,
        sent_at,
        delivered: true,
        answer: (answers && seen(at).is_some()).then_some(Answer { at, score, tag }),
    })
}

fn tag(draw: &mut Stream, glad: bool) -> Option<&'static str> {
    let commented = draw.chance(0.4);
    let tag = if glad {
        draw.pick(&["ease", "support", "value"])
    } else {
        draw.pick(&["price", "missing feature", "support", "slow"])
    };
    commented.then_some(tag)
}
