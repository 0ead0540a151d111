//! Expressions over one row: of a dataset, or of a member that is judged.

use milepost::syntax::ast::{Aggregate, Expr, ExprKind};
use milepost::syntax::span::Spanned;

use super::Binder;
use super::forms::{block, form, percentile, window};
use super::names::words;
use super::path::End;
use super::value::Env;
use crate::tree::{Blocks, DatasetId, EntityId, Node, Path, RowExpr, RowKind, ValidAt, Window};

/// Where an expression over a row is.
#[derive(Clone)]
pub(super) struct Scope<'s> {
    pub(super) dataset: DatasetId,
    /// What the rows are called: a dataset, a behavior or an entity. It may be before their columns.
    pub(super) name: &'s str,
    /// The rows are members of this entity, judged at the end of the bucket.
    pub(super) member: Option<EntityId>,
    /// Inside a judgement, where times after the end of the bucket are not known yet.
    pub(super) judged: bool,
    /// As of when histories and segments are read.
    pub(super) at: ValidAt,
    /// In the condition of a segment, where states need no `at end`.
    pub(super) daily: bool,
    /// The value of a metric that is named: in it are aggregates and metrics, and no columns.
    pub(super) written_out: bool,
    /// What enters the aggregates that are here.
    pub(super) env: Env<'s>,
}

impl Scope<'_> {
    /// A row by itself.
    pub(super) fn row(dataset: DatasetId) -> Self {
        Self {
            dataset,
            name: "",
            member: None,
            judged: false,
            at: ValidAt::Row,
            daily: false,
            written_out: false,
            env: Env::default(),
        }
    }

    /// A member of an entity, at the end of the bucket.
    pub(super) fn member(dataset: DatasetId, entity: EntityId) -> Self {
        Self { member: Some(entity), judged: true, at: ValidAt::End, ..Self::row(dataset) }
    }
}

impl Binder<'_> {
    pub(super) fn row(&self, expr: &Expr, scope: &Scope<'_>) -> RowExpr {
        if let ExprKind::Call { function, .. } = &expr.kind {
            let judged = scope.member.is_some() || function.node != "prior";
            assert!(judged, "`prior` stands in judgements and in values of metrics");
        }
        form(expr, &mut |part| self.row(part, scope)).unwrap_or_else(|| match &expr.kind {
            ExprKind::Path(path) => self.row_name(path, scope),
            ExprKind::Aggregate(spec) if block(spec).is_some() => self.row_blocks(spec, scope),
            ExprKind::Aggregate(spec) => self.inner(spec, scope),
            ExprKind::Over { operand, window: over } => {
                assert!(scope.member.is_some(), "a metric is evaluated for a member");
                let env = Env { window: Some(window(&over.node)), ..scope.env.clone() };
                self.row(operand, &Scope { env, written_out: true, ..scope.clone() })
            }
            other => panic!("{other:?} can't be bound"),
        })
    }

    fn row_name(&self, path: &[Spanned<String>], scope: &Scope<'_>) -> RowExpr {
        let names = self.without_head(path, scope);
        let metric = names.first().and_then(|name| self.metric(name));
        if let (Some(spec), true, 1 | 2) = (metric, scope.member.is_some(), names.len()) {
            // Evaluated for the member alone, with its own `where`.
            let env = scope.env.naming(spec);
            let mut parts = self.written_out(spec).into_iter();
            let part = parts.find(|part| names.get(1).is_none_or(|named| *named == part.name));
            let part = part.unwrap();
            let env = Env { earlier: self.earlier(part.earlier.as_ref()), ..env };
            let scope = Scope { env, written_out: true, ..scope.clone() };
            return self.row(&part.value, &scope);
        }
        if let ([name], true) = (names.as_slice(), scope.member.is_some()) {
            match *name {
                "business_days" => return RowExpr::business_days(),
                "today" => return RowExpr { kind: RowKind::Today },
                _ => {}
            }
        }
        assert!(!scope.written_out, "{names:?} is no metric");
        match self.follow(scope.dataset, &names, scope.at) {
            End::Columns(paths) => match <[Path; 1]>::try_from(paths) {
                Ok([path]) => self.known(path, scope),
                Err(paths) => panic!("{names:?} is {} columns", paths.len()),
            },
            End::Segment(found) => RowExpr { kind: RowKind::Segment(Box::new(found)) },
        }
    }

    /// A path begins with the name of the rows, or leaves it out.
    pub(super) fn without_head<'n>(
        &self,
        path: &'n [Spanned<String>],
        scope: &Scope<'_>,
    ) -> Vec<&'n str> {
        let mut names = words(path);
        assert!(names[0] != "this", "`this` is compared by `=`, beside what else must hold");
        let own = [scope.name, self.model[scope.dataset].name.as_str()];
        if names.len() > 1 && own.contains(&names[0]) {
            names.remove(0);
        }
        names
    }

    /// A column; in a judgement, a time that is no plan may not be known yet.
    pub(super) fn known(&self, path: Path, scope: &Scope<'_>) -> RowExpr {
        let column = &self.model[path.dataset][path.column];
        let hidden = scope.judged && column.ty.is_time() && !column.planned;
        let expr = RowExpr::column(path);
        if hidden { RowExpr { kind: RowKind::Seen(Box::new(expr)) } } else { expr }
    }

    fn row_blocks(&self, spec: &Aggregate, scope: &Scope<'_>) -> RowExpr {
        assert!(scope.member.is_some(), "blocks of time are counted for a member");
        assert!(spec.filter.is_none() && spec.on.is_none() && spec.linked.is_none());
        let env = Env { window: None, ..scope.env.clone() };
        let own = spec.window.as_ref().map(|own| window(&own.node));
        RowExpr::blocks(Blocks {
            function: spec.function.node,
            percentile: percentile(spec),
            operand: self.row(&spec.subject, &Scope { env, ..scope.clone() }),
            unit: block(spec).unwrap(),
            window: own.or(scope.env.window).unwrap_or(Window::Bucket),
        })
    }
}
