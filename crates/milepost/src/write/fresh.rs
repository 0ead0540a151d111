//! Files and folders that were not there before, under names that nobody could know.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, TempDir};

use super::leftovers;

/// What the names of unfinished files and folders begin with.
pub(super) const PREFIX: &str = ".milepost-";
/// How many random letters and digits follow.
pub(super) const RANDOM: usize = 16;
/// So often another name is tried where a run beside this one took the file for a leftover.
const TRIES: usize = 8;

/// An unfinished file. It is removed unless it gets its name.
#[derive(Debug)]
pub(crate) struct Fresh {
    file: NamedTempFile,
}

impl Fresh {
    /// A new empty file, locked as long as it is open, with the rights that new files have.
    pub(crate) fn in_folder(folder: &Path) -> io::Result<Self> {
        for _ in 0..TRIES {
            let file = builder(PREFIX, 0o666).tempfile_in(folder)?;
            // A file system without locks: leftovers are then never removed.
            let taken = matches!(file.as_file().try_lock(), Err(TryLockError::WouldBlock));
            if !taken && is_same(file.as_file(), file.path()) {
                leftovers::clear(folder, &file.as_file().metadata()?);
                return Ok(Self { file });
            }
        }
        Err(io::Error::other("other runs remove what is written there"))
    }

    /// Where it is filled.
    pub(crate) fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Gives it its name. What had it is gone; a link that had it is not followed.
    pub(crate) fn replace(self, path: &Path) -> io::Result<()> {
        self.file.persist(path).map(drop).map_err(|e| e.error)
    }

    /// Gives it a name that nothing has.
    pub(crate) fn add(self, path: &Path) -> io::Result<()> {
        self.file.persist_noclobber(path).map(drop).map_err(|e| e.error)
    }
}

impl io::Write for Fresh {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file().flush()
    }
}

/// An unfinished folder. It is removed with all that is in it unless it gets its name.
#[derive(Debug)]
pub(crate) struct Staged {
    folder: TempDir,
}

impl Staged {
    /// A new empty folder beside `place`, with the rights that new folders have. Its name says what it is for.
    pub(crate) fn beside(place: &Path, what: &str) -> io::Result<Self> {
        let parent = place.parent().unwrap_or(place);
        let folder = builder(&prefix(place, what), 0o777).tempdir_in(parent)?;
        Ok(Self { folder })
    }

    /// Where it is filled.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Exchanges its name with that of a folder, in one step: it then is what was there. False: the system can't.
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    pub(crate) fn exchange(&self, place: &Path) -> io::Result<bool> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        // The kernel does not know it, or the file system.
        let unknown = [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP];
        match renameat_with(CWD, self.path(), CWD, place, RenameFlags::EXCHANGE) {
            Ok(()) => Ok(true),
            Err(e) if unknown.contains(&e) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    pub(crate) fn exchange(&self, _: &Path) -> io::Result<bool> {
        Ok(false)
    }

    /// Gives it its name.
    pub(crate) fn rename(self, place: &Path) -> io::Result<()> {
        fs::rename(self.path(), place)?;
        // There is nothing left to remove.
        self.keep();
        Ok(())
    }

    /// From now on it stays, wherever it is.
    pub(crate) fn keep(self) -> PathBuf {
        self.folder.keep()
    }

    /// What runs that were killed left of such folders beside `place`, sorted: folders of the same user, no links.
    pub(crate) fn others(&self, place: &Path, what: &str) -> Vec<PathBuf> {
        let Ok(own) = self.path().symlink_metadata() else { return Vec::new() };
        let parent = place.parent().unwrap_or(place);
        let mut found = leftovers::named(parent, &prefix(place, what));
        found.retain(|path| {
            path != self.path()
                && path.symlink_metadata().is_ok_and(|it| it.is_dir() && is_of_same_user(&it, &own))
        });
        found.sort();
        found
    }
}

/// The names of the places in a folder beside which such folders were left.
pub(crate) fn set_aside(folder: &Path, what: &str) -> BTreeSet<String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeSet::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let place = |name: &str| {
        let rest = name.strip_prefix(&format!("{PREFIX}{what}-"))?;
        let (place, random) = rest.rsplit_once('-')?;
        leftovers::is_random(random).then(|| place.to_owned())
    };
    names.filter_map(|name| place(&name)).collect()
}

/// What the name of an unfinished folder begins with.
fn prefix(place: &Path, what: &str) -> String {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    format!("{PREFIX}{what}-{name}-")
}

#[cfg_attr(not(unix), expect(unused_variables, reason = "who may do what is inherited there"))]
fn builder(prefix: &str, mode: u32) -> Builder<'_, 'static> {
    let mut builder = Builder::new();
    builder.prefix(prefix).suffix("").rand_bytes(RANDOM);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The system takes away what the mask of the one who runs this takes away.
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    builder
}

/// Whether that name is still that of the open file.
#[cfg(unix)]
pub(crate) fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(open), Ok(named)) = (file.metadata(), path.symlink_metadata()) else { return false };
    (open.dev(), open.ino()) == (named.dev(), named.ino())
}

#[cfg(not(unix))]
pub(crate) fn is_same(file: &File, path: &Path) -> bool {
    file.metadata().is_ok() && path.symlink_metadata().is_ok_and(|named| named.is_file())
}

#[cfg(unix)]
pub(super) fn is_of_same_user(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    one.uid() == other.uid()
}

#[cfg(not(unix))]
pub(super) fn is_of_same_user(_: &Metadata, _: &Metadata) -> bool {
    true
}
