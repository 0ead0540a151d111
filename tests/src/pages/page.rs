//! A page: prose, files, questions, answers.

use std::fmt::Write as _;
use std::path::Path;

use milepost::engine::{Data, Engine};
use milepost::plan::request::Request;
use milepost::plan::results::Series;
use milepost::semantics::model::{MetricId, Model};
use milepost::sources::Disk;
use milepost::syntax::diagnostic::Diagnostics;
use milepost::{Loaded, draw, steps};
use serde_json::Value;

use crate::{files, query, tested};

/// The width that messages are drawn for.
const WIDTH: usize = 100;

/// A part of a page.
enum Part {
    Prose(String),
    /// A fence: what is after the three backticks, and the lines inside.
    Fence {
        info: String,
        body: String,
    },
}

/// A parsed page.
pub(crate) struct Page {
    parts: Vec<Part>,
}

impl Page {
    /// Splits a page into prose and fences.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut prose = String::new();
        let mut lines = text.split_inclusive('\n');
        while let Some(line) = lines.next() {
            let Some(info) = line.strip_prefix("```") else {
                prose.push_str(line);
                continue;
            };
            parts.push(Part::Prose(std::mem::take(&mut prose)));
            let mut body = String::new();
            loop {
                match lines.next() {
                    Some(line) if line.trim_end() == "```" => break,
                    Some(line) => body.push_str(line),
                    None => return Err(format!("the fence ```{info} is never closed")),
                }
            }
            parts.push(Part::Fence { info: info.trim_end().to_owned(), body });
        }
        parts.push(Part::Prose(prose));
        Ok(Self { parts })
    }

    /// The answer of every question that has one, and the job that gives it in DuckDB.
    pub(crate) fn printed(
        &self,
        folder: &Path,
    ) -> Result<Vec<(Series, Value)>, Box<dyn std::error::Error>> {
        self.write_files(folder)?;
        let engine = Engine::with_partitions(folder, 2)?;
        let questions = self.parts.iter().filter_map(|part| match part {
            Part::Fence { info, body } if info == "query" => Some(body.lines()),
            _ => None,
        });
        let mut found = Vec::new();
        for question in questions.flatten().filter(|line| !line.trim().is_empty()) {
            found.extend(query::printed(folder, &engine, question.trim())?);
        }
        Ok(found)
    }

    /// The page with every answer as milepost gives it now.
    pub(crate) fn answered(&self) -> Result<String, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        self.write_files(folder.path())?;
        let project = Opened::open(folder.path())?;
        let mut text = String::new();
        let mut told = false;
        for (i, part) in self.parts.iter().enumerate() {
            match part {
                Part::Prose(prose) => text.push_str(prose),
                Part::Fence { info, .. } if info == "results" => {}
                Part::Fence { info, .. } if info == "diagnostics" => {
                    told = true;
                    text.push_str(&fence(info, &project.diagnostics));
                }
                Part::Fence { info, .. } if info == "tested" => {
                    text.push_str(&fence(info, &project.tests));
                }
                Part::Fence { info, body } if info == "query" => {
                    text.push_str(&fence(info, body));
                    // The prose between a question and its answer stays where it was; usually an empty line.
                    if !matches!(self.parts.get(i + 1), Some(Part::Prose(p)) if p.trim().is_empty())
                    {
                        text.push('\n');
                    }
                    let between = match (self.parts.get(i + 1), self.parts.get(i + 2)) {
                        (Some(Part::Prose(p)), Some(Part::Fence { info, .. }))
                            if info == "results" =>
                        {
                            p.clone()
                        }
                        _ => "\n".to_owned(),
                    };
                    let known = matches!(self.parts.get(i + 2), Some(Part::Fence { info, .. }) if info == "results");
                    if !known {
                        text.push_str(&between);
                    }
                    if !known {
                        text.push_str(&fence("results", &project.answers(folder.path(), body)?));
                    }
                }
                Part::Fence { info, body } => text.push_str(&fence(info, body)),
            }
            // The answer to the question two parts before is here.
            if let (Part::Fence { info, .. }, Some(Part::Fence { info: asked, body })) =
                (part, i.checked_sub(2).map(|j| &self.parts[j]))
                && info == "results"
                && asked == "query"
            {
                text.push_str(&fence("results", &project.answers(folder.path(), body)?));
            }
        }
        if !told && !project.diagnostics.is_empty() {
            let _ = write!(text, "\n{}", fence("diagnostics", &project.diagnostics));
        }
        Ok(text)
    }

    fn write_files(&self, folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
        let mut main = false;
        for part in &self.parts {
            if let Part::Fence { info, body } = part
                && let Some(path) = files::write(folder, info, body)?
            {
                main |= path == "milepost.yaml";
            }
        }
        if !main {
            std::fs::write(folder.join("milepost.yaml"), "project: page\nedition: 2026\n")?;
        }
        std::fs::create_dir_all(folder.join("specs"))?;
        Ok(())
    }
}

fn fence(info: &str, body: &str) -> String {
    let end = if body.is_empty() || body.ends_with('\n') { "" } else { "\n" };
    format!("```{info}\n{body}{end}```\n")
}

/// The project of a page, opened as a build opens it.
struct Opened {
    engine: Engine,
    model: Option<Model>,
    data: Option<Data>,
    diagnostics: String,
    /// How the tests came out.
    tests: String,
}

impl Opened {
    fn open(folder: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let mut diagnostics = Diagnostics::default();
        let loaded: Loaded = steps::load(&Disk::new(folder), &mut diagnostics);
        let engine = Engine::with_partitions(folder, 2)?;
        let schemas = steps::schemas(&engine, &loaded.package, &mut diagnostics);
        let model = steps::check(&loaded, &schemas, &mut diagnostics);
        let tests = tested::tested(&engine, &loaded, &schemas, &mut diagnostics)?;
        let model = model.filter(|_| !diagnostics.has_errors());
        let data = match &model {
            Some(model) => {
                let as_of = model.project.as_of();
                // Every column that any metric reads, so that its bad values are reported here.
                let metrics = (0..model.metrics.len()).map(MetricId);
                let requests: Vec<Request> = metrics.map(|m| Request::total(model, m)).collect();
                steps::open(&engine, model, as_of, &requests, true, &mut diagnostics)
            }
            None => None,
        };
        if let (Some(model), Some(data)) = (&model, &data) {
            steps::check_data(&engine, model, data, &mut diagnostics)?;
            steps::remarks(&engine, model, data, &mut diagnostics)?;
        }
        let diagnostics =
            draw::render_diagnostics(&diagnostics.sorted(), &loaded.sources, WIDTH, false);
        // Trailing spaces are lost in editors.
        let diagnostics = diagnostics.lines().fold(String::new(), |mut text, line| {
            text.push_str(line.trim_end());
            text.push('\n');
            text
        });
        let diagnostics = if diagnostics.trim().is_empty() { String::new() } else { diagnostics };
        Ok(Self { engine, model, data, diagnostics, tests })
    }

    fn answers(
        &self,
        folder: &Path,
        questions: &str,
    ) -> Result<String, Box<dyn std::error::Error>> {
        if self.model.is_none() || self.data.is_none() {
            return Ok("the project has errors\n".to_owned());
        }
        let mut text = String::new();
        for question in questions.lines().filter(|l| !l.trim().is_empty()) {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&query::answer(folder, &self.engine, question)?);
        }
        Ok(text)
    }
}
