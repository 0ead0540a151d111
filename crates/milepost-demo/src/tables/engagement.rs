use super::Company;
use crate::Table;
use crate::calendar::{Day, utc_day};
use crate::story::{CAMPAIGNS, Outreach, Touch};
use crate::table::{boolean, integer, money, table, text, timestamp};

/// Campaigns in the order of their numbers: name, topic, stage, cost in cents.
const CAMPAIGN_NAMES: [(&str, &str, &str, i64); 12] = [
    ("Welcome", "getting started", "onboarding", 120_000),
    ("Finish your setup", "getting started", "onboarding", 80_000),
    ("What's new: \"Reports\" & <Alerts>", "features", "adoption", 150_000),
    ("Monthly tips", "features", "adoption", 90_000),
    ("We miss you", "return", "adoption", 60_000),
    ("Before you renew", "renewal", "renewal", 110_000),
    ("First-steps guide", "getting started", "onboarding", 200_000),
    ("Automations tour", "features", "adoption", 180_000),
    ("Invite your team", "seats", "expansion", 140_000),
    ("Two-minute walk-through", "getting started", "onboarding", 250_000),
    ("Customer story", "outcomes", "expansion", 300_000),
    ("Live: better reports", "features", "adoption", 400_000),
];

pub(super) fn campaign(name: String) -> Table {
    struct Row(i64, &'static str, (&'static str, &'static str, &'static str, i64));
    let channel_of =
        |id: i64| CAMPAIGNS.iter().rfind(|(_, first, _)| *first <= id).map_or("email", |c| c.0);
    let rows: Vec<Row> =
        (1..).zip(CAMPAIGN_NAMES).map(|(id, row)| Row(id, channel_of(id), row)).collect();
    let columns = [
        integer("campaign_id", |r: &Row| r.0),
        text("name", |r: &Row| r.2.0),
        text("channel", |r: &Row| r.1),
        text("topic", |r: &Row| r.2.1),
        text("stage", |r: &Row| r.2.2),
        money("cost", |r: &Row| r.2.3),
        text("currency", |_: &Row| "USD"),
    ];
    table(name, &rows, &columns)
}

/// A month of touches by the UTC day on which they were sent.
pub(super) fn touch(company: &Company, name: String, month: Day) -> Table {
    let until = crate::calendar::first_of_next_month(month);
    let rows: Vec<Touch> = company.rows(|story| {
        story
            .touches
            .iter()
            .filter(|t| (month..until).contains(&utc_day(t.sent_at)))
            .cloned()
            .collect()
    });
    let columns = [
        integer("touch_id", |t: &Touch| t.id),
        integer("campaign_id", |t: &Touch| t.campaign_id),
        integer("contact_id", |t: &Touch| t.contact_id),
        integer("account_id", |t: &Touch| t.account_id),
        text("channel", |t: &Touch| t.channel),
        text("variant", |t: &Touch| t.variant),
        boolean("holdout", |t: &Touch| t.holdout),
        timestamp("sent_at", |t: &Touch| t.sent_at),
        timestamp("delivered_at", |t: &Touch| t.delivered_at),
        timestamp("opened_at", |t: &Touch| t.opened_at),
        boolean("open_reliable", |t: &Touch| t.open_reliable),
        timestamp("clicked_at", |t: &Touch| t.clicked_at),
        timestamp("replied_at", |t: &Touch| t.replied_at),
        boolean("unsubscribed", |t: &Touch| t.unsubscribed),
    ];
    table(name, &rows, &columns)
}

/// Customer success managers: name and team.
const CSMS: [(&str, &str, i64); 6] = [
    ("Aisha", "digital", 120),
    ("Bram", "digital", 120),
    ("Chloé", "pooled", 60),
    ("Dmitri", "pooled", 60),
    ("Elif", "named", 20),
    ("Femke", "named", 20),
];

pub(super) fn csm(name: String) -> Table {
    struct Row(i64, (&'static str, &'static str, i64));
    let rows: Vec<Row> = (1..).zip(CSMS).map(|(id, row)| Row(id, row)).collect();
    let columns = [
        integer("csm_id", |r: &Row| r.0),
        text("name", |r: &Row| r.1.0),
        text("team", |r: &Row| r.1.1),
        integer("capacity", |r: &Row| r.1.2),
    ];
    table(name, &rows, &columns)
}

pub(super) fn csm_outreach(company: &Company, name: String, _: Day) -> Table {
    let rows: Vec<Outreach> = company.rows(|story| story.outreach.clone());
    let columns = [
        integer("outreach_id", |o: &Outreach| o.id),
        integer("csm_id", |o: &Outreach| o.csm_id),
        integer("contact_id", |o: &Outreach| o.contact_id),
        integer("account_id", |o: &Outreach| o.account_id),
        text("kind", |o: &Outreach| o.kind),
        boolean("proactive", |o: &Outreach| o.proactive),
        timestamp("at", |o: &Outreach| o.at),
        integer("csm_score", |o: &Outreach| o.csm_score),
    ];
    table(name, &rows, &columns)
}
