//! What was planted, as tables.

use super::plots::{PARTS, Plot};
use super::{Script, TRUTH};
use crate::Table;
use crate::calendar::Day;
use crate::table::{date, integer, table, text};
use crate::window::LAST_DAY;

/// Which account has which story, and its days.
pub(crate) fn story(scripts: &[&Script]) -> Table {
    fn plot<T>(of: impl Fn(&Plot) -> T) -> impl Fn(&&Script) -> T {
        move |script| of(script.plot)
    }
    fn day(of: impl Fn(&Plot) -> Option<Day>) -> impl Fn(&&Script) -> Option<Day> {
        move |script| script.seen(of(script.plot))
    }
    fn share(plot: &Plot, parts: i64) -> Option<Day> {
        plot.in_use.iter().find(|(_, in_use)| *in_use >= parts).map(|(day, _)| *day)
    }
    let columns = [
        integer("account_id", |script: &&Script| script.account_id),
        text("story", plot(|plot| plot.name)),
        text("about", plot(|plot| plot.about)),
        date("created_on", day(|_| Some(0))),
        date("first_login_on", day(|plot| share(plot, 1))),
        date("first_value_on", day(|plot| plot.first_value)),
        date("half_of_seats_on", day(|plot| share(plot, PARTS / 2))),
        date("seats_full_on", day(|plot| share(plot, PARTS * 9 / 10))),
        date("silent_from", day(|plot| plot.silence.map(|(from, _)| from))),
        date("lost_on", day(|plot| plot.lost)),
    ];
    table(format!("{TRUTH}story"), scripts, &columns)
}

/// A span of days at whose ends something is so.
struct Span {
    account_id: i64,
    what: [&'static str; 2],
    since: Day,
    /// The first day at whose end it is no more.
    until: Day,
}

impl Span {
    /// The day, if the data reach it.
    fn until(&self) -> Option<Day> {
        Some(self.until).filter(|day| *day <= LAST_DAY)
    }
}

/// Where accounts stand on the journey, from which day to which.
pub(crate) fn standing(scripts: &[&Script]) -> Table {
    let spans = scripts.iter().flat_map(|script| {
        let days = script.plot.standing.iter().skip(1).map(|(day, ..)| script.created_on + day);
        let ends = days.chain([script.lost_on().unwrap_or(Day::MAX)]);
        script.plot.standing.iter().zip(ends).map(|((day, stage, state), until)| Span {
            account_id: script.account_id,
            what: [stage.name(), state.name()],
            since: script.created_on + day,
            until,
        })
    });
    let rows: Vec<Span> = spans.filter(|span| span.since <= LAST_DAY).collect();
    let columns = [
        integer("account_id", |span: &Span| span.account_id),
        text("stage", |span: &Span| span.what[0]),
        text("state", |span: &Span| span.what[1]),
        date("since", |span: &Span| span.since),
        date("until", Span::until),
    ];
    table(format!("{TRUTH}standing"), &rows, &columns)
}

/// When accounts that pay are not used.
pub(crate) fn quiet(scripts: &[&Script]) -> Table {
    let rows: Vec<Span> = scripts
        .iter()
        .flat_map(|script| {
            let span = |(since, until)| Span {
                account_id: script.account_id,
                what: ["", ""],
                since,
                until,
            };
            script.quiet().into_iter().map(span)
        })
        .filter(|span| span.since <= LAST_DAY)
        .collect();
    let columns = [
        integer("account_id", |span: &Span| span.account_id),
        date("since", |span: &Span| span.since),
        date("until", Span::until),
    ];
    table(format!("{TRUTH}quiet"), &rows, &columns)
}
