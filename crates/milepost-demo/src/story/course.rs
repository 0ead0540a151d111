use super::{Account, Contact};
use crate::calendar::{Day, HOUR, SECOND, utc_midnight};
use crate::random::{Stream, Topic, float, round, sigmoid};
use crate::window::{FIRST_DAY, WEEKS, seen};

/// The weeks of an account: how it goes, and what the company does about it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weeks {
    pub(crate) momentum: Vec<f64>,
    pub(crate) touches: Vec<Touch>,
    pub(crate) outreach: Vec<Outreach>,
}

/// One message to one contact.
#[derive(Clone, Debug)]
pub(crate) struct Touch {
    pub(crate) id: i64,
    pub(crate) campaign_id: i64,
    pub(crate) contact_id: i64,
    pub(crate) account_id: i64,
    pub(crate) channel: &'static str,
    pub(crate) variant: &'static str,
    pub(crate) holdout: bool,
    pub(crate) day: Day,
    pub(crate) sent_at: i64,
    pub(crate) delivered_at: Option<i64>,
    pub(crate) opened_at: Option<i64>,
    /// Whether a person opened it, as far as is known; null when nobody did.
    pub(crate) open_reliable: Option<bool>,
    pub(crate) clicked_at: Option<i64>,
    pub(crate) replied_at: Option<i64>,
    pub(crate) unsubscribed: bool,
}

/// One call, meeting or personal mail by a CSM.
#[derive(Clone, Debug)]
pub(crate) struct Outreach {
    pub(crate) id: i64,
    pub(crate) csm_id: i64,
    pub(crate) contact_id: Option<i64>,
    pub(crate) account_id: i64,
    pub(crate) kind: &'static str,
    pub(crate) proactive: bool,
    pub(crate) day: Day,
    pub(crate) at: i64,
    /// How healthy the CSM finds the account, 0 to 100.
    pub(crate) csm_score: Option<i64>,
}

/// Campaigns by channel: the first number and how many there are.
pub(crate) const CAMPAIGNS: [(&str, i64, i64); 4] =
    [("email", 1, 6), ("in_app", 7, 3), ("video", 10, 2), ("webinar", 12, 1)];

impl Touch {
    /// What it adds to the log-odds of activating on a day: the planted effect, halved after a week, gone after two.
    pub(crate) fn nudge(&self, day: Day) -> f64 {
        let age = day - self.day;
        let landed = self.clicked_at.is_some()
            || (self.opened_at.is_some() && self.open_reliable == Some(true));
        if !landed || !(0..14).contains(&age) {
            return 0.0;
        }
        let effect = match self.channel {
            "in_app" => 0.45,
            "webinar" => 0.70,
            _ => 0.25,
        };
        if age < 7 { effect } else { effect / 2.0 }
    }
}

/// All weeks of the window, as if the account were served throughout; the story keeps those in which it was.
pub(crate) fn weeks(seed: u64, account: &Account, contacts: &[Contact]) -> Weeks {
    let mut draw = Stream::new(seed, Topic::Momentum, account.id.unsigned_abs(), 0);
    let mut weeks = Weeks::default();
    let rest = 0.8 * account.fit - 0.5 * account.friction;
    let mut momentum = rest + 0.4 * draw.normal();
    for week in 0..WEEKS {
        let first = FIRST_DAY + 7 * i32::try_from(week).unwrap_or(0);
        let touches = touches(seed, account, contacts, first, momentum);
        let calls = outreach(seed, account, contacts, first, momentum);
        let clicks = touches.iter().filter(|t| t.clicked_at.is_some()).count();
        let clicked = float(i64::try_from(clicks).unwrap_or(0))
            / float(i64::try_from(contacts.len()).unwrap_or(1).max(1));
        let lost = contacts.iter().any(|c| {
            c.role == Some("champion") && c.left_on.is_some_and(|d| (first..first + 7).contains(&d))
        });
        // Ninety percent of last week, a tenth of who they are, and what happened.
        momentum =
            0.9 * momentum + 0.1 * rest + 0.2 * clicked + if calls.is_empty() { 0.0 } else { 0.05 }
                - if lost { 0.6 } else { 0.0 }
                + 0.22 * draw.normal();
        weeks.momentum.push(momentum);
        weeks.touches.extend(touches);
        weeks.outreach.extend(calls);
    }
    weeks
}

fn touches(
    seed: u64,
    account: &Account,
    contacts: &[Contact],
    first: Day,
    momentum: f64,
) -> Vec<Touch> {
    let here = contacts.iter().filter(|contact| contact.is_here(first));
    here.filter_map(|contact| touch(seed, account, contact, first, momentum)).collect()
}

/// At most one touch a contact and week.
fn touch(
    seed: u64,
    account: &Account,
    contact: &Contact,
    first: Day,
    momentum: f64,
) -> Option<Touch> {
    let week = i64::from((first - FIRST_DAY) / 7);
    let mut draw = Stream::new(seed, Topic::Touch, contact.id.unsigned_abs(), week.unsigned_abs());
    let new = first - account.created_on < 60;
    if !draw.chance(if new { 0.40 } else { 0.20 }) {
        return None;
    }
    let (channel, campaign, campaigns) =
        draw.weighted(&CAMPAIGNS.map(|c| (c, channel_weight(c.0))));
    let day = first + i32::try_from(draw.between(0, 4)).unwrap_or(0);
    let sent_at = office_hours(&mut draw, account, day);
    let arrives = draw.chance(if channel == "email" { 0.975 } else { 0.995 });
    let delivered_at = (!contact.holdout && arrives && !(channel == "email" && contact.bounces))
        .then_some(sent_at + draw.between(1, 90) * SECOND);
    let interest = momentum + if contact.has_right_role() { 0.35 } else { 0.0 };
    let reads = draw.chance(sigmoid(-1.25 + 0.5 * interest));
    let by_itself = channel == "email" && contact.opens_unreliably;
    let opened = delivered_at.filter(|_| reads || by_itself);
    let opened_at = opened.map(|at| at + draw.between(1, 2_880) * 60 * SECOND).and_then(seen);
    let clicks = reads
        && draw.chance(sigmoid(-2.1 + 0.4 * interest + if channel == "email" { 0.0 } else { 0.8 }));
    let clicked_at =
        opened_at.filter(|_| clicks).map(|at| at + draw.between(5, 600) * SECOND).and_then(seen);
    let replied = draw.chance(0.06);
    Some(Touch {
        id: contact.id * 1_000 + week,
        campaign_id: campaign + draw.between(0, campaigns - 1),
        contact_id: contact.id,
        account_id: account.id,
        channel,
        variant: if draw.chance(0.5) { "A" } else { "B" },
        holdout: contact.holdout,
        day,
        sent_at,
        delivered_at: delivered_at.and_then(seen),
        opened_at,
        open_reliable: opened_at.map(|_| !by_itself),
        clicked_at,
        replied_at: clicked_at
            .filter(|_| replied)
            .map(|at| at + draw.between(1, 20) * HOUR)
            .and_then(seen),
        unsubscribed: opened_at.is_some() && draw.chance(0.003),
    })
    .filter(|touch| seen(touch.sent_at).is_some())
}

fn channel_weight(channel: &str) -> u32 {
    match channel {
        "email" => 62,
        "in_app" => 20,
        "video" => 10,
        _ => 8,
    }
}

/// Calls of a week: more where the account has a named CSM, and more where it goes badly (which confounds).
fn outreach(
    seed: u64,
    account: &Account,
    contacts: &[Contact],
    first: Day,
    momentum: f64,
) -> Vec<Outreach> {
    let week = (first - FIRST_DAY) / 7;
    let mut draw =
        Stream::new(seed, Topic::Outreach, account.id.unsigned_abs(), week.unsigned_abs().into());
    let usual = match account.touch_model {
        "named" => 0.50,
        "pooled" => 0.18,
        _ => 0.05,
    };
    let count = draw.poisson(usual * if momentum < -0.5 { 1.8 } else { 1.0 });
    let here: Vec<&Contact> = contacts.iter().filter(|c| c.is_here(first)).collect();
    (0..count.min(9)).filter_map(|n| call(&mut draw, account, &here, first, n, momentum)).collect()
}

fn call(
    draw: &mut Stream,
    account: &Account,
    here: &[&Contact],
    first: Day,
    n: u32,
    momentum: f64,
) -> Option<Outreach> {
    let day = first + i32::try_from(draw.between(0, 4)).unwrap_or(0);
    let at = office_hours(draw, account, day);
    let felt = round(62.0 + 17.0 * momentum + 9.0 * draw.normal()).clamp(0, 100);
    let scored = draw.chance(0.6);
    let contact_id = (!here.is_empty()).then(|| draw.pick(here).id);
    let call = Outreach {
        id: account.id * 10_000 + i64::from((first - FIRST_DAY) / 7) * 10 + i64::from(n),
        csm_id: account.csm_id,
        contact_id,
        account_id: account.id,
        kind: draw.weighted(&[("mail", 45), ("call", 35), ("meeting", 15), ("business review", 5)]),
        proactive: draw.chance(0.7),
        day,
        at,
        csm_score: scored.then_some(felt),
    };
    seen(at).map(|_| call)
}

/// An instant in the account's office hours, in the UTC day given (so that partitions by UTC month are whole).
pub(crate) fn office_hours(draw: &mut Stream, account: &Account, day: Day) -> i64 {
    let hour = draw.weighted(&[
        (7, 3),
        (8, 8),
        (9, 14),
        (10, 14),
        (11, 12),
        (12, 6),
        (13, 10),
        (14, 13),
        (15, 12),
        (16, 9),
        (17, 5),
        (20, 3),
        (22, 1),
    ]);
    let utc_hour = (i64::from(hour) - account.hours_ahead(day)).rem_euclid(24);
    utc_midnight(day) + utc_hour * HOUR + draw.between(0, 3_599) * SECOND
}
