//! The page of a score: bands over time, moves between them, what each line adds and takes, and who is lowest.

use std::collections::BTreeMap;

use serde::Serialize;

use super::names::ListPaths;
use super::{Names, Shell, label_of};
use crate::format::{Formatter, count};
use crate::lists::{formatter, shown};
use crate::page::{Display, ListCell, ListRole, ListRow, Score, Site};

/// So many of the lowest are on the page; the files have everybody.
const MOST: usize = 50;

/// So many of the newest sizes.
const MOST_SIZES: usize = 24;

/// A score in a line.
#[derive(Debug, Serialize)]
pub(crate) struct ScoreSummary {
    label: String,
    question: Option<String>,
    href: String,
    /// `71.3`
    mean: Option<String>,
    /// `98 accounts`
    number: String,
    /// `3 without a score`
    without: Option<String>,
    bands: Vec<Pair>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ScoreView {
    shell: Shell,
    name: String,
    description: Option<String>,
    owner: Option<String>,
    #[serde(flatten)]
    summary: ScoreSummary,
    day: String,
    period: String,
    /// The bands, then those without a score.
    heads: Vec<String>,
    sizes: Vec<Sizes>,
    moves: Vec<Sizes>,
    lines: Vec<Line>,
    overrides: Option<Grid>,
    combinations: Option<Grid>,
    lowest: Grid,
    left_out: Option<String>,
    csv: String,
    json: String,
    words: Vec<String>,
    yaml: String,
    is_personal: bool,
    hides_key: bool,
}

/// A name and how many.
#[derive(Debug, Serialize)]
struct Pair {
    name: String,
    number: String,
}

/// A row of numbers, one for each band.
#[derive(Debug, Serialize)]
struct Sizes {
    name: String,
    numbers: Vec<String>,
}

/// A component, the caps, or the override.
#[derive(Debug, Serialize)]
struct Line {
    label: String,
    /// `60%`; absent of what has no weight.
    weight: Option<String>,
    worst: Option<String>,
    best: Option<String>,
    /// Mean points, and mean points lost, over those with a score.
    points: String,
    lost: Option<String>,
    /// How many it drags most.
    drags: Option<String>,
    /// How many have it: a value, a cap that holds, an override.
    number: String,
}

/// A table of text.
#[derive(Debug, Serialize)]
struct Grid {
    head: Vec<Head>,
    rows: Vec<Vec<String>>,
}

#[derive(Debug, Serialize)]
struct Head {
    label: String,
    is_number: bool,
}

/// All scores, each in a line.
pub(super) fn summaries(site: &Site, names: &Names) -> Vec<ScoreSummary> {
    site.scores.iter().map(|score| Shown::new(score).summary(names)).collect()
}

pub(crate) fn score(site: &Site, score: &Score, names: &Names) -> ScoreView {
    let found = Shown::new(score);
    let list = &score.members;
    let ListPaths { csv, json, .. } = names.score(&list.name);
    let others = list.rows.len().saturating_sub(MOST);
    ScoreView {
        shell: Shell::new(site, "../", "scores"),
        name: list.name.clone(),
        description: list.description.clone(),
        owner: list.owner.clone(),
        summary: found.summary(names),
        day: list.day.clone(),
        period: score.period.clone(),
        heads: score.bands.iter().cloned().chain(["no score".to_owned()]).collect(),
        sizes: found.sizes(),
        moves: found.moves(),
        lines: found.lines(),
        overrides: found.overrides(),
        combinations: found.combinations(),
        lowest: found.lowest(),
        left_out: (others > 0).then(|| {
            format!(
                "The lowest {MOST} of {} are shown here; the files have everybody.",
                count(list.rows.len() as u64)
            )
        }),
        csv: format!("../{csv}"),
        json: format!("../{json}"),
        words: list.words.clone(),
        yaml: list.yaml.clone(),
        is_personal: list.is_personal,
        hides_key: list.hides_key,
    }
}

struct Shown<'s> {
    score: &'s Score,
    /// The position of each field by its name.
    at: BTreeMap<&'s str, usize>,
}

impl<'s> Shown<'s> {
    fn new(score: &'s Score) -> Self {
        let fields = score.members.fields.iter().enumerate();
        // A column of the key may have the name of one of the score's own.
        let own = fields.filter(|(_, field)| !matches!(field.role, ListRole::Key | ListRole::Name));
        Self { score, at: own.map(|(at, field)| (field.name.as_str(), at)).collect() }
    }

    fn rows(&self) -> &'s [ListRow] {
        &self.score.members.rows
    }

    fn number(&self, row: &ListRow, name: &str) -> Option<f64> {
        match row.cells.get(*self.at.get(name)?)? {
            ListCell::Number(number) => Some(*number),
            #[expect(clippy::cast_precision_loss, reason = "what is shown has few digits")]
            ListCell::Whole(number) => Some(*number as f64),
            _ => None,
        }
    }

    fn text(&self, row: &'s ListRow, name: &str) -> Option<&'s str> {
        match row.cells.get(*self.at.get(name)?)? {
            ListCell::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Of those with a score.
    fn mean(&self, of: impl Fn(&ListRow) -> f64) -> Option<f64> {
        let known = self.rows().iter().filter(|row| self.number(row, "score").is_some());
        let (sum, n) = known.fold((0.0, 0.0), |(sum, n), row| (sum + of(row), n + 1.0));
        (n > 0.0).then(|| sum / n)
    }

    fn count(&self, holds: impl Fn(&ListRow) -> bool) -> u64 {
        self.rows().iter().filter(|row| holds(row)).count() as u64
    }

    fn summary(&self, names: &Names) -> ScoreSummary {
        let list = &self.score.members;
        let without = self.count(|row| self.number(row, "score").is_none());
        let bands = self.score.bands.iter().map(|band| Pair {
            name: band.clone(),
            number: count(
                self.rows().iter().filter(|row| self.text(row, "band") == Some(band)).count()
                    as u64,
            ),
        });
        ScoreSummary {
            label: label_of(&list.name, list.label.as_deref()),
            question: list.question.clone(),
            href: names.score(&list.name).page.clone(),
            mean: self.mean(|row| self.number(row, "score").unwrap_or_default()).map(points),
            number: list.of.counted(list.rows.len() as u64),
            without: (without > 0).then(|| format!("{} without a score", count(without))),
            bands: bands.collect(),
        }
    }

    /// The newest first.
    fn sizes(&self) -> Vec<Sizes> {
        let shown = |number: &Option<u64>| number.map_or_else(|| "—".to_owned(), count);
        let rows = self.score.sizes.iter().rev().take(MOST_SIZES).map(|sizes| Sizes {
            name: sizes.bucket.clone(),
            numbers: sizes.counts.iter().chain([&sizes.without]).map(shown).collect(),
        });
        rows.collect()
    }

    /// From each band, a while ago, to each band now.
    fn moves(&self) -> Vec<Sizes> {
        if self.score.bands.is_empty() {
            return Vec::new();
        }
        let all = || self.score.bands.iter().map(|band| Some(band.as_str())).chain([None]);
        let rows = all().map(|before| Sizes {
            name: before.map_or_else(|| "no score".to_owned(), |band| format!("was {band}")),
            numbers: all()
                .map(|now| {
                    let same = self.rows().iter().filter(|row| {
                        self.text(row, "band.before") == before && self.text(row, "band") == now
                    });
                    count(same.count() as u64)
                })
                .collect(),
        });
        rows.collect()
    }

    fn lines(&self) -> Vec<Line> {
        let drags = |name: &str| {
            count(self.rows().iter().filter(|row| self.text(row, "drag") == Some(name)).count()
                as u64)
        };
        let mean_points = |name: &str| {
            let name = format!("{name}.points");
            self.mean(|row| self.number(row, &name).unwrap_or_default()).map_or_else(none, points)
        };
        let has = |name: &str| count(self.count(|row| self.number(row, name).is_some()));
        let parts = self.score.components.iter().map(|part| {
            let lost = format!("{}.lost", part.name);
            Line {
                label: label_of(&part.label, None),
                weight: Some(format!("{:.0}%", part.share * 100.0)),
                worst: Some(part.worst.clone()),
                best: Some(part.best.clone()),
                points: mean_points(&part.name),
                lost: self.mean(|row| self.number(row, &lost).unwrap_or_default()).map(points),
                drags: Some(drags(&part.name)),
                number: has(&part.name),
            }
        });
        let other = |name: &'static str, label: &str| Line {
            label: label.to_owned(),
            weight: None,
            worst: None,
            best: None,
            points: mean_points(name),
            lost: None,
            drags: None,
            number: has(&format!("{name}.points")),
        };
        let caps = self.score.has_caps.then(|| other("cap", "Caps"));
        parts
            .chain(caps)
            .chain(self.score.has_overrides.then(|| other("override", "Overrides")))
            .collect()
    }

    /// Those that are in force, with their ends and reasons.
    fn overrides(&self) -> Option<Grid> {
        let rows: Vec<&ListRow> = self
            .rows()
            .iter()
            .filter(|row| self.number(row, "override.points").is_some())
            .collect();
        let columns =
            ["score", "override.points", "override.until", "override.author", "override.reason"];
        (!rows.is_empty()).then(|| self.grid(&columns, &rows))
    }

    fn lowest(&self) -> Grid {
        let points: Vec<String> = self.score.lines().map(|name| format!("{name}.points")).collect();
        let own = ["score", "band", "change", "moved_by", "drag"];
        let columns: Vec<&str> = own.into_iter().chain(points.iter().map(String::as_str)).collect();
        let rows: Vec<&ListRow> = self.rows().iter().take(MOST).collect();
        self.grid(&columns, &rows)
    }

    /// What members are known by, and these columns, as far as they are there.
    fn grid(&self, columns: &[&str], rows: &[&ListRow]) -> Grid {
        let list = &self.score.members;
        let known = list.fields.iter().enumerate();
        let known = known.filter(|(_, f)| matches!(f.role, ListRole::Key | ListRole::Name));
        let own = columns.iter().filter_map(|name| self.at.get(name).copied());
        let at: Vec<usize> = known.map(|(at, _)| at).chain(own).collect();
        let formatters: Vec<Formatter> = at.iter().map(|at| formatter(list, *at)).collect();
        let head = at.iter().map(|at| {
            let field = &list.fields[*at];
            let is_own = !matches!(field.role, ListRole::Key | ListRole::Name);
            let label = field.label.clone().filter(|_| !is_own);
            let line = field.name.strip_suffix(".points").unwrap_or(&field.name);
            Head {
                label: label.unwrap_or_else(|| self.called(line)),
                is_number: matches!(field.kind, crate::page::ListKind::Number(_)),
            }
        });
        let row = |row: &&ListRow| {
            let cells = at.iter().zip(&formatters);
            let shown = cells.map(|(at, f)| {
                let field = &list.fields[*at];
                let text = shown(field, &row.cells[*at], f);
                let is_line = matches!(field.name.as_str(), "drag" | "moved_by");
                if is_line { self.called(&text) } else { text }
            });
            shown.collect()
        };
        Grid { head: head.collect(), rows: rows.iter().map(row).collect() }
    }

    /// What readers call a line, or something else that members have.
    fn called(&self, name: &str) -> String {
        let part = self.score.components.iter().find(|part| part.name == name);
        let words = name.replace(['.', '_'], " ");
        part.map_or_else(|| label_of(&words, None), |part| label_of(&part.label, None))
    }

    /// Each component at its worst or best, and what that makes.
    fn combinations(&self) -> Option<Grid> {
        let head = self.score.components.iter().map(|part| label_of(&part.label, None));
        let head = head.map(|label| Head { label, is_number: false });
        let band = (!self.score.bands.is_empty())
            .then(|| Head { label: "Band".to_owned(), is_number: false });
        let score = Head { label: "Score".to_owned(), is_number: true };
        let rows = self.score.combinations.iter().map(|found| {
            let parts = found.is_best.iter().map(|best| if *best { "best" } else { "worst" });
            let band = band.as_ref().map(|_| found.band.clone().unwrap_or_else(none));
            parts.map(str::to_owned).chain([points(found.score)]).chain(band).collect()
        });
        let rows: Vec<Vec<String>> = rows.collect();
        (!rows.is_empty()).then(|| Grid { head: head.chain([score]).chain(band).collect(), rows })
    }
}

fn none() -> String {
    "—".to_owned()
}

/// Points with one digit.
fn points(number: f64) -> String {
    Formatter::new(&Display::Number(None), std::iter::once(12.5))
        .sentence((number * 10.0).round() / 10.0)
}
