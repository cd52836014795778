"""Reads a public header, line by line: its comments, and what each of them speaks of.

A comment speaks of what follows it up to the next comment or blank line; one behind a declaration,
of that alone; one that a blank line follows, of all that comes after it: it begins a section.
"""

import re
from dataclasses import dataclass, field

COMMENT = re.compile(r"/\*.*?\*/", re.S)
NAMES = {
    "macro": r"#define (\w+)",
    "struct": r"(?:struct|enum) (\w+)",
    "enum": r"(?:struct|enum) (\w+)",
    "opaque": r"(?:struct|enum) (\w+)",
    "type": r"\(\*(\w+)\)",
    "function": r"(\w+)\(",
}


@dataclass
class Declaration:
    kind: str  # of NAMES; in a body: "field" or "value"
    code: str  # in one line, without comments and attributes
    line: int
    lines: list = field(default_factory=list)  # of a struct or enum, without comments
    body: list = field(default_factory=list)  # of a struct or enum: its entries

    @property
    def names(self):
        if self.kind == "value":
            return re.findall(r"^\w+", self.code)
        if self.kind == "field":
            pointer = re.search(r"\(\*(\w+)\)", self.code)
            return [pointer[1]] if pointer else re.findall(r"(\w+)(?:\[\d*\])?(?=[,;])", self.code)
        return [re.search(NAMES[self.kind], self.code)[1]]


@dataclass
class Entry:
    """A comment and the declarations that it speaks of; neither is always there."""

    text: str
    line: int
    paragraph: int
    trailing: bool = False
    declarations: list = field(default_factory=list)


def plain(comment):
    """A comment's text, in one line."""
    return re.sub(r"\s*\n\s*(\* ?)?", " ", comment.strip()[2:-2]).strip()


def bare(code):
    code = re.sub(r"^KITH_API\s(KITH_MUST_USE\s)?", "", COMMENT.sub("", code).strip())
    return re.sub(r"\s+", " ", code).strip()


def kind_of(code, inside):
    if inside:
        return inside
    if code.startswith("#define"):
        return "macro"
    if re.match(r"(typedef )?(struct|enum)\b[^(;]*\{", code):
        return "enum" if re.match(r"(typedef )?enum", code) else "struct"
    if re.fullmatch(r"(struct|enum) \w+;", code):
        return "opaque"
    return "type" if code.startswith("typedef") else "function"


def complete(text, inside):
    """Whether a declaration, and the comment behind it, ends with this text."""
    code = COMMENT.sub("", text)
    if "/*" in code or code.rstrip().endswith("\\"):
        return False
    if code.startswith("#"):
        return True
    if code.count("{") + code.count("(") != code.count("}") + code.count(")"):
        return False
    return inside == "value" or code.rstrip().endswith((";", "}"))


def declaration(lines, number, inside):
    text = "\n".join(lines)
    code = bare(text)
    made = Declaration(kind_of(code, inside), code, number)
    if made.kind in ("struct", "enum"):
        made.lines = [row for row in COMMENT.sub("", text).split("\n") if row.strip()]
        of = "value" if made.kind == "enum" else "field"
        made.body = read_lines(lines[1:-1], number + 1, of)
    elif code.startswith("static inline"):
        made.code = code.partition(" {")[0].removeprefix("static inline ") + ";"
    return made


def read_lines(lines, number=1, inside=""):
    """The entries of some lines, the first of which has that number."""
    entries, paragraph, begun = [], 0, []
    entry = None  # whose comment speaks of what comes next
    for at, row in enumerate(lines, number):
        if not begun and not row.strip():
            paragraph, entry = paragraph + 1, None
            continue
        begun.append(row)
        text = "\n".join(begun)
        first, begins = text.strip(), at - len(begun) + 1
        if first.startswith("/*"):
            if "*/" not in text:
                continue
            entry = Entry(plain(text), begins, paragraph)
            entries.append(entry)
        elif complete(text, inside):
            if not first.startswith("#") or first.startswith("#define"):
                entry = add(entries, entry, begun, begins, inside, paragraph)
        else:
            continue
        begun = []
    return entries


def add(entries, entry, lines, number, inside, paragraph):
    """Adds a declaration; returns the entry that the next one belongs to."""
    text = "\n".join(lines)
    made = declaration(lines, number, inside)
    behind = None if made.body else re.search(r"/\*((?!\*/).)*\*/\s*$", text, re.S)
    if behind:
        entries.append(Entry(plain(behind[0]), number, paragraph, True, [made]))
        return None
    if entry is None:
        entry = Entry("", number, paragraph)
        entries.append(entry)
    entry.declarations.append(made)
    return entry


def is_section(entries, at):
    """A comment with a blank line, or another comment, behind it."""
    return bool(entries[at].text) and not entries[at].declarations


def read(path):
    """The name of a header, what it is, and its entries; the first of them is of the whole file."""
    with open(path, encoding="utf-8") as opened:
        entries = read_lines(opened.read().split("\n"))
    name, _, what = entries[0].text.partition(" -- ")
    return name, what, entries[1:]
