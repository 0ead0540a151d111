"""Runs SQL in DuckDB.

    python tests/outside/run_sql.py JOBS.json > ANSWERS.json

Needs the `duckdb` package. JOBS.json holds a list of projects, `{"folder": …, "prelude": …, "queries": [{"name": …,
"sql": …}, …]}`: the prelude is run first, from the project's folder, and makes the tables that the queries read. Prints
for each project, in the same order, an object from the name of each query to its rows, or to `{"error": …}`.

The last column of a query is a number or null; the others are text, or null where a row has no value of a dimension.
"""

import math
import os

import duckdb
from jobs import answer_each


def row(values):
    """One row, as JSON can hold it."""
    *key, value = values
    if value is not None:
        value = float(value)
    key = [None if text is None else str(text) for text in key]
    return key + [value if value is None or math.isfinite(value) else None]


def answers(project):
    """The rows of every query of a project."""
    os.chdir(project["folder"])
    # Nothing is fetched: what DuckDB needs for this is part of the package.
    db = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    db.execute(project["prelude"])
    found = {}
    for query in project["queries"]:
        try:
            found[query["name"]] = [row(values) for values in db.execute(query["sql"]).fetchall()]
        except duckdb.Error as error:
            found[query["name"]] = {"error": str(error)}
    return found


if __name__ == "__main__":
    answer_each(answers)
