//! Lists: whether what is listed of members can be ordered, assigned and shown.

use super::metric::inferred;
use super::personal::Place;
use crate::check::Checker;
use crate::forms::list::{self, Written};
use crate::model::{
    Aggregate, ColumnId, Display, List, ListColumn, ListRole, ListSubject, Path, RowExpr, RowKind,
    Type, ValueExpr, ValueKind,
};
use milepost_syntax::ast::{ExprKind, ListSpec, MetricSpec};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Span;
use milepost_syntax::suggest;

impl Checker<'_, '_> {
    /// The list that a metric counts; absent where it is none, or where something about it is wrong.
    pub(super) fn list(&mut self, spec: &MetricSpec, value: &mut ValueExpr) -> Option<List> {
        let spec = spec.list()?;
        let ValueKind::Aggregate(found) = &mut value.kind else { return None };
        let of = match found.members {
            Some(entity) => ListSubject::Members(entity),
            None => ListSubject::Rows(spec.of.as_ref()?.node.clone()),
        };
        let dataset = self.dataset(found.dataset);
        let (key, shared) = match &of {
            ListSubject::Members(entity) => {
                (dataset.entity_key(*entity).unwrap_or_default().to_vec(), Vec::new())
            }
            ListSubject::Rows(_) => {
                let key = list::row_key(dataset);
                let names = key.iter().map(|column| dataset[*column].name.clone()).collect();
                (key, names)
            }
        };
        let before = self.diagnostics.counts().0;
        let written = list::columns(spec, &shared);
        self.tell_repeated_columns(&written);
        let columns = written.iter().zip(&found.listed);
        let columns = columns.map(|(written, expr)| self.list_column(spec, written, expr));
        let mut columns: Vec<ListColumn> = columns.collect();
        if let Some((name, called)) = self.member_name(&of, spec.name.span) {
            // The author may have asked for it.
            let mut listed = found.listed.iter();
            match listed.position(|listed| listed.as_column() == called.as_column()) {
                Some(at) if columns[at].role == ListRole::Fact => columns[at].role = name.role,
                Some(_) => {}
                None => {
                    columns.push(name);
                    found.listed.push(called);
                }
            }
        }
        let shows_key = self.shows_key(spec, found, &key);
        if self.diagnostics.counts().0 > before {
            return None;
        }
        Some(List {
            of,
            key,
            columns,
            descending: spec.order.as_ref().is_some_and(|order| order.descending),
            limit: spec.limit.as_ref().and_then(|limit| usize::try_from(limit.node).ok())?,
            next_step: super::metric::words(&spec.next_step),
            hides_unknown: spec.unknown.as_ref().is_some_and(|unknown| unknown.node == "hide"),
            shows_key,
            is_journey: spec.is_journey,
        })
    }

    /// What members are called, where the project lets that be shown.
    fn member_name(&mut self, of: &ListSubject, span: Span) -> Option<(ListColumn, RowExpr)> {
        let ListSubject::Members(of) = of else { return None };
        let entity = self.resolved.entity(*of);
        let (dataset, column) = (entity.home?, entity.label_column?);
        if !self.shows_names() {
            return None;
        }
        let called = self.column_node(Path { hops: Vec::new(), dataset, column }, span);
        let name = ListColumn {
            name: self.dataset(dataset)[column].name.clone(),
            role: ListRole::Name,
            label: self.dataset(dataset)[column].label.clone(),
            display: Display::Number(None),
            personal: false,
            named: true,
            withheld: false,
        };
        Some((name, called))
    }

    fn tell_repeated_columns(&mut self, written: &[Written<'_>]) {
        for (at, column) in written.iter().enumerate() {
            let mut before = written[..at].iter();
            let Some(first) = before.find(|other| other.name.node == column.name.node) else {
                continue;
            };
            let message = format!("there are two columns `{}`", column.name.node);
            self.diagnostics.push(
                Diagnostic::error(codes::DUPLICATE_DEFINITION, column.name.span, message)
                    .also(first.name.span, "the first")
                    .help("give one of them another name: `{ name: expression }`"),
            );
        }
    }

    fn list_column(
        &mut self,
        spec: &ListSpec,
        written: &Written<'_>,
        expr: &RowExpr,
    ) -> ListColumn {
        self.fits_role(spec, written, expr);
        let personal = self.list_shows(spec, written, expr);
        let is_label = self.is_label(expr);
        let withheld = is_label && !self.shows_names();
        if withheld && written.role != ListRole::Fact {
            self.tell_withheld(written);
        }
        ListColumn {
            name: written.name.node.clone(),
            role: written.role,
            label: self.list_label(written, expr),
            display: self.list_display(written, expr),
            personal,
            named: is_label && !withheld,
            withheld,
        }
    }

    /// A list can be shown without what members are called, but not ordered or split by it.
    fn tell_withheld(&mut self, written: &Written<'_>) {
        let message = format!(
            "`{}` is what members are called, and a list calls them by their keys unless the project allows more",
            written.name.node
        );
        self.diagnostics
            .push(Diagnostic::error(codes::PII_OUTPUT, written.value.span, message).help(
            "take the key instead, or allow names in milepost.yaml: `outputs: { names: [lists] }`",
        ));
    }

    /// Whether a value can do what it is there for; reported where not.
    fn fits_role(&mut self, spec: &ListSpec, written: &Written<'_>, expr: &RowExpr) {
        let at = written.value.span;
        let wrong = |what: &str| {
            Diagnostic::error(
                codes::TYPE_MISMATCH,
                at,
                format!("{what}, and this is {}", expr.ty.describe()),
            )
            .label(expr.ty.describe())
        };
        let is_time = matches!(expr.ty, Type::Date | Type::Timestamp);
        match written.role {
            ListRole::Order if !(expr.ty.is_numeric() || is_time || expr.ty == Type::Unknown) => {
                self.diagnostics.push(
                    wrong("a list is ordered by a number or a time")
                        .help("order it by an amount, a count, or a day such as `lowest: renewal_at`; what is text can stand under `columns:`"),
                );
            }
            ListRole::Reason if !matches!(expr.ty, Type::Text | Type::Unknown) => {
                self.diagnostics.push(wrong("a reason is a text").help(
                    "write for example `reason: if(renewal_at <= today + 30 days, 'renews in 30 days', 'renews in 90 days')`",
                ));
            }
            ListRole::Assignee
                if !matches!(expr.ty, Type::Text | Type::Integer | Type::Unknown) =>
            {
                self.diagnostics.push(wrong("who is to act is a text or a key").help(
                    "name the column that says who looks after the member, such as `assign_to: owner_id`",
                ));
            }
            ListRole::Until => self.is_planned_until(spec, expr),
            _ if expr.ty == Type::Duration => {
                self.diagnostics.push(
                    wrong("what is listed is a value")
                        .help("write `days_between(a, b)` for the days between two times"),
                );
            }
            _ => {}
        }
    }

    /// A day that lies ahead reads as null, unless its column is a plan.
    fn is_planned_until(&mut self, spec: &ListSpec, expr: &RowExpr) {
        let Some(until) = spec.snoozed_by.as_ref().and_then(|snoozed| snoozed.until.as_ref())
        else {
            return;
        };
        if !matches!(expr.ty, Type::Date | Type::Timestamp | Type::Unknown) {
            let told = Diagnostic::error(
                codes::TYPE_MISMATCH,
                until.span,
                format!("a snooze ends on a day, and `{}` is {}", until.node, expr.ty.describe()),
            );
            self.diagnostics.push(told.help("name the column with the day on which it ends"));
            return;
        }
        let RowKind::Inner(inner) = &expr.kind else { return };
        let dataset = inner.aggregate.dataset;
        let mut place = None;
        inner.aggregate.each_source(&mut |_, path| place = Some((path.dataset, path.column)));
        let Some((of, column)) = place else { return };
        if of == dataset {
            self.is_planned(until, (of, column), "a snooze");
        }
    }

    /// Whether a column is personal data that may be shown here; reported where it may not.
    fn list_shows(&mut self, spec: &ListSpec, written: &Written<'_>, expr: &RowExpr) -> bool {
        let Some(place) = self.personal_source(expr) else { return false };
        let address = address(spec, &written.name.node);
        if self.allows(&address) {
            return true;
        }
        self.tell_personal(place, written.value.span, &address);
        false
    }

    fn tell_personal(&mut self, place: Place, span: Span, address: &str) {
        let (words, declared) = self.personal_data(place);
        let message = format!("{words}, so a list shows it only where the project allows that");
        self.diagnostics.push(
            Diagnostic::error(codes::PII_OUTPUT, span, message)
                .also(declared, "declared here")
                .help(format!("take another column, such as the key of the person, or allow this one in milepost.yaml: `outputs: {{ allow_pii: [{address}] }}`")),
        );
    }

    /// Whether a key that is personal data may be shown.
    fn shows_key(&self, spec: &ListSpec, found: &Aggregate, key: &[ColumnId]) -> bool {
        let dataset = self.dataset(found.dataset);
        let mut personal = key.iter().filter(|column| dataset[**column].pii).peekable();
        personal.peek().is_some()
            && personal.all(|column| self.allows(&address(spec, &dataset[*column].name)))
    }

    fn allows(&self, address: &str) -> bool {
        let outputs = &self.resolved.package.project.outputs;
        outputs.allow_pii.iter().any(|allowed| allowed.node == address)
    }

    fn shows_names(&self) -> bool {
        self.resolved.package.project.outputs.names.iter().any(|name| name.node == "lists")
    }

    /// Whether what the members of an entity are called is part of a value.
    fn is_label(&self, expr: &RowExpr) -> bool {
        let mut found = false;
        expr.each_source(&mut |_, path| {
            found |= self.resolved.entities.iter().any(|entity| {
                entity.home == Some(path.dataset) && entity.label_column == Some(path.column)
            });
        });
        found
    }

    /// What readers call a column: what its definition says, unless the author named it here.
    fn list_label(&self, written: &Written<'_>, expr: &RowExpr) -> Option<String> {
        let ExprKind::Path(names) = &written.value.kind else { return None };
        if names.iter().map(|name| name.node.as_str()).ne(written.name.node.split('.')) {
            return None;
        }
        if let RowKind::Column(path) = without_seen(expr) {
            return self.dataset(path.dataset)[path.column].label.clone();
        }
        let id = self.resolved.names.metric(&names[0].node).filter(|_| names.len() == 1)?;
        self.metrics[id.0].as_ref()?.meta.label.clone()
    }

    /// How a number is shown: as the metric that it is, else by its unit.
    fn list_display(&self, written: &Written<'_>, expr: &RowExpr) -> Display {
        match expr.ty {
            Type::Date => return Display::Date,
            Type::Timestamp => return Display::Timestamp,
            _ => {}
        }
        if let ExprKind::Path(path) = &written.value.kind
            && !matches!(expr.kind, RowKind::Column(_))
            && let Some(id) = self.resolved.names.metric(&path[0].node)
            && let Some(metric) = &self.metrics[id.0]
        {
            let part = path.get(1).and_then(|part| metric.part(&part.node));
            return metric[part.unwrap_or(metric.headline)].display.clone();
        }
        inferred(&expr.unit)
    }

    /// Reports what `allow_pii` allows for nothing: there is no such column, or it is not personal data.
    pub(crate) fn allowed_for_nothing(&mut self) {
        let package = self.resolved.package;
        for allowed in &package.project.outputs.allow_pii {
            if let Some(told) = self.not_allowed(&allowed.node, allowed.span) {
                self.diagnostics.push(told);
            }
        }
    }

    fn not_allowed(&self, address: &str, span: Span) -> Option<Diagnostic> {
        let told = |message: String| Diagnostic::error(codes::INVALID_VALUE, span, message);
        let mut names = address.splitn(3, '.');
        let (Some("lists"), Some(list), Some(column)) = (names.next(), names.next(), names.next())
        else {
            let message = format!("`{address}` is not the column of a list");
            return Some(told(message).help("write `lists.NAME.COLUMN`, one for each column"));
        };
        let lists = || {
            self.metrics.iter().flatten().filter_map(|metric| Some((metric, metric.list.as_ref()?)))
        };
        let Some((metric, found)) = lists().find(|(metric, _)| metric.name == list) else {
            let message = format!("there is no list `{list}`");
            let unknown = Diagnostic::error(codes::UNKNOWN_NAME, span, message);
            return Some(match suggest(list, lists().map(|(metric, _)| metric.name.as_str())) {
                Some(near) => unknown.help(format!("did you mean `lists.{near}.{column}`?")),
                None => unknown.help("remove it, or define the list under `lists:`"),
            });
        };
        let ValueKind::Aggregate(count) = &metric.value().kind else { return None };
        let dataset = self.dataset(count.dataset);
        let is_key = found.key.iter().any(|c| dataset[*c].name == column && dataset[*c].pii);
        let shown = found.columns.iter().find(|shown| shown.name == column);
        if is_key || shown.is_some_and(|shown| shown.personal) {
            return None;
        }
        let own = metric.span;
        Some(match shown {
            Some(_) => told(format!("`{column}` of `{list}` is not personal data, so there is nothing to allow"))
                .also(own, "the list")
                .help("remove it: what is allowed here is looked at by those who answer for personal data"),
            None => {
                let unknown = Diagnostic::error(
                    codes::UNKNOWN_NAME,
                    span,
                    format!("the list `{list}` has no column `{column}`"),
                )
                .also(own, "the list");
                match suggest(column, found.columns.iter().map(|shown| shown.name.as_str())) {
                    Some(near) => unknown.help(format!("did you mean `lists.{list}.{near}`?")),
                    None => unknown.help("name one of its columns, or remove it"),
                }
            }
        })
    }
}

/// What `allow_pii` calls a column.
fn address(spec: &ListSpec, column: &str) -> String {
    format!("lists.{}.{column}", spec.name.node)
}

const fn without_seen(expr: &RowExpr) -> &RowKind {
    match &expr.kind {
        RowKind::Seen(time) => &time.kind,
        kind => kind,
    }
}
