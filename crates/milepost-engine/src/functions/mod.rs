//! Functions that SQL lacks or that engines disagree on: local calendar time, exact sums and deviations, roots.
//!
//! Every scalar function has a DuckDB macro of the same name and meaning in [`crate::duckdb`], so that the
//! SQL of the plain lowering runs in both.

mod exact_sum;
mod local_time;
mod product;
mod square_root;
mod sum;
mod texts;
mod written;

use std::sync::Arc;

use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use datafusion::prelude::SessionContext;

use milepost_semantics::time::Calendar;

pub(crate) use exact_sum::list_type;
pub(crate) use milepost_plan::exact::{ExactPartials, PowerSums};
pub(crate) use sum::overflow;

/// Registers all functions of every session.
pub(crate) fn register(context: &SessionContext, calendar: &Arc<Calendar>) {
    for function in local_time::Kind::ALL {
        context.register_udf(ScalarUDF::from(local_time::LocalTime::new(
            function,
            Arc::clone(calendar),
        )));
    }
    for function in texts::Kind::ALL {
        context.register_udf(ScalarUDF::from(texts::TextFunction::new(function)));
    }
    for function in written::Kind::ALL {
        context.register_udf(ScalarUDF::from(written::WrittenTime::new(function)));
    }
    context.register_udf(ScalarUDF::from(product::Product::new()));
    context.register_udf(ScalarUDF::from(square_root::SquareRoot::new()));
    context.register_udaf(AggregateUDF::from(sum::Sum::new()));
}
