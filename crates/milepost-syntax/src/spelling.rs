//! Texts of the data that are spelled almost like one of the specs.

/// The value that was meant, if one is near: the same but for case, blanks, hyphens and underscores, else with one or two
/// other letters. Of equally near ones the smallest.
#[must_use]
pub fn nearest_text<'a>(text: &str, values: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let own = fold(text);
    let near = values.into_iter().filter_map(|value| Some((distance(&own, &fold(value))?, value)));
    near.min().map(|(_, value)| value)
}

fn distance(own: &str, other: &str) -> Option<usize> {
    if own == other {
        return Some(0);
    }
    // Another digit is another thing: `tier 1` is not a slip of `tier 2`.
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    // Short words have neighbors by chance: `US` and `UK`.
    let shorter = own.chars().count().min(other.chars().count());
    let allowed = [0, 0, 0, 0, 1, 1].get(shorter).copied().unwrap_or(2);
    let longer = own.chars().count().max(other.chars().count());
    if longer - shorter > allowed || digits(own) != digits(other) {
        return None;
    }
    Some(strsim::damerau_levenshtein(own, other)).filter(|found| *found <= allowed)
}

/// Without what is easily taken for the same.
fn fold(text: &str) -> String {
    let letters = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-'));
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest_text;

    #[test]
    fn near_is_case_blanks_and_up_to_two_letters() {
        let table = [
            ("Login", Some("login")),
            (" log\u{a0}in", Some("login")),
            ("logn", Some("login")),
            ("lagon", None),
            ("signd_up", Some("signed up")),
            ("singed_pu", Some("signed up")),
            ("SignedUp", Some("signed up")),
            ("sign", None),
            ("US", None),
            ("uk", Some("UK")),
            ("tier 3", None),
            ("Tier-2", Some("tier 2")),
            ("purchase", None),
            ("", None),
        ];
        let values = ["login", "signed up", "UK", "tier 1", "tier 2", "deposit"];
        for (text, expected) in table {
            assert_eq!(nearest_text(text, values), expected, "{text}");
        }
    }

    #[test]
    fn the_nearest_comes_first() {
        assert_eq!(nearest_text("Signup", ["signups", "sign_up", "signup"]), Some("sign_up"));
    }
}
