"""All mutants of a source file in one text, each behind a switch: what `schemata.py` compiles.

A mutant is what `cargo mutants --list --json` says it is; this only finds the operands (with tree-sitter) and writes
the choice down, so that what is not chosen is evaluated as it always was: once, in order, with its short circuits.
"""

import re

import tree_sitter_rust
from tree_sitter import Language, Parser

PARSER = Parser(Language(tree_sitter_rust.language()))
COMPARISONS = {"==", "!=", "<", "<=", ">", ">="}


class Fragment:
    """Text that is there for one mutant only; its place in the woven text says which errors it causes."""

    def __init__(self, mutant, text):
        self.mutant, self.text = mutant, text


class Edit:
    """Takes the place of source[start:end]; parts are texts, fragments and (start, end) of the source."""

    def __init__(self, start, end, parts, mutants):
        self.start, self.end, self.parts, self.mutants = start, end, parts, mutants


def nodes(root):
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def place(lines, position):
    """The byte of a line and a column, which both begin at 1 and count characters."""
    before = lines[position["line"] - 1].decode()[: position["column"] - 1]
    return sum(map(len, lines[: position["line"] - 1])) + len(before.encode())


def choice(switch, variants, usual):
    """`if switch(1) { … } else if switch(2) { … } else { usual }`."""
    parts = []
    for mutant, text in variants:
        parts.append(Fragment(mutant, f"if {switch}({mutant['id']}) {{ {text} }} else "))
    return parts + [f"{{ {usual} }}"]


def binary(node, switch, found):
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = node.child_by_field_name("operator").text.decode()
    a, b = (left.start_byte, left.end_byte), (right.start_byte, right.end_byte)
    if operator in ("&&", "||"):
        other = {"&&": "||", "||": "&&"}[operator]
        if [m["replacement"] for m in found] != [other]:
            return None
        usual = "l" if operator == "&&" else "!l"
        switched = Fragment(found[0], f" ^ {switch}({found[0]['id']})")
        return ["({ let l: bool = ", a, f"; if {usual}", switched, " { ", b, " } else { l } })"]
    if operator in COMPARISONS:
        variants = [(m, f"*l {m['replacement']} *r") for m in found]
        return ["(match (&(", a, "), &(", b, ")) { (l, r) => ", *choice(switch, variants, f"*l {operator} *r"), " })"]
    variants = [(m, f"l {m['replacement']} r") for m in found]
    return ["(match (", a, ", ", b, ") { (l, r) => ", *choice(switch, variants, f"l {operator} r"), " })"]


def assignment(node, switch, found):
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = node.child_by_field_name("operator").text.decode()
    a, b = (left.start_byte, left.end_byte), (right.start_byte, right.end_byte)
    variants = [(m, f"{left.text.decode()} {m['replacement']} r;") for m in found]
    parts = ["(match ", b, " { r => ", *choice(switch, variants, "")[:-1]]
    return parts + ["{ ", a, f" {operator} r; }} }})"]


def unary(node, switch, found):
    operand = node.children[-1]
    a, number = (operand.start_byte, operand.end_byte), found[0]["id"]
    if node.children[0].type == "!":
        return ["((", a, ") ^ !", Fragment(found[0], f"{switch}({number})"), ")"]
    return ["(match ", a, " { v => ", *choice(switch, [(found[0], "v")], "-v"), " })"]


def arm(pattern, switch, found):
    """The guard of a match arm with its mutants: never (the arm is deleted, or its guard is false), always, or as it was."""
    guard = pattern.child_by_field_name("condition")
    never = [m for m in found if m["genre"] == "MatchArm" or m["replacement"] == "false"]
    always = [m for m in found if m not in never]
    if guard is None:
        end = pattern.end_byte
        return end, end, [" if (true)", *(Fragment(m, f" && !{switch}({m['id']})") for m in never)]
    parts = ["true", *(Fragment(m, f" && !{switch}({m['id']})") for m in never), " && "]
    if guard.type in ("let_condition", "let_chain"):
        return guard.start_byte, guard.end_byte, [*parts, (guard.start_byte, guard.end_byte)] if not always else None
    parts += ["(false", *(Fragment(m, f" || {switch}({m['id']})") for m in always), " || ("]
    return guard.start_byte, guard.end_byte, [*parts, (guard.start_byte, guard.end_byte), "))"]


def field(node, switch, found):
    """A field of a struct expression that the base gives where the field is left out."""
    base = next(n for n in node.parent.children if n.type == "base_field_initializer").children[-1]
    struct = node.parent.parent.child_by_field_name("name").text.decode()
    text = base.text.decode()
    text = f"<{struct} as Default>::default()" if text == "Default::default()" else f"({text})"
    name = node.child_by_field_name("field") or node.children[0]
    value = node.child_by_field_name("value") or name
    drop = Fragment(found[0], f"if {switch}({found[0]['id']}) {{ {text}.{name.text.decode()} }} else {{ ")
    return [f"{name.text.decode()}: ", drop, (value.start_byte, value.end_byte), Fragment(found[0], " }")]


def body(source, bodies, brace, switch, found):
    """An early return for each value; `const` goes, and only one type can be behind `impl`: see `Usual` in schemata.py."""
    function = bodies[brace]
    signature = source[function.start_byte : brace].decode()
    start, parts = brace + 1, []
    if "const fn" in signature:
        start = function.start_byte + signature.index("const fn")
        parts = [(start + len("const "), brace + 1)]
    if "-> impl Iterator" not in " ".join(signature.split()):
        return (start, brace + 1), parts + [Fragment(m, f" if {switch}({m['id']}) {{ return {m['replacement']}; }}") for m in found]
    end, chosen = function.end_byte - 1, switch.replace("::on", "::Chosen")
    for m in found:
        value = m["replacement"].replace("::std::iter::empty()", "None").replace("::std::iter::once(", "Some(")
        parts.append(Fragment(m, f" if {switch}({m['id']}) {{ return {chosen}::One({value}); }}"))
    return (start, end), [*parts, f" {chosen}::Usual({{", (brace + 1, end), "})"]


def edits(source, mutants, switch):
    """The edits for the mutants of a file, and the mutants that no switch was found for."""
    tree, lines, left_over = PARSER.parse(source), source.splitlines(keepends=True), []
    by_place = {}
    for m in mutants:
        start, end = place(lines, m["span"]["start"]), place(lines, m["span"]["end"])
        by_place.setdefault((m["genre"], start, end), []).append(m)
    operators, arms, bodies, structs = {}, {}, {}, {}
    for node in nodes(tree.root_node):
        if node.type in ("binary_expression", "compound_assignment_expr"):
            sign = node.child_by_field_name("operator")
            operators[sign.start_byte] = node
        elif node.type == "unary_expression":
            operators[node.start_byte] = node
        elif node.type == "match_arm":
            pattern = node.child_by_field_name("pattern")
            arms[node.start_byte] = pattern
            if (guard := pattern.child_by_field_name("condition")) is not None:
                arms[guard.start_byte] = pattern
        elif node.type == "function_item" and node.child_by_field_name("body") is not None:
            bodies[node.child_by_field_name("body").start_byte] = node
        elif node.type in ("field_initializer", "shorthand_field_initializer"):
            structs[node.start_byte] = node
    made, guards = [], {}
    for (genre, start, end), found in by_place.items():
        parts, spot = None, (start, end)
        if genre == "FnValue":
            # What stands first in a body follows its own brace.
            spot, parts = body(source, bodies, max(b for b in bodies if b <= start), switch, found)
        elif genre in ("BinaryOperator", "UnaryOperator") and start in operators:
            node = operators[start]
            spot = (node.start_byte, node.end_byte)
            write = {"binary_expression": binary, "unary_expression": unary}.get(node.type, assignment)
            parts = write(node, switch, found)
        elif genre in ("MatchArm", "MatchArmGuard") and start in arms:
            guards.setdefault(arms[start].start_byte, (arms[start], []))[1].extend(found)
            continue
        elif genre == "StructField" and start in structs:
            spot = (structs[start].start_byte, structs[start].end_byte)
            parts = field(structs[start], switch, found)
        if parts is None:
            left_over += found
        else:
            made.append(Edit(*spot, parts, found))
    around = []
    for pattern, found in guards.values():
        start, end, parts = arm(pattern, switch, found)
        if parts is None:
            left_over += found
        else:
            around.append(Edit(start, end, parts, found))
    # A guard may be one operator: its edit is the outer one of two on the same text.
    return around + made, left_over


class Woven:
    """The text with all edits, and where each fragment and each edit came to stand."""

    def __init__(self, source, list_of_edits, head=b""):
        self.source, self.out, self.length = source, [], 0
        self.fragments, self.wrappers = [], []
        self.edits = sorted(list_of_edits, key=lambda e: (e.start, e.end != e.start, -e.end))
        self.put(head)
        self.range(0, len(source), 0)
        self.text = b"".join(self.out)

    def put(self, text):
        self.out.append(text)
        self.length += len(text)

    def range(self, start, end, index):
        """Writes source[start:end] with the edits from `index` on that lie inside."""
        at = start
        while index < len(self.edits):
            edit = self.edits[index]
            if edit.start >= end:
                break
            index += 1
            if edit.start < at or edit.end > end:
                continue
            self.put(self.source[at : edit.start])
            before = self.length
            for part in edit.parts:
                if isinstance(part, tuple):
                    self.range(*part, index)
                elif isinstance(part, Fragment):
                    self.fragments.append((self.length, self.length + len(part.text.encode()), part.mutant))
                    self.put(part.text.encode())
                else:
                    self.put(part.encode())
            self.wrappers.append((before, self.length, edit))
            at = edit.end
        self.put(self.source[at:end])

    def blamed(self, start, end):
        """The mutant whose text an error is in, or else the innermost edit around it."""
        inside = [m for s, e, m in self.fragments if s <= start and end <= e]
        if inside:
            return [inside[0]], None
        around = [(e - s, edit) for s, e, edit in self.wrappers if s <= start and end <= e]
        return [], min(around, key=lambda pair: pair[0])[1] if around else None

    def guards(self, value):
        """The mutants that delete an arm of the match on the value at that byte: with a guard each it lacks the others."""
        for node in nodes(PARSER.parse(self.text).root_node):
            if node.type == "match_expression" and node.child_by_field_name("value").start_byte == value:
                arms = [n for n in node.child_by_field_name("body").children if n.type == "match_arm"]
                patterns = [n.child_by_field_name("pattern").text.decode() for n in arms]
                return [int(n) for p in patterns if " if (true) " in p for n in re.findall(r"mutants::on\((\d+)\)", p)]
        return []
