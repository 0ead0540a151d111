"""The funnel of examples/acme, for acme_reference.py: every way through its steps is tried.

An attempt is a message that was delivered. For each one all chains of rows are written down that lead from step to step in
order of time, within the window; it reaches as many steps as the longest of them, each at the earliest time that any chain is
there. What is counted is plain SQL over that table.
"""

from collections import defaultdict
from datetime import timedelta

from acme_cells import DB, END, FIRST_ROWS, TIMES, Reason, ratio
from acme_linked import known, none_left

WINDOW = timedelta(days=14)
DAYS = "date_diff('microsecond', t.{0}, t.{1}) / 86400000000.0"


def chains(begins, window_ends, steps):
    """All lists of times, one of each step, in order."""
    if not steps:
        return [[]]
    first, *later = steps
    here = [time for time in first if begins <= time <= window_ends]
    return [[]] + [[time, *rest] for time in here for rest in chains(time, window_ends, later)]


def load():
    logins = defaultdict(list)
    for contact, time in DB.sql("SELECT contact_id, ts FROM acts WHERE name = 'login' AND contact_id IS NOT NULL").fetchall():
        logins[contact].append(time)
    rows = []
    for touch, contact, delivered, clicked in DB.sql(
        "SELECT touch_id, contact_id, delivered_at, clicked_at FROM touches WHERE delivered_at IS NOT NULL"
    ).fetchall():
        steps = [[clicked] if clicked else [], logins[contact]]
        ways = chains(delivered, delivered + WINDOW, steps)
        times = [min((way[at] for way in ways if len(way) > at), default=None) for at in range(len(steps))]
        rows.append((touch, max(map(len, ways)), *times))
    DB.execute("CREATE TABLE reached (touch_id BIGINT, depth INTEGER, clicked TIMESTAMP, signed_in TIMESTAMP)")
    DB.executemany("INSERT INTO reached VALUES (?, ?, ?, ?)", rows)
    DB.execute(
        f"CREATE TABLE messages_sent AS SELECT t.*, t.delivered_at AS delivered, r.depth, r.clicked, r.signed_in, "
        f"t.delivered_at + INTERVAL 14 DAY < TIMESTAMP '{END}' AS old, {known('t.delivered_at', 'acts')} AS known "
        f"FROM touches t JOIN reached r USING (touch_id)"
    )
    TIMES["messages_sent"], FIRST_ROWS["messages_sent"] = "delivered_at", FIRST_ROWS["touches"]


def members(c, depth):
    """Contacts with an attempt that is old enough and goes so far."""
    if reason := none_left("messages_sent", c.bucket):
        raise Reason(reason)
    return c.rows("messages_sent", "count(DISTINCT t.contact_id)", f"t.old AND t.known AND t.depth >= {depth}")


def share(of, over):
    return lambda c: ratio(members(c, of), members(c, over))


def days(since, until, depth):
    """The median over contacts, each by the attempt that goes furthest, of several the earliest."""

    def how(c):
        if reason := none_left("messages_sent", c.bucket):
            raise Reason(reason)
        best = (
            f"SELECT {DAYS.format(since, until)} AS days FROM messages_sent t WHERE t.delivered_at >= {{start}} "
            f"AND t.delivered_at < {{end}} AND t.old AND t.known AND t.depth >= {depth} AND ({{slice}}) "
            "QUALIFY row_number() OVER (PARTITION BY t.contact_id ORDER BY t.depth DESC, t.delivered_at, days) = 1"
        )
        value = c.query(f"SELECT quantile_cont(b.days, 0.5) FROM ({best}) b", "messages_sent")
        if value is None:
            raise Reason("no data")
        return value

    return how


METRICS = {
    "activation_funnel.share": ("month", ["role"], share(2, 0)),
    "activation_funnel.delivered": ("month", ["role"], lambda c: members(c, 0)),
    "activation_funnel.clicked": ("month", [], lambda c: members(c, 1)),
    "activation_funnel.signed_in": ("month", ["role"], lambda c: members(c, 2)),
    "activation_funnel.clicked_share": ("month", [], share(1, 0)),
    "activation_funnel.signed_in_of_previous": ("month", [], share(2, 1)),
    "activation_funnel.clicked_days": ("month", ["role"], days("delivered", "clicked", 1)),
    "activation_funnel.signed_in_days": ("month", [], days("clicked", "signed_in", 2)),
    "activation_funnel.days": ("month", [], days("delivered", "signed_in", 2)),
    "activation_funnel.started": ("month", [], lambda c: c.rows("messages_sent", "count(DISTINCT t.contact_id)")),
}
