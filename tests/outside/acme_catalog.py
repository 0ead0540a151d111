"""KPIs that examples/acme takes from the catalog, for acme_reference.py: the words of their definitions as SQL.

A member of an entity is counted when it is alive at the bucket's end. `{start}`, `{end}`, `{d28}` and the like are those
of acme_reference.py; `{d1}` is the first instant of the last day. A window that reaches before the first row of its table
has the reason `short history`.
"""

from acme_reference import USERS, Reason, midnight, ratio, timedelta

FILES = {
    "entitlements": "entitlement", "guides": "guide_view", "videos": "video_play", "webinars": "webinar",
    "registrations": "webinar_reg", "kb_views": "kb_view", "kb_searches": "kb_search", "posts": "community_post",
    "attempts": "upsell_attempt", "roles": "contact_role_history",
}
TIMES = {
    "guides": "shown_at", "videos": "ts", "registrations": "registered_at", "kb_views": '"at"', "kb_searches": '"at"',
    "posts": '"at"', "attempts": '"at"',
}

ALIVE = "t.created_at < {end} AND (t.{left} IS NULL OR t.{left} >= {end})"
ACCOUNTS = ALIVE.replace("{left}", "churned_at")
CONTACTS = ALIVE.replace("{left}", "left_at")
USERS_ALIVE = ALIVE.replace("{left}", "deactivated_at")
NEW = "date_diff('microsecond', t.created_at, {d1}) / 86400000000.0 < 90"
RIGHT = "t.role IN ('executive', 'champion', 'admin')"


def count(c, table, where):
    return c.query(f"SELECT count(*) FROM {table} t WHERE ({where}) AND ({{slice}})", table)


def reach(c, table, days):
    """Refuses windows that begin before there is data."""
    first = c.first_rows[table]
    if midnight(c.bucket.end_day - timedelta(days=days)) < first:
        raise Reason("short history")


def any_row(table, key, since, time, where="true"):
    return f"EXISTS (SELECT 1 FROM {table} x WHERE x.{key} = t.{key} AND x.{time} >= {since} AND x.{time} < {{end}} AND {where})"


def role_coverage(c):
    has = lambda role: (
        f"EXISTS (SELECT 1 FROM contacts x WHERE x.account_id = t.account_id AND x.role = '{role}' "
        "AND x.created_at < {end} AND (x.left_at IS NULL OR x.left_at >= {end}))"
    )
    base = f"{ACCOUNTS} AND {NEW}"
    every = " AND ".join(has(role) for role in ("executive", "champion", "admin"))
    return ratio(count(c, "accounts", f"{base} AND {every}"), count(c, "accounts", base))


def right_contact_reach(c):
    reach(c, "touches", 14)
    base = f"{CONTACTS} AND {RIGHT}"
    reached = any_row("touches", "contact_id", "{d14}", "sent_at", "x.delivered_at < {end}")
    return ratio(count(c, "contacts", f"{base} AND {reached}"), count(c, "contacts", base))


def in_app_guide_exposure(c):
    reach(c, "guides", 28)
    base = f"{USERS_ALIVE} AND {any_row('events', 'user_id', '{d28}', 'ts')}"
    shown = any_row("guides", "user_id", "{d28}", "shown_at")
    return ratio(count(c, "users", f"{base} AND {shown}"), count(c, "users", base))


def kb_access(c):
    reach(c, "kb_views", 28)
    base = f"{ACCOUNTS} AND {NEW}"
    return ratio(count(c, "accounts", f"{base} AND {any_row('kb_views', 'account_id', '{d28}', 'at')}"), count(c, "accounts", base))


def community_active_accounts(c):
    reach(c, "posts", 28)
    return ratio(count(c, "accounts", f"{ACCOUNTS} AND {any_row('posts', 'account_id', '{d28}', 'at')}"), count(c, "accounts", ACCOUNTS))


def csm_health_freshness(c):
    reach(c, "outreach", 45)
    scored = any_row("outreach", "account_id", "{d45}", "at", "x.csm_score IS NOT NULL")
    return ratio(count(c, "accounts", f"{ACCOUNTS} AND {scored}"), count(c, "accounts", ACCOUNTS))


def contact_fatigue(c):
    reach(c, "touches", 30)
    got = (
        "(SELECT count(*) FROM touches x WHERE x.contact_id = t.contact_id AND x.sent_at >= {d30} AND x.sent_at < {end} "
        "AND x.delivered_at < {end})"
    )
    return ratio(count(c, "contacts", f"{CONTACTS} AND {got} > 8"), count(c, "contacts", f"{CONTACTS} AND {got} > 0"))


def proactive_outreach_per_100_accounts(c):
    return ratio(100 * c.rows("outreach", where="t.proactive"), count(c, "accounts", ACCOUNTS))


def seat_cap_proximity(c):
    used = (
        "(SELECT count(DISTINCT x.user_id) FROM events x WHERE x.account_id = t.account_id AND x.ts >= {d28} AND x.ts < {end})"
    )
    seats = (
        "(SELECT sum(x.seats) FROM subscriptions x WHERE x.account_id = t.account_id AND x.start < {end} "
        'AND (x."end" IS NULL OR x."end" >= {end}))'
    )
    reach(c, "events", 28)
    return count(c, "accounts", f"{ACCOUNTS} AND {used} >= 0.9 * {seats} AND {seats} > 0")


HELD = "(SELECT w.starts_at FROM webinars w WHERE w.webinar_id = t.webinar_id)"
ENDED = "(SELECT w.ends_at FROM webinars w WHERE w.webinar_id = t.webinar_id)"


def webinar_attendance(c):
    held = lambda where: c.rows("registrations", where=where, time=HELD)
    return ratio(held("t.joined_at IS NOT NULL"), held("true"))


def webinar_drop_off(c):
    held = lambda where: c.rows("registrations", where=where, time=HELD)
    early = f"epoch(t.left_at - {HELD}) < 0.75 * epoch({ENDED} - {HELD})"
    return ratio(held(early), held("t.joined_at IS NOT NULL"))


OWNED = 't.valid_from < {end} AND (t.valid_to IS NULL OR t.valid_to >= {end})'
KEY = "(SELECT f.key FROM features f WHERE f.feature_id = t.feature_id)"


def uses(since="{d28}", until="{end}"):
    return (
        "(SELECT count(*) FROM events x WHERE x.account_id = t.account_id AND x.feature_id = t.feature_id "
        f"AND x.ts >= {since} AND x.ts < {until})"
    )


def key_feature_adoption(c):
    reach(c, "events", 28)
    base = f"{OWNED} AND {KEY}"
    return ratio(count(c, "entitlements", f"{base} AND {uses()} >= 3"), count(c, "entitlements", base))


def feature_coverage(c):
    reach(c, "events", 28)
    sql = (
        f"SELECT avg(share) FROM (SELECT count(*) FILTER ({uses()} > 0) / count(*) AS share FROM entitlements t "
        f"WHERE {OWNED} AND ({{slice}}) GROUP BY t.account_id)"
    )
    return c.query(sql, "entitlements")


def unused_paid_features(c):
    reach(c, "events", 28)
    return count(c, "entitlements", f"{OWNED} AND {uses()} = 0")


EVER = "TIMESTAMP '2000-01-01'"


def never_used_paid_features(c):
    return count(c, "entitlements", f"{OWNED} AND {uses(EVER)} = 0")


def new_feature_adopters(c):
    owned, never = OWNED.replace("{end}", "{start}"), f"{uses(EVER, '{start}')} = 0"
    base = f"{owned} AND {never}"
    return ratio(count(c, "entitlements", f"{base} AND {uses('{start}')} > 0"), count(c, "entitlements", base))


def stickiness(c):
    reach(c, "events", 28)
    days = [midnight(c.bucket.end_day - timedelta(days=n)) for n in range(28, -1, -1)]
    daily = [
        c.query(f"SELECT {USERS} FROM events t WHERE t.ts >= TIMESTAMP '{a}' AND t.ts < TIMESTAMP '{b}' AND ({{slice}})", "events")
        for a, b in zip(days, days[1:])
    ]
    return ratio(sum(daily) / 28, c.rows("events", USERS, since="{d28}"))


def upsell_acceptance(c):
    return ratio(c.rows("attempts", where='t.won_at <= t."at" + INTERVAL 90 DAY'), c.rows("attempts"))


def rows(table, where="true"):
    return lambda c: c.rows(table, where=where)


def share(table, part, of="true"):
    return lambda c: ratio(c.rows(table, where=f"({of}) AND ({part})"), c.rows(table, where=of))


METRICS = {
    "role_coverage": role_coverage,
    "right_contact_reach": right_contact_reach,
    "in_app_guide_exposure": in_app_guide_exposure,
    "webinar_attendance": webinar_attendance,
    "webinar_drop_off": webinar_drop_off,
    "kb_access": kb_access,
    "proactive_outreach_per_100_accounts": proactive_outreach_per_100_accounts,
    "contact_fatigue": contact_fatigue,
    "content_findability": share("kb_searches", "t.clicked"),
    "content_consumption_depth": share("kb_views", "t.dwell_s >= 30 AND t.scroll >= 50"),
    "video_completion": share("videos", "t.pct_watched >= 90"),
    "stickiness": stickiness,
    "key_feature_adoption": key_feature_adoption,
    "feature_coverage": feature_coverage,
    "unused_paid_features": unused_paid_features,
    "never_used_paid_features": never_used_paid_features,
    "community_active_accounts": community_active_accounts,
    "peer_answer_share": share("posts", "NOT t.is_employee", "t.kind = 'answer'"),
    "questions_asked": rows("posts", "t.kind = 'question'"),
    "csm_health_freshness": csm_health_freshness,
    "seat_cap_proximity": seat_cap_proximity,
    "upsells_attempted": rows("attempts"),
    "upsell_acceptance": upsell_acceptance,
}
