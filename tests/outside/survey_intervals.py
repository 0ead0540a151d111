"""The intervals of tests/results/forms/survey-intervals.md as statsmodels computes them.

    pip install statsmodels          # 0.15; not in requirements.txt, for it is large and the figures don't change
    python tests/outside/survey_intervals.py

Prints the rows of the page and its answers, with six digits after the point. CSAT (9 and 10 are satisfied) has Wilson's
interval and Newcombe's of the change; CES the normal interval of a mean; NPS that of the mean of 100, 0 and -100 over
answers of which three are added, 3/4 promoters, 3/4 detractors and 3/2 passives (adjusted Wald, (3, T) in B. Rocks,
"Interval Estimation for the Net Promoter Score", The American Statistician 70, 2016).
"""

from math import sqrt

from scipy.stats import norm
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

Z = norm.ppf(0.975)
# By month: how many gave each score.
MONTHS = {
    "2026-01": {10: 7, 9: 3, 8: 4, 6: 5, 2: 1},
    "2026-02": {10: 1},
    "2026-03": {9: 2, 10: 2},
    "2026-04": {0: 3, 5: 2},
    "2026-05": {10: 9, 9: 4, 7: 6, 3: 2},
    "2026-06": {7: 3},
}


def rows():
    for month, scores in MONTHS.items():
        all_of = [score for score, n in scores.items() for _ in range(n)]
        for day, score in enumerate(all_of, 1):
            yield f"{month}-{day:02},{score}"


def csat(scores):
    return sum(n for score, n in scores.items() if score >= 9), sum(scores.values())


def wilson(scores):
    return proportion_confint(*csat(scores), alpha=0.05, method="wilson")


def newcombe(now, before):
    (count, n), (count_before, n_before) = csat(now), csat(before)
    return confint_proportions_2indep(count, n, count_before, n_before, method="newcomb", compare="diff")


def augmented(scores):
    """Promoters, passives and detractors with three answers more."""
    number = lambda keep: sum(n for score, n in scores.items() if keep(score))
    weights = [number(lambda s: s >= 9) + 0.75, number(lambda s: 6 < s < 9) + 1.5, number(lambda s: s <= 6) + 0.75]
    return DescrStatsW([100, 0, -100], weights=weights)


def nps(scores):
    return DescrStatsW([100 * (s >= 9) - 100 * (s <= 6) for s in scores], weights=list(scores.values())).mean


def adjusted_wald(scores):
    found = augmented(scores)
    margin = Z * sqrt(found.var / found.sum_weights)
    score = nps(scores)
    # On the scale; of a single answer it is extended to hold it.
    return max(-100, min(score, found.mean - margin)), min(100, max(score, found.mean + margin))


def nps_change(now, before):
    variance = sum(found.var / found.sum_weights for found in (augmented(now), augmented(before)))
    moved, margin = nps(now) - nps(before), Z * sqrt(variance)
    return max(-200, moved - margin), min(200, moved + margin)


def normal(scores):
    found = DescrStatsW(list(scores), weights=list(scores.values()))
    if found.sum_weights < 2:
        return None, None
    low, high = found.zconfint_mean(alpha=0.05)
    return max(0, low), min(10, high)


def shown(value):
    if value is None:
        return "no data"
    return f"{value:.6f}".rstrip("0").rstrip(".").replace("-0", "0" if abs(value) < 5e-7 else "-0")


def answer(query, of_month):
    print(f"{query}\n  bucket   value")
    for month in MONTHS:
        print(f"  {month}  {shown(of_month(month))}")
    print()


def main():
    print("day,score", *rows(), sep="\n", end="\n\n")
    labels = list(MONTHS)

    def changed(interval, end):
        def of_month(month):
            at = labels.index(month)
            return interval(MONTHS[month], MONTHS[labels[at - 1]])[end] if at else None
        return of_month

    for name, interval in (("csat", wilson), ("nps", adjusted_wald), ("ces", normal)):
        for end, part in enumerate(("low", "high")):
            answer(f"{name}.{part}", lambda month: interval(MONTHS[month])[end])
    for name, interval in (("csat", newcombe), ("nps", nps_change)):
        for end, part in enumerate(("change_low", "change_high")):
            answer(f"{name}.{part}", changed(interval, end))


if __name__ == "__main__":
    main()
