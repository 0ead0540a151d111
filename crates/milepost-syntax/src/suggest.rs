//! "Did you mean …": the nearest of the names that would have been right.

/// The candidate nearest to `name`, if it is near enough to be what was meant. Case and the choice
/// between `_`, `-` and a space do not count. Of equally near candidates, the first.
#[must_use]
pub fn suggest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = folded(name);
    let allowed = match wanted.chars().count() {
        0 => return None,
        1..=3 => 1,
        4..=7 => 2,
        _ => 3,
    };
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let distance = strsim::damerau_levenshtein(&wanted, &folded(candidate));
        let shorter = wanted.chars().count().min(candidate.chars().count());
        if distance <= allowed
            && distance < shorter.max(1)
            && best.is_none_or(|(least, _)| distance < least)
        {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The name as compared. Long names are cut, so that a name of megabytes costs nothing.
fn folded(name: &str) -> String {
    name.chars()
        .take(80)
        .map(|c| if matches!(c, '-' | ' ') { '_' } else { c.to_ascii_lowercase() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::suggest;

    #[test]
    fn the_nearest_name_is_offered() {
        let table = [
            ("lable", Some("label")),
            ("Label", Some("label")),
            ("min-sample", Some("min_sample")),
            ("slice", Some("slices")),
            ("zzz", None),
            ("", None),
            ("x", None),
        ];
        for (name, expected) in table {
            assert_eq!(
                suggest(name, ["label", "slices", "min_sample", "value"]),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn of_equally_near_names_the_first_wins() {
        assert_eq!(suggest("plam", ["plan", "play"]), Some("plan"));
    }
}
