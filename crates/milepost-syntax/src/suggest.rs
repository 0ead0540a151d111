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
#[derive(Clone, Debug, Default)]
pub struct Spellings {
    words: Vec<Word>,
    /// The letters of `words` and their positions there, by the number of letters: all that most names are asked for.
    by_length: Vec<Vec<([u8; PLACES], usize)>>,
}

impl Spellings {
    /// The names, in the order in which [`suggest`] would be given them.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let words: Vec<Word> = names.into_iter().map(Word::new).collect();
        let longest = words.iter().map(|word| word.length).max().unwrap_or(0);
        let mut by_length = vec![Vec::new(); longest + 1];
        for (position, word) in words.iter().enumerate() {
            by_length[word.length].push((word.letters, position));
        }
        Self { words, by_length }
    }

    /// The position of what [`suggest`] finds among the names that `keep` accepts by their position.
    #[must_use]
    pub fn nearest(&self, name: &str, keep: impl Fn(usize) -> bool) -> Option<usize> {
        let search = Search::new(name)?;
        let lengths = search.word.length.saturating_sub(search.allowed)
            ..=(search.word.length + search.allowed).min(self.by_length.len().checked_sub(1)?);
        let mut near: Vec<(usize, usize)> = self
            .by_length
            .get(lengths)?
            .iter()
            .flatten()
            .filter_map(|(letters, at)| Some((search.least(letters)?, *at)))
            .filter(|(_, at)| keep(*at))
            .collect();
        // Those that can be nearest come first, so that most of the others need no comparing.
        near.sort_unstable();
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
}
