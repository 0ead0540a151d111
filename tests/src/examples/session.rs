//! A project that is checked again after each of many edits, against the same project checked from scratch.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use milepost::Session;
use milepost::semantics::model::Metric;
use milepost::syntax::source::SourceFile;
use tempfile::TempDir;

const FILES: [(&str, &str); 8] = [
    (
        "milepost.yaml",
        "project: edited\nedition: 2026\ncalendar: { holidays: free.csv }\ncurrency: USD\n",
    ),
    ("free.csv", "day\n2026-12-25\n"),
    ("accounts.csv", "account_id,plan,born\na1,pro,2025-01-01T00:00:00Z\n"),
    (
        "events.csv",
        "id,ts,account_id,kind,source,device,amount\n1,2025-03-01T10:00:00Z,a1,login,mail,phone,10\n",
    ),
    (
        "specs/a_datasets.yaml",
        "entities:
  account: { key: account_id, home: accounts, lives: always }
datasets:
  accounts: { from: accounts.csv, key: account_id, columns: { plan: { type: text, dimension: plan } } }
  events:
    from: events.csv
    kind: events
    time: ts
    entities: { account: account_id }
    columns: { amount: { type: decimal, unit: USD }, large: { value: amount > 5 } }
",
    ),
    (
        "specs/b_reach.yaml",
        "metrics:
  logins:
    label: Logins
    question: Do they come?
    category: reach
    slices: [plan]
    value: count(events where kind = 'login')
  users: { value: count(distinct events.account over 28 days), description: Who came. }
",
    ),
    (
        "specs/c_effect.yaml",
        "metrics:
  logins_per_user:
    question: How often do they come?
    category: effect
    slices: [plan, account]
    target: { at_least: 2 }
    value: logins / users
  revenue: { category: roi, question: What do they pay?, grain: month, value: sum(events.amount where large) }
  growth: { category: effect, question: Does it grow?, value: \"revenue / prior(revenue, 12 months) - 1\" }
",
    ),
    (
        "specs/d_groups.yaml",
        "behaviors:
  mails: events where source = 'mail'
segments:
  busy: { of: account, where: logins over 28 days >= 2 }
metrics:
  phones: { category: effect, question: Who calls?, value: count(events where device = 'phone') }
  mailed: { category: reach, question: Who was reached?, slices: [busy], value: count(mails where kind = 'login') }
  many: { category: effect, question: Are they busy?, value: count(account at end where busy), leads_to: [revenue] }
  share: { category: effect, question: How many?, value: many / count(account at end), deprecated: { since: '2026' } }
  both: { category: effect, question: And both?, value: share + phones / logins }
",
    ),
];

/// Words of which one takes the place of another: definitions, columns, which only files have, and what is neither.
const WORDS: [&str; 16] = [
    "logins", "users", "revenue", "growth", "many", "share", "phones", "mailed", "busy", "mails",
    "events", "device", "source", "kind", "amount", "effect",
];

/// What authors type, rightly and wrongly.
const TYPED: [&str; 20] = [
    "x",
    " ",
    "\n",
    ":",
    "(",
    ")",
    "'",
    "#",
    "\u{e9}",
    "users",
    "logins",
    "plan",
    "events",
    "count(events)",
    "\n  more: { value: count(events) }\n",
    "\nmetrics:\n",
    "  ",
    "[",
    "}",
    "lable",
];

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n.max(1)
    }
}

/// Everything that a check gives, as text.
fn outcome(session: &mut Session) -> (String, bool) {
    let outcome = session.check();
    let loaded = session.loaded();
    let source =
        |file: &SourceFile| format!("{} {} {:?}", file.id.0, file.path, file.line_column(u32::MAX));
    let sources: Vec<String> = loaded.sources.iter().map(source).collect();
    let text = format!(
        "{}\n{:?}\n{:?}\n{}\n{}",
        sources.join("\n"),
        loaded.sources.iter().map(|file| &file.text).collect::<Vec<_>>(),
        loaded.holidays,
        serde_json::to_string(&loaded.package).unwrap(),
        serde_json::to_string(&outcome.diagnostics.sorted()).unwrap(),
    );
    let model = serde_json::to_string(&outcome.model).unwrap();
    (format!("{text}\n{model}"), outcome.model.is_some())
}

/// The places of a word.
fn places(text: &str, word: &str) -> Vec<usize> {
    text.match_indices(word).map(|(at, _)| at).collect()
}

/// A text in which one word stands for another, or two lines have changed places.
fn reworded(text: &str, random: &mut Random) -> String {
    if random.below(4) == 0 {
        let mut lines: Vec<&str> = text.lines().collect();
        let (a, b) = (random.below(lines.len()), random.below(lines.len()));
        if !lines.is_empty() {
            lines.swap(a, b);
        }
        return format!("{}\n", lines.join("\n"));
    }
    let (from, to) = (WORDS[random.below(WORDS.len())], WORDS[random.below(WORDS.len())]);
    let places = places(text, from);
    if places.is_empty() {
        return text.to_owned();
    }
    let at = places[random.below(places.len())];
    format!("{}{to}{}", &text[..at], &text[at + from.len()..])
}

fn edited(text: &str, random: &mut Random) -> String {
    if random.below(2) == 0 {
        return reworded(text, random);
    }
    let at = text.floor_char_boundary(random.below(text.len() + 1));
    let end = text.ceil_char_boundary((at + random.below(12)).min(text.len()));
    let typed = TYPED[random.below(TYPED.len())];
    match random.below(3) {
        0 => format!("{}{typed}{}", &text[..at], &text[at..]),
        1 => format!("{}{typed}{}", &text[..at], &text[end..]),
        _ => format!("{}{}", &text[..at], &text[end..]),
    }
}

/// Writes a file as if long ago, and never twice at one time, unless it stays as it is.
fn save(folder: &Path, path: &str, text: &str, random: &mut Random) {
    let path = folder.join(path);
    if fs::read_to_string(&path).is_ok_and(|before| before == text) {
        return;
    }
    fs::write(&path, text).unwrap();
    let seconds = 1_000_000_000 + random.below(100_000_000) as u64;
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
}

/// One thing that happens to a project: a file is edited, saved or not; one comes, goes, or is what it was.
fn step(folder: &Path, texts: &mut Vec<(String, String)>, random: &mut Random) {
    let (path, original) = FILES[random.below(FILES.len())];
    let now = || fs::read_to_string(folder.join(path)).unwrap_or_default();
    match random.below(14) {
        0 => save(folder, path, &edited(&now(), random), random),
        1 if path.starts_with("specs/") => {
            let other = format!("specs/{}_more.yaml", ["a", "d"][random.below(2)]);
            save(folder, &other, &now(), random);
        }
        2 => {
            let _ = fs::remove_file(
                folder.join(["specs/a_more.yaml", "specs/d_more.yaml", path][random.below(3)]),
            );
        }
        3 | 4 => {
            save(folder, path, original, random);
            texts.retain(|(other, _)| other != path);
        }
        5..=7 => {
            texts.clear();
            for other in ["specs/a_more.yaml", "specs/d_more.yaml"] {
                let _ = fs::remove_file(folder.join(other));
            }
            FILES.iter().for_each(|(path, text)| save(folder, path, text, random));
        }
        _ => {
            let before = texts
                .iter()
                .find(|(other, _)| other == path)
                .map_or_else(now, |(_, text)| text.clone());
            texts.retain(|(other, _)| other != path);
            texts.push((path.to_owned(), edited(&before, random)));
        }
    }
}

/// The project in a folder of its own.
fn project(random: &mut Random) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("specs")).unwrap();
    FILES.iter().for_each(|(path, text)| save(folder.path(), path, text, random));
    folder
}

#[test]
fn a_check_after_edits_is_a_check_from_scratch() {
    let mut random = Random(42);
    let folder = project(&mut random);
    let mut session = Session::new(folder.path()).unwrap();
    let (first, good) = outcome(&mut session);
    assert!(good, "{first}");
    let mut texts: Vec<(String, String)> = Vec::new();
    let (mut right, mut wrong) = (0, 0);
    for number in 0..400 {
        let before: Vec<String> = texts.iter().map(|(path, _)| path.clone()).collect();
        step(folder.path(), &mut texts, &mut random);
        before.iter().for_each(|path| session.forget_text(path));
        let mut scratch = Session::new(folder.path()).unwrap();
        for (path, text) in &texts {
            session.set_text(path, text);
            scratch.set_text(path, text);
        }
        let (again, good) = outcome(&mut session);
        let (anew, _) = outcome(&mut scratch);
        assert!(again == anew, "after edit {number}\n--- again\n{again}\n--- from scratch\n{anew}");
        if good { right += 1 } else { wrong += 1 }
    }
    assert!(right > 20 && wrong > 20, "both must occur: {right} right, {wrong} wrong");
}

/// Only what is edited, and what is made of it, is checked again: the rest of the model is that of the check before.
#[test]
fn what_an_edit_does_not_touch_is_taken_from_the_check_before() {
    let folder = project(&mut Random(7));
    let mut session = Session::new(folder.path()).unwrap();
    let mut edit = |path: &str, from: &str, to: &str| {
        let before = session.check().model.unwrap();
        let text = fs::read_to_string(folder.path().join(path)).unwrap();
        assert!(text.contains(from));
        session.set_text(path, text.replacen(from, to, 1));
        let after = session.check().model.unwrap();
        session.forget_text(path);
        let is_kept = |metric: &&Arc<Metric>| before.metrics.iter().any(|m| Arc::ptr_eq(m, metric));
        let anew = after.metrics.iter().filter(|metric| !is_kept(metric));
        anew.map(|metric| metric.name.clone()).collect::<Vec<_>>()
    };
    let reach = "specs/b_reach.yaml";
    assert_eq!(
        edit(reach, "Who came.", "Who came?"),
        ["logins", "users", "logins_per_user", "many", "share", "both"]
    );
    // What is warned of is reported again each time.
    assert_eq!(
        edit("specs/c_effect.yaml", "What do they pay?", "How much?"),
        ["logins_per_user", "revenue", "growth", "both"]
    );
    assert_eq!(
        edit("specs/d_groups.yaml", "Who calls?", "Who?"),
        ["phones", "mailed", "many", "share", "both"]
    );
}

/// Edits after which metrics of other files are not what they were: their columns and the metrics in them have other
/// numbers, or a name in them means something else.
#[test]
fn what_an_edit_changes_elsewhere_is_checked_again() {
    let folder = project(&mut Random(11));
    let reach = "specs/b_reach.yaml";
    let first = "metrics:\n  logins:\n";
    let edits = [
        (reach, "kind = 'login'", "device = 'login'", true),
        (reach, "kind = 'login'", "amount > 1", true),
        (
            reach,
            first,
            "metrics:\n  first: { category: effect, question: q, value: 1 * count(events) }\n  logins:\n",
            true,
        ),
        (
            reach,
            first,
            "metrics:\n  device: { category: effect, question: q, value: 1 * count(events) }\n  logins:\n",
            false,
        ),
        ("specs/c_effect.yaml", "  revenue:", "  plan:", false),
        ("specs/c_effect.yaml", "  growth:", "  rising:", true),
        ("specs/d_groups.yaml", "  mails:", "  letters:", false),
    ];
    for (path, from, to, good) in edits {
        let mut session = Session::new(folder.path()).unwrap();
        let mut scratch = Session::new(folder.path()).unwrap();
        let (plain, _) = outcome(&mut session);
        let text = fs::read_to_string(folder.path().join(path)).unwrap();
        let edited = text.replacen(from, to, 1);
        assert_ne!(text, edited);
        session.set_text(path, &edited);
        scratch.set_text(path, &edited);
        assert_eq!(outcome(&mut session), outcome(&mut scratch), "{from} → {to}");
        assert_eq!(session.check().model.is_some(), good, "{from} → {to}");
        session.forget_text(path);
        assert_eq!(outcome(&mut session).0, plain, "{to} → {from}");
    }
}
