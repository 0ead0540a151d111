//! What the users of an account with a planted story do: what the story says, and nothing else.

use super::events::{Event, FEATURES, features_of};
use crate::calendar::{Day, SECOND, first_of_next_month};
use crate::journeys::{Script, at_work};
use crate::random::{Stream, Topic, float};
use crate::story::Story;
use crate::window::{FIRST_DAY, LAST_DAY};

/// The events of a month.
pub(super) fn events(story: &Story, script: &Script, month: Day) -> Vec<Event> {
    let mut list = Vec::new();
    for date in month..first_of_next_month(month).min(LAST_DAY + 1) {
        let first = (story.account.id * 1_000 + i64::from(date - FIRST_DAY)) * 10_000;
        let mut next = first;
        for (number, user) in (1..).zip(&story.users) {
            if script.uses(number, date) {
                let mut draw = Stream::new(
                    story.seed,
                    Topic::Journey,
                    user.id.unsigned_abs(),
                    u64::from(date.unsigned_abs()),
                );
                let used = used(story, script, number, date, &mut draw);
                session(&mut list, &mut next, (user.id, story.account.id), &used, date, &mut draw);
            }
        }
    }
    list
}

/// The features that somebody uses on a day: key ones only on the way to the first value and after it.
fn used(story: &Story, script: &Script, number: i64, date: Day, draw: &mut Stream) -> Vec<i64> {
    let of = |key: bool| {
        let owned = (1..=features_of(story.account.plan)).zip(FEATURES);
        owned.filter(|(_, feature)| feature.key == key).map(|(id, _)| id).collect::<Vec<_>>()
    };
    if number == 1 && script.is_way_to_value(date) {
        return vec![draw.pick(&of(true))];
    }
    let wants_key = script.has_value(date) && draw.chance(0.4);
    vec![draw.pick(&of(false)), draw.pick(&of(wants_key))]
}

/// A login and the features after it.
fn session(
    list: &mut Vec<Event>,
    next: &mut i64,
    (user_id, account_id): (i64, i64),
    used: &[i64],
    date: Day,
    draw: &mut Stream,
) {
    let session_id = *next;
    let mut ts = at_work(date, draw);
    for feature_id in std::iter::once(None).chain(used.iter().copied().map(Some)) {
        let feature = feature_id.and_then(|id| FEATURES.get(usize::try_from(id - 1).ok()?));
        let is_key = feature.is_some_and(|feature| feature.key);
        list.push(Event {
            id: *next,
            ts,
            account_id,
            user_id,
            feature_id,
            name: feature.map_or("login", |feature| feature.action),
            value: is_key.then(|| float(draw.between(1, 60)) / 4.0),
            session_id,
        });
        *next += 1;
        ts += draw.between(20, 900) * SECOND;
    }
}
