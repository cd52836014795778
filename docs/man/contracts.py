#!/usr/bin/env python3
"""Names each function of a public header whose comments leave something open: file:line: what.

contracts.py HEADER...

A function has a comment; one that can fail says with which errors, one that returns a pointer whose
it is or how long it lives. What a function's paragraph or section says counts.
"""

import re
import sys

import header

LIFETIME = re.compile(
    r"\b(yours|your own|borrowed|static|lives?|valid|outlives|whose|NULL|free|behaviour)\b"
)
ERRORS = re.compile(r"KITH_[A-Z]+|[Ee]rrors as|[Rr]eturns what")


def said_about(entries, at, section):
    """All that speaks of the functions of an entry."""
    paragraph = entries[at].paragraph
    return " ".join([section, *(entry.text for entry in entries if entry.paragraph == paragraph)])


def left_open(declaration, own, said):
    if not own:
        return "no comment speaks of it"
    if declaration.code.startswith("kith_err ") and not ERRORS.search(said):
        return "it returns a kith_err, and no comment says which: name each KITH_... and when"
    if re.match(r"(const )?\w+( \w+)? \*", declaration.code) and not LIFETIME.search(said):
        return "it returns a pointer: say whose it is, or how long it lives"
    return None


def check(path):
    name, what, entries = header.read(path)
    section = what
    for at, entry in enumerate(entries):
        if header.is_section(entries, at):
            section = f"{what} {entry.text}"
        for declaration in entry.declarations:
            if declaration.kind == "function":
                problem = left_open(declaration, entry.text, said_about(entries, at, section))
                if problem:
                    yield f"{path}:{declaration.line}: {declaration.names[0]}: {problem}"


if __name__ == "__main__":
    found = [problem for path in sys.argv[1:] for problem in check(path)]
    print("\n".join(found), end="\n" if found else "")
    sys.exit(bool(found))
