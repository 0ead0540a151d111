"""Who is on the lists of examples/acme, by hand-written DuckDB SQL, straight from the Parquet files.

    python tests/outside/acme_lists.py > tests/outside/acme_lists.json

Needs the `duckdb` package. Nothing of milepost takes part. Prints, for each list of `specs/std/lists.yaml`, whom the
condition takes, as of 31 January 2026 in Amsterdam: pairs of who looks after a member (or a row) and the key, in the order of the list. `src/examples/lists.rs`
holds milepost against the file.
"""

import json
from pathlib import Path

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

FOUND = {name: [list(row) for row in DB.sql(query).fetchall()] for name, query in LISTS.items()}
LINES = [f'  "{name}": {json.dumps(rows)}' for name, rows in FOUND.items()]
print("{\n" + ",\n".join(LINES) + "\n}")
