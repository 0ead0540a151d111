//! Whether a file is still the one whose columns were read.

use std::fs::Metadata;
use std::path::Path;
use std::time::{Duration, SystemTime};

use milepost_semantics::DataNeed;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

use super::{DataFile, Source, locate};

/// A file may be written again so soon that its time of change stays the same.
const SETTLED: Duration = Duration::from_secs(1);

/// What the system says of a file's content: what was written again differs in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    length: u64,
    changed: SystemTime,
    /// Device, number and time of the last change of the file's entry: those of a file that took another's place differ.
    #[cfg(unix)]
    entry: (u64, u64, i64, i64),
}

impl Identity {
    pub(super) fn of(found: &Metadata) -> Option<Self> {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;
        Some(Self {
            length: found.len(),
            changed: found.modified().ok()?,
            #[cfg(unix)]
            entry: (found.dev(), found.ino(), found.ctime(), found.ctime_nsec()),
        })
    }

    fn at(path: &Path) -> Option<Self> {
        Self::of(&std::fs::metadata(path).ok()?)
    }

    /// Too old to be taken for what comes next.
    fn is_settled(&self) -> bool {
        self.changed.elapsed().is_ok_and(|age| age > SETTLED)
    }
}

/// What each of some files was like; none for one that is not there.
pub(crate) type Stamp = Vec<Option<Identity>>;

/// The stamp of files as they are now.
pub(crate) fn stamp(files: &[DataFile]) -> Stamp {
    files.iter().map(|file| Identity::at(&file.path)).collect()
}

/// Whether equal stamps mean equal files.
pub(crate) fn is_settled(stamp: &Stamp) -> bool {
    stamp.iter().all(|file| file.as_ref().is_some_and(Identity::is_settled))
}

impl Source {
    /// Fails for a file that is not as it was when its columns were read. `found`: what it is now.
    pub(super) fn same(
        &self,
        number: usize,
        found: Option<&Identity>,
        need: &DataNeed,
    ) -> Result<(), Box<Diagnostic>> {
        let known = self.stamp.get(number).and_then(Option::as_ref);
        if known.is_some() && known == found {
            return Ok(());
        }
        let shown = &self.files[number].shown;
        Err(Box::new(if found.is_some() {
            changed(need, &format!("`{shown}` changed while it was read"))
        } else {
            changed(need, &format!("`{shown}` is gone since its columns were read"))
        }))
    }

    /// The same of the file under its name.
    pub(super) fn still(&self, number: usize, need: &DataNeed) -> Result<(), Box<Diagnostic>> {
        self.same(number, Identity::at(&self.files[number].path).as_ref(), need)
    }

    /// Fails where files came, went or changed since their columns were read.
    pub(crate) fn as_found(&self, root: &Path, need: &DataNeed) -> Result<(), Box<Diagnostic>> {
        if self.rows.is_some() {
            return Ok(());
        }
        (0..self.files.len()).try_for_each(|number| self.still(number, need))?;
        let now = locate(root, &need.from)?.files;
        let new = now.iter().find(|file| !self.files.iter().any(|known| known.path == file.path));
        new.map_or(Ok(()), |file| {
            let what = format!("`{}` appeared while the other files were read", file.shown);
            Err(Box::new(changed(need, &what)))
        })
    }
}

fn changed(need: &DataNeed, what: &str) -> Diagnostic {
    let message = format!("{what} (dataset `{}`)", need.name);
    Diagnostic::error(codes::DATA_UNREADABLE, need.from.span, message).help(
        "run it again when nothing writes to the data; a file that is written elsewhere and then renamed is never read half-written",
    )
}
