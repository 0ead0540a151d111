"""The health score of std/health, for acme_reference.py: what it says in words as SQL, and its sum account by account in Python.

Use lies between 10 % (0) and 80 % (100) of the seats, the last NPS answer of 90 days between 0 and 10, open tickets between 4
and 0. What is not known leaves its weight to the others; below 60 % of the weights there is no score. Without a champion it is
at most 60.
"""

from acme_catalog import ACCOUNTS, has, window
from acme_cells import present

WEIGHTS = {"use": 3, "voice": 1, "calm": 1}
BOUNDS = {"use": (0.1, 0.8), "voice": (0, 10), "calm": (4, 0)}

USED = f"({window('events', 'account_id', '{d28}', 'ts', 'count(DISTINCT x.user_id)')})"
SEATS = (
    "(SELECT sum(x.seats) FROM subscriptions x WHERE x.account_id = t.account_id AND x.start < {end} "
    'AND (x."end" IS NULL OR x."end" >= {end}))'
)
VOICE = (
    "(SELECT x.score FROM answers x WHERE x.account_id = t.account_id AND x.kind = 'nps' AND x.score IS NOT NULL "
    'AND x."at" >= {d90} AND x."at" < {end} ORDER BY x."at" DESC, x.score DESC LIMIT 1)'
)
TICKETS = (
    "(SELECT count(*) FROM tickets x WHERE x.account_id = t.account_id AND x.opened < {end} "
    "AND (x.closed IS NULL OR x.closed >= {end}))"
)
FACTS = f"SELECT list([{USED}, {SEATS}, {VOICE}, {TICKETS}, ({has('champion')})::INT]) FROM accounts t WHERE {ACCOUNTS} AND ({{slice}})"


def part(name, value):
    """Where a value lies, from 0 to 100."""
    if value is None:
        return None
    worst, best = BOUNDS[name]
    return max(0.0, min(100.0, 100.0 * (value - worst) / (best - worst)))


def score(used, seats, voice, tickets, champion):
    parts = {
        "use": part("use", used / seats if seats else None),
        "voice": part("voice", voice),
        "calm": part("calm", tickets),
    }
    known = {name: value for name, value in parts.items() if value is not None}
    weight = sum(WEIGHTS[name] for name in known)
    if weight < 0.6 * sum(WEIGHTS.values()):
        return None
    total = sum(WEIGHTS[name] * value for name, value in known.items()) / weight
    return total if champion else min(total, 60.0)


def scores(c):
    c.reaches("events", 28)
    c.reaches("answers", 90)
    rows = c.query(FACTS, "accounts") or []
    return [found for found in (score(*row) for row in rows) if found is not None]


def average_health(c):
    found = scores(c)
    return present(sum(found) / len(found) if found else None)


def unhealthy_accounts(c):
    asked = len(c.counted)
    number = sum(found < 40 for found in scores(c))
    c.counted[asked:] = [number]
    return number


METRICS = {
    "average_health": ("month", ["plan", "size"], average_health),
    "unhealthy_accounts": ("month", ["plan", "size"], unhealthy_accounts),
}
