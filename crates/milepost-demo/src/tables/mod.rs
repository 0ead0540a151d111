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
mod surveys;
mod webinars;

use crate::calendar::{Day, month_name};
use crate::story::Story;
use crate::window::{FIRST_DAY, months};
use crate::{Options, Table};

/// One table, or one month of one.
pub(crate) struct Piece {
    pub(crate) name: String,
    /// The first day of its month; of the window, for tables in one piece.
    pub(crate) month: Day,
    pub(crate) make: fn(&Company, String, Day) -> Table,
}

/// All pieces, in the order in which they come.
pub(crate) fn pieces() -> Vec<Piece> {
    let whole = |name: &str, make| Piece { name: name.to_owned(), month: FIRST_DAY, make };
    let mut list = vec![
        whole("account", accounts::account),
        whole("contact", accounts::contact),
        whole("app_user", accounts::app_user),
        whole("trial", revenue::trial),
        whole("subscription", revenue::subscription),
        whole("subscription_change", revenue::subscription_change),
    ];
    let by_month = |name: fn(String) -> String, make| {
        months().into_iter().map(move |month| Piece { name: name(month_name(month)), month, make })
    };
    list.extend(by_month(|month| format!("mrr/{month}"), revenue::mrr));
    list.extend([
        whole("invoice", revenue::invoice),
        whole("cost", revenue::cost),
        whole("feature", events::feature),
    ]);
    list.extend(by_month(
        |month| format!("product_event/month={month}/part"),
        events::product_event,
    ));
    list.push(whole("campaign", engagement::campaign));
    list.extend(by_month(|month| format!("touch/{month}"), engagement::touch));
    list.extend([
        whole("csm", engagement::csm),
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
        whole("content", content::content),
        whole("guide_view", content::guide_view),
        whole("video_play", content::video_play),
        whole("webinar", webinars::webinar),
        whole("webinar_reg", webinars::webinar_reg),
        whole("kb_view", help::kb_view),
        whole("kb_search", help::kb_search),
        whole("community_post", community::community_post),
        whole("upsell_attempt", offers::upsell_attempt),
    ]);
    list
}

/// The company: its accounts' stories, kept when they are few, else generated again for each piece.
#[derive(Debug)]
pub(crate) struct Company {
    seed: u64,
    accounts: i64,
    kept: Option<Vec<Story>>,
}

/// More stories than these are not kept in memory (a story is some tens of kilobytes).
const KEPT: u32 = 4_000;

impl Company {
    pub(crate) fn new(options: &Options) -> Self {
        let accounts = i64::from(options.accounts);
        let few = options.accounts <= KEPT;
        let kept = few.then(|| (1..=accounts).map(|id| Story::of(options.seed, id)).collect());
        Self { seed: options.seed, accounts, kept }
    }

    /// Calls `f` with every story, by account number.
    pub(crate) fn each(&self, f: &mut dyn FnMut(&Story)) {
        match &self.kept {
            Some(stories) => stories.iter().for_each(f),
            None => (1..=self.accounts).for_each(|id| f(&Story::of(self.seed, id))),
        }
    }

    /// The rows that every story gives, by account number.
    pub(crate) fn rows<R>(&self, rows: impl Fn(&Story) -> Vec<R>) -> Vec<R> {
        let mut all = Vec::new();
        self.each(&mut |story| all.extend(rows(story)));
        all
    }
}
