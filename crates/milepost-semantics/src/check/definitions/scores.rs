//! Scores: whether components are numbers, and whether the rows of overrides can say what they are there to say.

use super::personal::Place;
use crate::check::Checker;
use crate::expand::score::{OVERRIDE, described, period};
use crate::model::{ColumnId, DatasetId, DatasetKind, MetricId, Score, SegmentRule, Type};
use crate::resolve::{Definition, list_of, meta, text};
use milepost_syntax::ast::{OverrideSpec, ScoreSpec, SegmentSpec};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Spanned;
use milepost_syntax::{codes, suggest};

impl Checker<'_, '_> {
    /// The score that says this of a member, and the name of it there.
    fn in_score<'s>(&self, spec: &'s SegmentSpec) -> Option<(&ScoreSpec, &'s str)> {
        let owner = &spec.derived.as_ref()?.owner.node;
        let score = self.resolved.package.scores.iter().find(|score| score.name.node == *owner)?;
        let name = spec.name.node.strip_prefix(owner.as_str())?;
        Some((score, name.strip_prefix('.').unwrap_or(name)))
    }

    /// The bands of a score by name, if this is what says in which one a member is.
    pub(super) fn bands_of_score(&self, spec: &SegmentSpec) -> Option<Vec<&str>> {
        let (score, name) = self.in_score(spec)?;
        let bands = score.bands.as_ref().filter(|_| matches!(name, "band" | "band.before"))?;
        Some(bands.node.iter().map(|band| band.name.node.as_str()).collect())
    }

    /// Whether what a score says of a member can be said, as far as columns decide; reported where not, once for all that
    /// rests on it.
    pub(super) fn can_be_said(&mut self, spec: &SegmentSpec) -> bool {
        let Some((score, name)) = self.in_score(spec) else { return true };
        if !self.is_score(&score.name) {
            return false;
        }
        if name != OVERRIDE && !name.starts_with("override.") {
            return true;
        }
        if name != OVERRIDE {
            let first = format!("{}.{OVERRIDE}", score.name.node);
            let first = self.resolved.names.segment(&first);
            return first.is_some_and(|id| self.segments[id.0].is_some());
        }
        match score.overridden.clone() {
            Some(rows) => self.override_fits(&rows),
            None => true,
        }
    }

    /// Whether its name stands for the score, and not for a definition of the same name, which was reported.
    pub(super) fn is_score(&self, name: &Spanned<String>) -> bool {
        let found = self.resolved.names.segment(&name.node);
        found.is_some_and(|id| self.resolved.package.segments[id.0].derived.is_some())
    }

    /// Whether the score of that name can be computed; what keeps it from that was reported.
    pub(super) fn has_score(&self, name: &Spanned<String>) -> bool {
        let found = self.resolved.names.segment(&name.node);
        self.is_score(name) && found.is_some_and(|id| self.segments[id.0].is_some())
    }

    /// Reports a path that names something of a journey or a score that it does not say.
    pub(crate) fn tell_no_part(&mut self, path: &[Spanned<String>]) -> bool {
        let Some((last, before)) = path.split_last() else { return false };
        let package = self.resolved.package;
        let found =
            before.iter().enumerate().find_map(|(at, name)| Some((at, self.sayer(&name.node)?)));
        let Some((at, (what, owner, parts_of))) = found else { return false };
        let name = &owner.node;
        let rest: Vec<&str> = path[at + 1..].iter().map(|part| part.node.as_str()).collect();
        let rest = rest.join(".");
        let says = package.segments.iter().filter_map(|segment| {
            let own = segment.derived.as_ref().is_some_and(|of| of.owner.node == *name);
            segment.name.node.strip_prefix(name.as_str()).filter(|_| own)?.strip_prefix('.')
        });
        let says: Vec<&str> = says.collect();
        let told = Diagnostic::error(
            codes::UNKNOWN_NAME,
            path[at + 1].span.to(last.span),
            format!("the {what} `{name}` has no `{rest}`"),
        )
        .also(owner.span, format!("the {what}"));
        let told = match suggest(&rest, says.iter().copied()) {
            Some(near) => told.help(format!("did you mean `{name}.{near}`?")),
            None => told,
        };
        self.diagnostics.push(told.help(parts_of));
        true
    }

    /// The journey or the score of that name: what it is, and a sentence on its parts.
    fn sayer(&self, name: &str) -> Option<(&'static str, &Spanned<String>, String)> {
        let package = self.resolved.package;
        if let Some(score) = package.scores.iter().find(|score| score.name.node == name) {
            let parts = score.components.iter().map(|part| part.name.node.as_str());
            let told = list_of("its components are", parts);
            return self.is_score(&score.name).then_some(("score", &score.name, told));
        }
        let id = self.resolved.names.metric(name)?;
        let journey = package.journeys.iter().find(|journey| journey.name.node == name)?;
        let milestones = journey.milestones().map(|(_, own)| own.name.node.as_str());
        let stages = journey.stages.iter().map(|stage| stage.name.node.as_str());
        let told = list_of("its stages and milestones are", stages.chain(milestones));
        package.metrics[id.0].is_derived().then_some(("journey", &journey.name, told))
    }

    /// The scores, as readers are told of them.
    pub(crate) fn scores(&self) -> Option<Vec<Score>> {
        let package = self.resolved.package;
        let all = package.scores.iter().map(|spec| {
            let components = described::components(spec)?;
            let members = package
                .metrics
                .iter()
                .position(|metric| metric.is_derived() && metric.name.node == spec.name.node)?;
            Some(Score {
                name: spec.name.node.clone(),
                meta: meta(&spec.meta),
                question: text(&spec.question),
                of: self.resolved.names.entity(&spec.of.as_ref()?.node)?,
                missing: described::missing(spec),
                min_weight: described::min_weight(spec),
                caps: described::caps(spec),
                bands: described::bands(spec),
                is_overridden: spec.overridden.is_some(),
                period: period(spec, package),
                combinations: described::combinations(spec, &components),
                members: MetricId(members),
                components,
            })
        });
        all.collect()
    }

    /// Whether the value of a component is a number; reported where not.
    pub(super) fn is_component(&mut self, spec: &SegmentSpec, rule: &SegmentRule) {
        let Some((_, name)) = self.in_score(spec) else { return };
        let SegmentRule::Value(value) = rule else { return };
        if !name.ends_with(".value") || value.ty.is_numeric() || value.ty == Type::Unknown {
            return;
        }
        let what = value.ty.describe();
        let help = match value.ty {
            Type::Boolean => "write `if(condition, 1, 0)`, with `worst: 0` and `best: 1`",
            Type::Date | Type::Timestamp => {
                "write how long ago it was, such as `days_between(last(events.ts ever), today)`"
            }
            _ => "write a number of the member: a count, a sum, a share, or a metric",
        };
        let message = format!("a component of a score is a number, and this is {what}");
        self.diagnostics.push(
            Diagnostic::error(codes::TYPE_MISMATCH, value.span, message).label(what).help(help),
        );
    }

    fn override_fits(&mut self, spec: &OverrideSpec) -> bool {
        let dataset = spec.rows.as_ref().and_then(|rows| self.dataset_of(&rows.node));
        // What is wrong with the name is reported where its rows are aggregated.
        let Some(dataset) = dataset else { return true };
        let before = self.diagnostics.counts().0;
        let is_time = |ty| matches!(ty, Type::Date | Type::Timestamp);
        if let Some((column, score)) = self.override_column(dataset, spec.score.as_ref()) {
            let ty = self.dataset(dataset)[column].ty;
            self.override_type(score, ty, "an override gives a number", ty.is_numeric());
        }
        if let Some((column, from)) = self.override_column(dataset, spec.from.as_ref()) {
            let ty = self.dataset(dataset)[column].ty;
            self.override_type(from, ty, "an override begins at a time", is_time(ty));
        }
        if let Some((column, until)) = self.override_column(dataset, spec.until.as_ref()) {
            let ty = self.dataset(dataset)[column].ty;
            if self.override_type(until, ty, "an override ends on a day", is_time(ty)) {
                self.is_planned(until, (dataset, column), "an override");
            }
        }
        for name in spec.author.iter().chain(&spec.reason) {
            let Some((column, name)) = self.override_column(dataset, Some(name)) else { continue };
            let ty = self.dataset(dataset)[column].ty;
            let what = "who gives an override, and why, are texts";
            if self.override_type(name, ty, what, ty == Type::Text) {
                self.is_not_personal(name, (dataset, column));
            }
        }
        self.diagnostics.counts().0 == before
    }

    /// The dataset whose rows a name stands for.
    fn dataset_of(&self, name: &str) -> Option<DatasetId> {
        match self.resolved.names.get(name)? {
            Definition::Dataset(id) => Some(id),
            Definition::Behavior(id) => Some(self.behaviors[id.0].as_ref()?.dataset),
            _ => None,
        }
    }

    fn override_column<'s>(
        &mut self,
        dataset: DatasetId,
        name: Option<&'s Spanned<String>>,
    ) -> Option<(ColumnId, &'s Spanned<String>)> {
        let name = name?;
        let found = self.find_column(dataset, &name.node);
        let found = found.or_else(|| self.assume_column(dataset, &name.node));
        if found.is_none() {
            let told = self.resolved.table(dataset).no_column(name);
            self.diagnostics.push(told);
        }
        Some((found?, name))
    }

    fn override_type(&mut self, name: &Spanned<String>, ty: Type, what: &str, fits: bool) -> bool {
        if ty != Type::Unknown && !fits {
            let message = format!("{what}, and `{}` is {}", name.node, ty.describe());
            self.diagnostics.push(
                Diagnostic::error(codes::TYPE_MISMATCH, name.span, message)
                    .label(ty.describe())
                    .help(
                        "name another column, or declare its type under the dataset's `columns:`",
                    ),
            );
        }
        fits
    }

    /// A day that lies ahead reads as null, unless its column is a plan. `what`: what ends on it.
    pub(super) fn is_planned(
        &mut self,
        until: &Spanned<String>,
        (dataset, column): Place,
        what: &str,
    ) {
        let table = self.dataset(dataset);
        let ends = matches!(table.kind, DatasetKind::History { to, .. } if to == column);
        if table[column].planned && !ends {
            return;
        }
        let message = format!(
            "`{}` lies ahead while {what} lasts, and times after the as-of read as null unless they are planned",
            until.node
        );
        let declared = table[column].span;
        let help = format!(
            "declare it in `{}` under `columns:`: `{}: {{ type: {}, planned: true }}`",
            table.name,
            until.node,
            table[column].ty.name()
        );
        self.diagnostics.push(
            Diagnostic::error(codes::UNPLANNED_DEADLINE, until.span, message)
                .also(declared, "the column")
                .help(help),
        );
    }

    fn is_not_personal(&mut self, name: &Spanned<String>, place: Place) {
        if !self.dataset(place.0)[place.1].pii {
            return;
        }
        let (words, declared) = self.personal_data(place);
        let message = format!("{words}, and the page of a score shows who overrides it, and why");
        self.diagnostics.push(
            Diagnostic::error(codes::PII_OUTPUT, name.span, message)
                .also(declared, "declared here")
                .help("name a column with a team or a role instead, or leave it out"),
        );
    }
}
