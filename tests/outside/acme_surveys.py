"""The surveys of examples/acme, for acme_reference.py: scores of answers with their intervals.

The answers that count are lists of scores; what a part is of them is plain arithmetic. NPS takes the latest answer of each
contact in 90 days whose score is on the scale, CSAT every one. `{d90}`, `{end}` and `{slice}` are those of acme_cells.py.
"""

from math import hypot, sqrt

from acme_cells import FIRST_ROWS, UTC, ZONE, Reason, midnight, ratio
from acme_linked import follow

Z = 1.959963984540054
NPS = "x.kind = 'nps' AND x.score BETWEEN 0 AND 10"
LATEST = (
    'SELECT x.contact_id, x.score FROM answers x WHERE x."at" >= {d90} AND x."at" < {end} AND ' + NPS
    + ' QUALIFY row_number() OVER (PARTITION BY x.contact_id ORDER BY x."at" DESC, x.score DESC) = 1'
)


def load():
    """Invitations, with whether their contact gave an answer that counts."""
    for kind, low, high in (("nps", 0, 10), ("csat", 1, 5)):
        counts = f"x.kind = '{kind}' AND x.score BETWEEN {low} AND {high}"
        follow(f"{kind}_invites", "invites", "answers", "x.contact_id = t.contact_id", "t.sent_at + INTERVAL 14 DAY",
            where=counts)
        # Data that begins in the course of a day covers that day.
        first = FIRST_ROWS["invites"].replace(tzinfo=UTC).astimezone(ZONE).date()
        FIRST_ROWS[f"{kind}_invites"] = midnight(first)


def of_contacts(c):
    c.reaches("answers", 90)
    sql = (f"SELECT list(l.score) FROM ({LATEST}) l JOIN contacts t ON t.contact_id = l.contact_id "
        "WHERE t.created_at < {end} AND ({slice})")
    return c.query(sql, "contacts") or []


def of_calls(c):
    where = "t.kind = 'csat' AND t.score BETWEEN 1 AND 5"
    return c.rows("answers", "list(t.score)", where, since="{d90}") or []


def adjusted(scores):
    """Rocks (2016): the center and the variance with three answers more."""
    n = len(scores) + 3
    promote = (sum(s >= 9 for s in scores) + 0.75) / n
    detract = (sum(s <= 6 for s in scores) + 0.75) / n
    center = promote - detract
    return center, (promote + detract - center**2) / n


class Survey:
    """What is common to both: the answers, how few are too few, and the score of a list."""

    def __init__(self, answers, score, least):
        self.answers, self.score, self.least = answers, score, least

    def enough(self, *lists):
        for scores in lists:
            if not scores:
                raise Reason("no data")
        if min(map(len, lists)) < self.least:
            raise Reason("too few")

    def of_one(self, figure):
        def how(c):
            scores = self.answers(c)
            self.enough(scores)
            return figure(scores)
        return how

    def number(self, keep):
        """How many answers are of a sort, which is known of none, too."""
        def how(c):
            scores = self.answers(c)
            if len(scores) < self.least:
                raise Reason("too few")
            return sum(map(keep, scores))
        return how

    def of_two(self, figure):
        def how(c):
            now = self.answers(c)
            if not now:
                raise Reason("no data")
            before = self.answers(c.before())
            self.enough(now, before)
            return figure(now, before)
        return how

    def left_out(self, kind, where):
        def how(c):
            rows = c.rows("answers", where=f"t.kind = '{kind}'", since="{d90}")
            if rows < self.least:
                raise Reason("too few")
            return c.rows("answers", where=f"t.kind = '{kind}' AND {where}", since="{d90}")
        return how

    def rate(self, table, only):
        def how(c):
            counts = f"{only} AND t.old AND t.known"
            under = c.rows(table, where=counts, since="{d90}")
            return ratio(c.rows(table, where=f"{counts} AND t.done", since="{d90}"), under, self.least)
        return how


def nps_score(scores):
    return 100 * (sum(s >= 9 for s in scores) - sum(s <= 6 for s in scores)) / len(scores)


def nps_end(sign):
    def end(scores):
        center, variance = adjusted(scores)
        return max(-100, min(100, 100 * (center + sign * Z * sqrt(variance))))
    return end


def nps_change(sign):
    def change(now, before):
        both = sqrt(adjusted(now)[1] + adjusted(before)[1])
        return nps_score(now) - nps_score(before) + sign * 100 * Z * both
    return change


def csat_score(scores):
    return sum(s >= 4 for s in scores) / len(scores)


def wilson(scores):
    n, p = len(scores), csat_score(scores)
    center = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z * sqrt(p * (1 - p) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    return center - half, center + half


def newcombe(sign):
    def change(now, before):
        (low, high), (low_before, high_before) = wilson(now), wilson(before)
        p, q = csat_score(now), csat_score(before)
        down, up = hypot(p - low, high_before - q), hypot(high - p, q - low_before)
        return p - q - down if sign < 0 else p - q + up
    return change


ANSWERED = Survey(of_contacts, nps_score, 30)
CALLED = Survey(of_calls, csat_score, 10)
RATE = ANSWERED.rate("nps_invites", "t.kind = 'nps' AND t.delivered")

# metric: (its own grain, dimensions to check, how)
METRICS = {
    "nps": ("month", ["size", "role"], ANSWERED.of_one(nps_score)),
    "nps.low": ("month", ["size"], ANSWERED.of_one(nps_end(-1))),
    "nps.high": ("month", ["role"], ANSWERED.of_one(nps_end(1))),
    "nps.responses": ("month", ["size"], ANSWERED.number(lambda _: True)),
    "nps.promoters": ("month", ["role"], ANSWERED.number(lambda s: s >= 9)),
    "nps.passives": ("month", [], ANSWERED.number(lambda s: 6 < s < 9)),
    "nps.detractors": ("month", ["size"], ANSWERED.number(lambda s: s <= 6)),
    "nps.response_rate": ("month", ["size", "role"], RATE),
    "nps.change": ("month", ["size"], ANSWERED.of_two(lambda now, before: nps_score(now) - nps_score(before))),
    "nps.change_low": ("month", ["size"], ANSWERED.of_two(nps_change(-1))),
    "nps.change_high": ("month", [], ANSWERED.of_two(nps_change(1))),
    "nps.out_of_scale": ("month", [], ANSWERED.left_out("nps", "t.score NOT BETWEEN 0 AND 10")),
    "nps.empty": ("month", [], ANSWERED.left_out("nps", "t.score IS NULL")),
    "nps_response_rate": ("quarter", ["role"], RATE),
    "csat": ("month", ["size"], CALLED.of_one(csat_score)),
    "csat.low": ("month", ["size"], CALLED.of_one(lambda scores: wilson(scores)[0])),
    "csat.high": ("month", [], CALLED.of_one(lambda scores: min(1, wilson(scores)[1]))),
    "csat.satisfied": ("month", ["size"], CALLED.number(lambda s: s >= 4)),
    "csat.response_rate": ("month", [], CALLED.rate("csat_invites", "t.kind = 'csat'")),
    "csat.change": ("month", [], CALLED.of_two(lambda now, before: csat_score(now) - csat_score(before))),
    "csat.change_low": ("month", [], CALLED.of_two(newcombe(-1))),
    "csat.change_high": ("month", ["size"], CALLED.of_two(newcombe(1))),
}
