//! The frames that an expression is evaluated in: its own, an earlier one, and that of all that is known.

use std::sync::Arc;

use milepost_semantics::model::DatasetId;
use milepost_syntax::ast::Duration;

use super::Scope;
use crate::sql::text::timestamp;

impl Scope<'_> {
    /// The alias of the frame: columns `start`, `ends`.
    pub(in crate::sql) fn frame(&mut self) -> String {
        let Some((judge, frames)) = self.site() else { return "_f".to_owned() };
        let table = frames.table(&judge).to_owned();
        self.join_text(format!("JOIN {table} AS _{table} ON _{table}.bucket = _o.bucket"));
        format!("_{table}")
    }

    /// What follows stands in the frame that `prior` reads.
    pub(super) fn enter_earlier(&mut self, by: Option<Duration>) {
        let Some((_, frames)) = self.site() else { return };
        let key = (frames.name().to_owned(), by);
        let known = self.judged.as_ref().and_then(|judged| judged.earlier.get(&key)).cloned();
        let earlier = known.or_else(|| {
            let (judge, frames, name) = self.next_part("p")?;
            Some(Arc::new(frames.earlier(name, &judge, by)))
        });
        if let (Some(judged), Some(earlier)) = (&mut self.judged, earlier) {
            judged.earlier.insert(key, Arc::clone(&earlier));
            judged.frames.push(earlier);
        }
    }

    /// The end of the frame, or the earlier one of a dataset whose rows may be missing from then on.
    pub(super) fn end_of_data(&mut self, rows: Option<DatasetId>) -> String {
        let (end, model) = (format!("{}.ends", self.frame()), self.model);
        let until = rows.and_then(|rows| model[rows].complete_until(&model.project.calendar));
        until.map_or(end.clone(), |until| format!("least({end}, {})", timestamp(until)))
    }

    /// What follows stands in the frame of all that is known.
    pub(super) fn enter_latest(&mut self) {
        let Some((_, frames)) = self.site() else { return };
        let key = frames.name().to_owned();
        let known = self.judged.as_ref().and_then(|judged| judged.latest.get(&key)).cloned();
        let latest = known.or_else(|| {
            let (judge, frames, name) = self.next_part("n")?;
            Some(Arc::new(frames.latest(name, &judge)))
        });
        if let (Some(judged), Some(latest)) = (&mut self.judged, latest) {
            judged.latest.insert(key, Arc::clone(&latest));
            judged.frames.push(latest);
        }
    }

    /// What follows stands in the frame around it again.
    pub(super) fn leave_earlier(&mut self) {
        if let Some(judged) = &mut self.judged {
            judged.frames.pop();
        }
    }
}
