//! What the fuzzers begin with: the texts of the examples and of the pages, cut as each target reads them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What is between the files of one input of the target `check`.
const BETWEEN_FILES: &str = "\n%%%%\n";

/// Writes `fuzz/corpus`, and says how many texts each target has.
pub(crate) fn write(root: &Path) -> Result<String, String> {
    let mut corpus =
        Corpus { folder: root.join("fuzz/corpus"), counts: [0; 4], seen: BTreeSet::new() };
    for example in ["examples/acme", "examples/cdnow", "crates/milepost-cli/init"] {
        let mut project = vec![read(&root.join(example).join("milepost.yaml"))?];
        for path in files(&root.join(example).join("specs"), ".yaml")? {
            project.push(read(&path)?);
        }
        corpus.project(&project)?;
    }
    for path in files(&root.join("tests"), ".md")? {
        corpus.project(&fences(&read(&path)?))?;
    }
    for path in files(&root.join("docs"), ".md")? {
        for text in fences(&read(&path)?) {
            corpus.project(&[text])?;
        }
    }
    let [specs, expressions, projects, formatted] = corpus.counts;
    Ok(format!(
        "fuzz/corpus: spec_reader {specs}, expression {expressions}, check {projects}, format {formatted}\n"
    ))
}

struct Corpus {
    folder: PathBuf,
    counts: [usize; 4],
    /// What was written: many pages hold the same files.
    seen: BTreeSet<(usize, String)>,
}

const TARGETS: [&str; 4] = ["spec_reader", "expression", "check", "format"];

impl Corpus {
    /// A project, of which the first file may be `milepost.yaml`.
    fn project(&mut self, files: &[String]) -> Result<(), String> {
        if files.is_empty() {
            return Ok(());
        }
        let has_main = files[0].starts_with("project:");
        let main = if has_main { "" } else { "project: x\n%%%%\n" };
        self.add(2, &format!("{main}{}", files.join(BETWEEN_FILES)))?;
        for text in files {
            self.add(0, text)?;
            self.add(3, text)?;
            for line in text.lines() {
                let value = line.split_once("value: ").map_or("", |(_, value)| value.trim());
                let value = value.trim_end_matches([' ', '}']).trim_matches('"');
                if value.len() > 1 {
                    self.add(1, value)?;
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, target: usize, text: &str) -> Result<(), String> {
        if !self.seen.insert((target, text.to_owned())) {
            return Ok(());
        }
        let folder = self.folder.join(TARGETS[target]);
        fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let path = folder.join(format!("seed-{:04}", self.counts[target]));
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
        self.counts[target] += 1;
        Ok(())
    }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// The bodies of a page's fences of YAML, `milepost.yaml` first.
fn fences(page: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in page.split("\n```yaml").skip(1) {
        let Some((head, rest)) = part.split_once('\n') else { continue };
        let body = rest.split("\n```").next().unwrap_or_default().to_owned() + "\n";
        if head.contains("milepost.yaml") { found.insert(0, body) } else { found.push(body) }
    }
    found
}

/// All files below a folder with that ending, sorted.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|e| e.to_string())?.path();
        if path.is_dir() {
            found.extend(files(&path, ending)?);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
