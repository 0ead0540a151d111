"""The durations of examples/acme, for acme_reference.py: how long customers take to their third use of a key feature.

Of each customer there are the days, and what came of it: it got there, was lost, or waits. The curve is written out from its
definition: what is left of everybody before a day, times the share of those at risk who get there on it.
"""

from math import exp, log, sqrt

from acme_cells import DB, END, FIRST_ROWS, UTC, ZONE, Reason, midnight

Z = 1.959963984540054
DAYS = "date_diff('microsecond', t.created_at, {0}) / 86400000000.0"
THIRD = (
    "(SELECT list_sort(list(e.ts))[3] FROM events e WHERE e.account_id = t.account_id AND e.key "
    f"AND e.ts >= t.created_at AND e.ts < TIMESTAMP '{END}')"
)
LOST = f"CASE WHEN t.churned_at < TIMESTAMP '{END}' THEN t.churned_at END"
REACHED, GONE, WAITS = 1, 2, 0


def load():
    """What came of each customer, whenever it began."""
    end = f"TIMESTAMP '{END}'"
    DB.execute(f"CREATE TABLE ways AS SELECT t.*, {THIRD} AS third, {LOST} AS gone FROM accounts t")
    DB.execute("ALTER TABLE ways ADD COLUMN state INTEGER")
    DB.execute("ALTER TABLE ways ADD COLUMN days DOUBLE")
    DB.execute(f"UPDATE ways SET state = CASE WHEN third IS NOT NULL AND (gone IS NULL OR third <= gone) THEN {REACHED} "
        f"WHEN gone IS NOT NULL THEN {GONE} ELSE {WAITS} END")
    until = f"CASE state WHEN {REACHED} THEN third WHEN {GONE} THEN gone ELSE {end} END"
    DB.execute(f"UPDATE ways AS t SET days = greatest(0.0, {DAYS.format(f'({until})')})")


def began(c):
    """The days and the state of each customer that began in the year up to the bucket's end, if its events can be seen."""
    first = midnight(FIRST_ROWS["events"].replace(tzinfo=UTC).astimezone(ZONE).date())
    year = "t.created_at >= {y1} AND t.created_at < {end}"
    seen = f"t.created_at >= TIMESTAMP '{first}'"
    found = c.query(f"SELECT list([t.days, t.state]) FROM ways t WHERE {year} AND {seen} AND ({{slice}})", "accounts")
    alone = lambda where: c.query(f"SELECT count(*) FROM ways t WHERE {year} AND {where}", "accounts")
    if not alone(seen) and alone("true"):
        raise Reason("short history")
    return found or []


def curve(spells):
    """Of each day on which somebody got there: the share that has by then, and its variance.

    Klein and Moeschberger (2003), 4.7: the sum over the days so far, for those who got there and those who were lost.
    """
    days = sorted({days for days, state in spells if state != WAITS})
    left, share, steps, points = 1.0, 0.0, [], []
    for day in days:
        n = sum(other >= day for other, _ in spells)
        here = sum(other == day and state == REACHED for other, state in spells)
        gone = sum(other == day and state == GONE for other, state in spells)
        share += left * here / n
        steps.append((n, here, here + gone, left, share))
        variance = sum(
            ((share - f) ** 2 * d / (n * (n - d)) if n > d else 0.0)
            + s**2 * d1 * (n - d1) / n**3
            - 2 * (share - f) * s * d1 / n**2
            for n, d1, d, s, f in steps
        )
        points.append((day, share, variance))
        left *= (n - here - gone) / n
    return points


def quantile(level):
    def how(c):
        spells = began(c)
        if not spells:
            raise Reason("no data")
        points = curve(spells)
        at = [day for day, share, _ in points if share >= level - 1e-9]
        above = [day for day, share, _ in points if share > level + 1e-9]
        if not at:
            raise Reason("not reached")
        exact = any(abs(share - level) <= 1e-9 for _, share, _ in points)
        return (at[0] + above[0]) / 2 if exact and above else at[0]
    return how


def after(days, end=None):
    """The share after so many days, or an end of its interval: below for -1, above for 1."""
    def how(c):
        spells = began(c)
        if not spells:
            raise Reason("no data")
        if max(other for other, _ in spells) < days and any(state == WAITS for _, state in spells):
            raise Reason("immature")
        so_far = [(share, variance) for day, share, variance in curve(spells) if day <= days]
        share, variance = so_far[-1] if so_far else (0.0, 0.0)
        if end is None:
            return share
        if not 1e-9 <= share <= 1 - 1e-9:
            raise Reason("no data")
        return share ** exp(-end * Z * sqrt(variance) / abs(share * log(share)))
    return how


def number(which):
    return lambda c: sum(which(days, state) for days, state in began(c))


METRICS = {
    "time_to_value.median": ("month", ["plan", "size"], quantile(0.5)),
    "time_to_value.p25": ("month", [], quantile(0.25)),
    "time_to_value.p75": ("month", ["plan"], quantile(0.75)),
    "time_to_value.share": ("month", ["size"], after(90)),
    "time_to_value.share_low": ("month", [], after(90, -1)),
    "time_to_value.share_high": ("month", ["plan"], after(90, 1)),
    "time_to_value.started": ("month", ["plan"], number(lambda days, state: True)),
    "time_to_value.reached": ("month", ["size"], number(lambda days, state: state == REACHED)),
    "time_to_value.lost": ("month", [], number(lambda days, state: state == GONE)),
    "time_to_value.waiting": ("month", [], number(lambda days, state: state == WAITS)),
    "time_to_value.at_60": ("month", ["plan"], after(60)),
    "time_to_value.low_45": ("month", [], after(45, -1)),
    "time_to_value.risk_15": ("month", [], number(lambda days, state: days >= 15)),
}
