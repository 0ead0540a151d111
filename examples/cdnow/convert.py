"""Turns CDNOW_master.txt into the two Parquet files of this example.

    python convert.py path/to/CDNOW_master.txt [data]

Needs the `duckdb` package. The same input gives the same tables: rows keep the order of the text file, and
`customers.parquet` is sorted by customer.
"""

import sys
from pathlib import Path

import duckdb


def main(source: str, folder: str) -> None:
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    db = duckdb.connect()
    db.execute("SET threads = 1")
    rows = []
    for line in Path(source).read_text().splitlines()[1:]:
        if line.strip():
            rows.append(line.split())
    db.execute("CREATE TABLE purchases (customer_id INTEGER, date DATE, cds INTEGER, amount DECIMAL(10,2))")
    text = "\n".join(",".join([c, f"{d[:4]}-{d[4:6]}-{d[6:]}", n, a]) for c, d, n, a in rows)
    staged = out / "purchases.csv.tmp"
    staged.write_text(text + "\n")
    db.execute(f"COPY purchases FROM '{staged}' (FORMAT csv, HEADER false)")
    staged.unlink()
    options = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15)"
    db.execute(f"COPY (SELECT * FROM purchases ORDER BY rowid) TO '{out / 'purchases.parquet'}' {options}")
    customers = """
        SELECT customer_id,
               min(date) AS first_purchase,
               strftime(min(date), '%Y-%m') AS cohort,
               CASE WHEN first_amount >= 40 THEN 'over 40' WHEN first_amount >= 15 THEN '15 to 40' ELSE 'under 15' END AS first_order
        FROM (
            SELECT *, sum(amount) FILTER (date = first_date) OVER (PARTITION BY customer_id) AS first_amount
            FROM (SELECT *, min(date) OVER (PARTITION BY customer_id) AS first_date FROM purchases)
        )
        GROUP BY customer_id, first_amount
        ORDER BY customer_id
    """
    db.execute(f"COPY ({customers}) TO '{out / 'customers.parquet'}' {options}")
    for name in ("purchases", "customers"):
        ((count,),) = db.sql(f"SELECT count(*) FROM '{out / name}.parquet'").fetchall()
        print(f"{name}: {count} rows")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else str(Path(__file__).parent / "data"))
