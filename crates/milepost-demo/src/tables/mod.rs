//! Tables as views of stories. A new table is a file (or a function) here and a line in [`pieces`].

mod accounts;
mod community;
mod content;
mod engagement;
mod events;
mod help;
mod offers;
mod outcomes;
mod revenue;
mod rights;
mod scripted;
mod surveys;
mod webinars;

use crate::calendar::{Day, month_name};
use crate::journeys::{self, Script};
use crate::story::Story;
use crate::window::{FIRST_DAY, months};
use crate::{Options, Table};

/// One table, or one month of one.
pub(crate) struct Piece {
    pub(crate) name: String,
    /// The first day of its month; of the window, for tables in one piece.
    month: Day,
    rows: Rows,
}

/// Whose rows a table has.
enum Rows {
    /// Those of the accounts.
    OfAccounts(fn(&Company, String, Day) -> Table),
    /// Those of a catalog, which is the same for all companies.
    Catalog(fn(String) -> Table),
    /// What was planted of the accounts that have it.
    Truth(fn(&[&Script]) -> Table),
}

impl Piece {
    /// The table, of the accounts of a part; a catalog comes with the first of them.
    pub(crate) fn table(self, company: &Company) -> Option<Table> {
        match self.rows {
            Rows::OfAccounts(make) => Some(make(company, self.name, self.month)),
            Rows::Catalog(make) => company.is_first.then(|| make(self.name)),
            Rows::Truth(make) => {
                let scripts = company.stories.iter().filter_map(|story| story.script.as_ref());
                Some(make(&scripts.collect::<Vec<_>>()))
            }
        }
    }
}

/// All pieces, in the order in which they come; those that say what was planted only where something was.
pub(crate) fn pieces(options: &Options) -> Vec<Piece> {
    let piece = |name: &str, rows| Piece { name: name.to_owned(), month: FIRST_DAY, rows };
    let whole = |name, make| piece(name, Rows::OfAccounts(make));
    let catalog = |name, make| piece(name, Rows::Catalog(make));
    let mut list = vec![
        whole("account", accounts::account),
        whole("contact", accounts::contact),
        whole("app_user", accounts::app_user),
        whole("trial", revenue::trial),
        whole("subscription", revenue::subscription),
        whole("subscription_change", revenue::subscription_change),
    ];
    let by_month = |name: fn(String) -> String, make| {
        let piece = move |month| Piece {
            name: name(month_name(month)),
            month,
            rows: Rows::OfAccounts(make),
        };
        months().into_iter().map(piece)
    };
    list.extend(by_month(|month| format!("mrr/{month}"), revenue::mrr));
    list.extend([
        whole("invoice", revenue::invoice),
        whole("cost", revenue::cost),
        catalog("feature", events::feature),
    ]);
    list.extend(by_month(
        |month| format!("product_event/month={month}/part"),
        events::product_event,
    ));
    list.push(catalog("campaign", engagement::campaign));
    list.extend(by_month(|month| format!("touch/{month}"), engagement::touch));
    list.extend([
        catalog("csm", engagement::csm),
        whole("csm_outreach", engagement::csm_outreach),
        whole("survey_invite", surveys::survey_invite),
        whole("survey_response", surveys::survey_response),
        whole("account_goal", outcomes::account_goal),
        whole("integration", outcomes::integration),
        whole("permission_change", outcomes::permission_change),
        whole("referral", outcomes::referral),
        whole("ticket", outcomes::ticket),
        whole("contact_role_history", rights::contact_role_history),
        whole("entitlement", rights::entitlement),
        catalog("content", content::content),
        whole("guide_view", content::guide_view),
        whole("video_play", content::video_play),
        catalog("webinar", webinars::webinar),
        whole("webinar_reg", webinars::webinar_reg),
        whole("kb_view", help::kb_view),
        whole("kb_search", help::kb_search),
        whole("community_post", community::community_post),
        whole("upsell_attempt", offers::upsell_attempt),
    ]);
    if options.planted > 0 {
        let truth = |name: &str, make| piece(&format!("{}{name}", journeys::TRUTH), make);
        list.extend([
            truth("story", Rows::Truth(journeys::story)),
            truth("standing", Rows::Truth(journeys::standing)),
            truth("quiet", Rows::Truth(journeys::quiet)),
        ]);
    }
    list
}

/// A part of the company: the stories of some accounts that follow each other.
#[derive(Debug)]
pub(crate) struct Company {
    stories: Vec<Story>,
    /// Whether no accounts come before these.
    is_first: bool,
}

impl Company {
    /// The whole company in parts of so many accounts, in their order; at least one.
    pub(crate) fn parts(options: &Options, accounts: u32) -> impl Iterator<Item = Self> + use<> {
        let Options { accounts: last, seed, planted } = *options;
        let mut numbers = (1..=i64::from(last)).chain(journeys::numbers(planted));
        let mut is_first = true;
        std::iter::from_fn(move || {
            let part = numbers.by_ref().take(accounts.max(1) as usize);
            let stories: Vec<Story> = part.map(|id| Story::of(seed, id)).collect();
            let company = Self { stories, is_first };
            is_first = false;
            (company.is_first || !company.stories.is_empty()).then_some(company)
        })
    }

    /// The rows that every story gives, by account number.
    pub(crate) fn rows<R>(&self, rows: impl Fn(&Story) -> Vec<R>) -> Vec<R> {
        self.stories.iter().flat_map(rows).collect()
    }
}
