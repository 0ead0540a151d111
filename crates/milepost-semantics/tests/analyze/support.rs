//! A project in memory.

use milepost_semantics::analyze;
use milepost_semantics::model::{Metric, Model, Type};
use milepost_semantics::schema::{FileSchema, Schemas};
use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::{Diagnostics, Severity};
use milepost_syntax::source::SourceMap;
use milepost_syntax::{parse_project, parse_spec};

/// Datasets that most tests need, with their files.
pub const BASE: &str = "
entities:
  parent:   { key: parent_id, lives: always }
  account:  { key: account_id, home: accounts, belongs_to: [parent], lives: [created_at, churned_at], label_column: name }
  contact:  { key: contact_id, home: contacts, belongs_to: [account], lives: [created_at, none] }
  user:     { key: user_id, home: users, belongs_to: [account, contact], lives: [created_at, none] }
  campaign: { key: campaign_id, home: campaigns, lives: always }

datasets:
  accounts:
    from: data/account.parquet
    key: account_id
    columns:
      plan:  { type: text, dimension: plan }
      size:  { value: \"if(seats >= 500, 'enterprise', if(seats >= 50, 'mid', 'small'))\", dimension: size }
      email: { type: text, pii: true }
  contacts: { from: data/contact.parquet, key: contact_id, entities: { account: account_id } }
  users: { from: data/app_user.parquet, key: user_id, entities: { account: account_id, contact: contact_id } }
  campaigns: { from: data/campaign.csv, key: campaign_id }
  events:
    from: data/product_event/
    kind: events
    time: ts
    entities: { user: user_id, account: account_id }
    unique: event_id
  touches:
    from: data/touch.parquet
    kind: events
    time: sent_at
    entities: { contact: contact_id, campaign: campaign_id }
    columns: { channel: { type: text, dimension: channel } }
  subscriptions:
    from: data/subscription.parquet
    kind: history
    valid: [start, ended_at]
    entities: { account: account_id }
    columns:
      ended_at: { column: end }
      seats: { type: integer, unit: seat }
      mrr: { type: decimal, unit: { currency: currency } }
  balances:
    from: data/balance.parquet
    kind: snapshot
    time: date
    carry: 45 days
    entities: { account: account_id }
    columns: { arr: { type: decimal, unit: USD } }
  goals:
    from: data/account_goal.parquet
    key: goal_id
    entities: { account: account_id }
    columns:
      due: { type: date, planned: true }
      value_per_unit: { unit: USD }
  costs: { from: data/cost.parquet, kind: events, time: month, columns: { amount: { type: decimal, unit: EUR } } }
";

/// What the files of [`BASE`] hold.
pub fn base_schemas() -> Schemas {
    use Type::{Boolean, Date, Decimal, Integer, Number, Text, Timestamp};
    let mut schemas = Schemas::default();
    let mut file = |name: &str, columns: &[(&str, Type)]| {
        let columns = columns.iter().map(|(n, t)| ((*n).to_owned(), *t)).collect();
        schemas.datasets.insert(
            name.to_owned(),
            FileSchema { columns, missing: false, ..FileSchema::default() },
        );
    };
    file(
        "accounts",
        &[
            ("account_id", Text),
            ("parent_id", Text),
            ("name", Text),
            ("plan", Text),
            ("region", Text),
            ("seats", Integer),
            ("email", Text),
            ("created_at", Timestamp),
            ("churned_at", Timestamp),
        ],
    );
    file(
        "contacts",
        &[("contact_id", Text), ("account_id", Text), ("role", Text), ("created_at", Timestamp)],
    );
    file(
        "users",
        &[
            ("user_id", Text),
            ("account_id", Text),
            ("contact_id", Text),
            ("licensed", Boolean),
            ("created_at", Timestamp),
            ("activated_at", Timestamp),
        ],
    );
    file("campaigns", &[("campaign_id", Text), ("title", Text)]);
    file(
        "events",
        &[
            ("event_id", Text),
            ("ts", Timestamp),
            ("user_id", Text),
            ("account_id", Text),
            ("name", Text),
            ("duration", Number),
        ],
    );
    file(
        "touches",
        &[
            ("contact_id", Text),
            ("campaign_id", Text),
            ("channel", Text),
            ("sent_at", Timestamp),
            ("opened_at", Timestamp),
            ("delivered", Boolean),
        ],
    );
    file(
        "subscriptions",
        &[
            ("account_id", Text),
            ("start", Timestamp),
            ("end", Timestamp),
            ("seats", Integer),
            ("mrr", Decimal),
            ("currency", Text),
        ],
    );
    file("balances", &[("account_id", Text), ("date", Date), ("arr", Decimal), ("score", Number)]);
    file(
        "goals",
        &[
            ("goal_id", Text),
            ("account_id", Text),
            ("due", Date),
            ("achieved_at", Timestamp),
            ("units", Integer),
            ("value_per_unit", Decimal),
        ],
    );
    file("costs", &[("month", Date), ("amount", Decimal), ("kind", Text)]);
    schemas
}

/// What came of a project.
pub struct Outcome {
    pub model: Option<Model>,
    pub sources: SourceMap,
    pub diagnostics: Diagnostics,
}

/// Analyzes `milepost.yaml` and one spec file.
pub fn analyze_with(project: &str, spec: &str, schemas: &Schemas) -> Outcome {
    let mut sources = SourceMap::default();
    let mut diagnostics = Diagnostics::default();
    let project = sources.add("milepost.yaml", project);
    let spec = sources.add("specs/all.yaml", spec);
    let mut package = Package {
        project: parse_project(sources.get(project), &mut diagnostics),
        ..Package::default()
    };
    parse_spec(sources.get(spec), &mut package, &mut diagnostics);
    milepost_semantics::expand(&mut package, &mut diagnostics);
    let model = analyze(&package, &sources, schemas, &mut diagnostics);
    Outcome { model, sources, diagnostics }
}

/// Analyzes [`BASE`] with metrics.
pub fn metrics(metrics: &str) -> Outcome {
    analyze_with("project: test\n", &format!("{BASE}\nmetrics:\n{metrics}"), &base_schemas())
}

/// One metric of that value.
pub fn value(expression: &str) -> Outcome {
    metrics(&format!(
        "  m:\n    category: effect\n    question: Why?\n    value: >\n      {expression}\n"
    ))
}

impl Outcome {
    /// Every diagnostic as `severity code at 'text': message | label 'text' | help`, in order.
    pub fn told(&self) -> Vec<String> {
        let text = |span: milepost_syntax::span::Span| {
            self.sources.get(span.source).slice(span).trim().to_owned()
        };
        self.diagnostics
            .sorted()
            .into_iter()
            .map(|d| {
                let at = d.primary.as_ref().map_or(String::new(), |l| text(l.span));
                let severity = if d.severity == Severity::Error { "error" } else { "warning" };
                let label = d
                    .primary
                    .as_ref()
                    .filter(|l| !l.message.is_empty())
                    .map_or(String::new(), |l| format!(" [{}]", l.message));
                let others: String = d
                    .secondary
                    .iter()
                    .map(|l| format!("\n    at '{}': {}", text(l.span), l.message))
                    .collect();
                let help: String = d.help.iter().map(|h| format!("\n    help: {h}")).collect();
                format!("{severity} {} at '{at}': {}{label}{others}{help}", d.code, d.message)
            })
            .collect()
    }

    /// The errors' codes and places, `code 'text'`.
    pub fn errors(&self) -> Vec<String> {
        self.of(Severity::Error)
    }

    /// The warnings' codes and places.
    pub fn warnings(&self) -> Vec<String> {
        self.of(Severity::Warning)
    }

    fn of(&self, severity: Severity) -> Vec<String> {
        let list = self.diagnostics.sorted().into_iter().filter(|d| d.severity == severity);
        list.map(|d| {
            let at =
                d.primary.as_ref().map_or("", |l| self.sources.get(l.span.source).slice(l.span));
            format!("{} '{}'", d.code, at.trim())
        })
        .collect()
    }

    /// The model of a project without errors.
    #[track_caller]
    pub fn model(&self) -> &Model {
        match &self.model {
            Some(model) => model,
            None => panic!("no model:\n{}", self.told().join("\n")),
        }
    }

    /// A metric of it.
    #[track_caller]
    pub fn metric(&self, name: &str) -> &Metric {
        let model = self.model();
        &model[model.metric(name).expect("a metric of that name")]
    }

    /// Asserts exactly these errors.
    #[track_caller]
    pub fn fails(&self, expected: &[&str]) {
        assert_eq!(self.errors(), expected, "\n{}", self.told().join("\n"));
        assert!(self.model.is_none());
    }

    /// Asserts one error, and that all of the parts stand somewhere in it.
    #[track_caller]
    pub fn tells(&self, code_and_place: &str, parts: &[&str]) {
        self.fails(&[code_and_place]);
        let told = self.told();
        let told = told.iter().find(|t| t.starts_with("error")).expect("an error");
        for part in parts {
            assert!(told.contains(part), "`{part}` is not in\n{told}");
        }
    }
}
