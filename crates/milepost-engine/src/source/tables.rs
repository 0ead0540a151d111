//! Folders whose files are not all rows of a table: which of them are, their program keeps in a log.

use std::path::Path;

/// What a table whose files lie in a folder is kept by, if a log tells which of them hold.
#[must_use]
pub fn kept_by(folder: &Path) -> Option<&'static str> {
    if folder.join("_delta_log").is_dir() {
        return Some("Delta");
    }
    if folder.join(".hoodie").is_dir() {
        return Some("Hudi");
    }
    let log = std::fs::read_dir(folder.join("metadata")).ok()?;
    let is_log = |name: &str| name.ends_with(".metadata.json") || name == "version-hint.text";
    let mut names = log.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.any(|name| is_log(&name)).then_some("Iceberg")
}

/// What to do about such a folder.
#[must_use]
pub fn advice_on_table(kept_by: &str, folder: &str) -> String {
    if kept_by == "Hudi" {
        return "write its rows to Parquet files with a program that reads it, and name these"
            .to_owned();
    }
    let (scan, folder) = (kept_by.to_lowercase(), folder.replace('\'', "''"));
    format!(
        "write its rows to Parquet, for instance by DuckDB: `COPY (SELECT * FROM {scan}_scan('{folder}')) TO 'data/rows.parquet'`, and name that file"
    )
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests make the folders that are looked at")]
mod tests {
    use super::*;

    #[test]
    fn a_log_tells_what_keeps_a_table() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for path in ["a/_delta_log", "b/.hoodie", "c/metadata", "d/metadata", "e"] {
            std::fs::create_dir_all(at(path)).unwrap();
        }
        std::fs::write(at("c/metadata/v1.metadata.json"), "{}").unwrap();
        std::fs::write(at("d/metadata/readme.json"), "{}").unwrap();
        let found = ["a", "b", "c", "d", "e", "f"].map(|name| kept_by(&at(name)));
        assert_eq!(found, [Some("Delta"), Some("Hudi"), Some("Iceberg"), None, None, None]);
    }
}
