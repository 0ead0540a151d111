//! What numbers count, in the words of their readers.

use milepost_semantics::model::{
    Aggregate, Base, Display, Form, Metric, Model, Type, ValueExpr, ValueKind, plural, singular,
};
use milepost_site::page::{Scale, Words};
use milepost_syntax::ast::{AggregateFunction, BinaryOp};

/// Words of fewer letters are symbols (`ms`, `h`), which have one form.
const SHORTEST: usize = 4;

/// A word of a unit as it is after several things, and after one: `events per user`, `event per user`.
pub(crate) fn words(many: &str) -> Words {
    let (counted, per) = many.split_at(many.find(" per ").unwrap_or(many.len()));
    let one = if counted.len() < SHORTEST || counted.starts_with("per ") {
        counted.to_owned()
    } else {
        singular(counted)
    };
    Words { one: format!("{one}{per}"), many: many.to_owned() }
}

/// The same of a name of one: `account`, `accounts`.
pub(super) fn of_one(name: &str) -> Words {
    Words { one: name.replace('_', " "), many: plural(name).replace('_', " ") }
}

/// Whether a change of it is shown as a share of what was before.
pub(super) fn scale(metric: &Metric) -> Scale {
    let is_score = |word: &str| matches!(singular(word).as_str(), "point" | "score");
    match &metric.headline().display {
        _ if metric.value().unit.of == [Base::Points] && metric.value().unit.per.is_empty() => {
            Scale::Score
        }
        Display::Number(Some(word)) if is_score(word) => Scale::Score,
        Display::Number(_) if metric.value().ty == Type::Integer => Scale::Count,
        _ => Scale::Amount,
    }
}

/// What the figures of a value rest on, where that is one kind of things: the members or rows of the denominator.
pub(super) fn sample(model: &Model, value: &ValueExpr) -> Option<Words> {
    let found = nouns(model, value);
    let one = found.as_ref()?.first()?;
    found.iter().flatten().all(|other| other == one).then(|| of_one(one))
}

/// The singular of each; absent where one of them has no name.
fn nouns(model: &Model, value: &ValueExpr) -> Option<Vec<String>> {
    match &value.kind {
        ValueKind::Aggregate(aggregate) => noun(model, aggregate, value).map(|noun| vec![noun]),
        // Blocks of time.
        ValueKind::Blocks(_) => None,
        ValueKind::Form(Form::Binary { op: BinaryOp::Divide, left, right }) => {
            let below = nouns(model, right)?;
            if below.is_empty() { nouns(model, left) } else { Some(below) }
        }
        _ => {
            let mut all = Some(Vec::new());
            value.each_child(&mut |child| {
                all = match (all.take(), nouns(model, child)) {
                    (Some(mut known), Some(more)) => {
                        known.extend(more);
                        Some(known)
                    }
                    _ => None,
                };
            });
            all
        }
    }
}

fn noun(model: &Model, aggregate: &Aggregate, value: &ValueExpr) -> Option<String> {
    let is_count = aggregate.function == AggregateFunction::Count;
    if is_count
        && let ([Base::Count(name)], []) = (value.unit.of.as_slice(), value.unit.per.as_slice())
    {
        return Some(name.clone());
    }
    if aggregate.distinct {
        return None;
    }
    if let Some(entity) = aggregate.members {
        return Some(model[entity].name.clone());
    }
    Some(singular(&model[aggregate.dataset].name))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn one_of_a_unit() {
        for (many, one) in [
            ("contacts", "contact"),
            ("events per user", "event per user"),
            ("business days", "business day"),
            ("ms", "ms"),
            ("per 100 touches", "per 100 touches"),
            ("companies", "company"),
            ("seat", "seat"),
        ] {
            assert_eq!(words(many).one, one, "{many}");
            assert_eq!(words(many).many, many);
        }
    }
}
