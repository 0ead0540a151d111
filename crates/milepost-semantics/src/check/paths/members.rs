//! Members in results and in conditions over dimensions: by their names, which are told apart by keys.

use crate::check::Checker;
use crate::check::expressions::expr::Node;
use crate::model::{
    Column, ColumnId, ColumnSource, DatasetId, EntityId, Form, Literal, MemberName, Path, RowExpr,
    RowKind, ScalarFunction, Type, Unit, key_parts,
};
use milepost_syntax::ast::{BinaryOp, Decimal, Expr, ExprKind, UnaryOp};
use milepost_syntax::span::Span;

impl Checker<'_, '_> {
    /// Adds the column with what each member of an entity is called. No spec can name it.
    pub(crate) fn add_member_name(
        &mut self,
        entity: EntityId,
        home: DatasetId,
        label: ColumnId,
    ) -> ColumnId {
        let is_numbered = self.personal_key(entity).is_some();
        let dataset = &mut self.resolved.tables[home.0].dataset;
        let mut name = format!("name of {}", self.resolved.entities[entity.0].name);
        while dataset.column(&name).is_some() {
            name.push('_');
        }
        let source = ColumnSource::MemberName(MemberName { entity, label, is_numbered });
        dataset.columns.push(Column { source, ..Column::of_file(&name, Type::Text, dataset.span) });
        ColumnId(dataset.columns.len() - 1)
    }

    /// Turns whole numbers that a member is compared with into texts, as names and keys are written.
    pub(crate) fn keys_as_texts(&self, expr: &mut Expr) {
        match &mut expr.kind {
            ExprKind::Binary { op: BinaryOp::Equal | BinaryOp::NotEqual, left, right, .. } => {
                if self.is_member(left) {
                    as_text(right);
                } else if self.is_member(right) {
                    as_text(left);
                }
            }
            ExprKind::In { operand, list, .. } if self.is_member(operand) => {
                list.iter_mut().for_each(as_text);
            }
            ExprKind::Binary { left, right, .. } => {
                self.keys_as_texts(left);
                self.keys_as_texts(right);
            }
            ExprKind::Unary { operand, .. } => self.keys_as_texts(operand),
            ExprKind::Call { args, .. } => args.iter_mut().for_each(|arg| self.keys_as_texts(arg)),
            _ => {}
        }
    }

    /// Whether the expression is a dimension whose values are members by their names.
    fn is_member(&self, expr: &Expr) -> bool {
        let ExprKind::Path(path) = &expr.kind else { return false };
        let [name] = path.as_slice() else { return false };
        self.dimensions.id(&name.node).is_some_and(|id| self.dimensions.has_names(id))
    }

    /// In a condition over dimensions, a text means the member of that name or key, and all those of that label.
    pub(crate) fn name_members(&self, expr: &mut RowExpr) {
        let found = match &expr.kind {
            RowKind::Form(Form::Binary {
                op: op @ (BinaryOp::Equal | BinaryOp::NotEqual),
                left,
                right,
            }) => {
                let sides = [(left, right), (right, left)];
                let named = sides.into_iter().find_map(|(member, other)| {
                    self.any_called(member, std::slice::from_ref(other.literal()?))
                });
                named.map(|named| (named, *op == BinaryOp::NotEqual))
            }
            RowKind::Form(Form::In { operand, list, negated }) => {
                self.any_called(operand, list).map(|named| (named, *negated))
            }
            _ => None,
        };
        match found {
            Some((named, false)) => *expr = named,
            Some((named, true)) => {
                let kind =
                    RowKind::Form(Form::Unary { op: UnaryOp::Not, operand: Box::new(named) });
                *expr = condition(kind, expr.span);
            }
            None => expr.each_child_mut(&mut |child| self.name_members(child)),
        }
    }

    /// Whether a member is one of those that the texts mean; absent if it is no member.
    fn any_called(&self, member: &RowExpr, texts: &[Literal]) -> Option<RowExpr> {
        let path = member.as_column()?;
        let ColumnSource::MemberName(name) = self.dataset(path.dataset)[path.column].source else {
            return None;
        };
        let mut ways: Vec<RowExpr> = Vec::new();
        for text in texts {
            let Literal::Text(text) = text else { return None };
            ways.extend(self.called(member, path, name, text));
        }
        ways.into_iter().reduce(|a, b| both(BinaryOp::Or, a, b))
    }

    /// The ways in which a text may mean a member.
    fn called(&self, member: &RowExpr, path: &Path, name: MemberName, text: &str) -> Vec<RowExpr> {
        let home = self.dataset(path.dataset);
        let column = |column: ColumnId| RowExpr {
            kind: RowKind::Column(Path { column, ..path.clone() }),
            ty: home[column].ty,
            unit: Unit::plain(),
            span: member.span,
        };
        let equal = |left: RowExpr, value: Literal| {
            let right = RowExpr {
                ty: left.ty,
                kind: RowKind::Form(Form::Literal(value)),
                unit: Unit::plain(),
                span: member.span,
            };
            both(BinaryOp::Equal, left, right)
        };
        let mut ways = vec![equal(member.clone(), Literal::Text(text.to_owned()))];
        if home[name.label].ty == Type::Text {
            // A member without a label is known all the same.
            let label = equal(column(name.label), Literal::Text(text.to_owned()));
            let no = condition(RowKind::Form(Form::Literal(Literal::Boolean(false))), member.span);
            let args = vec![label, no];
            let kind = RowKind::Form(Form::Call { function: ScalarFunction::Coalesce, args });
            ways.push(condition(kind, member.span));
        }
        let key = home.entity_key(name.entity).unwrap_or_default();
        let parts = key_parts(text, key.len()).unwrap_or_default();
        let parts = key
            .iter()
            .zip(parts)
            .map(|(part, text)| Some(equal(column(*part), key_literal(home[*part].ty, text)?)));
        let parts: Option<Vec<RowExpr>> = parts.collect();
        let whole = parts.unwrap_or_default().into_iter();
        ways.extend(whole.reduce(|a, b| both(BinaryOp::And, a, b)));
        ways
    }
}

/// A part of a key as its column holds it.
fn key_literal(ty: Type, text: String) -> Option<Literal> {
    match ty {
        Type::Text => Some(Literal::Text(text)),
        Type::Integer => {
            let mantissa = i128::from(text.parse::<i64>().ok()?);
            Some(Literal::Number(Decimal { mantissa, scale: 0 }))
        }
        _ => None,
    }
}

fn as_text(expr: &mut Expr) {
    let (number, sign) = match &expr.kind {
        ExprKind::Unary { op: UnaryOp::Negate, operand } => (&operand.kind, "-"),
        kind => (kind, ""),
    };
    if let ExprKind::Number(Decimal { mantissa, scale: 0 }) = number {
        expr.kind = ExprKind::Text(format!("{sign}{mantissa}"));
    }
}

fn both(op: BinaryOp, left: RowExpr, right: RowExpr) -> RowExpr {
    let span = left.span;
    condition(
        RowKind::Form(Form::Binary { op, left: Box::new(left), right: Box::new(right) }),
        span,
    )
}

fn condition(kind: RowKind, span: Span) -> RowExpr {
    RowExpr { kind, ty: Type::Boolean, unit: Unit::plain(), span }
}
