//! A project that is checked again and again while its text changes, as an editor does it.

use std::path::Path;

use milepost_engine::Engine;
use milepost_semantics::Memory;
use milepost_semantics::model::Model;
use milepost_syntax::diagnostic::Diagnostics;

use crate::error::Error;
use crate::project::{Loaded, Reader};
use crate::sources::Overlay;
use crate::{prove, steps};

/// A project on disk with texts that are not saved yet.
///
/// A [check](Self::check) gives what a check from scratch would give: files are read again each time, and only files that
/// are the same to the byte are not parsed again. Metrics in such files are not checked again either, unless something
/// that they depend on has changed. The columns of data files are read again when the size or the modification time of
/// one of the files has changed.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let root = folder.path();
/// # std::fs::create_dir(root.join("specs"))?;
/// # std::fs::write(root.join("milepost.yaml"), "project: shop")?;
/// # std::fs::write(root.join("specs/a.yaml"), "metrics: {}")?;
/// let mut session = milepost::Session::new(root)?;
/// assert!(session.check().model.is_some());
///
/// session.set_text("specs/a.yaml", "metrics: { sales: { value: sum(orders.amount) } }");
/// assert!(session.check().diagnostics.has_errors(), "there is no dataset `orders`");
///
/// session.forget_text("specs/a.yaml");
/// assert!(session.check().model.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Session {
    engine: Engine,
    files: Overlay,
    reader: Reader,
    memory: Memory,
}

/// What a check found.
#[derive(Debug)]
pub struct Outcome {
    /// Absent when there are errors.
    pub model: Option<Model>,
    pub diagnostics: Diagnostics,
}

impl Session {
    /// A session for the project in that folder.
    ///
    /// # Errors
    /// When the folder has no absolute path, or the machine gives no threads.
    pub fn new(root: &Path) -> Result<Self, Error> {
        Ok(Self {
            engine: steps::engine(root)?,
            files: Overlay::new(root),
            reader: Reader::default(),
            memory: Memory::default(),
        })
    }

    /// Takes a text for that of a file of the project: its path from the project's folder, with forward slashes.
    /// The file must exist, and may have any text.
    pub fn set_text(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.files.set(path, Some(text.into().into_bytes()));
    }

    /// From now on the file has the text that is saved.
    pub fn forget_text(&mut self, path: &str) {
        self.files.forget(path);
    }

    /// Reads, parses, resolves and checks what has changed since the last time, and what depends on it.
    pub fn check(&mut self) -> Outcome {
        let mut diagnostics = Diagnostics::default();
        self.reader.read(&self.files, &mut diagnostics);
        let loaded = self.reader.loaded();
        let schemas = steps::schemas(&self.engine, &loaded.package, &mut diagnostics);
        let model = steps::check_again(&mut self.memory, loaded, &schemas, &mut diagnostics);
        prove::tests(loaded, Some(&schemas), &mut diagnostics);
        let model = model.filter(|_| !diagnostics.has_errors());
        Outcome { model, diagnostics }
    }

    /// The text of the last check, and what was understood of it.
    #[must_use]
    pub const fn loaded(&self) -> &Loaded {
        self.reader.loaded()
    }

    /// The engine, to go on with what was checked last, and its text.
    #[must_use]
    pub fn into_parts(self) -> (Engine, Loaded) {
        (self.engine, self.reader.into_loaded())
    }
}
