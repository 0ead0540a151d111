//! Tables that are written part by part.

use std::path::{Path, PathBuf};

use milepost_engine::EngineError;
use milepost_engine::write::{Parts, Values};

use super::fresh::Fresh;
use super::{failed, may_replace, prepare};
use crate::error::Error;

/// A Parquet file that is written part by part. It has its name when it is [finished](Table::finish), whole or not at all.
#[derive(Debug)]
pub struct Table {
    path: PathBuf,
    parts: Parts<Fresh>,
}

impl Table {
    /// Begins with the first rows.
    ///
    /// # Errors
    /// When the file [may not be replaced](may_replace), the place can't be written, or columns differ in length.
    pub fn begin(path: &Path, columns: Vec<(String, Values)>) -> Result<Self, Error> {
        may_replace(path)?;
        let fresh = Fresh::in_folder(prepare(path)?).map_err(|e| failed(path, &e))?;
        let parts = Parts::begin(fresh, columns, None).map_err(|e| of(path, e))?;
        Ok(Self { path: path.to_owned(), parts })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When the place can't be written, columns differ in length, or they are others than those before.
    pub fn append(&mut self, columns: Vec<(String, Values)>) -> Result<(), Error> {
        self.parts.append(columns).map_err(|e| of(&self.path, e))
    }

    /// Gives the file its name. One that was there is replaced.
    ///
    /// # Errors
    /// When the place can't be written. What was there before is then unchanged.
    pub fn finish(self) -> Result<(), Error> {
        let fresh = self.parts.finish().map_err(|e| of(&self.path, e))?;
        fresh.replace(&self.path).map_err(|e| failed(&self.path, &e))
    }
}

/// What went wrong with a file, with its name.
fn of(path: &Path, error: EngineError) -> Error {
    match error {
        EngineError::Resource(why) => {
            EngineError::Resource(format!("{}: {why}", path.display())).into()
        }
        other => other.into(),
    }
}
