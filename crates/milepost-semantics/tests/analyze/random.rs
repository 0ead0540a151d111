//! Expressions put together at random: whatever they say, there is a model or there are errors, and no panic.

use milepost_semantics::explain::describe;
use milepost_semantics::model::MetricId;

use super::plan_words::missing;
use super::support::{BASE, analyze_with, base_schemas};

/// A sequence that is the same every time (Steele and Vigna's SplitMix64).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let z = z ^ (z >> 31);
        usize::try_from(z % n as u64).expect("smaller than n")
    }

    pub(super) fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    fn value(&mut self, depth: usize) -> String {
        let choice = if depth == 0 { self.below(3) } else { self.below(10) };
        match choice {
            0 => self.aggregate(),
            1 => self
                .pick(&[
                    "helper",
                    "m",
                    "business_days",
                    "events",
                    "events.ts",
                    "account",
                    "nothing",
                    "seats",
                ])
                .to_owned(),
            2 => self
                .pick(&[
                    "1",
                    "0",
                    "2.5",
                    "80%",
                    "'a'",
                    "true",
                    "28 days",
                    "2026-01-31",
                    "0.001",
                    "99999999999999999999",
                ])
                .to_owned(),
            3 | 4 => {
                let op = self.pick(&["+", "-", "*", "/", "=", "<", ">=", "and", "or", "contains"]);
                format!("({} {op} {})", self.value(depth - 1), self.value(depth - 1))
            }
            5 => format!(
                "if({}, {}, {})",
                self.value(depth - 1),
                self.value(depth - 1),
                self.value(depth - 1)
            ),
            6 => format!(
                "prior({}, {})",
                self.value(depth - 1),
                self.pick(&["1 month", "7 days", "0 days", "1 year", "5"])
            ),
            7 => format!(
                "({} over {})",
                self.value(depth - 1),
                self.pick(&["28 days", "1 week before", "3 months"])
            ),
            8 => {
                let function = self.pick(&[
                    "coalesce",
                    "least",
                    "round",
                    "abs",
                    "day",
                    "days_between",
                    "hour",
                    "nope",
                ]);
                format!("{function}({}, {})", self.value(depth - 1), self.value(depth - 1))
            }
            _ => format!("({} is not null)", self.value(depth - 1)),
        }
    }

    fn aggregate(&mut self) -> String {
        let function =
            self.pick(&["count", "count", "sum", "avg", "min", "last", "median", "any", "stddev"]);
        let distinct = self.pick(&["", "", "distinct "]);
        let subject = self.pick(&[
            "events",
            "touches",
            "goals",
            "subscriptions",
            "balances",
            "events.user",
            "events.duration",
            "subscriptions.mrr",
            "balances.arr",
            "goals.units * goals.value_per_unit",
            "events.account.plan",
            "account",
            "costs.amount",
            "users.licensed",
            // Personal, reached over a link alone, an amount that is computed.
            "accounts.email",
            "events.account.email",
            "events.account.seats",
            "subscriptions.mrr * 12",
        ]);
        let on = self.pick(&[
            "",
            "",
            "",
            " on ts",
            " on due",
            " on created_at",
            " on start",
            " on contact.created_at",
        ]);
        let window = self.pick(&[
            "",
            "",
            " over 28 days",
            " over 7 days before",
            " ever",
            " at end",
            " average",
            " to date in year",
            " since 2026-01-01",
        ]);
        let filter = if self.below(2) == 0 {
            String::new()
        } else {
            format!(" where {}", self.condition(2))
        };
        format!("{function}({distinct}{subject}{on}{window}{filter})")
    }

    fn condition(&mut self, depth: usize) -> String {
        match if depth == 0 { self.below(4) } else { self.below(7) } {
            0 => self
                .pick(&[
                    "name = 'login'",
                    "duration > 5",
                    "delivered",
                    "account.plan = 'pro'",
                    "user.licensed",
                    "1 = 1",
                ])
                .to_owned(),
            1 => self
                .pick(&[
                    "seats between 1 and 5",
                    "ts >= 2026-01-01",
                    "achieved_at <= due + 7 days",
                    "mrr > 10%",
                ])
                .to_owned(),
            2 => self
                .pick(&[
                    "plan in ['a', 'b']",
                    "contact.account.size != 'mid'",
                    "arr is null",
                    "user",
                ])
                .to_owned(),
            3 => self
                .pick(&[
                    "name starts_with 'a'",
                    "hour(ts) < 9",
                    "days_between(due, achieved_at) > 3",
                    "helper > 3",
                ])
                .to_owned(),
            4 => format!("not ({})", self.condition(depth - 1)),
            _ => format!(
                "({} {} {})",
                self.condition(depth - 1),
                self.pick(&["and", "or"]),
                self.condition(depth - 1)
            ),
        }
    }
}

#[test]
fn whatever_is_written_there_is_a_model_or_an_error() {
    let schemas = base_schemas();
    let (mut dice, mut models) = (Dice(7), 0);
    for _ in 0..150 {
        // Ten metrics a project, so that mistakes of one meet the others.
        let mut spec = format!("{BASE}\nmetrics:\n  helper: {{ value: count(events) }}\n");
        let wrong = dice.below(2) == 0;
        for i in 0..10 {
            let value = if wrong {
                dice.value(2)
            } else {
                dice.pick(&[
                    "helper",
                    "count(events where duration > 5)",
                    "sum(subscriptions.mrr at end) / helper",
                    "1 - helper / count(touches)",
                ])
                .to_owned()
            };
            let slices = dice.pick(&["plan", "size, region", "campaign", "nothing", "account"]);
            let filter =
                dice.pick(&["", "    where: plan = 'pro'\n", "    where: campaign is null\n"]);
            spec.extend([format!("  m{i}:\n    category: effect\n    slices: [{slices}]\n{filter}    value: >\n      {value}\n")]);
        }
        let out = analyze_with("project: x\n", &spec, &schemas);
        assert_eq!(out.model.is_some(), out.errors().is_empty(), "{spec}");
        if let Some(model) = &out.model {
            models += 1;
            for i in 0..model.metrics.len() {
                assert!(!describe(model, MetricId(i)).is_empty());
                assert_eq!(missing(model, MetricId(i)), [""; 0], "{spec}");
            }
        }
    }
    // Most are wrong somewhere; one right metric alone is a model.
    let mut right = 0;
    for _ in 0..400 {
        let spec = format!(
            "{BASE}\nmetrics:\n  helper: {{ value: count(events) }}\n  m:\n    value: >\n      {}\n",
            dice.aggregate()
        );
        if let Some(model) = analyze_with("project: x\n", &spec, &schemas).model {
            right += 1;
            assert!(describe(&model, MetricId(1)).len() > 1);
            assert_eq!(missing(&model, MetricId(1)), [""; 0], "{spec}");
        }
    }
    assert!(right > 10, "{right} of 400 aggregates and {models} of 150 projects were right");
}
