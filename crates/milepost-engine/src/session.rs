//! The DataFusion session that everything runs in.

use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::{SessionConfig, SessionContext};

use milepost_semantics::time::Calendar;

use crate::functions;

/// The physical rule that answers wrongly in DataFusion 55.2: it folds `sum(<literal column>)` over an inner join to
/// `literal × rows before the join`, a constant. Statistic-based shortcuts are never trusted here.
const WRONG_RULE: &str = "aggregate_statistics";

/// A session whose answers depend on nothing but the data and the plan.
pub(crate) fn session(calendar: &Calendar, partitions: usize) -> SessionContext {
    let mut config = SessionConfig::new().with_target_partitions(partitions.max(1)).with_information_schema(false);
    config.options_mut().execution.collect_statistics = false;
    // One text type in memory keeps every kernel below simple.
    config.options_mut().execution.parquet.schema_force_view_types = false;
    config.options_mut().sql_parser.map_string_types_to_utf8view = false;
    let rules = PhysicalOptimizer::new().rules.into_iter().filter(|rule| rule.name() != WRONG_RULE).collect();
    let state = SessionStateBuilder::new()
        .with_default_features()
        .with_config(config)
        .with_physical_optimizer_rules(rules)
        .build();
    let context = SessionContext::new_with_state(state);
    functions::register(&context, &Arc::new(calendar.clone()));
    context
}
