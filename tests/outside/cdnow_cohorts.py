"""Cohort retention of examples/cdnow by hand-written DuckDB SQL, straight from the Parquet file.

    python tests/outside/cdnow_cohorts.py > tests/outside/cdnow_cohorts.json

Needs the `duckdb` package. Nothing of milepost takes part. Prints, for each way of counting, the cohorts of 1997 by month:
how many customers began (`size`), and a list with an entry for each step after the first, from 0 on: how many came back, or
null where the step is not over at the end of June 1998. By elapsed time an entry is a pair: how many came back, and of how
many (those for whom the step is over, with its last day). `src/examples/cohorts.rs` holds milepost against the file.
"""

import json
from pathlib import Path

import duckdb

PURCHASES = Path(__file__).parents[2] / "examples" / "cdnow" / "data" / "purchases.parquet"
STEPS = 12

DB = duckdb.connect()
DB.execute(f"""
    CREATE TABLE orders AS SELECT customer_id, date, amount FROM '{PURCHASES}';
    CREATE TABLE firsts AS
        SELECT customer_id, min(date) AS first, date_trunc('month', min(date)) AS cohort FROM orders GROUP BY customer_id;
    CREATE TABLE steps AS
        SELECT f.customer_id, f.cohort, date_diff('month', f.cohort, date_trunc('month', o.date)) AS k,
            count(*) AS orders, sum(o.amount) AS amount
        FROM firsts f JOIN orders o USING (customer_id) GROUP BY ALL;
""")

# The step that follows `k` months after the cohort is over if its month ends by the end of June 1998.
MATRIX = """
    SELECT strftime(c.cohort, '%Y-%m'), c.size, n.k,
        CASE WHEN c.cohort + to_months(n.k + 1) <= DATE '1998-07-01' THEN coalesce(v.value, 0) END
    FROM (SELECT cohort, count(*) AS size FROM firsts GROUP BY cohort) c
    CROSS JOIN (SELECT unnest(range({steps} + 1))::INTEGER AS k) n
    LEFT JOIN ({values}) v ON v.cohort = c.cohort AND v.k = n.k
    ORDER BY 1, 3
"""

CALENDAR = {
    # Customers with an order in the step.
    "on": "SELECT cohort, k, count(DISTINCT customer_id) AS value FROM steps GROUP BY cohort, k",
    # With two.
    "twice": "SELECT cohort, k, count(DISTINCT customer_id) AS value FROM steps WHERE orders >= 2 GROUP BY cohort, k",
    # With one in the step or in a later one.
    "on_or_after": """
        SELECT l.cohort, n.k, count(*) AS value
        FROM (SELECT customer_id, cohort, max(k) AS last FROM steps GROUP BY customer_id, cohort) l
        JOIN (SELECT unnest(range(100))::INTEGER AS k) n ON n.k <= l.last
        GROUP BY l.cohort, n.k""",
    # What they paid.
    "amount": "SELECT cohort, k, sum(amount)::DOUBLE AS value FROM steps GROUP BY cohort, k",
}

# Steps from the day of the first order on; the last day of each is left out, and must be over.
ELAPSED = """
    SELECT strftime(f.cohort, '%Y-%m'), n.k,
        count(*) FILTER (EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = f.customer_id
            AND o.date >= f.first + {step} * n.k AND o.date < f.first + {step} * (n.k + 1))),
        count(*)
    FROM firsts f CROSS JOIN (SELECT unnest(range({steps} + 1))::INTEGER AS k) n
    WHERE f.first + {step} * (n.k + 1) <= DATE '1998-06-30'
    GROUP BY f.cohort, n.k ORDER BY 1, 2
"""


def calendar(values):
    found = {}
    for label, size, _, value in DB.sql(MATRIX.format(steps=STEPS, values=values)).fetchall():
        found.setdefault(label, {"size": size, "steps": []})["steps"].append(value)
    return found


def elapsed(step):
    found = {}
    for label, k, count, of in DB.sql(ELAPSED.format(steps=STEPS, step=step)).fetchall():
        steps = found.setdefault(label, {"steps": [None] * (STEPS + 1)})["steps"]
        steps[k] = [count, of]
    return found


def main():
    found = {name: calendar(values) for name, values in CALENDAR.items()}
    found["elapsed_weeks"] = elapsed("INTERVAL 7 DAY")
    found["elapsed_months"] = elapsed("INTERVAL 1 MONTH")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
