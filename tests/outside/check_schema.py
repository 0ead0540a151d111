"""Holds YAML texts against JSON Schemas.

    python tests/outside/check_schema.py JOBS.json > ANSWERS.json

Needs the `jsonschema` and `ruamel.yaml` packages. JOBS.json holds a list of `{"schema": …, "texts": {name: text, …}}`. Prints
for each job, in the same order, an object from the name of each text to the list of what is wrong with it.

The texts are read by the core schema of YAML 1.2, as the language servers of editors do: `no`, `on` and `2026-03-31` are
text there.
"""

import re

import jsonschema
import ruamel.yaml
from jobs import answer_each
from ruamel.yaml.nodes import MappingNode, SequenceNode

# The plain scalars that are no text (YAML 1.2, section 10.3.2).
NULL = re.compile(r"null|Null|NULL|~|")
TRUE, FALSE = re.compile(r"true|True|TRUE"), re.compile(r"false|False|FALSE")
INTEGER = re.compile(r"[-+]?[0-9]+")
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def value(node):
    """What a node of the tree is to a schema."""
    if isinstance(node, MappingNode):
        return {key.value: value(item) for key, item in node.value}
    if isinstance(node, SequenceNode):
        return [value(item) for item in node.value]
    text = node.value
    if node.style is not None:
        return text
    if NULL.fullmatch(text):
        return None
    if TRUE.fullmatch(text) or FALSE.fullmatch(text):
        return bool(TRUE.fullmatch(text))
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if NUMBER.fullmatch(text) else text


def wrong(validator, text):
    """What is wrong with a text, one line for each mistake."""
    tree = ruamel.yaml.YAML(pure=True).compose(text)
    if tree is None:
        return []
    return [f"{error.json_path}: {error.message}"[:300] for error in validator.iter_errors(value(tree))]


def answers(job):
    jsonschema.Draft7Validator.check_schema(job["schema"])
    validator = jsonschema.Draft7Validator(job["schema"])
    return {name: wrong(validator, text) for name, text in job["texts"].items()}


if __name__ == "__main__":
    answer_each(answers)
