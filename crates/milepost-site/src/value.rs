//! Values of dimensions as people read them.

use std::collections::BTreeSet;

/// What rows without a value are shown under: the first that no value reads like.
const NO_VALUE: [&str; 3] = ["(unknown)", "(no value)", "(null)"];

/// Each value of a dimension as people read it; `None`: there is none. No two values are shown alike: a text whose ends
/// can't be seen, for it is empty or has blanks there, is in quotes, and so is one that is in quotes already.
#[must_use]
pub fn shown<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> Vec<String> {
    let texts: Vec<Option<String>> = values.into_iter().map(|value| value.map(visible)).collect();
    let taken: BTreeSet<&str> = texts.iter().flatten().map(String::as_str).collect();
    let mut none = NO_VALUE
        .iter()
        .find(|word| !taken.contains(*word))
        .map_or_else(|| NO_VALUE[0].to_owned(), |word| (*word).to_owned());
    while taken.contains(none.as_str()) {
        none = format!("({none})");
    }
    texts.iter().map(|text| text.clone().unwrap_or_else(|| none.clone())).collect()
}

fn visible(text: &str) -> String {
    let is_quoted = text.len() > 1 && text.starts_with('\'') && text.ends_with('\'');
    if text.is_empty() || text.trim() != text || is_quoted {
        return format!("'{text}'");
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn no_two_values_are_shown_alike() {
        let values = [
            None,
            Some(""),
            Some("''"),
            Some("'"),
            Some("pro"),
            Some("pro "),
            Some("'pro '"),
            Some("Pro"),
        ];
        assert_eq!(
            shown(values),
            ["(unknown)", "''", "''''", "'", "pro", "'pro '", "''pro ''", "Pro"]
        );
    }

    #[test]
    fn what_has_no_value_gives_way_to_a_text_of_that_name() {
        assert_eq!(shown([None, Some("(unknown)")]), ["(no value)", "(unknown)"]);
        assert_eq!(
            shown([Some("(null)"), None, Some("(no value)"), Some("(unknown)")])[1],
            "((unknown))"
        );
        assert_eq!(shown([Some("(unknown)")]), ["(unknown)"]);
    }
}
