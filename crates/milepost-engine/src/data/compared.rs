//! Texts that conditions compare columns with, and which of them the columns hold.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::Int32Type;

use milepost_semantics::model::{
    CheckRule, ColumnId, ColumnSource, DatasetId, Form, Literal, Model, Place, RowExpr, RowKind,
    ScalarFunction, Type,
};
use milepost_syntax::ast::BinaryOp;
use milepost_syntax::span::Span;

/// A column of more different values than this tells nothing: it holds names or free text.
pub(crate) const FEW: usize = 1_000;

/// A comparison of a value of a row with texts.
#[derive(Clone, Debug)]
pub(crate) struct Compared {
    /// Where the comparison stands.
    pub(crate) span: Span,
    /// The texts, as written.
    pub(crate) texts: Vec<String>,
    /// Written with `in` or `not in`.
    pub(crate) is_list: bool,
    /// `!=` or `not in`.
    pub(crate) negated: bool,
    /// The column, if it is one and nothing else.
    pub(crate) column: Option<Place>,
    /// The columns of files whose values the compared value may have.
    pub(crate) places: BTreeSet<Place>,
    /// Texts that it may have besides: those of `if(c, 'a', 'b')`.
    pub(crate) fixed: BTreeSet<String>,
}

impl Compared {
    /// The comparison, if it is one whose possible values the columns of files tell.
    pub(crate) fn of(model: &Model, expr: &RowExpr) -> Option<Self> {
        let text = |literal: &Literal| match literal {
            Literal::Text(text) => Some(text.clone()),
            _ => None,
        };
        let (operand, texts, is_list, negated) = match &expr.kind {
            RowKind::Form(Form::Binary {
                op: op @ (BinaryOp::Equal | BinaryOp::NotEqual),
                left,
                right,
            }) => {
                let (operand, literal) = match (&left.kind, &right.kind) {
                    (_, RowKind::Form(Form::Literal(literal))) => (left, literal),
                    (RowKind::Form(Form::Literal(literal)), _) => (right, literal),
                    _ => return None,
                };
                (operand, vec![text(literal)?], false, *op == BinaryOp::NotEqual)
            }
            RowKind::Form(Form::In { operand, list, negated }) => {
                (operand, list.iter().map(text).collect::<Option<Vec<_>>>()?, true, *negated)
            }
            _ => return None,
        };
        let (mut places, mut fixed) = (BTreeSet::new(), BTreeSet::new());
        let known = values(model, operand, &mut places, &mut fixed);
        (known && !places.is_empty()).then_some(Self {
            span: expr.span,
            texts,
            is_list,
            negated,
            column: operand.as_column().map(|path| (path.dataset, path.column)),
            places,
            fixed,
        })
    }

    /// Whether an `accepted` check lists the text: then it is right, whether rows have it or not.
    pub(crate) fn is_accepted(&self, model: &Model, text: &str) -> bool {
        self.places.iter().chain(&self.column).any(|(dataset, column)| {
            model[*dataset].checks.iter().any(|check| match &check.rule {
                CheckRule::Accepted { column: of, values } => {
                    of == column && values.iter().any(|value| value == text)
                }
                _ => false,
            })
        })
    }
}

/// The columns and the texts that a value is one of; false where there is something else.
fn values(
    model: &Model,
    value: &RowExpr,
    places: &mut BTreeSet<Place>,
    fixed: &mut BTreeSet<String>,
) -> bool {
    match &value.kind {
        RowKind::Column(path) => {
            let column = &model[path.dataset][path.column];
            match &column.source {
                ColumnSource::File(_) if column.ty == Type::Text => {
                    places.insert((path.dataset, path.column));
                    true
                }
                ColumnSource::Computed(value) => values(model, value, places, fixed),
                ColumnSource::File(_) | ColumnSource::MemberName(_) => false,
            }
        }
        RowKind::Form(Form::Literal(Literal::Text(text))) => {
            fixed.insert(text.clone());
            true
        }
        RowKind::Form(Form::If { then, otherwise, .. }) => {
            values(model, then, places, fixed) && values(model, otherwise, places, fixed)
        }
        RowKind::Form(Form::Call { function: ScalarFunction::Coalesce, args }) => {
            args.iter().all(|arg| values(model, arg, places, fixed))
        }
        _ => false,
    }
}

/// The different texts of columns. Absent: there are too many. All texts that are asked for and that some row has are
/// among them; where one of these is missing, they are all that there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts(BTreeMap<Place, Option<BTreeSet<String>>>);

impl Texts {
    /// What is known of a column's values.
    pub(crate) fn of(&self, place: Place) -> Option<&BTreeSet<String>> {
        self.0.get(&place)?.as_ref()
    }

    /// Keeps what was seen of a column.
    pub(crate) fn keep(&mut self, place: Place, seen: Seen) {
        self.0.insert(place, seen.values());
    }

    /// Looks at the columns of a dataset in memory, also at rows that the as-of does not see: a text that comes later is
    /// no slip of the pen.
    pub(crate) fn look(
        &mut self,
        model: &Model,
        asked: &Asked,
        id: DatasetId,
        batch: &RecordBatch,
    ) {
        for (place, wanted) in asked.range((id, ColumnId(0))..=(id, ColumnId(usize::MAX))) {
            let Some(array) = batch.column_by_name(&model[id][place.1].name) else { continue };
            let mut seen = Seen::new(wanted);
            seen.array(array);
            self.keep(*place, seen);
        }
    }
}

/// The texts that each column is compared with.
pub(crate) type Asked = BTreeMap<Place, BTreeSet<String>>;

/// The texts that columns are asked for.
pub(crate) fn asked(compared: &[Compared]) -> Asked {
    let mut asked = Asked::new();
    for one in compared {
        for place in &one.places {
            asked.entry(*place).or_default().extend(one.texts.iter().cloned());
        }
    }
    asked
}

/// The values of one column, as far as someone must know them.
pub(crate) struct Seen {
    missing: BTreeSet<String>,
    values: HashSet<String>,
}

impl Seen {
    pub(crate) fn new(wanted: &BTreeSet<String>) -> Self {
        Self { missing: wanted.clone(), values: HashSet::new() }
    }

    /// Whether more rows would tell nothing.
    pub(crate) fn is_done(&self) -> bool {
        self.missing.is_empty() || self.values.len() > FEW
    }

    /// The texts of more rows, as they are or in a dictionary.
    pub(crate) fn array(&mut self, array: &ArrayRef) {
        if let Some(coded) = array.as_dictionary_opt::<Int32Type>() {
            let Some(texts) = coded.values().as_string_opt::<i32>() else { return };
            // A dictionary may hold texts that no row has.
            let mut met = vec![false; texts.len()];
            for key in coded.keys().iter().flatten().filter_map(|key| usize::try_from(key).ok()) {
                if met.get(key) == Some(&false) {
                    met[key] = true;
                    self.text(texts.value(key));
                }
            }
        } else if let Some(texts) = array.as_string_opt::<i32>() {
            let mut last = None;
            for text in texts.iter().flatten() {
                if self.is_done() {
                    return;
                }
                if last != Some(text) {
                    self.text(text);
                }
                last = Some(text);
            }
        }
    }

    fn text(&mut self, text: &str) {
        if !self.values.contains(text) {
            self.missing.remove(text);
            self.values.insert(text.to_owned());
        }
    }

    fn values(self) -> Option<BTreeSet<String>> {
        (self.values.len() <= FEW).then(|| self.values.into_iter().collect())
    }
}
