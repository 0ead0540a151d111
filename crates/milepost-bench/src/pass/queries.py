"""Runs the statements of a file in DuckDB, over the Parquet files of a project, and writes every figure.

    queries.py FOLDER STATEMENTS OUT THREADS TABLE=FILES…

Statements end with a semicolon at the end of a line. Those that give rows give question, slice, bucket and value; a question is
`metric|grain|dimension`.
"""

import os
import sys
from pathlib import Path

try:
    import duckdb
except ModuleNotFoundError:
    sys.exit("this Python lacks the package `duckdb`: name one that has it with MILEPOST_PYTHON "
             "(`cargo xtask test` makes target/tools/python)")


def label(question, bucket):
    """The day, or the month, as the site shows it; a bucket that has its name already keeps it."""
    grain = question.split("|")[1]
    return str(bucket)[: {"day": 10, "month": 7}.get(grain)]


def peak():
    """The most memory that this process has had, where the system tells it as Linux does."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                print("peak_kb", line.split()[1])


def main():
    folder, statements, out, threads, *tables = sys.argv[1:]
    os.chdir(folder)
    # Nothing is fetched: what DuckDB needs for this is part of the package.
    connection = duckdb.connect(config={"threads": int(threads), "autoinstall_known_extensions": "false"})
    for name, files in (table.split("=", 1) for table in tables):
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{files}')")
    with open(out, "w", encoding="utf-8") as lines:
        for statement in Path(statements).read_text(encoding="utf-8").split(";\n"):
            if not statement.strip():
                continue
            rows = connection.execute(statement).fetchall()
            if statement.lstrip().startswith(("SELECT", "WITH", "FROM")):
                for question, part, bucket, value in rows:
                    if value is not None:
                        lines.write(f"{question}\t{part}\t{label(question, bucket)}\t{float(value)!r}\n")
    peak()


main()
