"""The KPIs of examples/acme as DuckDB computes them, straight from the Parquet files; those of the catalog
are in acme_catalog.py.

    python tests/outside/acme_reference.py > examples/acme/expected.json

Needs the `duckdb` package. Nothing of milepost takes part: buckets come from Python's calendar, numbers from the SQL
below. Every KPI is computed at month grain and at its own, and some by a dimension. Prints a list of series: metric,
grain, dimension (or null), and for each bucket a number or the reason why there is none.

In the SQL, `{start}` and `{end}` are the bucket's first instant and the first one after it (never after the as-of),
`{first}` and `{after}` the same as calendar days, `{d28}` the instant 28 local days before the end (likewise `{d7}`,
`{d45}`, `{d90}`, `{y1}`), `{fiscal}` the first instant of the fiscal year, `{slice}` the condition of the slice.
"""

import json
import sys
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

ACME = Path(__file__).parents[2] / "examples" / "acme"
ZONE = ZoneInfo("Europe/Amsterdam")
UTC = ZoneInfo("UTC")
FIRST, LAST = date(2024, 2, 1), date(2026, 1, 31)


def midnight(day):
    """The day's first instant in Amsterdam, as UTC without a zone."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC).replace(tzinfo=None)


END = midnight(LAST + timedelta(days=1))
END_DAY = LAST + timedelta(days=1)


def plus_months(day, n):
    index = day.year * 12 + day.month - 1 + n
    year, month = divmod(index, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


@dataclass(frozen=True)
class Bucket:
    label: str
    grain: str
    first: date
    after: date

    @property
    def start(self):
        return midnight(self.first)

    @property
    def end(self):
        return min(midnight(self.after), END)

    @property
    def end_day(self):
        return min(self.after, END_DAY)

    def moved(self, months):
        return Bucket("", self.grain, plus_months(self.first, -months), plus_months(self.after, -months))


def buckets(grain):
    if grain == "week":
        day = date(2024, 2, 5)
        while day <= LAST:
            year, week, _ = day.isocalendar()
            yield Bucket(f"{year:04}-W{week:02}", grain, day, day + timedelta(days=7))
            day += timedelta(days=7)
        return
    length, day = {"month": (1, FIRST), "fiscal quarter": (3, FIRST), "quarter": (3, date(2024, 1, 1))}[grain]
    while day <= LAST:
        if grain == "month":
            label = day.strftime("%Y-%m")
        elif grain == "quarter":
            label = f"{day.year}-Q{(day.month - 1) // 3 + 1}"
        else:
            label = f"FY{day.year + (day.month > 1)}-Q{(day.month - 2) % 12 // 3 + 1}"
        yield Bucket(label, grain, day, plus_months(day, length))
        day = plus_months(day, length)


DB = duckdb.connect()
DB.execute("SET TimeZone = 'UTC'")
DB.execute("SET threads = 1")


def load():
    files = {
        "accounts": "account", "contacts": "contact", "users": "app_user", "features": "feature", "trials": "trial",
        "goals": "account_goal", "subscriptions": "subscription", "integrations": "integration", "tickets": "ticket",
        "pictures": "mrr/*", "touches": "touch/*", "outreach": "csm_outreach", "invites": "survey_invite",
        "answers": "survey_response", "changes": "subscription_change", "permissions": "permission_change",
        "invoices": "invoice", "costs": "cost", "referrals": "referral", "csms": "csm", "campaigns": "campaign",
    }
    for table, file in (files | catalog.FILES).items():
        DB.execute(f"CREATE TABLE {table} AS SELECT * FROM '{ACME / 'data' / file}.parquet'")
    DB.execute(
        "CREATE TABLE events AS SELECT * EXCLUDE (n) FROM (SELECT e.*, f.key, "
        "row_number() OVER (PARTITION BY event_id) AS n "
        f"FROM read_parquet('{ACME}/data/product_event/*/*.parquet', hive_partitioning = false) e "
        "LEFT JOIN features f USING (feature_id)) WHERE n = 1"
    )


TIMES = {
    "events": "ts", "touches": "sent_at", "outreach": "at", "invites": "sent_at", "answers": "at", "changes": "at",
    "permissions": "at", "invoices": "issued_at", "costs": "month", "referrals": "created",
}
ATTRIBUTES = {"accounts", "contacts", "users", "trials", "goals"}


def first_rows():
    """The instant of the first row of each dataset with a time of its own."""
    found = {}
    for table, column in TIMES.items():
        ((value,),) = DB.sql(f"SELECT min({table}.{column}) FROM {table}").fetchall()
        found[table] = value if isinstance(value, datetime) else midnight(value)
    return found


class Reason(Exception):
    pass


def holidays():
    lines = (ACME / "holidays.csv").read_text().splitlines()[1:]
    return {date.fromisoformat(line.split(",")[0]) for line in lines}


HOLIDAYS = holidays()


class Cell:
    """One bucket of one slice: what the KPIs below are written with."""

    def __init__(self, bucket, where, first_rows):
        self.bucket, self.where, self.first_rows = bucket, where, first_rows

    def at(self, bucket):
        return Cell(bucket, self.where, self.first_rows)

    def query(self, sql, table):
        b = self.bucket
        back = lambda days: f"TIMESTAMP '{midnight(b.end_day - timedelta(days=days))}'"
        fiscal_year = (b.end_day - timedelta(days=1)).year - ((b.end_day - timedelta(days=1)).month < 2)
        text = sql.format(
            start=f"TIMESTAMP '{b.start}'", end=f"TIMESTAMP '{b.end}'", first=f"DATE '{b.first}'",
            after=f"DATE '{b.end_day}'", d1=back(1), d7=back(7), d14=back(14), d28=back(28), d30=back(30), d45=back(45), d90=back(90),
            y1=f"TIMESTAMP '{midnight(plus_months(b.end_day, -12))}'",
            fiscal=f"TIMESTAMP '{midnight(date(fiscal_year, 2, 1))}'", slice=self.where(table),
        )
        ((value,),) = DB.sql(text).fetchall()
        return value

    def rows(self, table, what="count(*)", where="true", time=None, since="{start}"):
        """An aggregate over the rows of a dataset between `since` and the bucket's end."""
        b = self.bucket
        if time is None:
            time, first = f"t.{TIMES[table]}", self.first_rows[table]
            if since == "{start}" and b.end <= first:
                raise Reason("no data")
            days = {"{d7}": 7, "{d28}": 28, "{d45}": 45, "{d90}": 90}.get(since)
            if days and midnight(b.end_day - timedelta(days=days)) < first:
                raise Reason("short history")
        elif table in ATTRIBUTES:
            # Attributes have no time of their own: the placing column says when there begins to be data.
            ((first,),) = DB.sql(f"SELECT min({time}) FROM {table} t").fetchall()
            if b.end <= (first if isinstance(first, datetime) else midnight(first)):
                raise Reason("no data")
        is_day = time in ("t.month", "t.due")
        low, high = ("{first}", "{after}") if is_day else (since, "{end}")
        condition = f"{time} >= {low} AND {time} < {high} AND ({where}) AND ({{slice}})"
        value = self.query(f"SELECT {what} FROM {table} t WHERE {condition}", table)
        return 0 if value is None and what.startswith(("sum", "count")) else value

    def state(self, table, valid, what="count(*)", at="{end}"):
        """An aggregate over what is true just before an instant."""
        low, high = valid
        value = self.query(
            f"SELECT {what} FROM {table} t WHERE t.{low} < {at} AND (t.{high} IS NULL OR {at} <= t.{high}) AND ({{slice}})",
            table,
        )
        return 0 if value is None else value

    def seats(self, at="{end}"):
        return self.state("subscriptions", ("start", '"end"'), "sum(t.seats)", at)

    def picture(self, what):
        sql = "SELECT max(date) FROM pictures t WHERE date < {after}"
        if self.query(sql, "pictures") is None:
            raise Reason("no data")
        value = self.query(
            f"SELECT {what} FROM pictures t WHERE t.date = (SELECT max(date) FROM pictures WHERE date < {{after}}) AND ({{slice}})",
            "pictures",
        )
        return 0 if value is None else value

    def business_days(self):
        day, count = self.bucket.first, 0
        while day < self.bucket.end_day:
            count += day.weekday() < 5 and day not in HOLIDAYS
            day += timedelta(days=1)
        return count


def ratio(over, under, least=0):
    if not under:
        raise Reason("zero denominator")
    if under < least:
        raise Reason("too few")
    return float(over) / float(under)


def present(value, count=1, least=0):
    """The value of an average or percentile."""
    if value is None:
        raise Reason("no data")
    if count < least:
        raise Reason("too few")
    return float(value)


DAYS = "date_diff('microsecond', {0}, {1}) / 86400000000.0"
EMAIL = "t.channel = 'email' AND "
NPS, CSAT = "t.kind = 'nps'", "t.kind = 'csat'"


def days_to_activation(c):
    time, days = "t.activated_at", DAYS.format("t.created_at", "t.activated_at")
    return present(c.rows("users", f"quantile_cont({days}, 0.5)", time=time), c.rows("users", time=time), 5)


def slow_tickets(c):
    time, days = "t.closed", DAYS.format("t.opened", "t.closed")
    return present(c.rows("tickets", f"quantile_cont({days}, 0.9)", time=time), c.rows("tickets", time=time), 10)


def open_tickets(c):
    day, counts = c.bucket.first, []
    while day < c.bucket.end_day:
        at = f"TIMESTAMP '{midnight(day + timedelta(days=1))}'"
        counts.append(c.state("tickets", ("opened", "closed"), at=at))
        day += timedelta(days=1)
    return sum(counts) / len(counts)


def nps(c):
    share = lambda low, high: c.rows("answers", where=f"{NPS} AND t.score BETWEEN {low} AND {high}", since="{d90}")
    return ratio(100 * (share(9, 10) - share(0, 6)), share(0, 10), 30)


def csat(c):
    count = lambda low: c.rows("answers", where=f"{CSAT} AND t.score BETWEEN {low} AND 5", since="{d90}")
    return ratio(count(4), count(1), 10)


def customers(c):
    return c.state("subscriptions", ("start", '"end"'), "count(DISTINCT t.account_id)")


def months_of(grain):
    return {"month": 1, "quarter": 3, "fiscal quarter": 3}[grain]


def cac(c):
    before = c.at(c.bucket.moved(months_of(c.bucket.grain)))
    cost = before.rows("costs", "sum(t.amount)", "t.type IN ('sales', 'marketing')")
    return ratio(cost, c.rows("changes", where="t.kind = 'new'"))


def key_use_per_user(c):
    return ratio(c.rows("events", where="t.key"), c.rows("events", "count(DISTINCT t.user_id)", "t.key"))


def usage_growth(c):
    return ratio(key_use_per_user(c), key_use_per_user(c.at(c.bucket.moved(months_of(c.bucket.grain))))) - 1


def expansion_mrr(c):
    why = "t.kind IN ('seats', 'plan', 'price', 'add-on') AND t.new_mrr > t.old_mrr"
    return float(c.rows("changes", "sum(t.new_mrr - t.old_mrr)", why))


def permissions_upgraded(c):
    rank = "CASE {0} WHEN 'admin' THEN 3 WHEN 'editor' THEN 2 ELSE 1 END"
    return c.rows("permissions", where=f"{rank.format('t.new')} > {rank.format('t.old')}")


def monthly_revenue_growth(c):
    return ratio(c.picture("sum(t.mrr)"), c.at(c.bucket.moved(12)).picture("sum(t.mrr)")) - 1


def logo_churn_12m(c):
    lost = c.rows("changes", where="t.kind = 'churn'", since="{y1}")
    return ratio(lost, customers(c.at(c.bucket.moved(12))))


def days_to_pay(c):
    days = DAYS.format("t.issued_at", "t.paid_at")
    return present(c.rows("invoices", f"quantile_cont({days}, 0.5)", time="t.paid_at"))


OPENED = f"{EMAIL}t.opened_at IS NOT NULL"
KNOWN = "EXISTS (SELECT 1 FROM users u WHERE u.user_id = t.user_id AND u.contact_id IS NOT NULL)"
USERS = "count(DISTINCT t.user_id)"

# metric: (its own grain, dimensions to check, how)
METRICS = {
    "email_delivery_rate": ("month", ["size", "role"], lambda c: ratio(
        c.rows("touches", where=f"{EMAIL}t.delivered_at IS NOT NULL"), c.rows("touches", where=f"{EMAIL}NOT t.holdout"))),
    "adjusted_open_rate": ("month", [], lambda c: ratio(
        c.rows("touches", where=f"{OPENED} AND t.open_reliable"),
        c.rows("touches", where=f"{EMAIL}t.delivered_at IS NOT NULL")
        - c.rows("touches", where=f"{OPENED} AND NOT t.open_reliable"), 30)),
    "engagement_rate": ("month", ["channel"], lambda c: ratio(
        c.rows("touches", where="t.clicked_at IS NOT NULL OR t.replied_at IS NOT NULL"),
        c.rows("touches", where="t.delivered_at IS NOT NULL"))),
    "proactive_outreach_per_day": ("week", ["team"], lambda c: ratio(
        c.rows("outreach", where="t.proactive"), c.business_days())),
    "identity_resolution": ("month", ["size"], lambda c: ratio(
        c.rows("events", USERS, KNOWN, since="{d28}"), c.rows("events", USERS, since="{d28}"))),
    "nps_response_rate": ("quarter", [], lambda c: ratio(
        c.rows("answers", where=NPS), c.rows("invites", where=f"{NPS} AND t.delivered"), 30)),
    "license_activation": ("month", ["plan", "size", "region"], lambda c: ratio(
        c.state("users", ("activated_at", "deactivated_at")), c.seats())),
    "days_to_activation": ("month", [], days_to_activation),
    "license_utilization_28d": ("month", ["plan", "size", "region"], lambda c: ratio(
        c.rows("events", USERS, since="{d28}"), c.seats())),
    "wau_per_seat": ("week", ["plan"], lambda c: ratio(c.rows("events", USERS, since="{d7}"), c.seats())),
    "active_accounts_share": ("month", ["size"], lambda c: ratio(
        c.rows("events", "count(DISTINCT t.account_id)", since="{d28}"), customers(c))),
    "feature_intensity": ("month", ["plan"], lambda c: ratio(
        c.rows("events", where="t.key", since="{d28}"), c.rows("events", USERS, since="{d28}"))),
    "feature_use": ("month", ["plan", "feature_name"], lambda c: c.rows("events", where="t.name != 'login'")),
    "csat": ("month", [], csat),
    "csm_sentiment": ("month", ["team"], lambda c: present(c.rows("outreach", "avg(t.csm_score)", since="{d45}"))),
    "slow_tickets": ("month", [], slow_tickets),
    "open_tickets": ("month", ["size"], open_tickets),
    "nps": ("month", [], nps),
    "trial_to_paid": ("fiscal quarter", [], lambda c: ratio(
        c.rows("trials", where="t.converted_at <= t.ends_at + INTERVAL 7 DAY", time="t.ends_at"),
        c.rows("trials", time="t.ends_at"), 3)),
    "cac": ("fiscal quarter", ["source"], cac),
    "usage_growth": ("month", ["plan"], usage_growth),
    "integrations_added": ("month", ["size"], lambda c: c.rows("integrations", time="t.connected_at")
        - c.rows("integrations", time="t.disconnected_at")),
    "permissions_upgraded": ("month", ["size"], permissions_upgraded),
    "outcomes_achieved": ("fiscal quarter", ["size"], lambda c: ratio(
        c.rows("goals", where="t.achieved_at <= t.due", time="t.due"), c.rows("goals", time="t.due"))),
    "expansion_mrr": ("month", ["plan", "size"], expansion_mrr),
    "seats_added": ("month", ["size", "region"], lambda c: c.seats() - c.seats("{start}")),
    "monthly_revenue": ("month", ["plan", "size", "source"], lambda c: float(c.picture("sum(t.mrr)"))),
    "monthly_revenue_growth": ("month", ["size"], monthly_revenue_growth),
    "arpa": ("month", ["plan"], lambda c: ratio(
        c.picture("sum(t.mrr)"), c.picture("count(DISTINCT t.account_id) FILTER (t.mrr > 0)"))),
    "revenue_this_fiscal_year": ("month", ["region"], lambda c: float(
        c.rows("invoices", "sum(t.amount)", since="{fiscal}"))),
    "days_to_pay": ("month", ["size"], days_to_pay),
    "logo_churn_12m": ("month", ["size"], logo_churn_12m),
    "referrals_made": ("quarter", ["role"], lambda c: c.rows("referrals")),
}

# dimension: (tables that hold it themselves, how the others reach it, its values)
DIMENSIONS = {
    "plan": ({}, "(SELECT a.plan FROM accounts a WHERE a.account_id = t.account_id)", "SELECT DISTINCT plan FROM accounts"),
    "size": ({}, "(SELECT a.size FROM accounts a WHERE a.account_id = t.account_id)", "SELECT DISTINCT size FROM accounts"),
    "region": ({}, "(SELECT a.region FROM accounts a WHERE a.account_id = t.account_id)", "SELECT DISTINCT region FROM accounts"),
    "source": ({"costs": "t.channel"}, "(SELECT a.acquired_channel FROM accounts a WHERE a.account_id = t.account_id)",
        "SELECT DISTINCT acquired_channel FROM accounts"),
    "channel": ({"touches": "t.channel"}, "", "SELECT DISTINCT channel FROM touches"),
    "role": ({"referrals": "(SELECT c.role FROM contacts c WHERE c.contact_id = t.referrer_contact)"},
        "(SELECT c.role FROM contacts c WHERE c.contact_id = t.contact_id)", "SELECT DISTINCT role FROM contacts"),
    "team": ({}, "(SELECT s.team FROM csms s WHERE s.csm_id = t.csm_id)", "SELECT DISTINCT team FROM csms"),
    "feature_name": ({}, "(SELECT f.name FROM features f WHERE f.feature_id = t.feature_id)", "SELECT DISTINCT name FROM features"),
}


def slice_of(dimension, value):
    own, path, _ = DIMENSIONS[dimension]
    test = "IS NULL" if value is None else f"= '{value}'"
    return lambda table: f"{own.get(table, path)} {test}"


def cell(how, bucket, where, first):
    try:
        value = how(Cell(bucket, where, first))
    except Reason as reason:
        return {"reason": str(reason)}
    return value if isinstance(value, int) else round(float(value), 10)


def series(name, grain, dimension, first):
    how, values = METRICS[name][2], {}
    for bucket in buckets(grain):
        if dimension is None:
            values[bucket.label] = cell(how, bucket, lambda _: "true", first)
            continue
        kinds = [kind for (kind,) in DB.sql(DIMENSIONS[dimension][2]).fetchall() if kind is not None]
        cells = {kind: cell(how, bucket, slice_of(dimension, kind), first) for kind in sorted(kinds)}
        cells["(unknown)"] = cell(how, bucket, slice_of(dimension, None), first)
        values[bucket.label] = cells
    return {"metric": name, "grain": grain, "by": dimension, "values": values}


def main():
    METRICS.update({name: ("month", [], how) for name, how in catalog.METRICS.items()})
    TIMES.update(catalog.TIMES)
    load()
    first = first_rows()
    asked = []
    for name, (grain, dimensions, _) in METRICS.items():
        asked += [(name, "month", None)] + ([(name, grain, None)] if grain != "month" else [])
        asked += [(name, "month" if grain == "week" else grain, dimension) for dimension in dimensions]
    lines = ",\n".join(json.dumps(series(*one, first)) for one in asked)
    print(f'{{"as_of": "{LAST}", "series": [\n{lines}\n]}}')


if __name__ == "__main__":
    # The KPIs of the catalog are written with what is above: this very module, not a second copy of it.
    sys.modules["acme_reference"] = sys.modules["__main__"]
    import acme_catalog as catalog

    main()
