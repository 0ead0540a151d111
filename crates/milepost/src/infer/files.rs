//! The data files of a folder, and which of them make a dataset.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use milepost_engine::{advice, advice_on_table, column_names, is_data_file, kept_by, sheets_of};
use milepost_semantics::model::Location;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{SourceId, Span};

use crate::PROJECT_FILE;
use crate::error::Error;

/// How deep folders may lie in each other, and how many files are looked at.
const DEEPEST: usize = 16;
const MOST_FILES: usize = 20_000;

/// Files that make one dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// A file, a glob or a folder, from the folder of the project.
    pub(super) pattern: String,
    /// Of a workbook with several sheets: which of them.
    pub(super) sheet: Option<String>,
    /// What the name of the dataset is made of.
    pub(super) stem: String,
    pub(super) files: Vec<String>,
}

impl Group {
    fn new(pattern: String, stem: String, files: Vec<String>) -> Self {
        Self { pattern, sheet: None, stem, files }
    }

    /// Where its rows are.
    pub(super) fn location(&self) -> Location {
        Location { sheet: self.sheet.clone(), ..location(&self.pattern) }
    }
}

/// What files are called in notes.
pub(super) fn shown(location: &Location) -> String {
    match &location.sheet {
        Some(sheet) => format!("sheet `{sheet}` of `{}`", location.pattern),
        None => format!("`{}`", location.pattern),
    }
}

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) groups: Vec<Group>,
    /// Files with data that are not read, each with what to do about it.
    pub(super) others: Vec<(String, String)>,
}

/// A place below a folder.
fn location(pattern: &str) -> Location {
    let nowhere = Location::nowhere(Span::new(SourceId(0), 0, 0));
    Location { pattern: pattern.to_owned(), ..nowhere }
}

/// Finds the data files in `folder` (a path below `root`, empty for itself) and groups those of one shape. Links are not
/// followed; hidden files, those of other projects and what milepost writes itself are left out.
pub(super) fn find(root: &Path, folder: &str) -> Result<Found, Error> {
    let mut walk = Walk { root, files: BTreeMap::new(), others: Vec::new(), count: 0 };
    walk.folder(folder, 0)?;
    let mut found = Found { groups: Vec::new(), others: walk.others };
    let shapes = Shapes { root };
    let mut whole: Vec<String> = Vec::new();
    let mut tried: BTreeSet<&str> = BTreeSet::new();
    for (inside, files) in &walk.files {
        if whole.iter().any(|folder| is_below(inside, folder)) {
            continue;
        }
        let base = dated_base(inside);
        // Once for all the dated folders of a base: what is not one table stays so.
        let is_own = base != folder && !base.is_empty() && tried.insert(base);
        let is_dated = base.len() < inside.len();
        let below = || -> Vec<String> {
            let below = walk.files.iter().filter(|(other, _)| is_below(other, base));
            below.flat_map(|(_, files)| files.iter().cloned()).collect()
        };
        let is_one = |below: &Vec<String>| (below.len() > 1 || is_dated) && shapes.are_one(below);
        match is_own.then(below).filter(is_one) {
            Some(files) => {
                let stem = base.rsplit('/').next().unwrap_or(base).to_owned();
                found.groups.push(Group::new(format!("{base}/"), stem, files));
                whole.push(base.to_owned());
            }
            None => found.groups.extend(in_folder(&shapes, files)),
        }
    }
    Ok(found)
}

/// The folder without those named `month=2026-01` at its end.
fn dated_base(folder: &str) -> &str {
    let mut base = folder;
    while let Some((above, last)) = base.rsplit_once('/') {
        if !last.contains('=') {
            break;
        }
        base = above;
    }
    base
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path == folder
        || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// A walk under way: the files by their folder.
struct Walk<'a> {
    root: &'a Path,
    files: BTreeMap<String, Vec<String>>,
    others: Vec<(String, String)>,
    count: usize,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &str, depth: usize) -> Result<(), Error> {
        let path = self.root.join(folder);
        if let Some(kept_by) = kept_by(&path) {
            let advice =
                format!("it is a table of {kept_by}: {}", advice_on_table(kept_by, folder));
            self.others.push((folder.to_owned(), advice));
            return Ok(());
        }
        let unreadable =
            |error: std::io::Error| Error::unreadable(&path.display().to_string(), &error);
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            names.push((name, entry.file_type().map_err(unreadable)?));
        }
        names.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, kind) in names {
            let inside = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            // Beside an open workbook lies a file that begins with `~$`.
            if name.starts_with(['.', '_']) || name.starts_with("~$") || name.contains('\\') {
                continue;
            }
            if kind.is_dir() {
                let is_ours = ["specs", "site"].contains(&inside.as_str());
                let is_project = self.root.join(&inside).join(PROJECT_FILE).is_file();
                if depth < DEEPEST && !is_ours && !is_project {
                    self.folder(&inside, depth + 1)?;
                }
            } else if kind.is_file() {
                self.file(folder, &name, inside)?;
            } else if is_data_file(Path::new(&name)) {
                let advice = "it is a link or no file: put the file itself there";
                self.others.push((inside, advice.to_owned()));
            }
        }
        Ok(())
    }

    fn file(&mut self, folder: &str, name: &str, inside: String) -> Result<(), Error> {
        if is_data_file(Path::new(name)) {
            self.count += 1;
            if self.count > MOST_FILES {
                let message = format!("there are more than {MOST_FILES} data files");
                return Err(Error::Told(Box::new(
                    Diagnostic::error_nowhere(codes::LIMIT_EXCEEDED, message)
                        .help("name a folder with fewer of them, such as a month of each export, and widen `from:` afterwards"),
                )));
            }
            self.files.entry(folder.to_owned()).or_default().push(inside);
        } else if let Some(advice) = advice(Path::new(name)) {
            self.others.push((inside, advice.to_owned()));
        }
        Ok(())
    }
}

/// The ending of a name, with that of how it is compressed: `.csv.gz`.
fn ending(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    let Some(last) = name.rfind('.') else { return "" };
    let is_packed =
        ["gz", "zst"].iter().any(|packed| name[last + 1..].eq_ignore_ascii_case(packed));
    let first = if is_packed { name[..last].rfind('.').unwrap_or(last) } else { last };
    &name[first..]
}

/// Which columns files have.
struct Shapes<'a> {
    root: &'a Path,
}

impl Shapes<'_> {
    /// The names of the columns of a file, in one order; nothing where it can't be read.
    fn of(&self, file: &str) -> Option<Vec<String>> {
        let mut names = column_names(self.root, &location(file)).ok()?;
        names.sort_unstable();
        Some(names)
    }

    /// The dataset of a file, or those of the sheets of a workbook.
    fn alone(&self, file: &str) -> Vec<Group> {
        let group = Group::new(file.to_owned(), stem(file).to_owned(), vec![file.to_owned()]);
        let sheets = sheets_of(&self.root.join(file));
        if sheets.len() < 2 {
            return vec![group];
        }
        let named = |sheet: String| {
            // What a program calls a sheet says nothing.
            let is_numbered = sheet.ends_with(|c: char| c.is_ascii_digit());
            let stem = match is_numbered {
                true => format!("{} {sheet}", group.stem),
                false => sheet.clone(),
            };
            Group { sheet: Some(sheet), stem, ..group.clone() }
        };
        sheets.into_iter().map(named).collect()
    }

    /// Whether files are parts of one table: they have the same ending and the same columns. Of files whose names are those of
    /// parts, a column may be in some of them only: it came later, or no row of a month has it.
    fn are_one(&self, files: &[String]) -> bool {
        let Some((first, rest)) = files.split_first() else { return false };
        if rest.iter().any(|file| !ending(file).eq_ignore_ascii_case(ending(first))) {
            return false;
        }
        let Some(shape) = self.of(first) else { return false };
        let are_parts = are_parts(files);
        // Two lists of ids and names may well be of different things.
        let is_clear = are_parts || shape.len() >= FEWEST_COLUMNS;
        is_clear
            && rest.iter().all(|file| match self.of(file) {
                Some(other) => other == shape || (are_parts && are_alike(&shape, &other)),
                None => false,
            })
    }
}

/// So many columns that are the same are no chance.
const FEWEST_COLUMNS: usize = 3;

/// Whether most columns of two files are the same.
fn are_alike(a: &[String], b: &[String]) -> bool {
    let same = a.iter().filter(|name| b.contains(name)).count();
    let all = a.len() + b.len() - same;
    same * 10 >= all * 6
}

/// Whether names differ in dates and numbers only, or are such as programs give to parts.
fn are_parts(files: &[String]) -> bool {
    let is_part = |file: &String| {
        let stem = stem(file).to_ascii_lowercase();
        let digits = stem.bytes().filter(u8::is_ascii_digit).count();
        stem.starts_with("part") || digits >= 4 || digits == stem.len()
    };
    let first = files.first().map(|file| series(stem(file)));
    files.iter().all(is_part) || files.iter().all(|file| Some(series(stem(file))) == first)
}

/// Groups the files of one folder: those whose names differ in numbers only, and that have the same columns.
fn in_folder(shapes: &Shapes<'_>, files: &[String]) -> Vec<Group> {
    let mut by_stem: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for file in files {
        let end = ending(file).to_owned();
        by_stem.entry((series(stem(file)).to_owned(), end)).or_default().push(file.clone());
    }
    let mut groups = Vec::new();
    for ((stem_of, end), members) in by_stem {
        let glob = glob(&stem_of, &end, &members, files);
        match glob {
            Some(pattern) if members.len() > 1 && shapes.are_one(&members) => {
                groups.push(Group::new(pattern, stem_of, members));
            }
            _ => groups.extend(members.iter().flat_map(|file| shapes.alone(file))),
        }
    }
    groups.sort_by(|a, b| a.pattern.cmp(&b.pattern));
    groups
}

/// The name of a file without its folder and its ending.
fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.strip_suffix(ending(name)).unwrap_or(name)
}

/// A name without the date or number at its end: `events_2026-01` is one of `events`.
fn series(stem: &str) -> &str {
    let bare = stem.trim_end_matches(|c: char| c.is_ascii_digit() || "-_. ()".contains(c));
    if bare.is_empty() { stem } else { bare }
}

/// A glob that matches these files of a folder and none of the others.
fn glob(stem: &str, end: &str, members: &[String], all: &[String]) -> Option<String> {
    const SPECIAL: [char; 5] = ['*', '?', '[', ']', '{'];
    let (folder, _) = members.first()?.rsplit_once('/').unwrap_or(("", ""));
    let start = if folder.is_empty() { stem.to_owned() } else { format!("{folder}/{stem}") };
    let matches = |file: &&String| file.starts_with(&start) && file.ends_with(end);
    let is_sound = !start.contains(SPECIAL) && all.iter().filter(matches).count() == members.len();
    is_sound.then(|| format!("{start}*{end}"))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests put there what is found")]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<(String, String, usize)> {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let found = find(folder.path(), "in").unwrap();
        found
            .groups
            .into_iter()
            .map(|group| (group.pattern, group.stem, group.files.len()))
            .collect()
    }

    fn group(pattern: &str, stem: &str, files: usize) -> (String, String, usize) {
        (pattern.to_owned(), stem.to_owned(), files)
    }

    #[test]
    fn files_of_one_shape_are_one_dataset() {
        let found = found(&[
            ("in/accounts.csv", "id,name\n1,a\n"),
            ("in/readme.md", "x"),
            ("in/.hidden.csv", "a\n1\n"),
            ("in/usage_2026-01.csv", "day,user\n"),
            ("in/usage_2026-02.csv", "day,user\n"),
            ("in/events/emea.csv", "day,user,name\n"),
            ("in/events/amer.csv", "user,day,name\n"),
            ("in/lists/a.csv", "id,name\n"),
            ("in/lists/b.csv", "id,name\n"),
            ("in/log/2026-01.ndjson", "{\"at\": 1, \"user\": 2, \"os\": 3}\n"),
            ("in/log/2026-02.ndjson", "{\"at\": 1, \"user\": 2}\n"),
            ("in/mixed/a.csv", "day,user\n"),
            ("in/mixed/b.csv", "x,y\n"),
            ("in/pictures/day=2026-01-01/x.csv", "id,plan\n"),
            ("in/other/milepost.yaml", "project: x\n"),
            ("in/other/data/z.csv", "a,b\n"),
        ]);
        assert_eq!(
            found,
            [
                group("in/accounts.csv", "accounts", 1),
                group("in/usage*.csv", "usage", 2),
                group("in/events/", "events", 2),
                group("in/lists/a.csv", "a", 1),
                group("in/lists/b.csv", "b", 1),
                group("in/log/", "log", 2),
                group("in/mixed/a.csv", "a", 1),
                group("in/mixed/b.csv", "b", 1),
                group("in/pictures/", "pictures", 1),
            ]
        );
    }

    #[test]
    fn a_glob_never_matches_more_than_was_looked_at() {
        let found = found(&[
            ("in/a_1.csv", "x,y\n"),
            ("in/a_2.csv", "x,y\n"),
            ("in/a_old.csv", "x,y\n"),
            ("in/b[1].csv", "x,y\n"),
        ]);
        let patterns: Vec<String> = found.into_iter().map(|(pattern, ..)| pattern).collect();
        assert_eq!(patterns, ["in/a_1.csv", "in/a_2.csv", "in/a_old.csv", "in/b[1].csv"]);
    }
}
