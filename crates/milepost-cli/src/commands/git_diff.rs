//! `milepost git-diff PATH OLD-FILE OLD-HEX OLD-MODE NEW-FILE NEW-HEX NEW-MODE [NEW-PATH …]`: an external diff
//! driver, which git runs for each file that differs (`git help attributes`).

use std::path::Path;

use milepost::review::{self, Review, Version};
use milepost::revision::{Revision, replaced};
use milepost::{Error, find_project};

use crate::args::GitDiff;
use crate::exit::{Exit, Stop};
use crate::output::Output;
use crate::patch::patch;
use crate::project;

/// A side of the difference.
struct Side<'a> {
    /// From the folder of the repository.
    path: &'a str,
    /// Absent: there is no such file.
    bytes: Option<Vec<u8>>,
    /// What git calls the text.
    hex: &'a str,
}

pub(super) fn run(args: &GitDiff, output: Output) -> Result<Exit, Stop> {
    let words: Vec<&str> = args.words.iter().map(String::as_str).collect();
    // Of a file in conflict git has no two sides to show.
    let [path, old, old_hex, _, new, new_hex, _, rest @ ..] = &words[..] else {
        return Ok(Exit::Done);
    };
    let base = Side { path, bytes: read(old)?, hex: old_hex };
    let head = Side { path: rest.first().unwrap_or(path), bytes: read(new)?, hex: new_hex };
    if let Some(review) = reviewed(&base, &head)? {
        output.result(&review::text(&review))?;
    }
    let text = |side: &Side<'_>| {
        String::from_utf8_lossy(side.bytes.as_deref().unwrap_or_default()).into_owned()
    };
    output.result(&patch((base.path, head.path), &text(&base), &text(&head)))?;
    Ok(Exit::Done)
}

/// What a change of a file does to its project, with the other files as they are now; absent where it belongs to none.
fn reviewed(base: &Side<'_>, head: &Side<'_>) -> Result<Option<Review>, Stop> {
    let here = std::env::current_dir().map_err(|e| Error::unreadable("this folder", &e))?;
    let folder = |side: &Side<'_>| here.join(side.path).parent().map(Path::to_path_buf);
    let Some(root) = folder(head).and_then(|folder| find_project(&folder)) else { return Ok(None) };
    let version = |side: &Side<'_>| {
        let path = here.join(side.path);
        let inside = path.strip_prefix(&root).ok()?;
        let parts = inside.components().map(|part| part.as_os_str().to_string_lossy());
        let inside = parts.collect::<Vec<_>>().join("/");
        let short = side.hex.get(..7).unwrap_or(side.hex);
        let what = match side.bytes {
            Some(_) => format!("{} ({short})", side.path),
            None => format!("no {}", side.path),
        };
        let revision: Revision = replaced(&root, &inside, side.bytes.clone(), what);
        Some(Version::read(revision, &root))
    };
    let (Some(base), Some(head)) = (version(base), version(head)) else { return Ok(None) };
    Ok(Some(Review::of(base?, head?, super::diff::today())))
}

/// The bytes of a side; absent for a file that there is not.
fn read(file: &str) -> Result<Option<Vec<u8>>, Stop> {
    if file == "/dev/null" || file == "nul" {
        return Ok(None);
    }
    let bytes = project::read_alone(Path::new(file));
    Ok(Some(bytes.map_err(|why| Error::unreadable(file, &std::io::Error::other(why)))?))
}
