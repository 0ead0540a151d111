"""Who is on the lists of examples/acme, by hand-written DuckDB SQL, straight from the Parquet files.

    python tests/outside/acme_lists.py > tests/outside/acme_lists.json

Needs the `duckdb` package. Nothing of milepost takes part. Prints, for each list of `specs/std/lists.yaml` and `specs/std/journey.yaml`, whom the
condition takes, as of 31 January 2026 in Amsterdam: pairs of who looks after a member (or a row) and the key, in the order of the list. `src/examples/lists.rs`
holds milepost against the file.
"""

import json
from collections import defaultdict
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

DATA = Path(__file__).parents[2] / "examples" / "acme" / "data"

# The instant after 31 January in Amsterdam, in UTC. The clocks are an hour ahead of it until 29 March.
END = "TIMESTAMP '2026-01-31 23:00:00'"
TODAY = "DATE '2026-01-31'"


def days_before(days):
    """The instant after the day that many days before 31 January; no change of the clocks lies between."""
    return f"({END} - INTERVAL {days} DAY)"


def lives(begun, ended):
    return f"{begun} < {END} AND ({ended} IS NULL OR {ended} >= {END})"


DB = duckdb.connect()
for name in ("account", "contact", "app_user", "subscription", "entitlement", "ticket", "account_goal",
             "survey_invite", "survey_response"):
    DB.execute(f"CREATE VIEW {name} AS FROM '{DATA}/{name}.parquet'")
DB.execute(f"""
    CREATE TABLE events AS SELECT DISTINCT ON (event_id) * FROM read_parquet('{DATA}/product_event/**/*.parquet');
    CREATE VIEW accounts AS FROM account WHERE {lives("created_at", "churned_at")};
    CREATE VIEW contacts AS SELECT c.*, a.csm_id FROM contact c LEFT JOIN account a USING (account_id)
        WHERE {lives("c.created_at", "c.left_at")};
    CREATE VIEW paid AS SELECT account_id, sum(mrr) AS mrr, sum(seats) AS seats FROM subscription
        WHERE {lives("start", '"end"')} GROUP BY account_id;
    CREATE VIEW active AS SELECT account_id, count(DISTINCT user_id) AS users FROM events
        WHERE ts >= {days_before(28)} AND ts < {END} GROUP BY account_id;
    CREATE VIEW used AS SELECT account_id, coalesce(users, 0) / seats AS share
        FROM paid LEFT JOIN active USING (account_id) WHERE seats > 0;
    CREATE VIEW latest AS SELECT contact_id, arg_max(score, ("at", score)) AS score FROM survey_response
        WHERE kind = 'nps' AND "at" >= TIMESTAMP '2025-01-31 23:00:00' AND "at" < {END} GROUP BY contact_id;
    CREATE VIEW untouched AS SELECT n.account_id, count(*) AS features FROM entitlement n
        WHERE {lives("n.valid_from", "n.valid_to")} AND NOT EXISTS (SELECT 1 FROM events e
            WHERE e.account_id = n.account_id AND e.feature_id = n.feature_id AND e.ts < {END}) GROUP BY n.account_id;
""")

LISTS = {
    "renewals_due": f"""
        SELECT csm_id, account_id FROM accounts LEFT JOIN paid USING (account_id)
        WHERE (renewal_at + (CASE WHEN renewal_at >= TIMESTAMP '2026-03-29 01:00:00' THEN INTERVAL 2 HOUR
            ELSE INTERVAL 1 HOUR END))::DATE BETWEEN {TODAY} AND {TODAY} + 90
        ORDER BY csm_id NULLS LAST, coalesce(mrr, 0) DESC, account_id""",
    "onboarding_under_half_used": f"""
        SELECT csm_id, a.account_id FROM accounts a JOIN paid USING (account_id) LEFT JOIN (
            SELECT account_id, count(*) AS users FROM app_user
            WHERE activated_at < {END} AND {lives("created_at", "deactivated_at")} GROUP BY account_id) u USING (account_id)
        WHERE seats > 0 AND {days_before(1)} - a.created_at < INTERVAL 90 DAY AND coalesce(users, 0) / seats < 0.5
        ORDER BY csm_id NULLS LAST, coalesce(users, 0) / seats, account_id""",
    "seats_nearly_full": """
        SELECT csm_id, account_id FROM accounts JOIN used USING (account_id) WHERE share >= 0.9
        ORDER BY csm_id NULLS LAST, share DESC, account_id""",
    "gone_quiet": f"""
        SELECT csm_id, account_id FROM accounts JOIN paid USING (account_id)
        WHERE account_id NOT IN (SELECT account_id FROM events
            WHERE ts >= {days_before(14)} AND ts < {END} AND account_id IS NOT NULL)
        ORDER BY csm_id NULLS LAST, mrr DESC, account_id""",
    "promoters_without_a_ticket": f"""
        SELECT csm_id, contact_id FROM contacts JOIN latest USING (contact_id)
        WHERE score >= 9 AND contact_id NOT IN (SELECT contact_id FROM ticket
            WHERE {lives("opened", "closed")} AND contact_id IS NOT NULL)
        ORDER BY csm_id NULLS LAST, score DESC, contact_id""",
    "outcomes_overdue": f"""
        SELECT csm_id, goal_id FROM accounts JOIN account_goal USING (account_id)
        WHERE due < {TODAY} AND (achieved_at IS NULL OR achieved_at > {TODAY})
        ORDER BY csm_id NULLS LAST, units * value_per_unit DESC NULLS LAST, goal_id""",
    "features_never_used": """
        SELECT csm_id, account_id FROM accounts JOIN untouched USING (account_id)
        ORDER BY csm_id NULLS LAST, features DESC, account_id""",
    "invited_not_answered": f"""
        SELECT csm_id, contact_id FROM contacts JOIN (SELECT contact_id, max(sent_at) AS sent_at FROM survey_invite
            WHERE sent_at >= {days_before(30)} AND sent_at < {END} GROUP BY contact_id) USING (contact_id)
        WHERE contact_id NOT IN (SELECT contact_id FROM survey_response
            WHERE "at" >= {days_before(30)} AND "at" < {END} AND contact_id IS NOT NULL)
        ORDER BY csm_id NULLS LAST, sent_at, contact_id""",
}

# The journey of `specs/std/journey.yaml`, day by day: stages and states as its comments say them, in plain loops.
ZONE = ZoneInfo("Europe/Amsterdam")
LAST = date(2026, 1, 31)


def day_of(at):
    return at.replace(tzinfo=timezone.utc).astimezone(ZONE).date() if at else None


def end_of(day):
    """The instant after a day, in UTC."""
    return datetime.combine(day + timedelta(1), time(), ZONE).astimezone(timezone.utc).replace(tzinfo=None)


def days_from(day):
    while day <= LAST:
        yield day
        day += timedelta(1)


def first_day(days, holds):
    return next((day for day in days if holds(day)), None)


EVENTS = defaultdict(list)
for account, ts, user, name, key in DB.sql("""
        SELECT e.account_id, e.ts, e.user_id, e.name, coalesce(f.key, false) FROM events e LEFT JOIN """ + f"""'{DATA}/feature.parquet' f
        USING (feature_id) WHERE e.account_id IS NOT NULL AND e.ts < {END}""").fetchall():
    EVENTS[account].append((ts, user, name, key))
FIRST = min(day_of(row[0]) for rows in EVENTS.values() for row in rows)
SEATS = defaultdict(list)
for account, start, end, seats in DB.sql('SELECT account_id, start, "end", seats FROM subscription').fetchall():
    SEATS[account].append((start, end, seats))


def standing(account, created):
    """The stage, the state and the milestone that is next of an account that is there at the end."""
    begun = day_of(created)
    seen = [(day_of(ts), user, name, key) for ts, user, name, key in EVENTS[account] if ts >= created]
    used = defaultdict(set)
    for ts, user, *_ in EVENTS[account]:
        used[day_of(ts)].add(user)

    def share(day):
        """Users of 28 days by seats; nothing before the data, and without a seat."""
        if day - timedelta(27) < FIRST:
            return None
        end = end_of(day)
        seats = sum(n for start, until, n in SEATS[account] if start < end and (until is None or until >= end))
        users = set().union(*(used[day - timedelta(back)] for back in range(28)))
        return len(users) / seats if seats else None

    def reached(goal):
        return first_day(days_from(begun), lambda day: (share(day) or 0) >= goal)

    logins = sorted(day for day, _, name, _ in seen if name == "login")
    keys = sorted(day for day, _, _, key in seen if key)
    login = logins[0] if logins else None
    value = keys[2] if len(keys) > 2 else None
    half, full = reached(0.5), reached(0.9)
    adoption = value
    expansion = max(adoption, half) if adoption and half else None
    renewal = max(expansion, full) if expansion and full else None
    ahead = lambda pairs: [(name, due) for name, got, due in pairs if got is None]
    progress = max(day for day in (login, value, half, full, begun) if day)
    if renewal:
        return "renewal", "on_track", None
    if expansion:
        return "expansion", "ready" if full or (share(LAST) or 0) >= 0.85 else "on_track", None if full else "seats_full"
    if adoption:
        left, entered, after, idle = [("half_of_seats", half, adoption + timedelta(90))], adoption, 60, 45
        ready = (share(LAST) or 0) >= 0.45
        progress = max(progress, adoption)
    else:
        left, entered, after, idle = [("first_login", login, begun + timedelta(14)),
                                      ("first_value", value, begun + timedelta(30))], begun, 21, 14
        ready = len(keys) >= 2
    left = ahead(left)
    stage = "adoption" if adoption else "onboarding"
    following = left[0][0] if left else None
    if any(LAST > due for _, due in left):
        return stage, "late", following
    if LAST > entered + timedelta(after) and LAST >= progress + timedelta(idle):
        return stage, "stuck", following
    if any((LAST - entered).days >= 0.75 * (due - entered).days for _, due in left):
        return stage, "at_risk", following
    return stage, "ready" if ready else "on_track", following


def journey(*states):
    """Those in these states, by who looks after them and by what they pay."""
    rows = DB.sql("SELECT csm_id, account_id, coalesce(mrr, 0), created_at FROM accounts LEFT JOIN paid USING (account_id)").fetchall()
    rows = [row for row in rows if standing(row[1], row[3])[1] in states]
    rows.sort(key=lambda row: (row[0] is None, row[0] or 0, -row[2], row[1]))
    return [[csm, account] for csm, account, *_ in rows]


FOUND = {name: [list(row) for row in DB.sql(query).fetchall()] for name, query in LISTS.items()}
FOUND["stuck_on_the_way"] = journey("late", "stuck")
FOUND["ready_for_more"] = journey("ready")
# The members of the journey itself, whom nobody is assigned to.
EVERYBODY = journey("unknown", "late", "stuck", "at_risk", "ready", "on_track")
MRR = dict(DB.sql("SELECT account_id, coalesce(mrr, 0) FROM accounts LEFT JOIN paid USING (account_id)").fetchall())
FOUND["lifecycle"] = [[None, account] for _, account in sorted(EVERYBODY, key=lambda row: (-MRR[row[1]], row[1]))]
LINES = [f'  "{name}": {json.dumps(rows)}' for name, rows in FOUND.items()]
print("{\n" + ",\n".join(LINES) + "\n}")
