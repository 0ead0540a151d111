//! What the fields of a survey say, and what is wrong with them.

use milepost_syntax::ast::{
    Duration, DurationStyle, Expr, ExprKind, RowsSpec, SurveySpec, TimeUnit, UnaryOp,
};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::{Span, Spanned};

/// How long an invitation waits for its answer, where nothing is said.
const ANSWER_WITHIN: Duration =
    Duration { count: 14, unit: TimeUnit::Day, style: DurationStyle::Plain };

/// Which score it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind<'a> {
    Nps,
    /// The lowest score that is satisfied.
    Csat {
        top: &'a Expr,
    },
    /// Whether higher scores are easier.
    Ces {
        higher_is_easier: bool,
    },
}

/// The fields, with their defaults.
#[derive(Clone, Copy, Debug)]
pub(super) struct Survey<'a> {
    /// Where its expressions are.
    pub(super) span: Span,
    pub(super) kind: Kind<'a>,
    pub(super) answers: &'a RowsSpec,
    pub(super) score: &'a Expr,
    /// The lowest and the highest score, where written.
    pub(super) scale: Option<(&'a Expr, &'a Expr)>,
    pub(super) over: Option<&'a Spanned<Duration>>,
    /// Whose latest answer counts; absent where every answer does.
    pub(super) latest_of: Option<&'a Spanned<String>>,
    /// Of what each counts the same; absent where each answer does.
    pub(super) weighed_by: Option<&'a Spanned<String>>,
    pub(super) invitations: Option<Invitations<'a>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Invitations<'a> {
    pub(super) rows: &'a RowsSpec,
    pub(super) respondent: &'a Spanned<String>,
    /// How long an invitation waits for its answer.
    pub(super) within: Duration,
}

/// Reads the fields; nothing where they mean nothing, which is reported.
pub(super) fn read<'a>(spec: &'a SurveySpec, diagnostics: &mut Diagnostics) -> Option<Survey<'a>> {
    let before = diagnostics.counts().0;
    let mut reader = Reader { spec, diagnostics };
    let kind = reader.kind();
    let scale = reader.scale();
    let latest_of = reader.latest_of();
    let invitations = reader.invitations();
    let good = reader.diagnostics.counts().0 == before;
    let (answers, score) = (spec.answers.as_ref()?, spec.score.as_ref()?);
    let survey = Survey {
        span: spec.span,
        kind: kind?,
        answers,
        score,
        scale: scale?,
        over: spec.over.as_ref(),
        latest_of: latest_of?,
        weighed_by: spec.weighed_by(),
        invitations: invitations?,
    };
    good.then_some(survey)
}

/// A literal number, with its sign.
pub(super) fn number(expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Number(number) => Some(number.to_f64()),
        ExprKind::Unary { op: UnaryOp::Negate, operand } => number(operand).map(|number| -number),
        _ => None,
    }
}

struct Reader<'a, 'd> {
    spec: &'a SurveySpec,
    diagnostics: &'d mut Diagnostics,
}

impl<'a> Reader<'a, '_> {
    fn kind(&mut self) -> Option<Kind<'a>> {
        let spec = self.spec;
        let kind = spec.kind.as_ref()?;
        match kind.node.as_str() {
            "csat" => self.unused("direction", spec.direction.as_ref().map(|d| d.span), "ces"),
            "ces" => self.unused("top", spec.top.as_ref().map(|top| top.span), "csat"),
            _ => {
                self.unused("direction", spec.direction.as_ref().map(|d| d.span), "ces");
                self.unused("top", spec.top.as_ref().map(|top| top.span), "csat");
            }
        }
        match kind.node.as_str() {
            "nps" => Some(Kind::Nps),
            "csat" => self.top().map(|top| Kind::Csat { top }),
            _ => {
                let Some(direction) = &spec.direction else {
                    self.lacks("which scores say that it was easy", "add `direction: higher` where the highest score is the easiest, else `direction: lower`");
                    return None;
                };
                Some(Kind::Ces { higher_is_easier: direction.node == "higher" })
            }
        }
    }

    /// The lowest score that is satisfied, which is above the lowest one.
    fn top(&mut self) -> Option<&'a Expr> {
        let Some(top) = &self.spec.top else {
            self.lacks("which answers are satisfied", "add `top:` with the lowest score that is, such as `top: 4` for the two best of five");
            return None;
        };
        let at = self.literal(top)?;
        let ends = self.spec.scale.as_ref().map(|scale| (&scale.node.0, &scale.node.1));
        let ends = ends.and_then(|(low, high)| Some((number(low)?, number(high)?)));
        if ends.is_some_and(|(low, high)| at <= low || at > high) {
            let told = Diagnostic::error(
                codes::INVALID_VALUE,
                top.span,
                "every answer, or none, would be satisfied",
            );
            self.diagnostics
                .push(told.help("write a score above the lowest of the scale, up to the highest"));
            return None;
        }
        Some(top)
    }

    /// The ends of the scale; without any, those of NPS.
    #[expect(clippy::option_option, reason = "absent is a scale, too")]
    fn scale(&mut self) -> Option<Option<(&'a Expr, &'a Expr)>> {
        let nps = self.spec.kind.as_ref()?.node == "nps";
        let Some(scale) = &self.spec.scale else {
            if nps {
                return Some(None);
            }
            self.lacks(
                "from where to where its scores go, and scales differ",
                "add `scale:` with the lowest and the highest score, such as `scale: [1, 5]`",
            );
            return None;
        };
        let (low, high) = (&scale.node.0, &scale.node.1);
        let (first, last) = (self.literal(low)?, self.literal(high)?);
        let (message, help) = if first >= last {
            (
                "the lowest score comes first",
                "write the lowest and the highest score, in this order",
            )
        } else if nps && (last != 10.0 || !(0.0..=1.0).contains(&first)) {
            (
                "NPS is asked on a scale from 0 to 10",
                "write `scale: [0, 10]` or `scale: [1, 10]`; of another scale count the best scores with `kind: csat`",
            )
        } else {
            return Some(Some((low, high)));
        };
        let told = Diagnostic::error(codes::INVALID_VALUE, scale.span, message);
        self.diagnostics.push(told.help(help));
        None
    }

    #[expect(clippy::option_option, reason = "absent means every answer")]
    fn latest_of(&mut self) -> Option<Option<&'a Spanned<String>>> {
        let spec = self.spec;
        if spec.keep.as_ref().is_some_and(|keep| keep.node == "all") {
            return Some(None);
        }
        if spec.respondent.is_none() {
            self.lacks("whose latest answer counts", "add `respondent:` with the entity that answers, such as `respondent: contact`, or `keep: all` to count every answer");
            return None;
        }
        Some(spec.respondent.as_ref())
    }

    #[expect(clippy::option_option, reason = "absent is right, too")]
    fn invitations(&mut self) -> Option<Option<Invitations<'a>>> {
        let spec = self.spec;
        let Some(rows) = &spec.invitations else {
            if let Some(within) = &spec.answer_within {
                let told = Diagnostic::error(
                    codes::INVALID_VALUE,
                    within.span,
                    "`answer_within` says how long an invitation waits, and there are no `invitations`",
                );
                self.diagnostics.push(told.help("add `invitations:` with the rows of the invitations, or remove `answer_within:`"));
            }
            return Some(None);
        };
        let Some(respondent) = &spec.respondent else {
            self.lacks("who answers the invitations", "add `respondent:` with the entity that both invitations and answers belong to, such as `respondent: contact`");
            return None;
        };
        let within = spec.answer_within.as_ref().map_or(ANSWER_WITHIN, |within| within.node);
        Some(Some(Invitations { rows, respondent, within }))
    }

    fn literal(&mut self, expr: &Expr) -> Option<f64> {
        let found = number(expr);
        if found.is_none() && !matches!(expr.kind, ExprKind::Error) {
            let told = Diagnostic::error(
                codes::INVALID_VALUE,
                expr.span,
                "a score of the scale is a number",
            );
            self.diagnostics.push(told.help("write a number such as `5`"));
        }
        found
    }

    /// A field that this kind has no use for.
    fn unused(&mut self, field: &str, at: Option<Span>, kind: &str) {
        let Some(at) = at else { return };
        let message = format!("`{field}` means something for `kind: {kind}` alone");
        let told = Diagnostic::error(codes::INVALID_VALUE, at, message);
        self.diagnostics.push(told.help(format!("remove `{field}:`, or write `kind: {kind}`")));
    }

    fn lacks(&mut self, what: &str, help: &str) {
        let message = format!("`survey:` does not say {what}");
        let told = Diagnostic::error(codes::MISSING_FIELD, self.spec.key.span, message);
        self.diagnostics.push(told.help(help.to_owned()));
    }
}
