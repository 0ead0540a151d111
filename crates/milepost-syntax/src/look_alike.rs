//! Letters of other alphabets that look like those of names.

/// What to say about a name with a letter that only looks like one of a to z, if it has one.
pub(crate) fn explain(name: &str) -> Option<String> {
    let (letter, latin) = name.chars().find_map(|c| look_alike(c).map(|latin| (c, latin)))?;
    Some(format!(
        "`{letter}` looks like the letter `{latin}` but is another character (U+{:04X}): retype it",
        u32::from(letter)
    ))
}

/// The name as it looks, in letters from a to z; nothing if it has no letter that looks like one of them.
pub(crate) fn plain(name: &str) -> Option<String> {
    explain(name)?;
    Some(name.chars().map(|c| look_alike(c).unwrap_or(c)).collect())
}

/// The Latin letter that a Greek, Cyrillic, Armenian or full-width one is easily taken for.
fn look_alike(letter: char) -> Option<char> {
    /// Letters by what they are taken for; both cases of a letter are together.
    const ALIKE: [(&str, char); 21] = [
        ("аɑαА", 'a'),
        ("ЬВΒ", 'b'),
        ("сϲС", 'c'),
        ("ԁ", 'd'),
        ("еЕΕ", 'e'),
        ("һΗН", 'h'),
        ("іιΙІ", 'i'),
        ("јЈ", 'j'),
        ("κкΚК", 'k'),
        ("ӏ", 'l'),
        ("мΜМ", 'm'),
        ("пΝ", 'n'),
        ("оοОΟ", 'o'),
        ("рρРΡ", 'p'),
        ("ѕЅ", 's'),
        ("тτТΤ", 't'),
        ("υս", 'u'),
        ("νѵ", 'v'),
        ("ԝ", 'w'),
        ("хχХΧ", 'x'),
        ("уγУΥ", 'y'),
    ];
    let wide = u32::from(letter).checked_sub(0xFEE0).and_then(char::from_u32);
    let wide = wide.filter(char::is_ascii_alphanumeric);
    wide.or_else(|| ALIKE.iter().find(|(list, _)| list.contains(letter)).map(|(_, latin)| *latin))
}

#[cfg(test)]
mod tests {
    use super::explain;

    #[test]
    fn letters_of_other_alphabets_are_named() {
        let told = explain("us\u{0435}rs").expect("a Cyrillic letter");
        assert!(told.contains("`e`") && told.contains("U+0435"), "{told}");
        assert!(explain("ｕsers").is_some());
        assert_eq!(super::plain("us\u{0435}rs").as_deref(), Some("users"));
        assert_eq!(super::plain("users"), None);
        assert_eq!(explain("users_2"), None);
        assert_eq!(explain("größe"), None);
    }
}
