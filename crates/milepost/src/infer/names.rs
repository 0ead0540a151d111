//! Names of files and columns as names of a project.

use std::collections::BTreeSet;

/// What a name is never: words of the language.
const RESERVED: [&str; 17] = [
    "and", "between", "distinct", "false", "in", "is", "not", "null", "on", "or", "over", "per",
    "this", "true", "where", "with", "within",
];

/// The longest name that is made.
const LONGEST: usize = 60;

/// Words in names of files that say where a table comes from or what was done to it, not what it holds.
const AROUND: [&str; 34] = [
    "export",
    "exports",
    "exported",
    "report",
    "extract",
    "dump",
    "data",
    "all",
    "list",
    "raw",
    "stg",
    "staging",
    "src",
    "tbl",
    "table",
    "dim",
    "fct",
    "fact",
    "v1",
    "v2",
    "final",
    "copy",
    "crm",
    "hubspot",
    "salesforce",
    "stripe",
    "zendesk",
    "intercom",
    "segment",
    "mixpanel",
    "amplitude",
    "chargebee",
    "postgres",
    "public",
];

/// Words whose plural is another word.
const IRREGULAR: [(&str, &str); 14] = [
    ("kunde", "kunden"),
    ("rechnung", "rechnungen"),
    ("kontakt", "kontakte"),
    ("person", "people"),
    ("datum", "data"),
    ("child", "children"),
    ("status", "statuses"),
    ("news", "news"),
    ("usage", "usage"),
    ("mrr", "mrr"),
    ("arr", "arr"),
    ("outreach", "outreach"),
    ("feedback", "feedback"),
    ("revenue", "revenue"),
];

/// `Account ID`, `accountId` and `ACCOUNT-ID` as `account_id`. Letters with marks lose them where that is usual.
pub(super) fn snake(text: &str) -> String {
    let mut name = String::with_capacity(text.len() + 4);
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let next_is_small = letters.peek().is_some_and(|next| next.is_lowercase());
        let begins = letter.is_uppercase()
            && (before.is_lowercase()
                || before.is_ascii_digit()
                || (before.is_uppercase() && next_is_small));
        if begins && !name.ends_with('_') {
            name.push('_');
        }
        match plain(letter) {
            Some(plain) => name.push_str(plain),
            None if letter.is_ascii_alphanumeric() => name.push(letter.to_ascii_lowercase()),
            None if letter == '%' => name.push_str("_percent"),
            None if !name.ends_with('_') => name.push('_'),
            None => {}
        }
        before = letter;
    }
    let parts: Vec<&str> = name.split('_').filter(|part| !part.is_empty()).collect();
    let mut name: String = parts.join("_").chars().take(LONGEST).collect();
    if name.is_empty() {
        "column".clone_into(&mut name);
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    if RESERVED.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

/// What a letter with a mark is in the alphabet.
const fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ä' | 'Ä' => "ae",
        'ö' | 'Ö' => "oe",
        'ü' | 'Ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'å' | 'À' | 'Á' | 'Â' | 'Ã' | 'Å' => "a",
        'ç' | 'Ç' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'È' | 'É' | 'Ê' | 'Ë' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'Ì' | 'Í' | 'Î' | 'Ï' => "i",
        'ñ' | 'Ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ø' => "o",
        'ù' | 'ú' | 'û' | 'Ù' | 'Ú' | 'Û' => "u",
        _ => return None,
    })
}

/// The name of a dataset from that of a file or folder: without dates, numbers and words about the export, in the plural.
pub(super) fn dataset(stem: &str) -> String {
    let name = snake(stem);
    let parts: Vec<&str> = name.split('_').filter(|part| !part.is_empty()).collect();
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let about: Vec<&str> =
        parts.iter().copied().filter(|part| !is_number(part) && !AROUND.contains(part)).collect();
    let words: Vec<&str> = parts.iter().copied().filter(|part| !is_number(part)).collect();
    let words = if about.is_empty() { words } else { about };
    let Some((last, first)) = words.split_last() else { return "rows".to_owned() };
    let mut all: Vec<String> = first.iter().map(|word| (*word).to_owned()).collect();
    all.push(plural(last));
    all.join("_")
}

/// `account` as `accounts`, `company` as `companies`; what is in the plural stays.
pub(super) fn plural(word: &str) -> String {
    if let Some((_, many)) = IRREGULAR.iter().find(|(one, many)| *one == word || *many == word) {
        return (*many).to_owned();
    }
    let ends = |ends: &[&str]| ends.iter().any(|end| word.ends_with(end));
    match word.strip_suffix('y') {
        Some(stem) if !ends(&["ay", "ey", "oy", "uy"]) => format!("{stem}ies"),
        _ if ends(&["ss", "x", "ch", "sh"]) => format!("{word}es"),
        _ if word.ends_with('s') => word.to_owned(),
        _ => format!("{word}s"),
    }
}

/// `accounts` as `account`, `companies` as `company`.
pub(super) fn singular(word: &str) -> String {
    if let Some((first, last)) = word.rsplit_once('_') {
        return format!("{first}_{}", singular(last));
    }
    if let Some((one, _)) = IRREGULAR.iter().find(|(one, many)| *one == word || *many == word) {
        return (*one).to_owned();
    }
    let without = |end: &str| word.strip_suffix(end).filter(|stem| stem.len() > 1);
    if let Some(stem) = without("ies") {
        return format!("{stem}y");
    }
    for end in ["sses", "xes", "ches", "shes"] {
        if without(end).is_some() {
            return word[..word.len() - 2].to_owned();
        }
    }
    match without("s") {
        Some(stem) if !word.ends_with("ss") && !word.ends_with("us") => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// `invoice_lines` as `invoice lines`, `nps_answers` as `NPS answers`.
pub(super) fn words(name: &str) -> String {
    const SHORT: [&str; 9] = ["mrr", "arr", "acv", "nps", "csat", "ces", "csm", "api", "kb"];
    let words = name.split('_').filter(|word| !word.is_empty());
    let words = words.map(|word| match SHORT.contains(&word) {
        true => word.to_uppercase(),
        false => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// `invoice_lines` as `Invoice lines`.
pub(super) fn label(name: &str) -> String {
    let words = words(name);
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Names that are taken, each given once.
#[derive(Debug, Default)]
pub(super) struct Taken(BTreeSet<String>);

impl Taken {
    /// The name, with a number behind it where another has it.
    pub(super) fn take(&mut self, name: &str) -> String {
        let numbered = (2..).map(|n| format!("{name}_{n}"));
        let free =
            std::iter::once(name.to_owned()).chain(numbered).find(|name| !self.0.contains(name));
        let free = free.unwrap_or_default();
        self.0.insert(free.clone());
        free
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_become_names_of_the_language() {
        for (written, name) in [
            ("Account ID", "account_id"),
            ("accountId", "account_id"),
            ("AccountID", "account_id"),
            ("ARR (USD)", "arr_usd"),
            ("Größe", "groesse"),
            ("Open %", "open_percent"),
            ("2026 total", "_2026_total"),
            ("in", "in_"),
            ("日本", "column"),
            ("a\u{1b}[2J\"b", "a_2_j_b"),
            ("", "column"),
        ] {
            assert_eq!(snake(written), name, "{written}");
        }
    }

    #[test]
    fn names_of_files_become_names_of_datasets() {
        for (stem, name) in [
            ("accounts", "accounts"),
            ("crm_account_export_2026-03-31", "accounts"),
            ("Stripe Invoices", "invoices"),
            ("export", "exports"),
            ("product-usage", "product_usage"),
            ("people", "people"),
            ("2026-01", "rows"),
            ("NPS answers (final)", "nps_answers"),
        ] {
            assert_eq!(dataset(stem), name, "{stem}");
        }
    }

    #[test]
    fn one_and_many() {
        for (one, many) in [
            ("account", "accounts"),
            ("company", "companies"),
            ("survey", "surveys"),
            ("address", "addresses"),
            ("person", "people"),
            ("touch", "touches"),
            ("usage", "usage"),
            ("mrr", "mrr"),
            ("arr", "arr"),
            ("outreach", "outreach"),
            ("feedback", "feedback"),
            ("revenue", "revenue"),
        ] {
            assert_eq!((plural(one).as_str(), singular(many).as_str()), (many, one));
            assert_eq!(plural(many), many);
        }
        assert_eq!(singular("invoice_lines"), "invoice_line");
        assert_eq!(label("invoice_lines"), "Invoice lines");
        assert_eq!(words("nps_answers"), "NPS answers");
        let mut taken = Taken::default();
        assert_eq!(["a", "a", "a"].map(|name| taken.take(name)), ["a", "a_2", "a_3"]);
    }
}
