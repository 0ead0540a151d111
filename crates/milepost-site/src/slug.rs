//! File names and ids from names that may hold anything.

use std::collections::BTreeSet;

/// Names that some file systems keep for themselves.
const RESERVED: [&str; 6] = ["aux", "con", "index", "nul", "prn", "clock$"];

/// Makes names unique and safe: ASCII letters, digits, `_` and `-` stay, all else becomes `-`.
#[derive(Debug, Default)]
pub(crate) struct Slugs {
    /// Lower case, because some file systems do not tell the case apart.
    taken: BTreeSet<String>,
}

impl Slugs {
    /// A name that was not given before.
    pub(crate) fn next(&mut self, name: &str) -> String {
        let base = slug(name);
        let mut candidate = base.clone();
        let mut n = 2;
        while !self.taken.insert(candidate.to_ascii_lowercase()) {
            candidate = format!("{base}-{n}");
            n += 1;
        }
        candidate
    }
}

fn slug(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars().take(80) {
        match c {
            c if c.is_ascii_alphanumeric() || c == '_' => out.push(c),
            _ if out.ends_with('-') || out.is_empty() => {}
            _ => out.push('-'),
        }
    }
    let out = out.trim_end_matches('-');
    let lower = out.to_ascii_lowercase();
    let is_port = (lower.starts_with("com") || lower.starts_with("lpt")) && lower.len() == 4;
    match out {
        "" => "x".to_owned(),
        _ if is_port || RESERVED.contains(&lower.as_str()) => format!("{out}_"),
        _ => out.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_stay() {
        assert_eq!(slug("license_utilization_28d"), "license_utilization_28d");
    }

    #[test]
    fn nothing_leaves_the_folder() {
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("<script>\"x\""), "script-x");
        assert_eq!(slug("日本"), "x");
        assert_eq!(slug("CON"), "CON_");
        assert_eq!(slug("com1"), "com1_");
    }

    #[test]
    fn no_name_twice() {
        let mut slugs = Slugs::default();
        assert_eq!(slugs.next("a b"), "a-b");
        assert_eq!(slugs.next("a.b"), "a-b-2");
        assert_eq!(slugs.next("A B"), "A-B-3");
    }
}
