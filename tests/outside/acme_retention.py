"""Revenue retention of examples/acme, for acme_reference.py: what each account pays a month at two instants, in SQL.

`o` is what it paid at the opening instant, `c` what it pays when the bucket ends; `paid` is whether it paid at some time
before the bucket began. Accounts count once they exist, also after they have left.
"""

from acme_cells import DB, MONTHS, Reason, ratio

PAYS = (
    "(SELECT coalesce(sum(s.mrr), 0) FROM subscriptions s WHERE s.account_id = t.account_id AND s.start < {0} "
    'AND (s."end" IS NULL OR {0} <= s."end"))'
)
PAID = "EXISTS (SELECT 1 FROM subscriptions s WHERE s.account_id = t.account_id AND s.start < {start} AND s.mrr > 0)"


def over(months):
    """A sum over accounts, with the opening so many months before; a bucket before, if no number is given."""

    def how(c, what, where):
        opening = c.bucket.moved(months or MONTHS[c.bucket.grain]).end
        ((first,),) = DB.sql("SELECT min(start) FROM subscriptions").fetchall()
        if opening <= first:
            raise Reason("no data")
        o = PAYS.format(f"TIMESTAMP '{opening}'")
        each = (
            f"SELECT {o} AS o, {PAYS.replace('{0}', '{end}')} AS c, {PAID} AS paid FROM accounts t "
            "WHERE t.created_at < {end} AND ({slice})"
        )
        return float(c.query(f"SELECT coalesce(sum({what}), 0) FROM ({each}) WHERE {where}", "accounts"))

    return how


year, month = over(12), over(None)


def kept(what):
    return lambda c: ratio(year(c, what, "o > 0"), year(c, "o", "o > 0"))


def logo(c):
    return ratio(year(c, "CASE WHEN c > 0 THEN 1 ELSE 0 END", "o > 0"), year(c, "1", "o > 0"))


def moved(condition, amount):
    return lambda c: month(c, f"CASE WHEN {condition} THEN {amount} ELSE 0 END", "o > 0 OR c > 0")


def quick_ratio(c):
    up, down = moved("c > o", "c - o"), moved("o > c", "o - c")
    return ratio(up(c), down(c))


def ltv(c):
    arpa = ratio(c.picture("sum(t.mrr)"), c.picture("count(DISTINCT t.account_id) FILTER (t.mrr > 0)"))
    return ratio(arpa * 12, 1 - logo(c))


METRICS = {
    "nrr.net": ("month", ["plan", "size"], kept("c")),
    "nrr.gross": ("month", ["size"], kept("least(o, c)")),
    "nrr.logo": ("month", ["size"], logo),
    "nrr.opening": ("month", ["plan"], moved("true", "o")),
    "nrr.new": ("month", ["plan"], moved("o = 0 AND c > 0 AND NOT paid", "c")),
    "nrr.expansion": ("month", ["plan"], moved("o > 0 AND c > o", "c - o")),
    "nrr.reactivation": ("month", ["plan"], moved("o = 0 AND c > 0 AND paid", "c")),
    "nrr.contraction": ("month", ["plan"], moved("c > 0 AND c < o", "o - c")),
    "nrr.churned": ("month", ["plan"], moved("o > 0 AND c = 0", "o")),
    "nrr.closing": ("month", ["plan"], moved("true", "c")),
    "nrr.quick_ratio": ("month", [], quick_ratio),
    "grr": ("month", ["size"], kept("least(o, c)")),
    "logo_churn": ("month", ["plan"], lambda c: 1 - logo(c)),
    "ltv": ("month", ["size"], ltv),
}
