//! Every figure of a set as one of the ways found it, and whether two ways found the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::Failure;

/// How far two figures may be apart, as a share: sums of doubles depend on their order.
const TOLERANCE: f64 = 1e-9;
/// How many differences are reported.
const TOLD: usize = 5;

/// By question, slice and bucket.
#[derive(Debug, Default)]
pub(crate) struct Answers(BTreeMap<[String; 3], f64>);

impl Answers {
    pub(crate) fn add(&mut self, question: &str, slice: &str, bucket: &str, value: f64) {
        self.0.insert([question.to_owned(), slice.to_owned(), bucket.to_owned()], value);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// One figure a line. No name or value here holds a tab.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        let mut text = String::new();
        for ([question, slice, bucket], value) in &self.0 {
            writeln!(text, "{question}\t{slice}\t{bucket}\t{value:?}")?;
        }
        Ok(fs::write(path, text)?)
    }

    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let mut answers = Self::default();
        for line in fs::read_to_string(path)?.lines() {
            let [question, slice, bucket, value] = line.split('\t').collect::<Vec<_>>()[..] else {
                return Err(format!("{}: no figure: {line}", path.display()).into());
            };
            answers.add(question, slice, bucket, value.parse()?);
        }
        Ok(answers)
    }

    /// Whether another way found the same. A figure that SQL has no row for is nothing: 0, or absent.
    pub(crate) fn compare(&self, other: &Self, way: &str) -> Result<(), Failure> {
        let keys = self.0.keys().chain(other.0.keys().filter(|key| !self.0.contains_key(*key)));
        let differ = |key: &&[String; 3]| {
            let (ours, theirs) = (self.0.get(*key), other.0.get(*key));
            match (ours, theirs) {
                (Some(a), Some(b)) => (a - b).abs() > TOLERANCE * a.abs().max(b.abs()),
                (Some(a), None) => *a != 0.0,
                _ => true,
            }
        };
        let wrong: Vec<&[String; 3]> = keys.filter(differ).collect();
        if wrong.is_empty() {
            return Ok(());
        }
        let mut text = format!("{} figures of {way} are not those of milepost:", wrong.len());
        for key in wrong.iter().take(TOLD) {
            let show = |value: Option<&f64>| value.map_or("none".to_owned(), f64::to_string);
            let (ours, theirs) = (show(self.0.get(*key)), show(other.0.get(*key)));
            write!(text, "\n  {}: {theirs}, milepost {ours}", key.join(" "))?;
        }
        Err(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(figures: &[(&str, f64)]) -> Answers {
        let mut answers = Answers::default();
        figures.iter().for_each(|(bucket, value)| answers.add("m|month|", "", bucket, *value));
        answers
    }

    #[test]
    fn what_has_no_row_is_nothing() {
        let ours = answers(&[("2025-01", 3.0), ("2025-02", 0.0)]);
        assert!(ours.compare(&answers(&[("2025-01", 3.0)]), "sql").is_ok());
        assert!(ours.compare(&answers(&[("2025-02", 0.0)]), "sql").is_err());
        assert!(ours.compare(&answers(&[("2025-01", 3.1)]), "sql").is_err());
        assert!(ours.compare(&answers(&[("2025-01", 3.0), ("2025-03", 1.0)]), "sql").is_err());
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers.csv");
        answers(&[("2025-01", 0.1)]).write(&path).unwrap();
        assert_eq!(Answers::read(&path).unwrap().0, answers(&[("2025-01", 0.1)]).0);
    }
}
