//! A question that the specs do not ask: a metric at another grain, by other dimensions, or of a part only.
//!
//! The question becomes part of the metric's definition before it is checked, so that everything the checker knows
//! about grains, slices and conditions holds for it too, and its messages point at the words of the question.

use milepost_plan::request::Request;
use milepost_semantics::model::{MetricId, Model, SegmentId};
use milepost_semantics::time::Instant;
use milepost_semantics::{part_names, split_part};
use milepost_syntax::ast::{BinaryOp, Expr, ExprKind, MetricSpec, Package};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::{SourceId, Span, Spanned};
use milepost_syntax::{parse_expr, renamed, suggest};

use crate::project::Loaded;

/// What is asked of one metric.
///
/// ```
/// use milepost::syntax::diagnostic::Diagnostics;
/// use milepost::{question::Question, sources::Memory, steps};
///
/// let files = Memory::new()
///     .with("milepost.yaml", "project: shop")
///     .with("specs/a.yaml", "metrics:\n  sales: { value: sum(orders.amount) }\n");
/// let mut diagnostics = Diagnostics::default();
/// let mut loaded = steps::load(&files, &mut diagnostics);
///
/// let weekly = Question { metric: "sales".into(), grain: Some("week".into()), ..Question::default() };
/// weekly.ask(&mut loaded, &mut diagnostics).expect("there is such a metric");
/// assert_eq!(loaded.package.metrics[0].grain.as_ref().expect("a grain").node, "week");
///
/// let misspelled = Question { metric: "sale".into(), ..Question::default() };
/// let refused = misspelled.ask(&mut loaded, &mut diagnostics).expect_err("no such metric");
/// assert_eq!(refused.help, ["did you mean `sales`?"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The metric's name, or that of a part of it (`seats.p75`).
    pub metric: String,
    /// The names of dimensions.
    pub by: Vec<String>,
    /// `month`, `fiscal_quarter`.
    pub grain: Option<String>,
    /// A condition over dimensions.
    pub filter: Option<String>,
    /// Whether it is asked from a day on, so that its own days are counted and not those of the project's history.
    pub from_a_day: bool,
    /// Who is asked for, rather than how many.
    pub members: bool,
}

/// A question that has become part of the project.
#[derive(Clone, Debug)]
pub struct Asked {
    metric: String,
    /// The part that was named.
    part: Option<String>,
    /// It is the name of a segment.
    is_segment: bool,
    by: Vec<String>,
    /// The sources that hold the words of the question.
    words: Vec<SourceId>,
}

impl Question {
    /// Makes the question part of the project's definitions. Must come before the check.
    ///
    /// # Errors
    /// When there is no metric of that name, or it has no such part.
    pub fn ask(
        &self,
        loaded: &mut Loaded,
        diagnostics: &mut Diagnostics,
    ) -> Result<Asked, Box<Diagnostic>> {
        let Loaded { sources, package, .. } = loaded;
        if is_dimension(package, &self.metric) {
            return self.of_segment();
        }
        let (metric, part) = split_part(package, &self.metric);
        let names = package.metrics.iter().map(|metric| metric.name.node.as_str());
        let Some(at) = names.clone().position(|name| name == metric) else {
            let mut segments = package.segments.iter();
            return match segments.any(|segment| segment.name.node == self.metric) {
                true => self.of_segment(),
                false => Err(Box::new(unknown_metric(metric, package))),
            };
        };
        let spec = &mut package.metrics[at];
        if let Some(part) = part {
            refuse_unknown_part(spec, part)?;
        }
        let mut words = Vec::new();
        spec.from_a_day = self.from_a_day;
        if let Some(grain) = &self.grain {
            spec.grain = Some(told("--grain", grain, sources, &mut words));
        }
        if let Some(filter) = &self.filter {
            let span = add("--where", filter, sources, &mut words);
            package.asked = Some(span.source);
            let filter = parse_expr(sources.get(span.source), span, diagnostics);
            spec.filter = Some(both(spec.filter.take(), filter));
        }
        let by = self.dimensions(spec, part);
        slice(&by, spec, sources, &mut words);
        let (metric, part) = (metric.to_owned(), part.map(str::to_owned));
        Ok(Asked { metric, part, is_segment: false, by, words })
    }

    /// A segment is asked as it is: how many members each of its groups has.
    fn of_segment(&self) -> Result<Asked, Box<Diagnostic>> {
        if self.filter.is_some() {
            let name = &self.metric;
            let message = format!("`{name}` is a segment, and all of its members are counted");
            let told = Diagnostic::error_nowhere(codes::INVALID_VALUE, message);
            return Err(Box::new(told.help(format!(
                "leave out `--where`, and slice with `--by`; to count some of its members, write a metric such as `count(account where plan = 'pro')` and ask it by `{name}`"
            ))));
        }
        let (metric, by) = (self.metric.clone(), self.by.clone());
        Ok(Asked { metric, part: None, is_segment: true, by, words: Vec::new() })
    }

    /// The dimensions that are asked: of a journey its stages, where nothing else is.
    fn dimensions(&self, spec: &MetricSpec, part: Option<&str>) -> Vec<String> {
        let is_journey = spec.list().is_some_and(|list| list.is_journey);
        if is_journey && self.by.is_empty() && part.is_none() && !self.members {
            return vec![format!("{}.stage", spec.name.node)];
        }
        self.by.clone()
    }
}

fn slice(by: &[String], spec: &mut MetricSpec, sources: &mut SourceMap, words: &mut Vec<SourceId>) {
    for name in by {
        if !spec.slices.iter().any(|slice| slice.node == *name) {
            let slice = told("--by", name, sources, words);
            spec.slices.push(slice);
        }
    }
}

impl Asked {
    /// Whether a mistake is one of the question, not of the specs.
    #[must_use]
    pub fn is_about(&self, diagnostic: &Diagnostic) -> bool {
        diagnostic.primary.as_ref().is_some_and(|label| self.words.contains(&label.span.source))
    }

    /// Why there is no answer, when the project lacks what the metric needs.
    #[must_use]
    pub fn unavailable(&self, model: &Model) -> Option<Diagnostic> {
        let found = model.unavailable.iter().find(|other| other.name == self.metric)?;
        Some(found.tell(found.span))
    }

    /// The question, of the model that was checked with it: one request for each part, or for the one that was named.
    #[must_use]
    pub fn requests(
        &self,
        model: &Model,
        from: Option<Instant>,
        to: Option<Instant>,
    ) -> Option<Vec<Request>> {
        let request = self.request(model, from, to)?;
        Some(match self.part {
            Some(_) => vec![request],
            None => request.parts(model).collect(),
        })
    }

    /// The question of the part that was named, or of the headline.
    #[must_use]
    pub fn request(
        &self,
        model: &Model,
        from: Option<Instant>,
        to: Option<Instant>,
    ) -> Option<Request> {
        let metric = self.metric(model)?;
        let by = self.by.iter().map(|name| model.dimension(name)).collect::<Option<Vec<_>>>()?;
        let total = Request::total(model, metric);
        let part = match &self.part {
            Some(name) => model[metric].part(name)?,
            None => total.part,
        };
        Some(Request { part, by, from, to, ..total })
    }

    /// The list that is asked for, rather than how many are on it: a name alone.
    #[must_use]
    pub fn list(&self, model: &Model) -> Option<MetricId> {
        let metric = self.metric(model).filter(|_| self.part.is_none())?;
        model[metric].list.as_ref().map(|_| metric)
    }

    /// The segment that is asked for.
    #[must_use]
    pub fn segment(&self, model: &Model) -> Option<SegmentId> {
        model.segment(&self.metric).filter(|_| self.is_segment)
    }

    /// The metric that is asked for.
    #[must_use]
    pub fn metric(&self, model: &Model) -> Option<MetricId> {
        model.metric(&self.metric)
    }
}

/// Whether a journey or a score says it of each member, and metrics are sliced by it: `lifecycle.state`.
fn is_dimension(package: &Package, name: &str) -> bool {
    let said =
        package.segments.iter().filter_map(|segment| Some((segment, segment.derived.as_ref()?)));
    said.filter(|(segment, _)| segment.name.node == name).any(|(_, derived)| derived.is_dimension)
}

fn refuse_unknown_part(spec: &MetricSpec, part: &str) -> Result<(), Box<Diagnostic>> {
    let names = part_names(spec);
    // What the parts are of a metric that can't be read is not known.
    if names.is_empty() || names.iter().any(|name| name == part) {
        return Ok(());
    }
    let metric = &spec.name.node;
    if spec.is_derived() {
        let message = format!("`{metric}.{part}` is a value of each member, and no number of all");
        let help = format!(
            "`{metric}` lists it for everybody; for how many there are over time ask for `{metric}.count`, and for who has it add `--members`"
        );
        return Err(Box::new(Diagnostic::error_nowhere(codes::UNKNOWN_NAME, message).help(help)));
    }
    let help = match (names.as_slice(), suggest(part, names.iter().map(String::as_str))) {
        ([_], _) => format!("it is one number: ask for `{metric}`"),
        (_, Some(near)) => format!("did you mean `{metric}.{near}`?"),
        _ => format!("parts: {}", names.join(", ")),
    };
    let message = format!("`{metric}` has no part `{part}`");
    Err(Box::new(Diagnostic::error_nowhere(codes::UNKNOWN_NAME, message).help(help)))
}

/// There is no metric of that name; the one that had it before is offered, or the nearest.
fn unknown_metric(name: &str, package: &Package) -> Diagnostic {
    let names = package.metrics.iter().map(|metric| metric.name.node.as_str());
    let now = package
        .metrics
        .iter()
        .find(|metric| metric.meta.renamed_from.as_ref().is_some_and(|before| before.node == name));
    let segments = package.segments.iter().map(|segment| segment.name.node.as_str());
    let near = suggest(name, names.clone().chain(segments));
    let help = match (now, near, names.clone().next()) {
        (Some(metric), ..) => renamed(name, &metric.name.node),
        (None, Some(near), _) => format!("did you mean `{near}`?"),
        (None, None, None) => "the specs define no metric yet".to_owned(),
        (None, None, Some(_)) => format!("metrics: {}", names.collect::<Vec<_>>().join(", ")),
    };
    Diagnostic::error_nowhere(codes::UNKNOWN_NAME, format!("there is no metric `{name}`"))
        .help(help)
}

fn add(option: &str, text: &str, sources: &mut SourceMap, words: &mut Vec<SourceId>) -> Span {
    let id = sources.add_text(option, text);
    words.push(id);
    Span::new(id, 0, u32::try_from(text.len()).unwrap_or(u32::MAX))
}

fn told(
    option: &str,
    text: &str,
    sources: &mut SourceMap,
    words: &mut Vec<SourceId>,
) -> Spanned<String> {
    Spanned::new(text.to_owned(), add(option, text, sources, words))
}

fn both(own: Option<Expr>, asked: Expr) -> Expr {
    let Some(own) = own else { return asked };
    let span = asked.span;
    let kind = ExprKind::Binary {
        op: BinaryOp::And,
        op_span: span,
        left: Box::new(own),
        right: Box::new(asked),
    };
    Expr { kind, span }
}
