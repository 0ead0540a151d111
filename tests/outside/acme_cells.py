"""The buckets, the tables and the slices of examples/acme, for the KPIs of acme_reference.py, acme_catalog.py and
acme_linked.py.

Nothing of milepost takes part: buckets come from Python's calendar, tables straight from the Parquet files.

In the SQL of the KPIs, `{start}` and `{end}` are the bucket's first instant and the first one after it (never after the
as-of), `{first}` and `{after}` the same as calendar days, `{d28}` the instant 28 local days before the end (likewise for
the other `DAYS_BACK`), `{y1}` the one a year before it and `{y1_day}` its day, `{fiscal}` the first instant of the fiscal
year, `{slice}` the condition of the slice.
"""
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
    # The first that begins in the 24 months that are shown.
    length, day = {"month": (1, FIRST), "fiscal quarter": (3, FIRST), "quarter": (3, date(2024, 4, 1))}[grain]
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


FILES = {
    "accounts": "account", "contacts": "contact", "users": "app_user", "features": "feature", "trials": "trial",
    "goals": "account_goal", "subscriptions": "subscription", "integrations": "integration", "tickets": "ticket",
    "pictures": "mrr/*", "touches": "touch/*", "outreach": "csm_outreach", "invites": "survey_invite",
    "answers": "survey_response", "changes": "subscription_change", "permissions": "permission_change",
    "invoices": "invoice", "costs": "cost", "referrals": "referral", "csms": "csm", "campaigns": "campaign",
    "entitlements": "entitlement", "guides": "guide_view", "videos": "video_play", "contents": "content",
    "webinars": "webinar", "registrations": "webinar_reg", "kb_views": "kb_view", "kb_searches": "kb_search",
    "posts": "community_post", "attempts": "upsell_attempt",
}
# The time of each dataset that has one of its own.
TIMES = {
    "events": "ts", "touches": "sent_at", "outreach": '"at"', "invites": "sent_at", "answers": '"at"', "changes": '"at"',
    "permissions": '"at"', "invoices": "issued_at", "costs": "month", "referrals": "created", "guides": "shown_at",
    "videos": "ts", "registrations": "registered_at", "kb_views": '"at"', "kb_searches": '"at"', "posts": '"at"',
    "attempts": '"at"',
}


def load():
    for table, file in FILES.items():
        DB.execute(f"CREATE TABLE {table} AS SELECT * FROM '{ACME / 'data' / file}.parquet'")
    DB.execute(
        "CREATE TABLE events AS SELECT * EXCLUDE (n) FROM (SELECT e.*, f.key, "
        "row_number() OVER (PARTITION BY event_id) AS n "
        f"FROM read_parquet('{ACME}/data/product_event/*/*.parquet', hive_partitioning = false) e "
        "LEFT JOIN features f USING (feature_id)) WHERE n = 1"
    )
    FIRST_ROWS.update(first_rows())


# The instant of the first row of each dataset with a time of its own.
FIRST_ROWS = {}
# How many months a bucket has.
MONTHS = {"month": 1, "quarter": 3, "fiscal quarter": 3}
USERS = "count(DISTINCT t.user_id)"
DAYS_BACK = (1, 7, 14, 28, 30, 45, 56, 90)
ATTRIBUTES = {"accounts", "contacts", "users", "trials", "goals"}


def first_rows():
    found = {}
    for table, column in TIMES.items():
        ((value,),) = DB.sql(f"SELECT min({table}.{column}) FROM {table}").fetchall()
        found[table] = value if isinstance(value, datetime) else midnight(value)
    return found


class Reason(Exception):
    pass


def end_of_select(text):
    """Where what is selected ends and `FROM` begins, outside of all parentheses."""
    depth = 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth == 0 and text.startswith(" FROM ", i):
            return i
    raise ValueError(text)


def holidays():
    lines = (ACME / "holidays.csv").read_text().splitlines()[1:]
    return {date.fromisoformat(line.split(",")[0]) for line in lines}


HOLIDAYS = holidays()


class Cell:
    """One bucket of one slice: what the KPIs below are written with."""

    def __init__(self, bucket, where, counted=None):
        self.bucket, self.where = bucket, where
        # How many rows each query of the slice counts.
        self.counted = [] if counted is None else counted

    def at(self, bucket):
        return Cell(bucket, self.where, self.counted)

    def before(self):
        """The same slice of the bucket before."""
        return self.at(self.bucket.moved(MONTHS[self.bucket.grain]))

    def query(self, sql, table):
        b = self.bucket
        back = lambda days: f"TIMESTAMP '{midnight(b.end_day - timedelta(days=days))}'"
        year = plus_months(b.end_day, -12)
        fiscal_year = (b.end_day - timedelta(days=1)).year - ((b.end_day - timedelta(days=1)).month < 2)
        text = sql.format(
            start=f"TIMESTAMP '{b.start}'", end=f"TIMESTAMP '{b.end}'", first=f"DATE '{b.first}'",
            after=f"DATE '{b.end_day}'", **{f"d{days}": back(days) for days in DAYS_BACK},
            y1=f"TIMESTAMP '{midnight(year)}'", y1_day=f"DATE '{year}'",
            fiscal=f"TIMESTAMP '{midnight(date(fiscal_year, 2, 1))}'", slice=self.where(table),
        )
        ((value,),) = DB.sql(text).fetchall()
        if "{slice}" in sql:
            self.counted += DB.sql(f"SELECT count(*){text[end_of_select(text):]}").fetchall()[0]
        return value

    def reaches(self, table, days):
        """Refuses windows of so many days that begin before there is data."""
        self.begins(self.bucket.end_day - timedelta(days=days), FIRST_ROWS[table])

    def reaches_a_year(self, first):
        self.begins(plus_months(self.bucket.end_day, -12), first)

    def begins(self, day, first):
        if midnight(day) < first:
            raise Reason("short history")

    def rows(self, table, what="count(*)", where="true", time=None, since="{start}"):
        """An aggregate over the rows of a dataset between `since` and the bucket's end."""
        b = self.bucket
        if time is None:
            time, first = f"t.{TIMES[table]}", FIRST_ROWS[table]
            if since == "{start}" and b.end <= first:
                raise Reason("no data")
            for days in DAYS_BACK:
                if since == f"{{d{days}}}":
                    self.reaches(table, days)
        elif table in ATTRIBUTES:
            # Attributes have no time of their own: the placing column says when there begins to be data.
            ((first,),) = DB.sql(f"SELECT min({time}) FROM {table} t").fetchall()
            if b.end <= (first if isinstance(first, datetime) else midnight(first)):
                raise Reason("no data")
        is_day = time in ("t.month", "t.due", "t.achieved_at")
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


FEATURE = ({}, "(SELECT f.name FROM features f WHERE f.feature_id = t.feature_id)", "SELECT DISTINCT name FROM features")

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
    "feature": FEATURE,
    "feature_name": FEATURE,
    "content": ({}, "(SELECT o.title FROM contents o WHERE o.content_id = t.article_id)", "SELECT title FROM contents"),
    "topic": ({}, "t.topic", "SELECT DISTINCT topic FROM posts"),
}


def slice_of(dimension, value):
    own, path, _ = DIMENSIONS[dimension]
    test = "IS NULL" if value is None else "= '{}'".format(value.replace("'", "''"))
    return lambda table: f"{own.get(table, path)} {test}"
