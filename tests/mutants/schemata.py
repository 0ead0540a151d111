"""Compiles the workspace once with all mutants of the syntax and semantics crates in it.

    python schemata.py WORK

`cargo mutants` lists them; a copy of the workspace in WORK/copy gets each behind a switch (`weave.py`); what does not
compile is taken out until the rest does. WORK/mutants.json then says of each mutant what became of it:
`woven`, `unviable` (it does not compile) or `plain` (only rewriting the text can make it).
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import weave

ROOT = Path(__file__).resolve().parents[2]
CRATES = ["milepost-syntax", "milepost-semantics"]
SWITCH = '''
/// The switch of the mutants.
#[doc(hidden)]
pub mod mutants {
    use std::io::Write;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
    use std::sync::{Mutex, OnceLock};

    const UNREAD: u32 = u32::MAX;
    const RECORD: u32 = u32::MAX - 1;
    static CHOSEN: AtomicU32 = AtomicU32::new(UNREAD);
    static REACHED: [AtomicBool; 20_000] = [const { AtomicBool::new(false) }; 20_000];
    static LIST: OnceLock<Mutex<std::fs::File>> = OnceLock::new();

    /// Whether this is the mutant of the process; with MILEPOST_REACHED=FILE none is, and FILE lists those asked for.
    #[inline]
    pub fn on(mutant: u32) -> bool {
        let chosen = CHOSEN.load(Relaxed);
        chosen == mutant || (chosen >= RECORD && first(mutant, chosen))
    }

    #[cold]
    fn first(mutant: u32, mut chosen: u32) -> bool {
        if chosen == UNREAD {
            let number = std::env::var("MILEPOST_MUTANT").ok().and_then(|n| n.parse().ok());
            let record = std::env::var_os("MILEPOST_REACHED").map(|_| RECORD);
            chosen = record.or(number).unwrap_or(0);
            CHOSEN.store(chosen, Relaxed);
        }
        if chosen == RECORD && !REACHED[mutant as usize].swap(true, Relaxed) {
            let path = std::env::var_os("MILEPOST_REACHED").unwrap();
            let file = LIST.get_or_init(|| Mutex::new(std::fs::File::create(path).unwrap()));
            let _ = writeln!(file.lock().unwrap(), "{mutant}");
        }
        chosen == mutant
    }

    /// What a function returns that hides the type of its iterator.
    pub enum Chosen<T, I> {
        One(Option<T>),
        Usual(I),
    }

    impl<T, I: Iterator<Item = T>> Iterator for Chosen<T, I> {
        type Item = T;
        fn next(&mut self) -> Option<T> {
            match self {
                Self::One(one) => one.take(),
                Self::Usual(usual) => usual.next(),
            }
        }
    }
}
'''


def files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def put(path, content):
    """Writes what is new only, so that cargo compiles what is new only."""
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def is_woven(name):
    return name.endswith(".rs") and any(name.startswith(f"crates/{c}/src/") for c in CRATES)


def sync(copy):
    """Brings all that is not woven to what it is now; the lints are not for woven text."""
    for name in files():
        if not is_woven(name):
            content = (ROOT / name).read_bytes()
            if name in [f"crates/{c}/Cargo.toml" for c in CRATES]:
                content = content.replace(b"[lints]\nworkspace = true", b"")
            put(copy / name, content)


def mutants():
    """What `cargo mutants` lists, numbered from 1, each with a name that outlives a change of lines elsewhere."""
    command = ["cargo", "mutants", "--list", "--json", *(part for c in CRATES for part in ("-p", c))]
    listed = json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)
    seen = {}
    for i, m in enumerate(listed):
        name = re.sub(r":\d+:\d+: ", ": ", m["name"], count=1)
        seen[name] = seen.get(name, 0) + 1
        m.pop("diff", None)
        m.update(id=i + 1, status="woven", name=name + (f" (#{seen[name]})" if seen[name] > 1 else ""), line=m["span"]["start"]["line"])
    return listed


def environment(copy):
    """With a folder of its own for what is compiled: cargo takes the copy for the workspace."""
    return {**os.environ, "CARGO_TARGET_DIR": str(copy.parent / "target")}


class Build:
    """The copy, and what is woven into it."""

    def __init__(self, work):
        self.copy = work / "copy"
        self.mutants = mutants()
        self.edits, self.woven = {}, {}
        sync(self.copy)
        for name in filter(is_woven, files()):
            source = (ROOT / name).read_bytes()
            own = [m for m in self.mutants if m["file"] == name]
            crate = "crate" if CRATES[0] in name else "milepost_syntax"
            found, left_over = weave.edits(source, own, crate + "::mutants::on")
            for m in left_over:
                # `||` can't stand in a chain of `let`.
                m["status"] = "unviable" if m["genre"] == "BinaryOperator" and m["replacement"] == "||" else "plain"
            self.edits[name] = (source, found)
            self.weave(name)

    def weave(self, name):
        source, found = self.edits[name]
        root = name.endswith("src/lib.rs")
        woven = weave.Woven(source + (SWITCH.encode() if root and CRATES[0] in name else b""), found, b"#![allow(warnings, arithmetic_overflow, overflowing_literals)] " if root else b"")
        self.woven[name] = woven
        put(self.copy / name, woven.text)

    def take_out(self, taken, edit, status):
        name = (taken or edit.mutants)[0]["file"]
        source, found = self.edits[name]
        for m in taken or edit.mutants:
            m["status"] = status
        for e in found:
            e.parts = [p for p in e.parts if not (isinstance(p, weave.Fragment) and p.mutant in taken)]
        self.edits[name] = (source, [e for e in found if e is not edit and (set(m["status"] for m in e.mutants) & {"woven"})])

    def errors(self):
        """The errors of both crates as (file, start, end, code, text)."""
        command = ["cargo", "check", "--message-format=json", *(part for c in CRATES for part in ("-p", c))]
        out = subprocess.run(command, cwd=self.copy, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment(self.copy)).stdout
        for line in out.splitlines():
            message = json.loads(line).get("message") or {}
            if message.get("level") == "error":
                spans = sorted(message["spans"], key=lambda s: not s["is_primary"])
                if spans:
                    code = (message.get("code") or {}).get("code", "")
                    yield [(s["file_name"], s["byte_start"], s["byte_end"]) for s in spans], code, message["rendered"]

    def constant(self, code, rendered):
        """The edit of the function that a constant needs, where that is what the error says."""
        called = re.search(r"(\w+)`", rendered)
        if code == "E0015" and called:
            for name, (_, found) in self.edits.items():
                for edit in found:
                    function = edit.mutants[0]["function"] if edit.mutants[0]["genre"] == "FnValue" else None
                    if function and re.search(rf"\b{called[1]}$", function["function_name"]):
                        return edit
        return None

    def settle(self):
        while True:
            taken_out, unknown = 0, []
            for spans, code, rendered in list(self.errors()):
                for name, start, end in spans:
                    taken, edit = self.woven[name].blamed(start, end) if name in self.woven else ([], None)
                    if taken or edit:
                        break
                else:
                    name = spans[0][0]
                    numbers = self.woven[name].guards(spans[0][1]) if code == "E0004" else []
                    taken, edit = [m for m in self.mutants if m["id"] in numbers], self.constant(code, rendered)
                if not taken and not edit:
                    unknown.append(rendered)
                    continue
                self.take_out(taken, edit, "unviable" if taken and code not in ("E0282", "E0283", "E0284") else "plain")
                taken_out += 1
            print(f"{taken_out} errors taken out, {len(unknown)} others", flush=True)
            if not taken_out and unknown:
                sys.exit("\n".join(unknown))
            if not taken_out:
                return self.complete()
            for name in self.woven:
                self.weave(name)


    def complete(self):
        """Every mutant that is said to be woven is somewhere in the text."""
        there = {m["id"] for woven in self.woven.values() for _, _, m in woven.fragments}
        lost = [m["name"] for m in self.mutants if m["status"] == "woven" and m["id"] not in there]
        if lost:
            sys.exit("not in the text:\n" + "\n".join(lost))


def main():
    work = Path(sys.argv[1]).resolve()
    build = Build(work)
    build.settle()
    (work / "mutants.json").write_text(json.dumps(build.mutants, indent=1))
    for status in ("woven", "unviable", "plain"):
        print(status, sum(m["status"] == status for m in build.mutants))


if __name__ == "__main__":
    main()
