"""Writes the figures of a run into the table of docs/mutants.md, and survivors.md: every survivor, by the reason in `reasons.md`.

    python report.py WORK

A reason of `reasons.md` is a heading, sentences, and patterns of the mutants that it holds for (`*` is any text). The
first pattern that fits counts. A survivor without one ends the program with its name.
"""

import fnmatch
import json
import re
import sys
from pathlib import Path

from schemata import CRATES, ROOT

TABLE = re.compile(r"^\| crate \|.*?\n(?=\n)", re.M | re.S)

SURVIVORS = """# Surviving mutants

Every mutant that no test kills, grouped by the reason why it survives. The reasons come from [reasons.md](reasons.md);
[docs/mutants.md](../../docs/mutants.md) has the figures.

"""


def reasons(text):
    """Each reason as (heading, sentences, patterns)."""
    _, *parts = re.split(r"^## ", text, flags=re.M)
    found = []
    for part in parts:
        heading, _, rest = part.partition("\n")
        patterns = re.findall(r"^- `(.*)`$", rest, flags=re.M)
        found.append((heading, re.sub(r"^- `.*`\n?", "", rest, flags=re.M).strip(), patterns))
    return found


def short(mutant):
    return mutant["name"].replace("crates/milepost-", "", 1).replace("/src/", "/", 1)


def fits(name, pattern):
    # Brackets are not classes of characters here.
    return fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))


def outcome(mutant, outcomes):
    if mutant["status"] != "woven" and mutant["name"] not in outcomes:
        return mutant["status"]
    killed = outcomes.get(mutant["name"], {}).get("killed")
    if killed is None:
        return "survived"
    if killed.endswith(": timeout"):
        return "timeout"
    return "killed by pages" if killed.startswith("pages") else "killed"


def figures(mutants, outcomes):
    columns = ["killed", "killed by pages", "timeout", "survived", "unviable"]
    lines = ["| crate | mutants | " + " | ".join(columns) + " |", "|---|" + "---:|" * 6]
    for crate in [*CRATES, "both"]:
        found = [outcome(m, outcomes) for m in mutants if crate in (m["package"], "both")]
        lines.append(f"| {crate} | {len(found)} | " + " | ".join(str(found.count(c)) for c in columns) + " |")
    return "\n".join(lines)


def survivors(found, known):
    """The sections of the reasons with the survivors in them, and those that have none."""
    sections, left = [], list(found)
    for heading, sentences, patterns in known:
        mine = [m for m in left if any(fits(short(m), p) for p in patterns)]
        left = [m for m in left if m not in mine]
        by_file = {}
        for m in mine:
            path, _, what = short(m).partition(": ")
            by_file.setdefault(path, []).append(f"- line {m['line']}: `{what}`")
        lines = [line for path in sorted(by_file) for line in (f"\n`{path}`\n", *by_file[path])]
        if mine:
            sections.append(f"## {heading} ({len(mine)})\n\n{sentences}\n" + "\n".join(lines) + "\n")
        for p in patterns:
            if not any(fits(short(m), p) for m in mine):
                print(f"no survivor: {p}", file=sys.stderr)
    return sections, left


def main():
    work = Path(sys.argv[1])
    mutants = json.loads((work / "mutants.json").read_text())
    outcomes = json.loads((work / "outcomes.json").read_text())
    known = reasons((Path(__file__).parent / "reasons.md").read_text())
    found = [m for m in mutants if outcome(m, outcomes) in ("survived", "plain")]
    sections, left = survivors(found, known)
    if left:
        sys.exit("without a reason:\n" + "\n".join(f"- `{short(m)}`" for m in left))
    page = ROOT / "docs/mutants.md"
    table = figures(mutants, outcomes) + "\n"
    page.write_text(TABLE.sub(lambda _: table, page.read_text(), count=1))
    (Path(__file__).parent / "survivors.md").write_text(SURVIVORS + "\n".join(sections))


if __name__ == "__main__":
    main()
