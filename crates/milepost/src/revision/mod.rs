//! The versions of a project that are compared: commits of its repository, folders, model files, and the files as they are
//! now.

mod git;
mod tree;

use std::path::{Path, PathBuf};

use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::suggest;

use crate::model_file::{ModelFile, looks_like_one};
use crate::sources::{Disk, Overlay, Sources};
pub use git::Commit;
use git::{Git, Silence};
use tree::CommitTree;

/// A version of a project, found.
pub struct Revision {
    /// What it is, in words: `main (1a2b3c4)`, `the files as they are`.
    pub what: String,
    /// Why it is that one.
    pub why: String,
    /// The commit, where it is one.
    pub commit: Option<String>,
    pub sources: Box<dyn Sources>,
}

impl Revision {
    /// Whether it is a model file, which knows what columns the data had.
    #[must_use]
    pub fn is_written_down(&self) -> bool {
        self.sources.columns().is_some()
    }
}

impl std::fmt::Debug for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Revision").field("what", &self.what).field("why", &self.why).finish()
    }
}

/// A project as its files are, but for one, which has other bytes or is not there.
#[must_use]
pub fn replaced(root: &Path, path: &str, bytes: Option<Vec<u8>>, what: String) -> Revision {
    let mut sources = Overlay::new(root);
    sources.set(path, bytes);
    let why = "as git has the file".to_owned();
    Revision { what, why, commit: None, sources: Box::new(sources) }
}

/// The two versions that were asked for.
#[derive(Debug)]
pub struct Revisions {
    pub base: Revision,
    pub head: Revision,
}

/// Finds what `BASE` and `HEAD` mean for the project in a folder: `main`, `main...`, `v1..v2`, `main:old/place`, a folder, a
/// model file. `root`: the project of this place; absent where there is none and both are named.
/// Without a head the files are compared as they are, those that git does not know yet included.
///
/// # Errors
/// A usage error that says what to do: there is no such commit, no repository, no project there.
pub fn revisions(
    root: Option<&Path>,
    base: &str,
    head: Option<&str>,
) -> Result<Revisions, Box<Diagnostic>> {
    // Dots on the way to something that lies here are part of its name.
    let is_path = base.starts_with("../") || Here::at(base).is_some();
    let dotted = if is_path { None } else { base.split_once("..") };
    let (base, head) = match (dotted, head) {
        (Some((_, after)), Some(_)) if !after.trim_start_matches('.').is_empty() => {
            return Err(told("the base names a head already, and there is another one")
                .help("write `milepost diff main... HEAD`, or `milepost diff main...HEAD`")
                .into());
        }
        (Some((before, after)), head) => {
            let (after, forks) = match after.strip_prefix('.') {
                Some(after) => (after, true),
                None => (after, false),
            };
            let named = Some(after).filter(|after| !after.is_empty());
            let base = if before.is_empty() { "HEAD" } else { before };
            (Asked { name: base, forks }, named.or(head))
        }
        (None, head) => (Asked { name: base, forks: false }, head),
    };
    let root = root.unwrap_or(Path::new("."));
    let finder = Finder { root, git: Git::at(root) };
    let head_revision = match head {
        None => finder.working_tree(),
        Some(head) => finder.find(head, "as it was asked for")?,
    };
    let base_revision = if base.forks {
        let commit = head_revision.commit.clone().unwrap_or_else(|| "HEAD".to_owned());
        finder.fork(base.name, &commit, head.unwrap_or("HEAD"))?
    } else {
        finder.find(base.name, "as it was asked for")?
    };
    Ok(Revisions { base: base_revision, head: head_revision })
}

/// What lies where a name leads to.
enum Here {
    Project(PathBuf),
    File(PathBuf),
}

impl Here {
    fn at(name: &str) -> Option<Self> {
        let path = PathBuf::from(name);
        if name.is_empty() {
            None
        } else if crate::holds_project(&path) {
            Some(Self::Project(path))
        } else {
            let found = path.metadata().ok().filter(|found| !found.is_dir());
            found.map(|_| Self::File(path))
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Project(_) => "folder",
            Self::File(_) => "model file",
        }
    }

    fn revision(self, name: &str, why: &str) -> Result<Revision, Box<Diagnostic>> {
        let (what, why, sources): (_, _, Box<dyn Sources>) = match self {
            Self::Project(path) => {
                (format!("the folder {name}"), why.to_owned(), Box::new(Disk::new(path)))
            }
            Self::File(path) => {
                let file = ModelFile::open(&path)?;
                let origin = file.origin().map(|origin| format!("; {origin}"));
                let why = format!("{why}{}", origin.unwrap_or_default());
                (format!("the model file {name}"), why, Box::new(file))
            }
        };
        Ok(Revision { what, why, commit: None, sources })
    }
}

/// A base: a name, and whether the commit is meant at which the head left it.
struct Asked<'a> {
    name: &'a str,
    forks: bool,
}

#[derive(Debug)]
struct Finder<'a> {
    root: &'a Path,
    git: Git,
}

impl Finder<'_> {
    fn working_tree(&self) -> Revision {
        Revision {
            what: "the files as they are".to_owned(),
            why: "no head was named".to_owned(),
            commit: None,
            sources: Box::new(Disk::new(self.root)),
        }
    }

    fn find(&self, name: &str, why: &str) -> Result<Revision, Box<Diagnostic>> {
        let here = Here::at(name);
        let (revision, place) = with_place(name);
        let commit = match revision {
            // Git takes nothing for its HEAD.
            "" => Err(Silence::Refused("it is empty".to_owned())),
            name => self.git.commit(name),
        };
        match (commit, here) {
            // Files of every kind lie about; only one that is a model file can have been meant.
            (Ok(commit), Some(Here::File(path))) if !looks_like_one(&path) => {
                self.at(&commit, revision, place, why)
            }
            (Ok(_), Some(here)) if !name.starts_with(['.', '/']) => {
                let what = here.kind();
                let message = format!("`{name}` is a commit of the repository and a {what} here");
                Err(told(&message)
                    .help(format!(
                        "write `./{name}` for the {what}, `refs/heads/{name}` for the branch"
                    ))
                    .into())
            }
            (Ok(commit), _) => self.at(&commit, revision, place, why),
            (Err(_), Some(here)) => here.revision(name, why),
            (Err(silence), None) => Err(self.unknown(revision, &silence).into()),
        }
    }

    /// The commit at which the head left a branch.
    fn fork(&self, name: &str, head: &str, head_name: &str) -> Result<Revision, Box<Diagnostic>> {
        let (name, place) = with_place(name);
        let tip = self.git.commit(name).map_err(|silence| self.unknown(name, &silence))?;
        let head = self.git.commit(head).map_err(|silence| self.unknown(head_name, &silence))?;
        let Ok(commit) = self.git.merge_base(&tip, &head) else {
            let message = format!("`{head_name}` and `{name}` have no commit in common here");
            let help = if self.git.is_shallow() {
                "the clone is shallow: run `git fetch --unshallow`, or check out with `fetch-depth: 0`"
            } else {
                "compare with the tip of the branch: leave out the dots"
            };
            return Err(told(&message).help(help).into());
        };
        self.at(&commit, name, place, &format!("{head_name} left {name} there"))
    }

    /// A commit, and the project's place in it.
    fn at(
        &self,
        commit: &str,
        name: &str,
        place: Option<&str>,
        why: &str,
    ) -> Result<Revision, Box<Diagnostic>> {
        let place = match place {
            Some(place) => format!("{}/", place.trim_end_matches('/')),
            None => self.git.prefix().map_err(|silence| self.unknown(name, &silence))?,
        };
        let place = if place == "/" || place == "./" { String::new() } else { place };
        let read = |folder: &str| {
            CommitTree::read(self.git.clone(), commit, folder)
                .map_err(|silence| Box::new(self.unknown(name, &silence)))
        };
        let short = self.git.short(commit);
        let what = if commit.starts_with(name) { short } else { format!("{name} ({short})") };
        let found = |tree: CommitTree, why: String| Revision {
            what: what.clone(),
            why,
            commit: Some(commit.to_owned()),
            sources: Box::new(tree),
        };
        let tree = read(&place)?;
        if tree.holds_project() {
            return Ok(found(tree, why.to_owned()));
        }
        let (moved, shown) = (self.places(commit), if place.is_empty() { "./" } else { &place });
        match moved.as_slice() {
            [only] => {
                let from = if only.is_empty() { "./" } else { only.as_str() };
                let why = format!("{why}; the project lay in {from} then");
                Ok(found(read(only)?, why))
            }
            [] => {
                Err(told(&format!("{what} has no milepost.yaml in `{shown}`, nor anywhere else"))
                    .help("compare with a commit that has the project, or name another base")
                    .into())
            }
            several => {
                let list: Vec<String> =
                    several.iter().map(|place| format!("`{name}:{place}`")).collect();
                Err(told(&format!("{what} has no milepost.yaml in `{shown}`"))
                    .help(format!("name the place that it had then: {}", list.join(", ")))
                    .into())
            }
        }
    }

    /// The commits that touch the project, which may have lain in other folders before.
    fn past(&self, mut place: String, most: usize) -> Result<Vec<Commit>, Silence> {
        let top = self.git.top()?;
        let mut all = top.log("HEAD", &place, most)?;
        while let Some(oldest) = all.last().filter(|_| all.len() < most) {
            let Ok(before) = self.git.commit(&format!("{}^", oldest.commit)) else { break };
            let mut places = self.places(&before);
            match places.pop() {
                Some(only) if places.is_empty() && only != place => place = only,
                _ => break,
            }
            all.extend(top.log(&before, &place, most - all.len())?);
        }
        Ok(all)
    }

    /// The folders of a commit that hold a project.
    fn places(&self, commit: &str) -> Vec<String> {
        let all = self.git.tree(commit, "").unwrap_or_default();
        let ends = all.iter().filter_map(|entry| entry.path.strip_suffix(crate::PROJECT_FILE));
        ends.filter(|place| place.is_empty() || place.ends_with('/')).map(str::to_owned).collect()
    }

    /// Why there is no such commit, and what to do.
    fn unknown(&self, name: &str, silence: &Silence) -> Diagnostic {
        if *silence == Silence::NoProgram {
            return told("there is no program `git`, which knows the commits")
                .help("install git, or compare two folders: `milepost diff OLD-FOLDER NEW-FOLDER`")
                .help(WITHOUT_GIT);
        }
        if let Err(Silence::Refused(words)) = self.git.prefix() {
            return told(&format!("`{}` is in no git repository: {words}", self.root.display()))
                .help("compare two folders: `milepost diff OLD-FOLDER NEW-FOLDER`")
                .help(WITHOUT_GIT);
        }
        let names = self.git.names();
        let what = "commit, branch, tag, project folder or model file";
        let found = told(&format!("there is no {what} `{name}`"));
        let found = match suggest(name, names.iter().map(String::as_str)) {
            Some(near) => found.help(format!("did you mean `{near}`?")),
            None => found,
        };
        if names.contains(&format!("origin/{name}")) {
            return found.help(format!("the branch is on the remote: write `origin/{name}`"));
        }
        if self.git.is_shallow() {
            return found
                .help(format!("the clone is shallow: run `git fetch origin {name}:{name}` first"));
        }
        found.help("`git branch --all` lists the branches")
    }
}

/// The commits that touch a project, the latest first.
#[derive(Debug)]
pub struct Past<'a> {
    finder: Finder<'a>,
    commits: Vec<Commit>,
    most: usize,
}

impl<'a> Past<'a> {
    /// At most so many commits, from HEAD back.
    ///
    /// # Errors
    /// A usage error that says what to do: there is no git, or no repository.
    pub fn of(root: &'a Path, most: usize) -> Result<Self, Box<Diagnostic>> {
        let finder = Finder { root, git: Git::at(root) };
        let found = finder.git.prefix().and_then(|prefix| finder.past(prefix, most));
        let commits = found.map_err(|silence| Box::new(finder.unknown("HEAD", &silence)))?;
        Ok(Self { finder, commits, most })
    }

    /// The files as they are.
    #[must_use]
    pub fn now(&self) -> Revision {
        self.finder.working_tree()
    }

    /// Each with the project in it; without where the project was not there.
    pub fn commits(&self) -> impl Iterator<Item = (Commit, Option<Revision>)> {
        self.commits.iter().map(|commit| {
            let revision = self.finder.at(&commit.commit, &commit.commit, None, "in its history");
            (commit.clone(), revision.ok())
        })
    }

    /// Whether there are older ones that were not looked at, or that the clone does not have.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.commits.len() >= self.most || self.finder.git.is_shallow()
    }
}

/// `main:old/place`: a name, and the place in it.
fn with_place(name: &str) -> (&str, Option<&str>) {
    name.split_once(':').map_or((name, None), |(name, place)| (name, Some(place)))
}

/// What is compared where there is no git.
const WITHOUT_GIT: &str = "or two model files, which `milepost check --emit-model FILE` writes: `milepost diff OLD.json NEW.json`";

fn told(message: &str) -> Diagnostic {
    Diagnostic::error_nowhere(codes::UNKNOWN_REVISION, message)
}
