//! Attempts to sell more to customers.

use super::Company;
use crate::Table;
use crate::calendar::{DAY, Day, midnight};
use crate::random::{Stream, Topic};
use crate::story::{Period, Story, office_hours};
use crate::table::{integer, money, table, text, timestamp};
use crate::window::{FIRST_DAY, LAST_DAY, seen};

struct Attempt {
    id: i64,
    account_id: i64,
    csm_id: i64,
    kind: &'static str,
    source: &'static str,
    at: i64,
    won_at: Option<i64>,
    lost_at: Option<i64>,
    /// A month, in cents: what is hoped for, or what was won.
    amount: i64,
}

pub(super) fn upsell_attempt(company: &Company, name: String, _: Day) -> Table {
    let rows = company.rows(attempts);
    let columns = [
        integer("attempt_id", |a: &Attempt| a.id),
        integer("account_id", |a: &Attempt| a.account_id),
        integer("csm_id", |a: &Attempt| a.csm_id),
        text("kind", |a: &Attempt| a.kind),
        text("source", |a: &Attempt| a.source),
        timestamp("at", |a: &Attempt| a.at),
        timestamp("won_at", |a: &Attempt| a.won_at),
        timestamp("lost_at", |a: &Attempt| a.lost_at),
        money("amount", |a: &Attempt| a.amount),
        text("currency", |_: &Attempt| "USD"),
    ];
    table(name, &rows, &columns)
}

/// Two in three expansions were asked for before they came; other attempts came to nothing.
fn attempts(story: &Story) -> Vec<Attempt> {
    let won = story.periods.windows(2).filter_map(|pair| won(story, &pair[0], &pair[1]));
    let months = (0..i64::from((LAST_DAY - FIRST_DAY) / 30)).filter_map(|month| lost(story, month));
    won.chain(months).collect()
}

fn won(story: &Story, before: &Period, after: &Period) -> Option<Attempt> {
    let mut draw = Stream::new(
        story.seed,
        Topic::Offer,
        story.account.id.unsigned_abs(),
        u64::from(after.start.unsigned_abs()),
    );
    let grew = matches!(after.reason, "seats" | "plan" | "add-on") && after.mrr() > before.mrr();
    let day = after.start - i32::try_from(draw.between(5, 60)).unwrap_or(5);
    if !grew || !draw.chance(0.67) || !story.serves(day) || day < FIRST_DAY {
        return None;
    }
    let number = i64::from(after.start - FIRST_DAY) * 10 + 1;
    let kind = if after.reason == "seats" { "upsell" } else { "cross-sell" };
    let mut attempt = attempt(story, &mut draw, number, kind, day)?;
    attempt.amount = after.mrr() - before.mrr();
    attempt.won_at = seen(midnight(after.start));
    Some(attempt)
}

fn lost(story: &Story, month: i64) -> Option<Attempt> {
    let mut draw = Stream::new(
        story.seed,
        Topic::Offer,
        story.account.id.unsigned_abs(),
        1_000_000 + month.unsigned_abs(),
    );
    let day = FIRST_DAY + i32::try_from(month * 30 + draw.between(0, 29)).unwrap_or(0);
    let customer =
        story.periods.iter().any(|p| p.start <= day && p.end.is_none_or(|end| day < end));
    if !draw.chance(story.account.size.of(0.03, 0.06, 0.12)) || !customer {
        return None;
    }
    let kind = draw.weighted(&[("upsell", 60), ("cross-sell", 40)]);
    let mut attempt = attempt(story, &mut draw, month * 10 + 2, kind, day)?;
    attempt.amount = draw.between(5, 60) * 2_900;
    attempt.lost_at = seen(attempt.at + draw.between(10, 80) * DAY);
    Some(attempt)
}

fn attempt(
    story: &Story,
    draw: &mut Stream,
    number: i64,
    kind: &'static str,
    day: Day,
) -> Option<Attempt> {
    let source = draw.weighted(&[("csm", 55), ("sales", 30), ("in_app", 15)]);
    Some(Attempt {
        id: story.account.id * 100_000 + number,
        account_id: story.account.id,
        csm_id: story.account.csm_id,
        kind,
        source,
        at: seen(office_hours(draw, &story.account, day))?,
        won_at: None,
        lost_at: None,
        amount: 0,
    })
}
