//! What members are called in results.

use super::world::World;
use crate::tree::{DatasetId, MemberName};

impl World<'_> {
    /// The label of the member in that row, or its key where it has none; and the key in parentheses behind it, where another
    /// member has the same label, or is named by it in another way. A row without a key is no member.
    pub(crate) fn member_name(
        &self,
        home: DatasetId,
        row: usize,
        of: MemberName,
    ) -> Option<String> {
        let (label, key) = self.label_and_key(home, row, of)?;
        let others = self.rows(home).filter(|other| *other != row);
        let others = others.filter_map(|other| self.label_and_key(home, other, of));
        let is_clear = others.into_iter().all(|(other, other_key)| {
            let whole = format!("{other} ({other_key})");
            ![other, other_key, whole].contains(&label)
        });
        Some(if is_clear { label } else { format!("{label} ({key})") })
    }

    fn label_and_key(
        &self,
        home: DatasetId,
        row: usize,
        of: MemberName,
    ) -> Option<(String, String)> {
        let parts = self.model[home].link(of.entity)?.iter();
        let parts = parts.map(|part| Some(written(self.cell(home, row, *part)?.name())));
        let key = parts.collect::<Option<Vec<String>>>()?.join(", ");
        let label = self.cell(home, row, of.label).map(|label| label.name());
        Some((label.unwrap_or_else(|| key.clone()), key))
    }
}

/// A part of a key: in quotes where the signs around keys are in it.
fn written(part: String) -> String {
    match part.contains(['(', ')', '\'', ',']) {
        true => format!("'{}'", part.replace('\'', "''")),
        false => part,
    }
}
