//! The program `git`, asked for what lies in its objects. Nothing is checked out, no hook runs, nothing is fetched.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A repository, asked from a folder in it.
#[derive(Clone, Debug)]
pub(super) struct Git {
    folder: PathBuf,
}

/// Why git did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// There is no program of that name.
    NoProgram,
    /// It ended otherwise than well, and said this.
    Refused(String),
}

impl Git {
    pub(super) fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        // Of a hook that runs us: it means another folder.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
            command.env_remove(name);
        }
        command
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .args(["--no-optional-locks", "--no-replace-objects", "--literal-pathspecs"])
            .args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-C"])
            .arg(&self.folder)
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn output(mut command: Command, input: Option<String>) -> Result<Output, Silence> {
        let refused = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => Silence::NoProgram,
            _ => Silence::Refused(crate::sources::words(&error)),
        };
        let Some(input) = input else { return command.output().map_err(refused) };
        let mut child = command.stdin(Stdio::piped()).spawn().map_err(refused)?;
        let mut pipe = child.stdin.take();
        // Git answers while it reads: whoever writes all first would wait for ever.
        let writer = std::thread::spawn(move || {
            if let Some(pipe) = &mut pipe {
                // It may have ended early, and says so itself.
                let _ = pipe.write_all(input.as_bytes());
            }
        });
        let output = child.wait_with_output().map_err(refused);
        let _ = writer.join();
        output
    }

    fn ask(&self, args: &[&str], input: Option<String>) -> Result<Vec<u8>, Silence> {
        let output = Self::output(self.command(args), input)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let told = String::from_utf8_lossy(&output.stderr);
        let line = told.lines().find(|line| !line.trim().is_empty()).unwrap_or("it failed");
        Err(Silence::Refused(line.trim_start_matches("fatal: ").to_owned()))
    }

    fn line(&self, args: &[&str]) -> Result<String, Silence> {
        let bytes = self.ask(args, None)?;
        Ok(String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned())
    }

    /// The way from the top of the working tree to the folder: empty, or with a slash at its end.
    pub(super) fn prefix(&self) -> Result<String, Silence> {
        self.line(&["rev-parse", "--show-prefix"])
    }

    /// The commit that a name means.
    pub(super) fn commit(&self, name: &str) -> Result<String, Silence> {
        let commit = format!("{name}^{{commit}}");
        self.line(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])
    }

    /// As people write it.
    pub(super) fn short(&self, commit: &str) -> String {
        self.line(&["rev-parse", "--short", commit]).unwrap_or_else(|_| commit.to_owned())
    }

    /// The commit at which two lines parted.
    pub(super) fn merge_base(&self, one: &str, other: &str) -> Result<String, Silence> {
        self.line(&["merge-base", one, other])
    }

    /// The same repository, asked from its top.
    pub(super) fn top(&self) -> Result<Self, Silence> {
        Ok(Self::at(Path::new(&self.line(&["rev-parse", "--show-toplevel"])?)))
    }

    /// The commits of the first line of a revision that touch a folder, the latest first: at most so many. It is asked from
    /// the top, as paths are read from where git is asked.
    pub(super) fn log(
        &self,
        revision: &str,
        folder: &str,
        most: usize,
    ) -> Result<Vec<Commit>, Silence> {
        // Git reads a larger number as none.
        let most = format!("--max-count={}", most.min(i32::MAX as usize));
        let mut args =
            vec!["log", "--first-parent", "--format=%H%x1f%h%x1f%as%x1f%an%x1f%s", &most, revision];
        if !folder.is_empty() {
            args.extend(["--", folder]);
        }
        Ok(self.line(&args)?.lines().filter_map(Commit::read).collect())
    }

    pub(super) fn is_shallow(&self) -> bool {
        self.line(&["rev-parse", "--is-shallow-repository"]).is_ok_and(|told| told == "true")
    }

    /// Branches and tags.
    pub(super) fn names(&self) -> Vec<String> {
        let names = self.line(&["for-each-ref", "--format=%(refname:short)"]).unwrap_or_default();
        names.lines().map(str::to_owned).collect()
    }

    /// Everything in a folder of a commit: its kind, its object and its path from the top.
    pub(super) fn tree(&self, commit: &str, folder: &str) -> Result<Vec<TreeEntry>, Silence> {
        let mut args = vec!["ls-tree", "-r", "-z", "-l", "--full-tree", commit];
        if !folder.is_empty() {
            args.extend(["--", folder]);
        }
        let bytes = self.ask(&args, None)?;
        Ok(bytes.split(|byte| *byte == 0).filter_map(TreeEntry::read).collect())
    }

    /// The bytes of objects, in their order; nothing for one that is not there.
    pub(super) fn objects(&self, ids: &[&str]) -> Result<Vec<Option<Vec<u8>>>, Silence> {
        let input = ids.iter().map(|id| format!("{id}\n")).collect();
        let bytes = self.ask(&["cat-file", "--batch"], Some(input))?;
        let mut rest = bytes.as_slice();
        Ok(ids.iter().map(|_| next_object(&mut rest)).collect())
    }
}

/// One answer of `cat-file --batch`: `ID TYPE SIZE`, the bytes, a line break; or `ID missing`.
fn next_object(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let head = String::from_utf8_lossy(&rest[..end]).into_owned();
    *rest = &rest[end + 1..];
    let size: usize = head.rsplit(' ').next()?.parse().ok()?;
    let object = rest.get(..size)?.to_vec();
    *rest = rest.get(size + 1..).unwrap_or_default();
    Some(object)
}

/// A commit, as people know it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Commit {
    pub commit: String,
    #[serde(skip)]
    pub short: String,
    /// When it was written: `2026-11-29`.
    pub day: String,
    pub author: String,
    /// The first line of its message.
    #[serde(rename = "message")]
    pub subject: String,
}

impl Commit {
    fn read(line: &str) -> Option<Self> {
        let mut fields = line.split('\u{1f}').map(str::to_owned);
        let mut next = || fields.next();
        let (commit, short, day) = (next()?, next()?, next()?);
        Some(Self { commit, short, day, author: next()?, subject: next()? })
    }
}

/// Something that lies in a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TreeEntry {
    pub(super) kind: EntryKind,
    pub(super) object: String,
    /// In bytes; 0 where it is no object of this repository.
    pub(super) size: u64,
    /// From the top of the repository.
    pub(super) path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    File,
    Link,
    /// A repository of its own.
    Submodule,
}

impl TreeEntry {
    /// `100644 blob ID SIZE\tPATH`; nothing for a path that is not text, which no project names.
    fn read(bytes: &[u8]) -> Option<Self> {
        let (head, path) = std::str::from_utf8(bytes).ok()?.split_once('\t')?;
        let mut words = head.split_ascii_whitespace();
        let kind = match words.next()? {
            "120000" => EntryKind::Link,
            "160000" => EntryKind::Submodule,
            _ => EntryKind::File,
        };
        let object = words.nth(1)?.to_owned();
        let size = words.next()?.parse().unwrap_or(0);
        Some(Self { kind, object, size, path: path.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::{EntryKind, TreeEntry, next_object};

    #[test]
    fn trees_are_read() {
        let read = |text: &str| TreeEntry::read(text.as_bytes());
        let entry = read("100644 blob abc      12\tspecs/a b.yaml").unwrap();
        assert_eq!((entry.kind, entry.object.as_str()), (EntryKind::File, "abc"));
        assert_eq!((entry.size, entry.path.as_str()), (12, "specs/a b.yaml"));
        assert_eq!(read("120000 blob abc       1\tx").unwrap().kind, EntryKind::Link);
        assert_eq!(read("160000 commit abc       -\tx").unwrap().kind, EntryKind::Submodule);
        assert!(read("").is_none());
        assert!(TreeEntry::read(b"100644 blob abc       1\t\xff").is_none());
    }

    #[test]
    fn objects_are_read_one_after_the_other() {
        let mut rest: &[u8] = b"a blob 3\nx\ny\nb missing\nc blob 0\n\n";
        assert_eq!(next_object(&mut rest), Some(b"x\ny".to_vec()));
        assert_eq!(next_object(&mut rest), None);
        assert_eq!(next_object(&mut rest), Some(Vec::new()));
        assert_eq!(next_object(&mut rest), None);
    }
}
