//! "Did you mean …": the nearest of the names that would have been right.

/// The candidate nearest to `name`, if it is near enough to be what was meant. Case and the choice
/// between `_`, `-` and a space do not count. Of equally near candidates, the first.
#[must_use]
pub fn suggest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let search = Search::new(name)?;
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let word = Word::new(candidate);
        if search
            .least(&word.letters)
            .is_none_or(|least| best.is_some_and(|(nearest, _)| least >= nearest))
        {
            continue;
        }
        if let Some(distance) = search.distance(&word)
            && best.is_none_or(|(nearest, _)| distance < nearest)
        {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Many names that stay the same, to be asked often: what [`suggest`] finds among them, without comparing each.
///
/// As many names may be wrong as there are. So where very many (`FEW`) could be meant, only those are found that are one slip
/// away.
#[derive(Clone, Debug, Default)]
pub struct Spellings {
    words: Vec<Word>,
    /// The letters of `words` and their positions there, by the number of letters: all that most names are asked for.
    by_length: Vec<Vec<([u8; PLACES], usize)>>,
    /// The [slips] of all words with their positions, sorted; empty if the words are few.
    slips: Vec<(u64, usize)>,
}

/// So many names may be compared for each that is asked for.
const FEW: usize = 2_000;
/// So many of them, the nearest by their letters, are compared letter by letter.
const MOST_COMPARED: usize = 500;

impl Spellings {
    /// The names, in the order in which [`suggest`] would be given them.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let words: Vec<Word> = names.into_iter().map(Word::new).collect();
        let longest = words.iter().map(|word| word.length).max().unwrap_or(0);
        let mut by_length = vec![Vec::new(); longest + 1];
        for (position, word) in words.iter().enumerate() {
            by_length[word.length].push((word.letters, position));
        }
        let mut slipped = Vec::new();
        if words.len() > FEW {
            for (at, word) in words.iter().enumerate() {
                slipped.extend(slips(&word.folded).into_iter().map(|slip| (slip, at)));
            }
            slipped.sort_unstable();
        }
        Self { words, by_length, slips: slipped }
    }

    /// The position of what [`suggest`] finds among the names that `keep` accepts by their position.
    #[must_use]
    pub fn nearest(&self, name: &str, keep: impl Fn(usize) -> bool) -> Option<usize> {
        let search = Search::new(name)?;
        let lengths = search.word.length.saturating_sub(search.allowed)
            ..=(search.word.length + search.allowed).min(self.by_length.len().checked_sub(1)?);
        let like_long = self.by_length.get(lengths)?;
        if like_long.iter().map(Vec::len).sum::<usize>() > FEW {
            return self.one_slip_away(&search, keep);
        }
        let mut near: Vec<(usize, usize)> = like_long
            .iter()
            .flatten()
            .filter_map(|(letters, at)| Some((search.least(letters)?, *at)))
            .filter(|(_, at)| keep(*at))
            .collect();
        // Those that can be nearest come first, so that most of the others need no comparing.
        near.sort_unstable();
        near.truncate(MOST_COMPARED);
        let mut best: Option<(usize, usize)> = None;
        for (least, at) in near {
            if best.is_some_and(|best| (least, at) >= best) {
                continue;
            }
            if let Some(distance) = search.distance(&self.words[at]) {
                best = Some(best.map_or((distance, at), |best| best.min((distance, at))));
            }
        }
        best.map(|(_, at)| at)
    }

    /// The first of the words that are the name but for case, or else of those that are one slip away.
    fn one_slip_away(&self, search: &Search, keep: impl Fn(usize) -> bool) -> Option<usize> {
        let alike = |slip: u64| {
            let start = self.slips.partition_point(|(other, _)| *other < slip);
            self.slips[start..].iter().take_while(move |(other, _)| *other == slip)
        };
        let found = slips(&search.word.folded).into_iter().flat_map(alike).map(|(_, at)| *at);
        let mut found: Vec<usize> = found.collect();
        found.sort_unstable();
        found.dedup();
        found.retain(|at| keep(*at));
        let same = found.iter().find(|at| self.words[**at].folded == search.word.folded);
        let one_away = |at: &&usize| search.distance(&self.words[**at]) == Some(1);
        same.or_else(|| found.iter().take(MOST_COMPARED).find(one_away)).copied()
    }
}

/// A number for the word, and one for what is left of it without each of its letters: words that are one slip apart have one
/// in common.
fn slips(word: &str) -> Vec<u64> {
    const BASE: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut starts = vec![0_u64];
    for c in word.chars() {
        let last = starts.last().copied().unwrap_or(0);
        starts.push(last.wrapping_mul(BASE).wrapping_add(u64::from(c) + 1));
    }
    let whole = starts.last().copied().unwrap_or(0);
    let mut found = vec![whole];
    // What is before the letter moves up by as many places as there are letters behind it.
    let mut places = 1_u64;
    for i in (1..starts.len()).rev() {
        let behind = whole.wrapping_sub(starts[i].wrapping_mul(places));
        found.push(starts[i - 1].wrapping_mul(places).wrapping_add(behind));
        places = places.wrapping_mul(BASE);
    }
    found
}

/// What is looked for, and how far from it a name may be.
struct Search {
    word: Word,
    allowed: usize,
}

impl Search {
    fn new(name: &str) -> Option<Self> {
        let word = Word::new(name);
        let allowed = match word.length {
            0 => return None,
            1..=3 => 1,
            4..=7 => 2,
            _ => 3,
        };
        Some(Self { word, allowed })
    }

    /// How many slips lie between the two at least, by their letters alone; nothing if too many.
    fn least(&self, other: &[u8; PLACES]) -> Option<usize> {
        // A slip adds a letter, takes one away, does both, or moves one. A word has at most 80 letters.
        let (mut added, mut missing) = (0_u8, 0_u8);
        for (a, b) in self.word.letters.iter().zip(other) {
            added = added.wrapping_add(b.saturating_sub(*a));
            missing = missing.wrapping_add(a.saturating_sub(*b));
        }
        let least = usize::from(added.max(missing));
        (least <= self.allowed).then_some(least)
    }

    /// How many slips lie between the two; nothing if they are not near.
    fn distance(&self, other: &Word) -> Option<usize> {
        let distance = strsim::damerau_levenshtein(&self.word.folded, &other.folded);
        let shorter = self.word.length.min(other.written);
        (distance <= self.allowed && distance < shorter.max(1)).then_some(distance)
    }
}

/// Letters whose numbers differ by a multiple of this are counted together.
const PLACES: usize = 32;

/// A name as compared. Long names are cut, so that a name of megabytes costs nothing.
#[derive(Clone, Debug)]
struct Word {
    folded: String,
    /// Letters of `folded`.
    length: usize,
    /// Letters of the name before it was cut.
    written: usize,
    /// How often each letter occurs; several letters may share a place.
    letters: [u8; PLACES],
}

impl Word {
    fn new(name: &str) -> Self {
        let folded: String = name
            .chars()
            .take(80)
            .map(|c| if matches!(c, '-' | ' ') { '_' } else { c.to_ascii_lowercase() })
            .collect();
        let mut letters = [0; PLACES];
        let mut length = 0;
        for c in folded.chars() {
            letters[c as usize % PLACES] += 1;
            length += 1;
        }
        Self { folded, length, written: name.chars().count(), letters }
    }
}

/// What to do about a name that a definition had before.
#[must_use]
pub fn renamed(before: &str, now: &str) -> String {
    format!("`{before}` was renamed: write `{now}`")
}

#[cfg(test)]
mod tests {
    use super::{Spellings, suggest};

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

    /// What both are short for: every name compared with every other.
    fn plainly<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
        let fold = |name: &str| name.to_ascii_lowercase().replace(['-', ' '], "_");
        let length = name.chars().count();
        let allowed = [0, 1, 1, 1, 2, 2, 2, 2].get(length).copied().unwrap_or(3);
        let distances = names.iter().map(|other| {
            let distance = strsim::damerau_levenshtein(&fold(name), &fold(other));
            let shorter = length.min(other.chars().count());
            (length > 0 && distance <= allowed && distance < shorter.max(1))
                .then_some((distance, *other))
        });
        distances.flatten().min_by_key(|(distance, _)| *distance).map(|(_, other)| other)
    }

    #[test]
    fn no_name_is_passed_over() {
        // Few letters, so that many names are near each other.
        let mut seed = 7_u64;
        let mut random = |n: u64| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % n
        };
        let mut word = |longest: u64| -> String {
            let letters = ['a', 'b', 'c', '_', 'é', 'A', '-', '2'];
            let length = random(longest + 1);
            (0..length).map(|_| letters[random(8) as usize]).collect()
        };
        let names: Vec<String> = (0..400).map(|i| word(3 + i % 9)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let spellings = Spellings::new(names.iter().copied());
        let (mut found, mut none) = (0, 0);
        for i in 0..600 {
            let name = word(2 + i % 12);
            let expected = plainly(&name, &names);
            assert_eq!(suggest(&name, names.iter().copied()), expected, "{name}");
            assert_eq!(spellings.nearest(&name, |_| true).map(|at| names[at]), expected, "{name}");
            let odd: Vec<&str> = names.iter().skip(1).step_by(2).copied().collect();
            let at = spellings.nearest(&name, |at| at % 2 == 1);
            assert_eq!(at.map(|at| names[at]), plainly(&name, &odd), "{name}");
            if expected.is_some() { found += 1 } else { none += 1 }
        }
        assert!(found > 100 && none > 100, "{found} {none}");
        assert_eq!(Spellings::default().nearest("a", |_| true), None);
    }

    #[test]
    fn among_very_many_names_one_slip_is_found() {
        let names: Vec<String> = (0..20_000).map(|i| format!("metric_{i:05}")).collect();
        let spellings = Spellings::new(names.iter().map(String::as_str));
        let found = |name: &str| spellings.nearest(name, |_| true).map(|at| names[at].as_str());
        assert_eq!(found("Metric-00017"), Some("metric_00017"), "the same");
        assert_eq!(found("metric_0001x"), Some("metric_00010"), "another letter: the first");
        assert_eq!(found("metric_x19999"), Some("metric_19999"), "a letter too many");
        assert_eq!(found("metrc_19999"), Some("metric_19999"), "a letter too few");
        assert_eq!(found("emtric_19999"), Some("metric_19999"), "two letters in the other order");
        assert_eq!(found("nothing_like_it"), None);
        assert_eq!(found("metrc_x19999"), None, "two slips");
        let kept = spellings.nearest("metric_0001x", |at| at >= 15);
        assert_eq!(kept, Some(15), "among those that are meant");
    }

    #[test]
    fn words_one_slip_apart_have_a_slip_in_common() {
        let common = |a: &str, b: &str| super::slips(a).iter().any(|s| super::slips(b).contains(s));
        for (a, b) in
            [("plan", "plan"), ("plan", "pln"), ("plan", "lpan"), ("plan", "plén"), ("a", "")]
        {
            assert!(common(a, b), "{a} {b}");
        }
        assert!(!common("plan", "nalp") && !common("plan", "pl"));
    }
}
