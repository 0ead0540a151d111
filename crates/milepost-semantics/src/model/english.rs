//! One and several: names of tables and units as they stand in labels.

/// Words with one form.
const UNCHANGED: &[&str] = &[
    "arr",
    "data",
    "equipment",
    "feedback",
    "hardware",
    "information",
    "media",
    "metadata",
    "mrr",
    "news",
    "outreach",
    "revenue",
    "series",
    "software",
    "species",
    "staff",
    "usage",
];

/// Words whose plural follows no rule: one, several.
const IRREGULAR: &[(&str, &str)] = &[
    ("analysis", "analyses"),
    ("axis", "axes"),
    ("basis", "bases"),
    ("child", "children"),
    ("crisis", "crises"),
    ("diagnosis", "diagnoses"),
    ("echo", "echoes"),
    ("half", "halves"),
    ("hero", "heroes"),
    ("hypothesis", "hypotheses"),
    ("man", "men"),
    ("person", "people"),
    ("quiz", "quizzes"),
    ("shelf", "shelves"),
    ("thesis", "theses"),
    ("veto", "vetoes"),
    ("woman", "women"),
];

/// Words that end in `s` where there is one.
const ONE_WITH_S: &[&str] = &[
    "alias",
    "apparatus",
    "atlas",
    "bias",
    "bonus",
    "bus",
    "campus",
    "canvas",
    "census",
    "chaos",
    "consensus",
    "corpus",
    "dns",
    "focus",
    "gas",
    "gps",
    "iris",
    "lens",
    "nexus",
    "plus",
    "radius",
    "saas",
    "sms",
    "status",
    "stimulus",
    "surplus",
    "virus",
];

/// Words that only lose an `s`, where the rules would take more off them.
const ONLY_S: &[&str] = &[
    "ache", "cache", "calorie", "cookie", "die", "headache", "lie", "movie", "niche", "pie",
    "rookie", "selfie", "tie",
];

/// The English plural of a singular name, well enough for a label: `seats`, `replies`, `boxes`. Of several words, the
/// last one changes.
#[must_use]
pub fn plural(name: &str) -> String {
    let (before, word) = last_word(name);
    if UNCHANGED.contains(&word) {
        return name.to_owned();
    }
    if let Some((_, several)) = IRREGULAR.iter().find(|(one, _)| *one == word) {
        return format!("{before}{several}");
    }
    let before_y = word.strip_suffix('y').filter(|s| !s.ends_with(['a', 'e', 'i', 'o', 'u']));
    if let Some(stem) = before_y.filter(|stem| !stem.is_empty()) {
        format!("{before}{stem}ies")
    } else if hisses(word) {
        format!("{name}es")
    } else {
        format!("{name}s")
    }
}

/// The singular of a table's name, well enough for a label: `events` → `event`, `replies` → `reply`. What is singular
/// already stays as it is, where that can be told.
#[must_use]
pub fn singular(name: &str) -> String {
    let (before, word) = last_word(name);
    if UNCHANGED.contains(&word) || ONE_WITH_S.contains(&word) {
        return name.to_owned();
    }
    if let Some((one, _)) = IRREGULAR.iter().find(|(one, several)| *several == word || *one == word)
    {
        return format!("{before}{one}");
    }
    let Some(stem) = word.strip_suffix('s').filter(|stem| !stem.ends_with('s')) else {
        return name.to_owned();
    };
    if ONLY_S.contains(&stem) {
        return format!("{before}{stem}");
    }
    if let Some(stem) = stem.strip_suffix("ie").filter(|stem| !stem.is_empty()) {
        return format!("{before}{stem}y");
    }
    // `boxes` and `statuses` lose two letters, `purchases` and `sizes` one.
    let long = |stem: &&str| ONE_WITH_S.contains(stem) || (hisses(stem) && !single_s(stem));
    format!("{before}{}", stem.strip_suffix('e').filter(long).unwrap_or(stem))
}

/// Whether its plural ends in `es`.
fn hisses(word: &str) -> bool {
    ["s", "x", "zz", "ch", "sh"].iter().any(|end| word.ends_with(end))
}

/// Whether it ends in one `s`, as what is left of `purchases` does.
fn single_s(word: &str) -> bool {
    word.ends_with('s') && !word.ends_with("ss")
}

/// The last of the words that blanks or underscores join, and what stands before it.
fn last_word(name: &str) -> (&str, &str) {
    name.split_at(name.rfind(['_', ' ']).map_or(0, |i| i + 1))
}

#[cfg(test)]
mod tests {
    use super::{plural, singular};

    #[test]
    fn one_and_several() {
        let table = [
            ("event", "events"),
            ("purchase", "purchases"),
            ("license", "licenses"),
            ("course", "courses"),
            ("response", "responses"),
            ("use", "uses"),
            ("cause", "causes"),
            ("size", "sizes"),
            ("invoice", "invoices"),
            ("message", "messages"),
            ("article", "articles"),
            ("box", "boxes"),
            ("index", "indexes"),
            ("status", "statuses"),
            ("bonus", "bonuses"),
            ("alias", "aliases"),
            ("company", "companies"),
            ("survey", "surveys"),
            ("reply", "replies"),
            ("movie", "movies"),
            ("tie", "ties"),
            ("address", "addresses"),
            ("business", "businesses"),
            ("batch", "batches"),
            ("cache", "caches"),
            ("wish", "wishes"),
            ("quiz", "quizzes"),
            ("menu", "menus"),
            ("kpi", "kpis"),
            ("person", "people"),
            ("analysis", "analyses"),
            ("series", "series"),
            ("news", "news"),
            ("data", "data"),
            ("key use", "key uses"),
            ("product_status", "product_statuses"),
            ("business day", "business days"),
        ];
        for (one, several) in table {
            assert_eq!(singular(several), one);
            assert_eq!(plural(one), several);
            // A name that is singular already stays.
            assert_eq!(singular(one), one);
        }
        for word in ["", "s", "ies", "es"] {
            assert!(singular(word).len() <= word.len());
        }
    }
}
