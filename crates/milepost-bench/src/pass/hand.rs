//! The best statements that a hand can write for a whole set at once.

use super::sets::Set;

pub(crate) fn statements(set: Set) -> Vec<String> {
    match set {
        Set::Counts | Set::Trailing | Set::Wide | Set::Many(_) => Vec::new(),
    }
}
