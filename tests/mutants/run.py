"""Runs every woven mutant against the tests that reach it, until one fails.

    python run.py WORK [--pages] [--only TEXT] [--slowest SECONDS] [--workers N] [--minutes N]

The tests of the syntax and semantics crates come first; with --pages the survivors meet the pages of `tests/` as well,
whose runner links the engine. First each test runs alone without a mutant, and lists what it reaches (WORK/reached.json).
WORK/outcomes.json then says of each mutant `unreached`, `survived`, or `killed` and by what; a run goes on where the last
one stopped, and a mutant that survived fewer tests than there are now is run again.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from schemata import CRATES, environment, sync

SLOW = 1.0  # seconds: from there on a test runs in a process of its own
FIRST = 8  # so many tests of a mutant come before all others
MEMORY = {"pages": 16 << 30}


def build(copy, pages):
    """The test programs by name: (path, the folder that they run in)."""
    levels = [part for c in CRATES for part in ("--config", f"profile.dev.package.{c}.opt-level=1")]
    what = ["--workspace", "--test", "pages"] if pages else [part for c in CRATES for part in ("-p", c)]
    command = ["cargo", "test", "--locked", "--no-run", "--message-format=json", *levels, *what]
    out = subprocess.run(command, cwd=copy, stdout=subprocess.PIPE, text=True, check=True, env=environment(copy)).stdout
    programs = {}
    for line in out.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["profile"]["test"]:
            folder = Path(message["manifest_path"]).parent
            if folder.name in CRATES or message["target"]["name"] == "pages" and folder.name == "tests":
                kind = "pages" if folder.name == "tests" else f"{folder.name}/{message['target']['name']}"
                programs[kind] = (message["executable"], str(folder))
    return programs


class Programs:
    def __init__(self, programs, seen, slowest):
        self.programs = programs
        self.killers = {}  # by file: how many mutants each test killed
        self.used = {}  # by thread: seconds of the processor that its last process took
        self.tests = {}  # (program, test) -> [seconds, mutants reached]
        for program, (path, folder) in programs.items():
            listed = subprocess.run([path, "--list", "--format=terse"], cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
            for line in listed.stdout.splitlines():
                if line.endswith(": test"):
                    self.tests[program, line[: -len(": test")]] = None
        self.stamp = {p: int(Path(path).stat().st_mtime) for p, (path, _) in programs.items()}
        for key in self.tests:
            known = seen.get(f"{key[0]} {key[1]}")
            if known and known["stamp"] == self.stamp[key[0]]:
                self.tests[key] = known
            elif known and known["seconds"] >= slowest:
                self.tests[key] = {**known, "reached": []}

    def run(self, program, tests, env, seconds):
        """None if all pass, or what happened: the test that failed, `timeout`, or how the process ended."""
        path, folder = self.programs[program]
        if program == "pages":
            others = [t for p, t in self.tests if p == program and t not in set(tests)]
            names = ["--exact", *(part for t in others for part in ("--skip", t))]
        else:
            names = ["--exact", *tests]
        process = subprocess.Popen(
            ["nice", "-n", "10", path, *names, "--test-threads=1"], cwd=folder, text=True, errors="replace",
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "PROPTEST_MAX_SHRINK_ITERS": "0", "RUST_BACKTRACE": "0", **env})
        limit = int(seconds * 4) + 2
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (limit, limit + 1))
        resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY.get(program, 4 << 30),) * 2)
        late = threading.Timer(limit * 60, os.kill, (process.pid, signal.SIGKILL))
        late.start()
        current, failed = "", None
        for line in process.stdout:
            if line.startswith("test "):
                current = line.split()[1]
                if "FAILED" in line:
                    failed = current
                    os.kill(process.pid, signal.SIGKILL)
                    break
        process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        code = process.returncode = os.waitstatus_to_exitcode(status)
        late.cancel()
        self.used[threading.get_ident()] = usage.ru_utime + usage.ru_stime
        if failed or code == 0:
            return failed
        return "timeout" if code in (-24, -9, 137, 152) else f"after {current or tests[0]}: exit code {code}"

    def reach(self, key, work):
        listed = work / f"reached-{threading.get_ident()}"
        listed.unlink(missing_ok=True)
        failed = self.run(key[0], [key[1]], {"MILEPOST_REACHED": str(listed)}, 200)
        if failed:
            raise SystemExit(f"{key} fails without any mutant: {failed}")
        reached = [int(n) for n in listed.read_text().split()] if listed.exists() else []
        self.tests[key] = {"stamp": self.stamp[key[0]], "seconds": self.used[threading.get_ident()], "reached": reached}

    def kill(self, mutant, keys):
        """What kills the mutant, of the tests that reach it. First come those that killed its neighbors, and those that
        reach little else: they are about it."""
        killed = self.killers.setdefault(mutant["file"], {})
        seconds = {key: self.tests[key]["seconds"] + 0.01 for key in keys}
        cost = {key: seconds[key] * len(self.tests[key]["reached"]) for key in keys}
        keys = sorted(keys, key=lambda key: (-killed.get(key, 0) / seconds[key], cost[key]))
        killer = self.round(mutant["id"], keys[:FIRST]) or self.round(mutant["id"], keys[FIRST:])
        if killer:
            key = tuple(killer.split(": ", 1))
            killed[key] = killed.get(key, 0) + 1
        return killer

    def round(self, mutant, keys):
        groups = {}
        for program, test in keys:
            seconds = self.tests[program, test]["seconds"]
            group = groups.setdefault((program, test if seconds > SLOW and program != "pages" else ""), [0, []])
            group[0] += seconds
            group[1].append(test)
        for (program, _), (seconds, tests) in sorted(groups.items(), key=lambda g: g[1][0]):
            failed = self.run(program, tests, {"MILEPOST_MUTANT": str(mutant)}, seconds)
            if failed:
                return f"{program}: {failed}"
        return None


def load(path):
    return json.loads(path.read_text()) if path.exists() else {}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("work", type=Path)
    arguments.add_argument("--pages", action="store_true")
    arguments.add_argument("--only", default="")
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--slowest", type=float, default=8, help="tests that take more seconds are left out")
    arguments.add_argument("--minutes", type=float, default=1e9)
    asked = arguments.parse_args()
    work, end = asked.work.resolve(), time.time() + asked.minutes * 60
    sync(work / "copy")
    programs = Programs(build(work / "copy", asked.pages), load(work / "reached.json"), asked.slowest)
    pool = ThreadPoolExecutor(asked.workers)
    list(pool.map(lambda key: programs.reach(key, work), [k for k, v in programs.tests.items() if v is None]))
    seen = load(work / "reached.json")
    seen.update({f"{p} {t}": v for (p, t), v in programs.tests.items()})
    (work / "reached.json").write_text(json.dumps(seen))
    reaching = {}
    for key, test in programs.tests.items():
        for mutant in test["reached"] if test["seconds"] < asked.slowest else []:
            reaching.setdefault(mutant, []).append(key)
    outcomes, lock, done = load(work / "outcomes.json"), threading.Lock(), [0]
    listed = json.loads((work / "mutants.json").read_text())

    def one(mutant):
        known = outcomes.get(mutant["name"], {})
        keys = reaching.get(mutant["id"], [])
        survived = {tuple(k) for k in known.get("survived", [])}
        new = [k for k in keys if (*k, programs.stamp[k[0]]) not in survived]
        if time.time() > end or "killed" in known:
            return
        killed = programs.kill(mutant, new) if new else None
        with lock:
            met = sorted(survived | {(*k, programs.stamp[k[0]]) for k in new})
            outcomes[mutant["name"]] = {"killed": killed} if killed else {"survived": met}
            done[0] += 1
            if done[0] % 20 == 0:
                (work / "outcomes.json").write_text(json.dumps(outcomes))
                print(time.strftime("%H:%M"), done[0], "killed", sum("killed" in o for o in outcomes.values()), flush=True)

    asked_for = [m for m in listed if m["status"] == "woven" and asked.only in m["name"]]
    # Those that never ran come first.
    list(pool.map(one, sorted(asked_for, key=lambda m: m["name"] in outcomes)))
    (work / "outcomes.json").write_text(json.dumps(outcomes))


if __name__ == "__main__":
    main()
