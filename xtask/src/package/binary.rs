//! What must hold of the program that is shipped: it is small enough, may be executed, and needs no C library that is
//! newer than the oldest supported one.

use std::fmt;
use std::fs;
use std::path::Path;

use object::elf::{FileHeader32, FileHeader64, PT_INTERP};
use object::read::elf::{FileHeader, ProgramHeader as _};
use object::{Endianness, FileKind};

/// The most that the program may take on disk. It took 87.0 MB when this was set.
pub(super) const BUDGET: u64 = 90_000_000;
/// The C library that `manylinux_2_28` promises: that of RHEL 8, Debian 10 and Ubuntu 20.04, or an older one.
pub(super) const GLIBC: Version = Version(2, 28);

/// A version of glibc.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u32, u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// Whether its owner, its group and everybody else may execute a file.
///
/// # Errors
/// One of them may not, or there is no such file.
#[cfg(unix)]
pub(super) fn check_executable(file: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let found = fs::metadata(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let mode = found.permissions().mode() & 0o777;
    if found.is_file() && mode & 0o111 == 0o111 {
        return Ok(());
    }
    Err(format!("{} can't be executed by everybody: its mode is {mode:o}", file.display()))
}

/// Windows tells programs by their names.
#[cfg(not(unix))]
pub(super) fn check_executable(file: &Path) -> Result<(), String> {
    if file.is_file() { Ok(()) } else { Err(format!("there is no {}", file.display())) }
}

/// Whether a program keeps within the budget.
///
/// # Errors
/// It does not.
pub(super) fn check_size(bytes: u64, budget: u64) -> Result<(), String> {
    if bytes <= budget {
        return Ok(());
    }
    Err(format!("the program takes {}, and may take {}", megabytes(bytes), megabytes(budget)))
}

/// A size as people read it.
pub(super) fn megabytes(bytes: u64) -> String {
    let tenths = (bytes + 50_000) / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// Whether a program runs with a C library of this version. Returns the one that it needs: none if it is static.
///
/// # Errors
/// It needs a newer one, or it is no program for Linux.
pub(super) fn check_glibc(program: &[u8], oldest: Version) -> Result<Option<Version>, String> {
    let needed = newest(&versions(program)?)?;
    match needed {
        Some(needed) if needed > oldest => Err(format!(
            "the program needs glibc {needed}, and must run with {oldest}: it was linked against the library of this machine"
        )),
        _ => Ok(needed),
    }
}

/// The newest version of glibc among the versions of symbols that a program asks for.
fn newest(names: &[String]) -> Result<Option<Version>, String> {
    let mut newest = None;
    for name in names {
        let Some(version) = name.strip_prefix("GLIBC_") else { continue };
        newest = newest.max(Some(glibc(version)?));
    }
    Ok(newest)
}

/// The version that stands behind `GLIBC_`: `2.28`, `2.2.5`.
fn glibc(text: &str) -> Result<Version, String> {
    // Relative relocations in their short form, which the loader of 2.36 was the first to know.
    if text == "ABI_DT_RELR" {
        return Ok(Version(2, 36));
    }
    let mut parts = text.split('.').map(str::parse);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Ok(Version(major, minor)),
        _ => Err(format!("the program asks for GLIBC_{text}, which is no version")),
    }
}

/// Every version of a symbol that a program asks for of any library, by name.
fn versions(program: &[u8]) -> Result<Vec<String>, String> {
    match FileKind::parse(program) {
        Ok(FileKind::Elf64) => read::<FileHeader64<Endianness>>(program),
        Ok(FileKind::Elf32) => read::<FileHeader32<Endianness>>(program),
        Ok(other) => Err(format!("the program is no ELF file but {other:?}")),
        Err(error) => Err(format!("the program can't be read: {error}")),
    }
}

fn read<Elf: FileHeader<Endian = Endianness>>(program: &[u8]) -> Result<Vec<String>, String> {
    let unreadable = |e: object::Error| format!("the program can't be read: {e}");
    let header = Elf::parse(program).map_err(unreadable)?;
    let endian = header.endian().map_err(unreadable)?;
    let sections = header.sections(endian, program).map_err(unreadable)?;
    let Some((mut libraries, strings)) =
        sections.gnu_verneed(endian, program).map_err(unreadable)?
    else {
        let segments = header.program_headers(endian, program).map_err(unreadable)?;
        // What is loaded by nobody is static. Anything else asks for versions, unless they were cut off.
        return match segments.iter().any(|segment| segment.p_type(endian) == PT_INTERP) {
            true => Err("the program does not say which versions of its libraries it needs".into()),
            false => Ok(Vec::new()),
        };
    };
    let strings = sections.strings(endian, program, strings).map_err(unreadable)?;
    let mut names = Vec::new();
    while let Some((_, mut versions)) = libraries.next().map_err(unreadable)? {
        while let Some(version) = versions.next().map_err(unreadable)? {
            let name = version.name(endian, strings).map_err(unreadable)?;
            names.push(String::from_utf8_lossy(name).into_owned());
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_newest_version_counts() {
        let asked = names(&["GLIBC_2.2.5", "GCC_4.2.0", "GLIBC_2.28", "GLIBC_2.9"]);
        assert_eq!(newest(&asked), Ok(Some(Version(2, 28))));
        assert_eq!(newest(&names(&["GCC_3.0"])), Ok(None));
        assert!(newest(&names(&["GLIBC_2.17", "GLIBC_ABI_DT_RELR"])).unwrap() > Some(GLIBC));
    }

    #[test]
    fn a_version_that_says_nothing_is_an_error() {
        let told = newest(&names(&["GLIBC_2.17", "GLIBC_PRIVATE"])).unwrap_err();
        assert!(told.contains("GLIBC_PRIVATE"), "{told}");
    }

    /// This program is linked against the library of this machine: which needs more than 2.1, and less than 9.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[test]
    fn a_program_says_which_library_it_needs() {
        let program = fs::read(std::env::current_exe().unwrap()).unwrap();
        let needed = check_glibc(&program, Version(9, 0)).unwrap();
        assert!(needed > Some(Version(2, 1)), "{needed:?}");
        let told = check_glibc(&program, Version(2, 1)).unwrap_err();
        assert!(told.contains(&format!("needs glibc {}", needed.unwrap())), "{told}");
    }

    #[test]
    fn what_is_no_program_is_an_error() {
        assert!(check_glibc(b"#!/bin/sh\nexec milepost\n", GLIBC).is_err());
        assert!(check_glibc(b"", GLIBC).is_err());
        let torn = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0";
        assert!(check_glibc(torn, GLIBC).is_err());
    }

    #[test]
    fn the_budget_is_kept_or_not() {
        assert_eq!(check_size(60, 60), Ok(()));
        let told = check_size(61_250_000, 61_000_000).unwrap_err();
        assert!(told.contains("takes 61.3 MB, and may take 61.0 MB"), "{told}");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_may_be_executed_by_everybody() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("milepost");
        fs::write(&file, "").unwrap();
        for (mode, may) in [(0o755, true), (0o644, false), (0o744, false)] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(check_executable(&file).is_ok(), may, "{mode:o}");
        }
        fs::remove_file(&file).unwrap();
        assert!(check_executable(&file).is_err());
    }
}
