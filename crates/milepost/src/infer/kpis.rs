//! A few first KPIs, so that there is a site to look at and every dataset is read.

use milepost_semantics::currency_of;
use milepost_semantics::model::Type;

use super::entities::{Entity, many};
use super::names::{Taken, label, plural, words as spoken};
use super::specs::Lives;
use super::table::{Kind, Table};
use super::words;
use super::yaml::Text;

/// So many slices of a KPI, each with so many values.
const MOST_SLICES: usize = 2;
const MOST_VALUES: usize = 12;

/// One KPI as it will be written.
#[derive(Debug)]
struct Kpi {
    name: String,
    label: String,
    question: String,
    category: &'static str,
    /// Fields between: `grain`, `slices`.
    fields: Vec<(&'static str, String)>,
    value: (&'static str, String),
}

/// What KPIs are made of.
pub(super) struct Makings<'a> {
    pub(super) tables: &'a [Table],
    pub(super) entities: &'a [(Entity, Lives)],
    /// Names that mean something else already.
    pub(super) taken: &'a mut Taken,
}

/// The section of metrics, and how many there are.
pub(super) fn metrics(mut makings: Makings<'_>) -> (String, usize) {
    let mut kpis = Vec::new();
    for (entity, lives) in makings.entities {
        if entity.home.is_some() {
            kpis.push(makings.members(entity));
            kpis.extend(
                lives
                    .as_ref()
                    .filter(|_| entity.name == "account")
                    .map(|lives| makings.new_members(entity, lives)),
            );
        }
    }
    for at in 0..makings.tables.len() {
        kpis.extend(makings.rows(at));
    }
    let mut text = Text::default();
    text.line(0, "metrics:");
    for kpi in &kpis {
        text.line(1, &format!("{}:", kpi.name));
        let own = [("label", &kpi.label), ("question", &kpi.question)];
        own.into_iter().for_each(|(name, value)| text.line(2, &format!("{name}: {value}")));
        text.line(2, &format!("category: {}", kpi.category));
        for (name, value) in kpi.fields.iter().chain([&kpi.value]) {
            text.line(2, &format!("{name}: {value}"));
        }
        text.blank();
    }
    (text.finish(), kpis.len())
}

impl Makings<'_> {
    fn kpi(
        &mut self,
        name: &str,
        label: String,
        question: String,
        category: &'static str,
        value: (&'static str, String),
    ) -> Kpi {
        Kpi { name: self.taken.take(name), label, question, category, fields: Vec::new(), value }
    }

    fn members(&mut self, entity: &Entity) -> Kpi {
        let label = many(&entity.name);
        let question = format!("How many {} are there?", spoken(&plural(&entity.name)));
        let slices = self.slices(entity.home, None);
        let value = ("value", format!("count({})", entity.name));
        let mut kpi = self.kpi(&format!("{}_count", entity.name), label, question, "reach", value);
        kpi.fields.extend(slices);
        kpi
    }

    fn new_members(&mut self, entity: &Entity, lives: &(String, Option<String>)) -> Kpi {
        let many = spoken(&plural(&entity.name));
        let value = ("value", format!("count({} on {})", entity.name, lives.0));
        let question = format!("How many {many} began?");
        let mut kpi = self.kpi(
            &format!("new_{}", plural(&entity.name)),
            format!("New {many}"),
            question,
            "reach",
            value,
        );
        kpi.fields.extend(self.slices(entity.home, None));
        kpi
    }

    /// What the rows of a dataset say first.
    fn rows(&mut self, at: usize) -> Vec<Kpi> {
        let table = &self.tables[at];
        let slices = self.slices(None, Some(at));
        let many = spoken(&table.name);
        let mut kpis = match table.kind {
            Kind::Events { .. } => self.events(at, &many),
            Kind::History { .. } | Kind::Snapshot { .. } => self.states(at, &many),
            Kind::Attributes | Kind::Nothing => Vec::new(),
        };
        kpis.iter_mut().for_each(|kpi| kpi.fields.extend(slices.clone()));
        kpis
    }

    fn events(&mut self, at: usize, many: &str) -> Vec<Kpi> {
        let table = &self.tables[at];
        let name = &table.name;
        let mut kpis = Vec::new();
        if let Some(score) = score(table) {
            let value =
                ("survey", format!("{{ kind: nps, answers: {name}, score: {score}, keep: all }}"));
            let question = "Would customers recommend us?".to_owned();
            kpis.push(self.kpi(
                "recommendation",
                "Net promoter score".to_owned(),
                question,
                "effect",
                value,
            ));
        }
        kpis.extend(self.total(at, many, ("", "in a month")));
        let people =
            table.links.iter().find(|link| ["user", "contact"].contains(&link.entity.as_str()));
        if let Some(link) = people.or(table.links.first()).filter(|link| link.column.is_some()) {
            let (one, others) = (&link.entity, spoken(&plural(&link.entity)));
            let label = format!("{} with {many}", super::entities::many(one));
            let question = format!("How many {others} have {many}?");
            let value = ("value", format!("count(distinct {name}.{one})"));
            kpis.push(self.kpi(
                &format!("{}_with_{name}", plural(one)),
                label,
                question,
                "effect",
                value,
            ));
        }
        if kpis.is_empty() {
            kpis.push(self.count(at, many, ""));
        }
        kpis
    }

    fn states(&mut self, at: usize, many: &str) -> Vec<Kpi> {
        let table = &self.tables[at];
        let name = &table.name;
        let mut kpis = Vec::new();
        kpis.extend(self.total(at, many, (" at end", "at the end of a month")));
        let seats = table.columns.iter().find(|column| column.unit.as_deref() == Some("seat"));
        if let Some(column) = seats {
            let value = ("value", format!("sum({name}.{} at end)", column.name));
            let question = format!("How many seats do {many} have?");
            kpis.push(self.kpi(
                &format!("{}_seats", table.one),
                format!("Seats of {many}"),
                question,
                "effect",
                value,
            ));
        }
        if kpis.is_empty() {
            kpis.push(self.count(at, many, " at end"));
        }
        kpis
    }

    /// What the rows come to, if they have an amount. `end`: what states need behind it.
    fn total(&mut self, at: usize, many: &str, (end, when): (&str, &str)) -> Option<Kpi> {
        let table = &self.tables[at];
        let (name, column) = (&table.name, money(table)?);
        let label = format!("{} of {many}", amount(&column));
        let question = format!("What do {many} come to {when}?");
        let value = ("value", format!("sum({name}.{column}{end})"));
        let mut kpi = self.kpi(&format!("{name}_total"), label, question, "roi", value);
        kpi.fields.push(("grain", "month".to_owned()));
        Some(kpi)
    }

    /// How many rows there are.
    fn count(&mut self, at: usize, many: &str, end: &str) -> Kpi {
        let table = &self.tables[at];
        let value = ("value", format!("count({}{end})", table.name));
        let question = format!("How many {many} are there?");
        let (name, label) = (format!("{}_count", table.one), label(&table.name));
        self.kpi(&name, label, question, "effect", value)
    }

    /// Dimensions of the account that rows are about, or of the members of a home: texts with few values, that nothing else is
    /// named like.
    fn slices(&self, home: Option<usize>, rows: Option<usize>) -> Option<(&'static str, String)> {
        let linked = || {
            let table = &self.tables[rows?];
            let account = self
                .entities
                .iter()
                .map(|(entity, _)| entity)
                .find(|entity| entity.name == "account")?;
            table.link(&account.name)?.column?;
            account.home
        };
        let home = home.or_else(linked)?;
        let is_elsewhere = |name: &str| {
            let others = self.tables.iter().enumerate().filter(|(at, _)| *at != home);
            others.into_iter().any(|(_, table)| table.column(name).is_some())
        };
        let is_definition = |name: &str| {
            let entities = self.entities.iter().any(|(entity, _)| entity.name == name);
            entities || self.tables.iter().any(|table| table.name == name)
        };
        let table = &self.tables[home];
        let names = table.columns.iter().enumerate().filter(|(at, column)| {
            let common = table.seen(*at).common.as_ref().map_or(0, std::collections::BTreeMap::len);
            let is_key = table.own_key == Some(*at)
                || table.links.iter().any(|link| link.column == Some(*at));
            column.ty == Some(Type::Text)
                && column.pii.is_none()
                && (2..=MOST_VALUES).contains(&common)
                && !is_key
                && !is_elsewhere(&column.name)
                && !is_definition(&column.name)
                && !words::is_key_name(&column.name)
        });
        let names: Vec<&str> =
            names.map(|(_, column)| column.name.as_str()).take(MOST_SLICES).collect();
        (!names.is_empty()).then(|| ("slices", format!("[{}]", names.join(", "))))
    }
}

/// `amount_eur` as `Amount`: the currency stands beside each figure.
fn amount(column: &str) -> String {
    let without = column.rsplit_once('_').filter(|(_, last)| currency_of(last).is_some());
    label(without.map_or(column, |(stem, _)| stem))
}

/// The first amount of money whose currency is known.
fn money(table: &Table) -> Option<String> {
    const FIRST: [&str; 4] = ["mrr", "amount", "total", "arr"];
    let is_money = |unit: &str| {
        unit.starts_with('{') || (unit.len() == 3 && unit.chars().all(|c| c.is_ascii_uppercase()))
    };
    let all = || {
        table.columns.iter().filter(|c| c.is_number() && c.unit.as_deref().is_some_and(is_money))
    };
    let named =
        FIRST.iter().find_map(|word| all().find(|column| words::has_word(&column.name, &[word])));
    named.or_else(|| all().next()).map(|column| column.name.clone())
}

/// The answer on a scale from 0 to 10.
fn score(table: &Table) -> Option<String> {
    let is_survey = ["survey", "surveys", "nps", "answers", "responses", "response", "feedback"];
    let by_table = words::has_word(&table.name, &is_survey);
    let found = table.columns.iter().find(|column| {
        let by_name = words::has_word(&column.name, &["nps"]);
        let by_both = by_table
            && words::has_word(
                &column.name,
                &["score", "rating", "answer", "recommend", "recommendation"],
            );
        let fits = column.range.is_some_and(|(low, high)| low >= 0.0 && high <= 10.0 && high > 5.0);
        column.ty == Some(Type::Integer) && (by_name || by_both) && fits
    });
    found.map(|column| column.name.clone())
}
