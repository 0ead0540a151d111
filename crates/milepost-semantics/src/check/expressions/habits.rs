//! Functions that authors know from SQL and from spreadsheets, and what stands in their place here.

/// What to write instead of a function that there is not, whatever its letters' case.
pub(crate) fn function(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    Some(match lower.replace('_', "").as_str() {
        "countif" | "countifs" => {
            "write the condition after `where`: `count(events where name = 'login')`"
        }
        "sumif" | "sumifs" => {
            "write the condition after `where`: `sum(invoices.amount where amount > 0)`"
        }
        "averageif" | "averageifs" | "avgif" => {
            "write the condition after `where`: `avg(tickets.hours where priority = 'high')`"
        }
        "average" | "mean" => "write `avg(…)`",
        "countdistinct" | "uniq" | "unique" | "nunique" | "countunique" | "countd"
        | "distinctcount" => "write `count(distinct events.user)`",
        "counta" | "countrows" | "rows" => "write `count(events)`, naming the dataset",
        "std" | "stdev" | "stdevp" | "stdevs" | "stddevpop" | "stddevsamp" => "write `stddev(…)`",
        "quantile" | "percentilecont" | "percentiledisc" | "p90" | "p95" | "p50" => {
            "write `percentile(events.seconds, 90)`, or `median(events.seconds)`"
        }
        "datediff" | "datesub" | "timestampdiff" | "dayssince" | "networkdays" => {
            "write `days_between(from, to)`"
        }
        "dateadd" | "adddate" | "edate" => "add a length of time: `ends_at + 7 days`",
        "today" | "now" | "currentdate" | "getdate" | "sysdate" | "currenttimestamp" => {
            "figures never depend on the clock, so that they stay the same; a window ends with its bucket: `over 28 days`"
        }
        "month" | "year" | "week" | "quarter" | "datetrunc" | "datepart" | "extract"
        | "eomonth" => "a metric is counted bucket by bucket: write `grain: month` under it",
        "ifnull" | "nvl" | "isnull" | "iferror" | "zn" | "ifna" => "write `coalesce(a, 0)`",
        "nullif" | "divide" | "safedivide" => {
            "write `a / b`: where `b` is 0, the page says so in place of a number"
        }
        "vlookup" | "xlookup" | "lookup" | "hlookup" | "related" => {
            "follow the link with a path: `events.account.plan` is the plan of the account of an event"
        }
        "dateparse" | "todate" | "cast" | "tonumber" | "convert" | "date" | "value" => {
            "declare the type of the column under the dataset's `columns:`, as in `{ paid_on: date }`"
        }
        "lower" | "upper" | "trim" => {
            "text comparison is case-sensitive: list the spellings in the data, like `name in ['login', 'Login']`"
        }
        "left" | "startswith" | "hasprefix" => "test how a text begins: `name starts_with 'log'`",
        "concat" | "substring" | "substr" | "right" | "split" | "replace" | "regexpmatch"
        | "len" | "length" => {
            "text can only be compared: test a part of it with `name contains 'log'` or `name starts_with 'log'`, and derive other texts where the data is produced"
        }
        "lag" | "previous" | "priorperiod" | "parallelperiod" | "dateaddperiod" => {
            "write `prior(active)` for the bucket before, or `prior(active, 1 year)`"
        }
        "mtd" | "totalmtd" => "write a window: `sum(invoices.amount to date in month)`",
        "qtd" | "totalqtd" => "write a window: `sum(invoices.amount to date in quarter)`",
        "runningsum" | "cumsum" | "ytd" | "totalytd" => {
            "write a window: `sum(invoices.amount to date in year)`"
        }
        "movingaverage" | "rollingavg" | "rolling" => {
            "write a window: `avg(events.seconds over 28 days)`"
        }
        "iff" | "iif" | "case" | "switch" => "write `if(condition, a, b)`",
        "ceil" | "ceiling" | "floor" | "trunc" | "int" => "write `round(x)`",
        "power" | "pow" | "sqrt" | "log" | "ln" | "exp" => {
            "there are no powers, roots and logarithms; multiply, or compute a column where the data is produced"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn functions_from_elsewhere_are_answered() {
        for (name, instead) in [
            ("COUNTIF", "count(events where"),
            ("date_diff", "days_between"),
            ("DATEDIFF", "days_between"),
            ("count_distinct", "count(distinct"),
            ("IFERROR", "coalesce"),
            ("NOW", "clock"),
        ] {
            assert!(super::function(name).is_some_and(|text| text.contains(instead)), "{name}");
        }
        assert_eq!(super::function("cuont"), None);
    }
}
