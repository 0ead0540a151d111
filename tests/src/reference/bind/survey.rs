//! What a survey means, written out as an author would write it.

use milepost::syntax::ast::{Duration, Expr, ExprKind, RowsSpec, SurveySpec};
use milepost::syntax::diagnostic::Diagnostics;
use milepost::syntax::source::SourceMap;
use milepost::syntax::span::{Span, Spanned};
use milepost::syntax::{parse_expr, print_duration, print_expr};

/// The quantile of the normal distribution at 97.5 %, and its square.
const Z: &str = "1.959963984540054";
const Z_SQUARE: &str = "3.841458820694126";

/// The parts as expressions, the score first.
pub(super) fn written_out(spec: &SurveySpec) -> Vec<(&'static str, Expr)> {
    let survey = Survey::new(spec);
    let kind = spec.kind.as_ref().unwrap().node.as_str();
    let mut parts = match (kind, &survey.weigh) {
        ("nps", None) => survey.nps(),
        ("csat", None) => survey.csat(),
        _ => survey.mean(kind),
    };
    let score = parts[0].1.clone();
    parts.push(("change", format!("{score} - prior({score})")));
    parts.push(("responses", survey.count()));
    parts.extend(survey.sorts(kind));
    if let Some(invitations) = &spec.invitations {
        parts.push(("response_rate", survey.answered(invitations, spec)));
    }
    parts.extend(survey.left_out());
    parts.into_iter().map(|(name, text)| (name, parse(&text))).collect()
}

pub(super) fn parse(text: &str) -> Expr {
    let mut sources = SourceMap::default();
    let id = sources.add("survey", text);
    let whole = Span::new(id, 0, text.len() as u32);
    let mut told = Diagnostics::default();
    let expr = parse_expr(sources.get(id), whole, &mut told);
    assert!(!told.has_errors(), "{text}");
    expr
}

type Part = (&'static str, String);

struct Survey<'s> {
    answers: &'s str,
    respondent: Option<&'s str>,
    weigh: Option<&'s str>,
    /// ` over 28 days`, or nothing.
    window: String,
    /// The score with the dataset before its first column, and without it.
    lead: String,
    score: String,
    /// The condition of the answers, if there is one.
    filter: Option<String>,
    low: String,
    high: String,
    top: String,
}

fn condition(rows: &RowsSpec) -> Option<String> {
    rows.filter.as_ref().map(condition_of)
}

/// A condition in parentheses.
pub(super) fn condition_of(filter: &Expr) -> String {
    format!("({})", print_expr(filter))
}

/// The dataset before the first column.
fn leading(expr: &Expr, dataset: &str) -> Expr {
    fn first(expr: &mut Expr, dataset: &str) -> bool {
        match &mut expr.kind {
            ExprKind::Path(path) => {
                path.insert(0, Spanned::new(dataset.to_owned(), expr.span));
                true
            }
            ExprKind::Binary { left, right, .. } => first(left, dataset) || first(right, dataset),
            ExprKind::Unary { operand, .. } => first(operand, dataset),
            ExprKind::Call { args, .. } => args.iter_mut().any(|arg| first(arg, dataset)),
            _ => false,
        }
    }
    let mut expr = expr.clone();
    assert!(first(&mut expr, dataset), "a score has a column");
    expr
}

fn length(duration: &Option<Spanned<Duration>>) -> Option<String> {
    duration.as_ref().map(|length| print_duration(&length.node))
}

impl<'s> Survey<'s> {
    fn new(spec: &'s SurveySpec) -> Self {
        let answers = spec.answers.as_ref().unwrap();
        let score = spec.score.as_ref().unwrap();
        let all = spec.keep.as_ref().is_some_and(|keep| keep.node == "all");
        let name = |name: &'s Option<Spanned<String>>| name.as_ref().map(|n| n.node.as_str());
        let (low, high) = match &spec.scale {
            Some(scale) => (print_expr(&scale.node.0), print_expr(&scale.node.1)),
            None => ("0".to_owned(), "10".to_owned()),
        };
        Self {
            answers: &answers.name.node,
            respondent: name(&spec.respondent).filter(|_| !all),
            weigh: name(&spec.weigh).filter(|weigh| *weigh != "answers"),
            window: length(&spec.over).map_or_else(String::new, |length| format!(" over {length}")),
            lead: print_expr(&leading(score, &answers.name.node)),
            score: print_expr(score),
            filter: condition(answers),
            low,
            high,
            top: spec.top.as_ref().map(print_expr).unwrap_or_default(),
        }
    }

    fn fits(&self) -> String {
        let scale = format!("({}) between {} and {}", self.score, self.low, self.high);
        match &self.filter {
            Some(filter) => format!("{filter} and {scale}"),
            None => scale,
        }
    }

    fn any(&self) -> String {
        format!("any({}{} where {})", self.answers, self.window, self.fits())
    }

    /// A summary of a value of each answer that counts.
    fn of_each(&self, function: &str, value: impl Fn(&str) -> String) -> String {
        let (window, fits) = (&self.window, self.fits());
        match self.respondent {
            Some(one) => {
                let latest = value(&format!("last({}{window} where {fits})", self.lead));
                format!("{function}({latest} per {one} ever where {})", self.any())
            }
            None => format!("{function}({}{window} where {fits})", value(&self.lead)),
        }
    }

    fn count(&self) -> String {
        match self.respondent {
            Some(one) => format!("count({one} ever where {})", self.any()),
            None => format!("count({}{} where {})", self.answers, self.window, self.fits()),
        }
    }

    fn number_with(&self, condition: impl Fn(&str) -> String) -> String {
        self.of_each("sum", |score| format!("if({}, 1, 0)", condition(score)))
    }

    fn points(score: &str) -> String {
        format!("if({score} >= 9, 100, if({score} <= 6, -100, 0))")
    }

    /// Brendan Rocks' adjusted Wald: as if there were three answers more, ¾ for and ¾ against.
    fn nps(&self) -> Vec<Part> {
        let (score, n) = (self.of_each("avg", Self::points), self.count());
        let extremes = self.number_with(|score| format!("{score} <= 6 or {score} >= 9"));
        let center = format!("({score} * {n} / ({n} + 3))");
        let variance =
            format!("((10000 * ({extremes} + 1.5) / ({n} + 3) - {center} * {center}) / ({n} + 3))");
        let margin = format!("{Z} * sqrt({variance})");
        let moved = format!("{score} - prior({score})");
        let both = format!("{Z} * sqrt({variance} + prior({variance}))");
        vec![
            ("score", score.clone()),
            ("low", format!("greatest(-100, least({score}, {center} - {margin}))")),
            ("high", format!("least(100, greatest({score}, {center} + {margin}))")),
            ("change_low", format!("greatest(-200, {moved} - {both})")),
            ("change_high", format!("least(200, {moved} + {both})")),
        ]
    }

    /// Wilson's interval, and Newcombe's of a difference.
    fn csat(&self) -> Vec<Part> {
        let share = self.of_each("avg", |score| format!("if({score} >= {}, 1, 0)", self.top));
        let n = self.count();
        let end = |sign: char| {
            format!(
                "(({share} + {Z_SQUARE} / (2 * {n}) {sign} {Z} * sqrt({share} * (1 - {share}) / {n} + {Z_SQUARE} / (4 * {n} * {n}))) / (1 + {Z_SQUARE} / {n}))"
            )
        };
        let (low, high) = (end('-'), end('+'));
        let moved = format!("{share} - prior({share})");
        let below = format!("({share} - {low}) * ({share} - {low})");
        let above = format!("({high} - {share}) * ({high} - {share})");
        vec![
            ("score", share.clone()),
            ("low", format!("greatest(0, least({share}, {low}))")),
            ("high", format!("least(1, greatest({share}, {high}))")),
            ("change_low", format!("{moved} - sqrt({below} + prior({above}))")),
            ("change_high", format!("{moved} + sqrt({above} + prior({below}))")),
        ]
    }

    /// The mean of the answers or of the entities that are weighed.
    fn mean(&self, kind: &str) -> Vec<Part> {
        let value = |score: &str| match kind {
            "nps" => Self::points(score),
            "csat" => format!("if({score} >= {}, 1, 0)", self.top),
            _ => score.to_owned(),
        };
        let (low, high) = match kind {
            "nps" => ("-100", "100"),
            "csat" => ("0", "1"),
            _ => (self.low.as_str(), self.high.as_str()),
        };
        let of = |function: &str| match self.weigh {
            Some(weigh) => {
                let own = self.of_each("avg", value);
                format!("{function}({own} per {weigh} ever where {})", self.anybody())
            }
            None => self.of_each(function, value),
        };
        let n = match self.weigh {
            Some(weigh) => format!("count({weigh} ever where {})", self.anybody()),
            None => self.count(),
        };
        let (mean, deviation) = (of("avg"), of("stddev"));
        let variance = format!("({deviation} * {deviation} / {n})");
        let (margin, both) = (
            format!("{Z} * sqrt({variance})"),
            format!("{Z} * sqrt({variance} + prior({variance}))"),
        );
        let moved = format!("{mean} - prior({mean})");
        vec![
            ("score", mean.clone()),
            ("low", format!("greatest({low}, {mean} - {margin})")),
            ("high", format!("least({high}, {mean} + {margin})")),
            ("change_low", format!("greatest({low} - {high}, {moved} - {both})")),
            ("change_high", format!("least({high} - {low}, {moved} + {both})")),
        ]
    }

    fn anybody(&self) -> String {
        match self.respondent {
            Some(one) => format!("any({one} ever where {})", self.any()),
            None => self.any(),
        }
    }

    fn sorts(&self, kind: &str) -> Vec<Part> {
        let top = &self.top;
        match kind {
            "nps" => vec![
                ("promoters", self.number_with(|score| format!("{score} >= 9"))),
                ("passives", self.number_with(|score| format!("{score} > 6 and {score} < 9"))),
                ("detractors", self.number_with(|score| format!("{score} <= 6"))),
            ],
            "csat" => vec![
                ("satisfied", self.number_with(|score| format!("{score} >= {top}"))),
                ("not_satisfied", self.number_with(|score| format!("{score} < {top}"))),
            ],
            _ => Vec::new(),
        }
    }

    fn answered(&self, invitations: &RowsSpec, spec: &SurveySpec) -> String {
        let (rows, window) = (&invitations.name.node, &self.window);
        let respondent = &spec.respondent.as_ref().unwrap().node;
        let within = length(&spec.answer_within).unwrap_or_else(|| "14 days".to_owned());
        let found = format!(
            "any({} with same {respondent} within {within} where {})",
            self.answers,
            self.fits()
        );
        match condition(invitations) {
            Some(filter) => format!(
                "count({rows}{window} where {filter} and {found}) / count({rows}{window} where {filter})"
            ),
            None => format!("count({rows}{window} where {found}) / count({rows}{window})"),
        }
    }

    fn left_out(&self) -> Vec<Part> {
        let filter = self.filter.as_ref().map_or_else(String::new, |f| format!(" where {f}"));
        let told = |condition: String| format!("sum(if({condition}, 1, 0){}{filter})", self.window);
        let lead = &self.lead;
        let off = format!("({lead}) < {} or ({lead}) > {}", self.low, self.high);
        let mut parts =
            vec![("out_of_scale", told(off)), ("empty", told(format!("({lead}) is null")))];
        if let Some(one) = self.respondent {
            let rows = format!("count({}{} where {})", self.answers, self.window, self.fits());
            let known = format!("sum({rows} per {one} ever where {})", self.any());
            parts.push(("unknown_respondent", format!("greatest(0, {rows} - {known})")));
        }
        if let Some(weigh) = self.weigh {
            let (n, whose) = (self.count(), self.anybody());
            let known = format!("sum({n} per {weigh} ever where {whose})");
            parts.push(("unweighed", format!("greatest(0, {n} - {known})")));
        }
        parts
    }
}
