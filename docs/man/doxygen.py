#!/usr/bin/env python3
"""Prints a public header as Doxygen wants it: each declaration in its line, its comment before it.

doxygen.py HEADER

See docs/Doxyfile. What no comment speaks of has none here, so that Doxygen complains; only a field
or value may be left to the comment of its struct, and the type that a header is named after to its
first line.
"""

import os
import re
import sys

import header

SPECIAL = re.compile(r'([\\@<>&#%"])')


def words(text):
    """Text as it stands, with `code` as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", SPECIAL.sub(r"\\\1", text))


def block(text):
    return f"/** {words(text)} */ " if text else ""


def apart(declaration):
    """`int a, b;` as two declarations."""
    names = declaration.names
    if declaration.kind != "field" or len(names) == 1:
        return [declaration.code]
    of = declaration.code.partition(names[0])[0]
    return [f"{of}{name}; " for name in names]


class Page:
    """The lines of the header, made anew."""

    def __init__(self, path):
        self.name, self.what, self.entries = header.read(path)
        self.own = "kith_" + os.path.basename(path).removesuffix(".h")
        with open(path, encoding="utf-8") as opened:
            self.lines = [""] * (opened.read().count("\n") + 1)
        self.open = False  # a section

    def put(self, line, text):
        self.lines[line - 1] += text

    def begin_section(self, entry):
        title, _, rest = re.match(r"([^.:]+)([.:]) ?(.*)", entry.text, re.S).groups()
        end = "/** @} */ " if self.open else ""
        self.put(entry.line, f"{end}/** @name {words(title)}")
        self.put(entry.line + 1, f"{words(rest)} */ /** @{{ */")
        self.open = True

    def body(self, declaration, text):
        begin, end = declaration.lines[0], declaration.lines[-1]
        self.put(declaration.line, begin)
        last = declaration.line
        for entry in declaration.body:
            for inner in entry.declarations:
                for code in apart(inner):
                    self.put(inner.line, block(entry.text or text) + code)
                last = inner.line
        self.put(last, " " + end)

    def declare(self, entry):
        for declaration in entry.declarations:
            named_so = declaration.kind != "function" and self.own in declaration.names
            text = entry.text or (self.what if named_so else "")
            self.put(declaration.line, block(text))
            if declaration.kind in ("struct", "enum"):
                self.body(declaration, text)
            else:
                self.put(declaration.line, declaration.code)

    def text(self):
        self.put(1, f"/** @file {self.name}")
        self.put(2, f"{words(self.what)} */")
        for at, entry in enumerate(self.entries):
            if header.is_section(self.entries, at):
                self.begin_section(entry)
            else:
                self.declare(entry)
        return "\n".join([*self.lines, "/** @} */" if self.open else ""])


if __name__ == "__main__":
    print(Page(sys.argv[1]).text())
