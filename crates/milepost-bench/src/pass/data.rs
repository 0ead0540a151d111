//! What a project has rows of, where they are, and its specs.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::sets::{Metric, OFTEN, Set, WINDOW};
use crate::Failure;

/// The rows of a project. They are in a folder of that name below `data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    /// A year of what users did.
    Events,
    /// What every account had on each day.
    Pictures,
    /// What accounts had from one instant until another.
    Subscriptions,
}

impl Data {
    const ALL: [Self; 3] = [Self::Events, Self::Pictures, Self::Subscriptions];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Pictures => "pictures",
            Self::Subscriptions => "subscriptions",
        }
    }

    /// Those of a project that was written.
    pub(crate) fn of(folder: &Path) -> Result<Self, Failure> {
        let found =
            Self::ALL.into_iter().find(|data| folder.join("data").join(data.name()).is_dir());
        found.ok_or_else(|| {
            let commands = Self::ALL.map(Self::name).join("`, `");
            format!("{} has no rows: write some with `{commands}`", folder.display()).into()
        })
    }

    /// The tables that SQL reads, and their files.
    pub(crate) const fn tables(self) -> &'static [(&'static str, &'static str)] {
        const ACCOUNTS: (&str, &str) = ("accounts", "data/accounts.parquet");
        match self {
            Self::Events => {
                &[("events", "data/events/*.parquet"), ("users", "data/users.parquet"), ACCOUNTS]
            }
            Self::Pictures => &[("pictures", "data/pictures/*.parquet"), ACCOUNTS],
            Self::Subscriptions => &[("subscriptions", "data/subscriptions/*.parquet"), ACCOUNTS],
        }
    }

    /// The sets that are asked of it when nobody says. The project on disk has them.
    pub(crate) const fn sets(self) -> &'static [Set] {
        match self {
            Self::Events => &[Set::Counts, Set::Trailing, Set::Wide, Set::Accounts],
            Self::Pictures => &[Set::Pictures],
            Self::Subscriptions => &[Set::Subscriptions],
        }
    }

    fn specs(self) -> String {
        match self {
            Self::Events => EVENTS.to_owned(),
            Self::Pictures => format!("{ACCOUNTS}{PICTURES}"),
            Self::Subscriptions => format!("{ACCOUNTS}{SUBSCRIPTIONS}"),
        }
    }

    const fn months(self) -> usize {
        match self {
            Self::Events => 12,
            Self::Pictures | Self::Subscriptions => 24,
        }
    }

    /// Writes what is no data.
    pub(super) fn write_specs(self, folder: &Path) -> Result<(), Failure> {
        for (path, text) in self.project(self.sets()) {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            fs::write(path, text)?;
        }
        Ok(())
    }

    /// The files of a project with these sets, apart from its data.
    pub(crate) fn project(self, sets: &[Set]) -> Vec<(String, String)> {
        let project = format!("{PROJECT}history: {} months\n", self.months());
        let mut files = vec![
            ("milepost.yaml".to_owned(), project),
            ("specs/data.yaml".to_owned(), self.specs()),
        ];
        // A metric may be in several sets.
        let mut written = BTreeSet::new();
        for set in sets {
            let mut text = String::new();
            if *set == Set::Wide {
                let _ = write!(
                    text,
                    "segments:\n  power_user: {{ of: user, where: count(events over {WINDOW} days where name = 'export') >= {OFTEN} }}\n\n"
                );
            }
            text += "metrics:\n";
            let metrics = set.metrics();
            metrics
                .iter()
                .filter(|metric| written.insert(metric.name.clone()))
                .for_each(|metric| text += &definition(metric));
            files.push((format!("specs/{}.yaml", set.name()), text));
        }
        files
    }
}

fn definition(metric: &Metric) -> String {
    let Metric { name, value, fields, asked, .. } = metric;
    let slices: BTreeSet<&str> = asked.iter().filter_map(|(_, by)| *by).collect();
    let slices = match (fields.is_empty(), slices.is_empty()) {
        (true, false) => {
            let list: Vec<&str> = slices.into_iter().collect();
            format!("    slices: [{}]\n", list.join(", "))
        }
        _ => String::new(),
    };
    format!(
        "  {name}:\n    question: How much is {label}?\n    category: reach\n    grain: {grain}\n{fields}{slices}    value: {value}\n\n",
        label = name.replace('_', " "),
        grain = asked.last().map_or("month", |(grain, _)| grain.name()),
    )
}

const PROJECT: &str = "\
project: rows
label: Rows of a company
edition: 2026
calendar: { time_zone: UTC }
currency: USD
grain: month
as_of: 2025-12-31
";

const EVENTS: &str = "\
entities:
  user:    { key: user_id, home: users, lives: always }
  account: { key: account_id, home: accounts, lives: always }

datasets:
  users:
    from: data/users.parquet
    key: user_id
    columns:
      plan:   { type: text, dimension: plan }
      region: { type: text, dimension: region }

  accounts:
    from: data/accounts.parquet
    key: account_id
    columns: { tier: { type: text, dimension: tier } }

  events:
    from: data/events/
    kind: events
    time: at
    entities: { user: user_id, account: account_id }
    columns:
      amount: { type: decimal, unit: USD }
";

/// The accounts of pictures and of subscriptions, before what follows them under `datasets:`.
const ACCOUNTS: &str = "\
entities:
  account: { key: account_id, home: accounts, lives: always }

datasets:
  accounts:
    from: data/accounts.parquet
    key: account_id
    columns: { region: { type: text, dimension: region } }
";

const PICTURES: &str = "
  pictures:
    from: data/pictures/
    kind: snapshot
    time: date
    entities: { account: account_id }
    columns:
      plan: { type: text, dimension: plan }
      mrr:  { type: decimal, unit: USD }
";

const SUBSCRIPTIONS: &str = "
  subscriptions:
    from: data/subscriptions/
    kind: history
    valid: [started_at, ended_at]
    entities: { account: account_id }
    columns:
      plan: { type: text, dimension: plan }
      mrr:  { type: decimal, unit: USD }
";
