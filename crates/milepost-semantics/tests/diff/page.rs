//! The page of a rule: a head, and examples.

use std::fmt::Write as _;
use std::path::Path;

pub(crate) struct Page {
    head: String,
    pub(crate) examples: Vec<Example>,
}

/// Two versions of what stands beside the base, and what is different.
pub(crate) struct Example {
    pub(crate) title: String,
    text: String,
    pub(crate) old: Version,
    pub(crate) new: Version,
    pub(crate) found: String,
}

/// `milepost.yaml`, where the example has one, and a spec file.
#[derive(Default)]
pub(crate) struct Version {
    pub(crate) project: Option<String>,
    pub(crate) spec: String,
}

impl From<&str> for Version {
    fn from(spec: &str) -> Self {
        Self { project: None, spec: spec.to_owned() }
    }
}

impl Page {
    pub(crate) fn read(text: &str) -> Self {
        let mut parts = text.split("\n## ");
        let head = parts.next().unwrap_or_default().to_owned();
        Self { head, examples: parts.map(Example::read).collect() }
    }

    pub(crate) fn write(&self, path: &Path) {
        let mut text = self.head.clone();
        for example in &self.examples {
            let before = example.text.split("```text\n").next().unwrap_or_default();
            let _ = writeln!(text, "\n## {before}```text\n{}```", example.found);
        }
        std::fs::write(path, text).unwrap();
    }
}

impl Example {
    fn read(text: &str) -> Self {
        let fence = |name: &str| {
            let start = text.find(&format!("```{name}\n"))? + name.len() + 4;
            let length = text[start..].find("```")?;
            Some(text[start..start + length].to_owned())
        };
        let version = |side: &str| Version {
            project: fence(&format!("yaml project {side}")),
            spec: fence(&format!("yaml {side}")).unwrap_or_default(),
        };
        let title = text.lines().next().unwrap_or_default().to_owned();
        let found = fence("text").unwrap_or_default();
        Self { title, old: version("old"), new: version("new"), found, text: text.to_owned() }
    }
}
