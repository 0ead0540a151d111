"""The KPIs of examples/acme as DuckDB computes them, straight from the Parquet files; those of the catalog
are in acme_catalog.py and acme_linked.py, those of retention in acme_retention.py, those of surveys in acme_surveys.py,
those of funnels in acme_funnels.py, and those of durations in acme_durations.py.

    python tests/outside/acme_reference.py > examples/acme/expected.json

Needs the `duckdb` package. Nothing of milepost takes part: buckets come from Python's calendar, numbers from the SQL below,
into which acme_cells.py puts the bucket and the slice. Every KPI is computed at month grain and at its own, and some by a
dimension. Prints a list of series: metric, grain, dimension (or null), and for each bucket a number or the reason why there
is none.
"""

import json
from datetime import timedelta

import acme_catalog as catalog
import acme_durations as durations
import acme_funnels as funnels
import acme_health as health
import acme_linked as linked
import acme_retention as retention
import acme_surveys as surveys
from acme_cells import DB, DIMENSIONS, END, LAST, USERS, Cell, Reason, buckets, load, midnight, present, ratio, slice_of

DAYS = "date_diff('microsecond', {0}, {1}) / 86400000000.0"
EMAIL = "t.channel = 'email' AND "


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


def customers(c):
    return c.state("subscriptions", ("start", '"end"'), "count(DISTINCT t.account_id)")


def cac(c):
    cost = c.before().rows("costs", "sum(t.amount)", "t.type IN ('sales', 'marketing')")
    return ratio(cost, c.rows("changes", where="t.kind = 'new'"))


def key_use_per_user(c):
    return ratio(c.rows("events", where="t.key"), c.rows("events", "count(DISTINCT t.user_id)", "t.key"))


def usage_growth(c):
    return ratio(key_use_per_user(c), key_use_per_user(c.before())) - 1


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


def utilization(share):
    """A quartile of the utilization of each account with a subscription."""
    users = ("SELECT account_id, count(DISTINCT user_id) AS users FROM events "
        "WHERE ts >= {d28} AND ts < {end} GROUP BY account_id")
    seats = ("SELECT t.account_id, sum(t.seats) AS seats FROM subscriptions t "
        "WHERE t.start < {end} AND (t.\"end\" IS NULL OR {end} <= t.\"end\") AND ({slice}) GROUP BY t.account_id")
    each = f"SELECT coalesce(users, 0) / seats AS used FROM ({seats}) LEFT JOIN ({users}) USING (account_id)"

    def quartile(c):
        c.reaches("events", 28)
        count = c.query(f"SELECT count(used) FROM ({each})", "subscriptions")
        return present(c.query(f"SELECT quantile_cont(used, {share}) FROM ({each})", "subscriptions"), count, 4)
    return quartile


def began(c, where="true"):
    """The users whose first event of all lies in the bucket."""
    firsts = "(SELECT user_id, min(ts) AS first FROM events GROUP BY user_id)"
    return c.query(f"SELECT count(*) FROM users t JOIN {firsts} f ON f.user_id = t.user_id "
        f"WHERE f.first >= {{start}} AND f.first < {{end}} AND ({where}) AND ({{slice}})", "users")


def came_back(c, months):
    """Those of them with an event in the month that follows so many months later, if it is over."""
    later = c.bucket.moved(-months)
    if midnight(later.after) > END:
        raise Reason("immature")
    return began(c, "EXISTS (SELECT 1 FROM events e WHERE e.user_id = t.user_id "
        f"AND e.ts >= TIMESTAMP '{later.start}' AND e.ts < TIMESTAMP '{midnight(later.after)}')")


def at_least(count, least):
    if count < least:
        raise Reason("too few")
    return count


OPENED = f"{EMAIL}t.opened_at IS NOT NULL"
KNOWN = "EXISTS (SELECT 1 FROM users u WHERE u.user_id = t.user_id AND u.contact_id IS NOT NULL)"

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
    "license_activation": ("month", ["plan", "size", "region"], lambda c: ratio(
        c.state("users", ("activated_at", "deactivated_at")), c.seats())),
    "days_to_activation": ("month", [], days_to_activation),
    "license_utilization_28d": ("month", ["plan", "size", "region"], lambda c: ratio(
        c.rows("events", USERS, since="{d28}"), c.seats())),
    "utilization_spread.p25": ("month", ["size"], utilization(0.25)),
    "utilization_spread.median": ("month", ["plan", "size"], utilization(0.5)),
    "utilization_spread.p75": ("month", ["size"], utilization(0.75)),
    "user_cohorts.size": ("month", ["plan"], lambda c: at_least(began(c), 5)),
    "user_cohorts.at_0": ("month", [], lambda c: ratio(began(c), began(c), 5)),
    "user_cohorts.at_1": ("month", ["plan", "size"], lambda c: ratio(came_back(c, 1), began(c), 5)),
    "user_cohorts.at_3": ("month", ["size"], lambda c: ratio(came_back(c, 3), began(c), 5)),
    "user_cohorts.at_12": ("month", ["plan"], lambda c: ratio(came_back(c, 12), began(c), 5)),
    "user_cohorts.count_3": ("month", ["plan"], lambda c: at_least(came_back(c, 3), 5)),
    "wau_per_seat": ("week", ["plan"], lambda c: ratio(c.rows("events", USERS, since="{d7}"), c.seats())),
    "active_accounts_share": ("month", ["size"], lambda c: ratio(
        c.rows("events", "count(DISTINCT t.account_id)", since="{d28}"), customers(c))),
    "feature_intensity": ("month", ["plan"], lambda c: ratio(
        c.rows("events", where="t.key", since="{d28}"), c.rows("events", USERS, since="{d28}"))),
    "feature_use": ("month", ["plan", "feature_name"], lambda c: c.rows("events", where="t.name != 'login'")),
    "csm_sentiment": ("month", ["team"], lambda c: present(c.rows("outreach", "avg(t.csm_score)", since="{d45}"))),
    "slow_tickets": ("month", [], slow_tickets),
    "open_tickets": ("month", ["size"], open_tickets),
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
    "cost_per_outcome": ("fiscal quarter", [], lambda c: ratio(
        c.rows("costs", "sum(t.amount)", "t.type = 'cs'"), c.rows("goals", time="t.achieved_at"))),
}

CATALOG = {name: ("month", [], how) for name, how in catalog.METRICS.items()}
ALL = (
    METRICS | CATALOG | linked.METRICS | retention.METRICS | surveys.METRICS | funnels.METRICS | durations.METRICS
    | health.METRICS
)


def cell(how, bucket, where, counted=None):
    try:
        value = how(Cell(bucket, where, counted))
    except Reason as reason:
        return {"reason": str(reason)}
    return value if isinstance(value, int) else round(float(value), 10)


def series(name, grain, dimension):
    how = ALL[name][2]
    if dimension is None:
        values = {bucket.label: cell(how, bucket, lambda _: "true") for bucket in buckets(grain)}
        return {"metric": name, "grain": grain, "by": None, "values": values}
    kinds = [kind for (kind,) in DB.sql(DIMENSIONS[dimension][2]).fetchall() if kind is not None]
    values = {bucket.label: {} for bucket in buckets(grain)}
    for kind in [*sorted(kinds), None]:
        counted = []
        cells = {b.label: cell(how, b, slice_of(dimension, kind), counted) for b in buckets(grain)}
        # A slice is one of at least one row that counts, in some bucket.
        if any(counted):
            for label, value in cells.items():
                values[label]["(unknown)" if kind is None else kind] = value
    return {"metric": name, "grain": grain, "by": dimension, "values": values}


def main():
    load()
    linked.load()
    surveys.load()
    funnels.load()
    durations.load()
    asked = []
    for name, (grain, dimensions, _) in ALL.items():
        asked += [(name, "month", None)] + ([(name, grain, None)] if grain != "month" else [])
        asked += [(name, "month" if grain == "week" else grain, dimension) for dimension in dimensions]
    lines = ",\n".join(json.dumps(series(*one)) for one in asked)
    print(f'{{"as_of": "{LAST}", "series": [\n{lines}\n]}}')


if __name__ == "__main__":
    main()
