"""KPIs of the catalog in which rows consult other rows or members are compared with what they were, for acme_reference.py.

A row that has another one within some time is `done`; it is `old` when that time was over at the as-of, and rows that are
not wait: they are in neither part of a share. Nor are rows for which that time begins on a day before the first row of the
other dataset, which are not `known`. All of this is found once, by `load`, for every row.
"""

from datetime import timedelta
from functools import cache

from acme_catalog import ACCOUNTS, CONTACTS, EVER, OWNED, count, part, uses
from acme_cells import DB, END, FIRST_ROWS, HOLIDAYS, TIMES, UTC, ZONE, Cell, Reason, midnight, ratio

AS_OF = f"TIMESTAMP '{END}'"


def known(time, other):
    """Whether there are rows of a table from the day of that time on; true where there is no time to look from."""
    first = FIRST_ROWS[other].replace(tzinfo=UTC).astimezone(ZONE).date()
    begun = midnight(first)
    return f"coalesce({time} >= TIMESTAMP '{begun}', true)"


def after_business_days(instant, days):
    """The same time of day in Amsterdam, so many business days later."""
    local = instant.replace(tzinfo=UTC).astimezone(ZONE)
    while days > 0:
        local += timedelta(days=1)
        days -= local.weekday() < 5 and local.date() not in HOLIDAYS
    return local.astimezone(UTC).replace(tzinfo=None)


def follow(name, rows, other, tie, until, since=None, where="true"):
    """A table of the rows, with whether a row `x` of the other table lies between `since` (their own time) and `until`."""
    time, theirs = since or f"t.{TIMES[rows]}", TIMES[other]
    found = f"EXISTS (SELECT 1 FROM {other} x WHERE {tie} AND x.{theirs} BETWEEN {time} AND {until} AND ({where}))"
    DB.execute(
        f"CREATE TABLE {name} AS SELECT t.*, {until} < {AS_OF} AS old, {known(time, other)} AS known, "
        f"{found} AS done FROM {rows} t"
    )
    TIMES[name], FIRST_ROWS[name] = TIMES[rows], FIRST_ROWS[rows]


def load():
    DB.execute("CREATE TABLE acts AS SELECT e.ts, e.name, u.contact_id FROM events e JOIN users u USING (user_id)")
    DB.execute("CREATE TABLE talks AS SELECT *, coalesce(parent_id, post_id) AS thread_id FROM posts")
    for name, dataset in (("acts", "events"), ("talks", "posts")):
        TIMES[name], FIRST_ROWS[name] = TIMES[dataset], FIRST_ROWS[dataset]
    same_contact = "x.contact_id = t.contact_id"
    follow("reads", "kb_views", "acts", same_contact, 't."at" + INTERVAL 14 DAY',
        where="x.name = (SELECT o.target_action FROM contents o WHERE o.content_id = t.article_id)")
    follow("clicks", "touches", "acts", same_contact, "t.clicked_at + INTERVAL 7 DAY", since="t.clicked_at",
        where="x.name = 'login'")
    follow("invitations", "touches", "registrations", same_contact, "t.sent_at + INTERVAL 14 DAY")
    follow("questions", "talks", "talks", "x.thread_id = t.thread_id AND x.post_id != t.post_id",
        't."at" + INTERVAL 24 HOUR', where="x.kind IN ('answer', 'reply')")
    given = [(i, after_business_days(at, 5)) for i, at in DB.sql('SELECT response_id, "at" FROM answers').fetchall()]
    DB.execute("CREATE TABLE deadlines (response_id BIGINT, deadline TIMESTAMP)")
    DB.executemany("INSERT INTO deadlines VALUES (?, ?)", given)
    DB.execute("CREATE TABLE promises AS SELECT * FROM answers JOIN deadlines USING (response_id)")
    TIMES["promises"], FIRST_ROWS["promises"] = TIMES["answers"], FIRST_ROWS["answers"]
    follow("answered", "promises", "outreach", same_contact, "t.deadline")
    load_logins()
    load_sessions()


def load_logins():
    """Messages with the logins of 28 days before and after them."""
    logins = "SELECT count(*) FROM acts x WHERE x.contact_id = t.contact_id AND x.name = 'login' AND x.ts"
    before, after = "t.sent_at - INTERVAL 28 DAY", "t.sent_at + INTERVAL 28 DAY"
    # Looking back 28 days asks for more than looking ahead does.
    DB.execute(
        f"CREATE TABLE messages AS SELECT t.*, {after} <= {AS_OF} AS old, {known(before, 'events')} AS known, "
        f"({logins} BETWEEN t.sent_at AND {after}) AS later, "
        f"({logins} >= {before} AND x.ts < t.sent_at) AS earlier FROM touches t"
    )
    TIMES["messages"], FIRST_ROWS["messages"] = TIMES["touches"], FIRST_ROWS["touches"]


def load_sessions():
    """Visits of the knowledge base, with whether a ticket came of them."""
    DB.execute(
        'CREATE TABLE visits AS SELECT session_id, max(contact_id) AS contact_id, max("at") AS last FROM kb_views '
        "WHERE session_id IS NOT NULL GROUP BY session_id"
    )
    ((first,),) = DB.sql("SELECT min(opened) FROM tickets").fetchall()
    for name, time, start in (("visits", "last", FIRST_ROWS["kb_views"]), ("tickets", "opened", first)):
        TIMES[name], FIRST_ROWS[name] = time, start
    follow("sessions", "visits", "tickets", "x.contact_id = t.contact_id", "t.last + INTERVAL 48 HOUR")


@cache
def none_left(table, bucket):
    """Why no row of a bucket counts, whatever the filter and the slice, if none does."""
    everything = Cell(bucket, lambda _: "true")
    if everything.rows(table) == 0 or everything.rows(table, where="t.old AND t.known"):
        return None
    return "short history" if everything.rows(table, where="NOT t.known") else "immature"


def followed(table, of="true", done="t.done", what="count(*)"):
    """Rows that are done ÷ rows; of both those that are old enough and whose look lies inside the data."""

    def how(c):
        if reason := none_left(table, c.bucket):
            raise Reason(reason)
        under = c.rows(table, what, f"({of}) AND t.old AND t.known")
        return ratio(c.rows(table, what, f"({of}) AND t.old AND t.known AND {done}"), under)

    return how


def login_growth_post_touch(c):
    if reason := none_left("messages", c.bucket):
        raise Reason(reason)
    total = lambda what, where: c.rows("messages", f"sum(t.{what})", f"t.old AND t.known AND {where}")
    growth = lambda where: ratio(total("later", where), total("earlier", where))
    return growth("NOT t.holdout") - growth("t.holdout")


def used(key, since, until):
    return f"EXISTS (SELECT 1 FROM events x WHERE x.{key} = t.{key} AND x.ts >= {since} AND x.ts < {until})"


def lifecycle_net(c):
    before = c.before().bucket
    if before.end <= FIRST_ROWS["events"]:
        raise Reason("no data")
    begun, now = "t.created_at < {end}", used("account_id", "{start}", "{end}")
    earlier = used("account_id", f"TIMESTAMP '{before.start}'", "{start}")
    ever = used("account_id", EVER, "{start}")
    new = count(c, "accounts", f"{now} AND NOT {ever}")
    back = count(c, "accounts", f"{begun} AND {now} AND NOT {earlier} AND {ever}")
    return new + back - count(c, "accounts", f"{begun} AND {earlier} AND NOT {now}")


BEGUN_AND_ACTIVE = f"t.created_at < {{end}} AND {used('user_id', '{d56}', '{d28}')}"
LAST_SCORE = (
    "(SELECT x.score FROM answers x WHERE x.contact_id = t.contact_id AND x.kind = 'nps' AND x.score IS NOT NULL "
    'AND x."at" >= {y1} AND x."at" < {end} ORDER BY x."at" DESC, x.score DESC LIMIT 1)'
)


def referrals_per_100_promoters(c):
    c.reaches_a_year(FIRST_ROWS["answers"])
    return ratio(100 * c.rows("referrals"), count(c, "contacts", f"{CONTACTS} AND {LAST_SCORE} >= 9"))


REACHED = "t.achieved_at >= {y1_day} AND t.achieved_at < {after}"


def product_roi(c):
    ((first,),) = DB.sql("SELECT min(achieved_at) FROM goals").fetchall()
    if c.bucket.end_day <= first:
        raise Reason("no data")
    c.reaches_a_year(midnight(first))
    c.reaches_a_year(FIRST_ROWS["invoices"])
    value = c.query(f"SELECT sum(t.units * t.value_per_unit) FROM goals t WHERE {REACHED} AND ({{slice}})", "goals")
    reached = f"{ACCOUNTS} AND EXISTS (SELECT 1 FROM goals x WHERE x.account_id = t.account_id AND {REACHED.replace('t.', 'x.')})"
    paid = c.query(
        "SELECT sum((SELECT sum(x.amount) FROM invoices x WHERE x.account_id = t.account_id AND x.issued_at >= {y1} "
        f"AND x.issued_at < {{end}})) FROM accounts t WHERE {reached} AND ({{slice}})",
        "accounts",
    )
    if count(c, "accounts", reached) < 5:
        raise Reason("too few")
    return ratio(value or 0, paid or 0)


OWNED_AT_START = f"{OWNED} AND {uses(EVER)} = 0".replace("{end}", "{start}")
first_uses = part("entitlements", OWNED_AT_START, f"{uses('{start}')} > 0")


def new_feature_adopters(c):
    # What was used before anything is known can't be told.
    if c.bucket.start <= FIRST_ROWS["events"]:
        raise Reason("no data")
    return first_uses(c)


# metric: (its own grain, dimensions to check, how)
METRICS = {
    "webinar_registration_rate": ("month", ["role", "size"], followed(
        "invitations", "t.channel = 'webinar' AND t.delivered_at IS NOT NULL", what="count(DISTINCT t.contact_id)")),
    "first_login_after_cta": ("month", ["role"], followed(
        "clicks", "t.clicked_at IS NOT NULL", what="count(DISTINCT t.contact_id)")),
    "content_to_action": ("month", ["content"], followed("reads", "t.dwell_s >= 30")),
    "login_growth_post_touch": ("month", [], login_growth_post_touch),
    "new_feature_adopters": ("month", ["size"], new_feature_adopters),
    "product_roi": ("month", ["size"], product_roi),
    "questions_answered": ("month", ["size"], followed("questions", "t.kind = 'question'")),
    "self_service_rate": ("month", [], followed("sessions", done="NOT t.done")),
    "lifecycle_net": ("month", [], lifecycle_net),
    "closed_loop_rate": ("month", ["size"], followed("answered", "t.kind = 'nps' AND t.score <= 6")),
    "user_churn": ("month", ["size", "plan"], part(
        "users", BEGUN_AND_ACTIVE, f"NOT {used('user_id', '{d28}', '{end}')}", [("events", 56)])),
    "referrals_per_100_promoters": ("quarter", ["size"], referrals_per_100_promoters),
}
