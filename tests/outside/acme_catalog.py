"""KPIs that examples/acme takes from the catalog, for acme_reference.py: the words of their definitions as SQL.

A member of an entity is counted when it is alive at the bucket's end. `{start}`, `{end}`, `{d28}` and the like are those
of acme_cells.py; `{d1}` is the first instant of the last day. A window that reaches before the first row of its table
has the reason `short history`.
"""

from datetime import timedelta

from acme_cells import USERS, midnight, ratio

ALIVE = "t.created_at < {end} AND (t.{left} IS NULL OR t.{left} >= {end})"
ACCOUNTS = ALIVE.replace("{left}", "churned_at")
CONTACTS = ALIVE.replace("{left}", "left_at")
USERS_ALIVE = ALIVE.replace("{left}", "deactivated_at")
NEW = "date_diff('microsecond', t.created_at, {d1}) / 86400000000.0 < 90"
RIGHT = "t.role IN ('executive', 'champion', 'admin')"


def count(c, table, where):
    return c.query(f"SELECT count(*) FROM {table} t WHERE ({where}) AND ({{slice}})", table)


def part(table, of, where, reaches=()):
    """The share of the members, or of what is true, `of` which something else holds too; `reaches` are windows back."""

    def how(c):
        for other, days in reaches:
            c.reaches(other, days)
        return ratio(count(c, table, f"({of}) AND ({where})"), count(c, table, of))

    return how


def of_rows(table, where="true", time=None):
    return lambda c: c.rows(table, where=where, time=time)


def share(table, where, of="true", time=None):
    """The share of the rows of a bucket."""
    return lambda c: ratio(c.rows(table, where=f"({of}) AND ({where})", time=time), c.rows(table, where=of, time=time))


def window(table, key, since, time, what="1", where="true"):
    return (
        f"SELECT {what} FROM {table} x WHERE x.{key} = t.{key} AND x.{time} >= {since} AND x.{time} < {{end}} AND {where}"
    )


def any_row(*args, **clauses):
    return f"EXISTS ({window(*args, **clauses)})"


def has(role):
    return (
        f"EXISTS (SELECT 1 FROM contacts x WHERE x.account_id = t.account_id AND x.role = '{role}' "
        "AND x.created_at < {end} AND (x.left_at IS NULL OR x.left_at >= {end}))"
    )


TOUCHES_30D = f"({window('touches', 'contact_id', '{d30}', 'sent_at', 'count(*)', 'x.delivered_at < {end}')})"


def seat_cap_proximity(c):
    c.reaches("events", 28)
    used = f"({window('events', 'account_id', '{d28}', 'ts', 'count(DISTINCT x.user_id)')})"
    seats = (
        "(SELECT sum(x.seats) FROM subscriptions x WHERE x.account_id = t.account_id AND x.start < {end} "
        'AND (x."end" IS NULL OR x."end" >= {end}))'
    )
    return count(c, "accounts", f"{ACCOUNTS} AND {used} >= 0.9 * {seats} AND {seats} > 0")


HELD = "(SELECT w.starts_at FROM webinars w WHERE w.webinar_id = t.webinar_id)"
ENDED = "(SELECT w.ends_at FROM webinars w WHERE w.webinar_id = t.webinar_id)"
EARLY = f"epoch(t.left_at - {HELD}) < 0.75 * epoch({ENDED} - {HELD})"


def webinar_drop_off(c):
    joined = c.rows("registrations", where="t.joined_at IS NOT NULL", time=HELD)
    return ratio(c.rows("registrations", where=EARLY, time=HELD), joined)


OWNED = "t.valid_from < {end} AND (t.valid_to IS NULL OR t.valid_to >= {end})"
KEY = "(SELECT f.key FROM features f WHERE f.feature_id = t.feature_id)"
EVER = "TIMESTAMP '2000-01-01'"


def uses(since="{d28}", until="{end}"):
    return (
        "(SELECT count(*) FROM events x WHERE x.account_id = t.account_id AND x.feature_id = t.feature_id "
        f"AND x.ts >= {since} AND x.ts < {until})"
    )


OWNED_AND_NEVER_USED = f"{OWNED} AND {uses(EVER)} = 0"


def feature_coverage(c):
    c.reaches("events", 28)
    sql = (
        f"SELECT avg(share) FROM (SELECT count(*) FILTER ({uses()} > 0) / count(*) AS share FROM entitlements t "
        f"WHERE {OWNED} AND ({{slice}}) GROUP BY t.account_id)"
    )
    return c.query(sql, "entitlements")


def unused_paid_features(c):
    c.reaches("events", 28)
    return count(c, "entitlements", f"{OWNED} AND {uses()} = 0")


def stickiness(c):
    c.reaches("events", 28)
    days = [midnight(c.bucket.end_day - timedelta(days=n)) for n in range(28, -1, -1)]
    daily = [
        c.query(f"SELECT {USERS} FROM events t WHERE t.ts >= TIMESTAMP '{a}' AND t.ts < TIMESTAMP '{b}' AND ({{slice}})", "events")
        for a, b in zip(days, days[1:])
    ]
    return ratio(sum(daily) / 28, c.rows("events", USERS, since="{d28}"))


NEW_ACCOUNTS = f"{ACCOUNTS} AND {NEW}"
ACTIVE_USERS = f"{USERS_ALIVE} AND {any_row('events', 'user_id', '{d28}', 'ts')}"


METRICS = {
    "role_coverage": part("accounts", NEW_ACCOUNTS, f"{has('executive')} AND {has('champion')} AND {has('admin')}"),
    "right_contact_reach": part(
        "contacts", f"{CONTACTS} AND {RIGHT}",
        any_row("touches", "contact_id", "{d14}", "sent_at", where="x.delivered_at < {end}"), [("touches", 14)]),
    "in_app_guide_exposure": part(
        "users", ACTIVE_USERS, any_row("guides", "user_id", "{d28}", "shown_at"), [("guides", 28)]),
    "webinar_attendance": share("registrations", "t.joined_at IS NOT NULL", time=HELD),
    "webinar_drop_off": webinar_drop_off,
    "kb_access": part("accounts", NEW_ACCOUNTS, any_row("kb_views", "account_id", "{d28}", "at"), [("kb_views", 28)]),
    "proactive_outreach_per_100_accounts": lambda c: ratio(
        100 * c.rows("outreach", where="t.proactive"), count(c, "accounts", ACCOUNTS)),
    "contact_fatigue": part("contacts", f"{CONTACTS} AND {TOUCHES_30D} > 0", f"{TOUCHES_30D} > 8", [("touches", 30)]),
    "content_findability": share("kb_searches", "t.clicked"),
    "content_consumption_depth": share("kb_views", "t.dwell_s >= 30 AND t.scroll >= 50"),
    "video_completion": share("videos", "t.pct_watched >= 90"),
    "stickiness": stickiness,
    "key_feature_adoption": part("entitlements", f"{OWNED} AND {KEY}", f"{uses()} >= 3", [("events", 28)]),
    "feature_coverage": feature_coverage,
    "unused_paid_features": unused_paid_features,
    "never_used_paid_features": lambda c: count(c, "entitlements", OWNED_AND_NEVER_USED),
    "community_active_accounts": part("accounts", ACCOUNTS, any_row("posts", "account_id", "{d28}", "at"), [("posts", 28)]),
    "peer_answer_share": share("posts", "NOT t.is_employee", "t.kind = 'answer'"),
    "questions_asked": of_rows("posts", "t.kind = 'question'"),
    "csm_health_freshness": part(
        "accounts", ACCOUNTS, any_row("outreach", "account_id", "{d45}", "at", where="x.csm_score IS NOT NULL"),
        [("outreach", 45)]),
    "seat_cap_proximity": seat_cap_proximity,
    "upsells_attempted": of_rows("attempts"),
    "upsell_acceptance": share("attempts", 't.won_at <= t."at" + INTERVAL 90 DAY'),
}
