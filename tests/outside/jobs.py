"""How the programs here are asked: `python PROGRAM.py JOBS.json > ANSWERS.json`.

JOBS.json holds a list. What is printed is the list of the answers, in the same order.
"""

import json
import sys


def answer_each(answers):
    """Prints what `answers` gives for every job of the file that the command line names."""
    with open(sys.argv[1], encoding="utf-8") as file:
        jobs = json.load(file)
    json.dump([answers(job) for job in jobs], sys.stdout)
