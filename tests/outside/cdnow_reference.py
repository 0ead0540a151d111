"""The KPIs of examples/cdnow, counted row by row in plain Python.

    python tests/outside/cdnow_reference.py > examples/cdnow/expected.json

Needs the `duckdb` package, and uses it only to read the rows of the two Parquet files. Prints a list of series:
metric, grain, dimension (or null), and for each bucket a number or the reason why there is none; with a dimension, a
map from its value to that.
"""

import json
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb

DATA = Path(__file__).parents[2] / "examples" / "cdnow" / "data"
AS_OF = date(1998, 6, 30)
END = AS_OF + timedelta(days=1)


class Reason(str):
    """Why a cell has no number."""


def next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def months():
    """(label, first day, day after the last) of every month of the data."""
    day = date(1997, 1, 1)
    while day < END:
        yield day.strftime("%Y-%m"), day, next_month(day)
        day = next_month(day)


def weeks():
    """ISO weeks that begin in the 18 months that are shown."""
    day = date(1997, 1, 6)
    while day < END:
        year, week, _ = day.isocalendar()
        yield f"{year:04}-W{week:02}", day, day + timedelta(days=7)
        day += timedelta(days=7)


def read():
    db = duckdb.connect()
    orders = db.sql(f"SELECT customer_id, date, cds, amount FROM '{DATA / 'purchases.parquet'}'").fetchall()
    customers = db.sql(
        f"SELECT customer_id, first_purchase, cohort, first_order FROM '{DATA / 'customers.parquet'}'"
    ).fetchall()
    return orders, {c: {"first": f, "cohort": co, "first_order": fo} for c, f, co, fo in customers}


ORDERS, CUSTOMERS = read()
FIRST_ROW = min(day for _, day, _, _ in ORDERS)
BY_DAY = defaultdict(list)
for row in ORDERS:
    BY_DAY[row[1]].append(row)


def orders(start, end, keep):
    """The orders of [start, end), as far as the as-of lets see."""
    day = start
    while day < min(end, END):
        for row in BY_DAY[day]:
            if keep(row[0]):
                yield row
        day += timedelta(days=1)


def total(start, end, keep):
    if end <= FIRST_ROW:
        return Reason("no data")
    return sum((amount for _, _, _, amount in orders(start, end, keep)), Decimal(0))


def buyers(start, end, keep):
    return {customer for customer, _, _, _ in orders(start, end, keep)}


def ratio(over, under):
    if isinstance(over, Reason):
        return over
    if isinstance(under, Reason):
        return under
    return Fraction(over) / Fraction(under) if under else Reason("zero denominator")


def percentile(values, share):
    """Exact, between the two nearest ranks in proportion."""
    if not values:
        return Reason("no data")
    values = sorted(values)
    at = share * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return Fraction(values[low]) + (Fraction(values[high]) - Fraction(values[low])) * (at - low)


def new_customers(start, end, keep):
    return sum(1 for c, known in CUSTOMERS.items() if start <= known["first"] < end and keep(c))


def count(start, end, keep):
    return sum(1 for _ in orders(start, end, keep))


def active_share_90d(start, end, keep):
    if end - timedelta(days=90) < FIRST_ROW:
        return Reason("short history")
    recent = len(buyers(end - timedelta(days=90), end, keep))
    return ratio(recent, len(buyers(FIRST_ROW, end, keep)))


def is_repeat(row):
    return row[1] > CUSTOMERS[row[0]]["first"]


def returning_share(start, end, keep):
    back = {row[0] for row in orders(start, end, keep) if is_repeat(row)}
    return ratio(len(back), len(buyers(start, end, keep)))


def repeat_order_share(start, end, keep):
    return ratio(sum(map(is_repeat, orders(start, end, keep))), count(start, end, keep))


def cds_per_order(start, end, keep):
    return ratio(sum(row[2] for row in orders(start, end, keep)), count(start, end, keep))


def single_cd_share(start, end, keep):
    return ratio(sum(row[2] == 1 for row in orders(start, end, keep)), count(start, end, keep))


def revenue_28d(start, end, keep):
    end = min(end, END)
    if end - timedelta(days=28) < FIRST_ROW:
        return Reason("short history")
    return total(end - timedelta(days=28), end, keep)


def revenue_this_year(start, end, keep):
    return total(date((end - timedelta(days=1)).year, 1, 1), end, keep)


def revenue_growth(start, end, keep):
    before = total((start - timedelta(days=1)).replace(day=1), start, keep)
    now = ratio(total(start, end, keep), before)
    return now if isinstance(now, Reason) else now - 1


def revenue_growth_yoy(start, end, keep):
    earlier = start.replace(year=start.year - 1)
    now = ratio(total(start, end, keep), total(earlier, next_month(earlier), keep))
    return now if isinstance(now, Reason) else now - 1


def amounts(start, end, keep):
    return [row[3] for row in orders(start, end, keep)]


def average_order(start, end, keep):
    values = amounts(start, end, keep)
    if len(values) < 30:
        return Reason("too few" if values else "no data")
    return ratio(sum(values), len(values))


FIRST_ORDERS = {}
for customer, day, _, _ in ORDERS:
    FIRST_ORDERS[customer] = min(day, FIRST_ORDERS.get(customer, day))


def began(start, end, keep):
    return {c for c, first in FIRST_ORDERS.items() if start <= first < end and keep(c)}


def step(start, end, keep, months):
    """The orders of those who began in the month, in the one that follows so many months later, if it is over."""
    members = began(start, end, keep)
    for _ in range(months):
        start, end = end, next_month(end)
    return Reason("immature") if end > END else list(orders(start, end, lambda c: c in members))


def came_back(months):
    def count(*bucket):
        rows = step(*bucket, months)
        return rows if isinstance(rows, Reason) else len({row[0] for row in rows})
    return count


def share(months):
    return lambda *bucket: ratio(came_back(months)(*bucket), len(began(*bucket)))


def worth(months):
    def total(*bucket):
        rows = step(*bucket, months)
        return rows if isinstance(rows, Reason) else sum((row[3] for row in rows), Decimal(0))
    return total


METRICS = {
    "customer_cohorts.size": (lambda *b: len(began(*b)), ["first_order"]),
    "customer_cohorts.at_0": (share(0), []),
    "customer_cohorts.at_1": (share(1), ["first_order"]),
    "customer_cohorts.at_12": (share(12), ["first_order"]),
    "customer_cohorts.count_6": (came_back(6), []),
    "customer_cohorts.sum_1": (worth(1), []),
    "customer_cohorts.sum_12": (worth(12), []),
    "new_customers": (new_customers, ["first_order"]),
    "active_customers": (lambda *b: len(buyers(*b)), ["cohort", "first_order"]),
    "active_share_90d": (active_share_90d, ["cohort", "first_order"]),
    "returning_share": (returning_share, ["first_order"]),
    "repeat_order_share": (repeat_order_share, ["cohort", "first_order"]),
    "orders": (count, ["cohort", "first_order"]),
    "cds_per_order": (cds_per_order, ["cohort"]),
    "single_cd_share": (single_cd_share, ["cohort", "first_order"]),
    "revenue": (total, ["cohort", "first_order"]),
    "revenue_28d": (revenue_28d, ["cohort"]),
    "revenue_this_year": (revenue_this_year, ["cohort"]),
    "revenue_growth": (revenue_growth, []),
    "revenue_growth_yoy": (revenue_growth_yoy, ["cohort"]),
    "revenue_per_active_customer": (lambda *b: ratio(total(*b), len(buyers(*b))), ["cohort", "first_order"]),
    "average_order": (average_order, ["cohort", "first_order"]),
    "median_order": (lambda *b: percentile(amounts(*b), Fraction(1, 2)), ["first_order"]),
    "large_order": (lambda *b: percentile(amounts(*b), Fraction(9, 10)), []),
}


def cell(value):
    if isinstance(value, Reason):
        return {"reason": str(value)}
    return value if isinstance(value, int) else round(float(value), 10)


def series(name, grain, dimension):
    of, _ = METRICS[name]
    buckets = months() if grain == "month" else weeks()
    values = {}
    for label, start, end in buckets:
        if dimension is None:
            values[label] = cell(of(start, end, lambda _: True))
        else:
            kinds = sorted({known[dimension] for known in CUSTOMERS.values()})
            values[label] = {k: cell(of(start, end, lambda c, k=k: CUSTOMERS[c][dimension] == k)) for k in kinds}
    return {"metric": name, "grain": grain, "by": dimension, "values": values}


def main():
    result = [series(name, "month", None) for name in METRICS]
    result.append(series("revenue_28d", "week", None))
    result += [series(name, "month", dimension) for name, (_, by) in METRICS.items() for dimension in by]
    lines = ",\n".join(json.dumps(one) for one in result)
    print(f'{{"as_of": "{AS_OF}", "series": [\n{lines}\n]}}')


if __name__ == "__main__":
    main()
