//! The frames that an expression is evaluated in: its own, an earlier one, and that of all that is known.

use std::sync::Arc;

use milepost_semantics::model::DatasetId;
use milepost_syntax::ast::Duration;

use super::Scope;
use crate::sql::text::timestamp;

/// Frames that are made of others, under the same keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Other {
    /// Those that `prior` reads.
    Earlier(Option<Duration>),
    /// All that is known.
    Latest,
}

impl Other {
    /// What the names of their tables say.
    const fn kind(self) -> &'static str {
        match self {
            Self::Earlier(_) => "p",
            Self::Latest => "n",
        }
    }
}

impl Scope<'_> {
    /// The alias of the frame: columns `start`, `ends`.
    pub(in crate::sql) fn frame(&mut self) -> String {
        let Some((judge, frames)) = self.site() else { return "_f".to_owned() };
        let table = frames.table(&judge).to_owned();
        self.join_text(format!("JOIN {table} AS _{table} ON _{table}.bucket = _o.bucket"));
        format!("_{table}")
    }

    /// What follows stands in other frames.
    pub(super) fn enter(&mut self, other: Other) {
        let Some((_, frames)) = self.site() else { return };
        let key = (frames.name().to_owned(), other);
        let printed = self.judged.as_ref().and_then(|judged| judged.others.get(&key)).cloned();
        let entered = printed.or_else(|| {
            let (judge, frames, name) = self.next_part(other.kind())?;
            Some(Arc::new(match other {
                Other::Earlier(by) => frames.earlier(name, &judge, by),
                Other::Latest => frames.latest(name, &judge),
            }))
        });
        if let (Some(judged), Some(entered)) = (&mut self.judged, entered) {
            judged.others.insert(key, Arc::clone(&entered));
            judged.frames.push(entered);
        }
    }

    /// The end of the frame, or the earlier one of a dataset whose rows may be missing from then on.
    pub(super) fn end_of_data(&mut self, rows: Option<DatasetId>) -> String {
        let (end, model) = (format!("{}.ends", self.frame()), self.model);
        let until = rows.and_then(|rows| model[rows].complete_until(&model.project.calendar));
        until.map_or(end.clone(), |until| format!("least({end}, {})", timestamp(until)))
    }

    /// What follows stands in the frame around it again.
    pub(super) fn leave(&mut self) {
        if let Some(judged) = &mut self.judged {
            judged.frames.pop();
        }
    }
}
