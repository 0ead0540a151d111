"""What lifelines, a public implementation, says of the spells below: curves, intervals and medians. The output is what
`tests/results/forms/duration-curves.md` quotes, and its figures are milepost's to six digits.

    pip install lifelines==0.30.3
    python tests/outside/duration_curves.py

Days until a customer got there (1), was lost (2), or until it is followed no longer (0). No two of those who got there or
were lost did so on one day: `AalenJohansenFitter` moves ties apart by chance.
"""

from lifelines import AalenJohansenFitter, KaplanMeierFitter

SPELLS = [
    (3, 1), (5, 2), (8, 1), (9, 1), (12, 0), (14, 2), (17, 1), (21, 1), (22, 0), (26, 1), (30, 2), (34, 1), (40, 0),
    (41, 1), (55, 1), (60, 0), (63, 2), (70, 1), (90, 0), (90, 0),
]
AT = (10, 30, 60)


def figures(curve, interval, survival=False):
    for day in AT:
        share = curve.loc[:day].iloc[-1].iloc[0]
        low, high = interval.loc[:day].iloc[-1]
        if survival:
            share, low, high = 1 - share, 1 - high, 1 - low
        yield f"after {day} days {share:.6f}, from {low:.6f} to {high:.6f}"


days = [day for day, _ in SPELLS]
state = [state for _, state in SPELLS]

incidence = AalenJohansenFitter(calculate_variance=True)
incidence.fit(days, state, event_of_interest=1)
print("competing:", *figures(incidence.cumulative_density_, incidence.confidence_interval_), sep="\n  ")

survival = KaplanMeierFitter()
survival.fit(days, [state == 1 for state in state])
print("censored:", *figures(survival.survival_function_, survival.confidence_interval_, True), sep="\n  ")
print("  median", survival.median_survival_time_)
