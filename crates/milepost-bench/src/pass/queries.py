"""Runs the statements of a file in DuckDB, over the Parquet files of a project, and writes every figure.

    queries.py FOLDER STATEMENTS OUT THREADS

Statements end with a semicolon at the end of a line. Those that give rows give question, slice, bucket and value; a question is
`metric|grain|dimension`.
"""

import sys
from pathlib import Path

try:
    import duckdb
except ModuleNotFoundError:
    sys.exit("this Python lacks the package `duckdb`: name one that has it with MILEPOST_PYTHON "
             "(`cargo xtask test` makes target/tools/python)")


def label(question, bucket):
    """The day, or the month, as the site shows it."""
    text = str(bucket)[:10]
    return text[:7] if question.split("|")[1] == "month" else text


def peak():
    """The most memory that this process has had, where the system tells it as Linux does."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                print("peak_kb", line.split()[1])


def main():
    folder, statements, out, threads = sys.argv[1:]
    connection = duckdb.connect(config={"threads": int(threads)})
    for name, files in [("events", "data/events/*.parquet"), ("users", "data/users.parquet")]:
        path = str(Path(folder) / files).replace("'", "''")
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
    with open(out, "w", encoding="utf-8") as lines:
        for statement in Path(statements).read_text(encoding="utf-8").split(";\n"):
            if not statement.strip():
                continue
            rows = connection.execute(statement).fetchall()
            if statement.lstrip().startswith(("SELECT", "WITH", "FROM")):
                for question, part, bucket, value in rows:
                    if value is not None:
                        lines.write(f"{question},{part},{label(question, bucket)},{float(value)!r}\n")
    peak()


main()
