"""Writes man(7): text with `code` in it, and what the pages under docs/ use of Markdown."""

import re

CODE = {"\\": r"\e", "-": r"\-", "^": r"\(ha", "~": r"\(ti", "`": r"\(ga", "'": r"\(aq"}
PROSE = {"\\": r"\e", "'": r"\(aq", "^": r"\(ha", "~": r"\(ti", "`": r"\(ga"}
NAME = re.compile(r"\b(?:kith_\w+|KITH_[A-Z0-9_]+)\b(?:\(\))?")


def escape(text, table):
    return "".join(table.get(character, character) for character in text)


def guard(line):
    """A line of text that begins as a request would is none."""
    return r"\&" + line if line.startswith((".", "'")) else line


def code(text):
    return escape(text, CODE)


def named(text):
    """Prose in which the names of the library stand out."""
    return NAME.sub(lambda found: rf"\fB{found[0]}\fP", escape(text, PROSE))


def prose(text):
    """A paragraph, in lines that begin with a sentence; `code`, **words** and *words* stand out."""
    text = re.sub(r"!?\[([^\]]*)\]\(([^)]*)\)", link, text)
    parts = re.split(r"(`[^`]+`|\*\*[^*]+\*\*|\B\*\w+\*\B)", text)
    out = ""
    for part in parts:
        if part.startswith("`") and len(part) > 2:
            out += rf"\fB{code(part[1:-1])}\fP"
        elif part.startswith("**"):
            out += rf"\fB{escape(part[2:-2], PROSE)}\fP"
        elif part.startswith("*") and part.endswith("*"):
            out += rf"\fI{escape(part[1:-1], PROSE)}\fP"
        else:
            out += named(part)
    sentences = re.split(r"(?<=[.?!]) +(?=[\"'(]?[A-Z\\])", " ".join(out.split()))
    return "\n".join(guard(sentence) for sentence in sentences)


def link(found):
    text, target = found[1], found[2]
    return f"{text} ({target})" if re.match(r"\w+:", target) else text


def block(lines):
    """Code, as it stands."""
    rows = [guard(code(line.rstrip())) for line in lines]
    return "\n".join([".PP", ".in +4n", ".nf", *(row or r"\&" for row in rows), ".fi", ".in"])


def item(head, text):
    """What is said about a word; the word is roff already."""
    return f".TP\n{head}\n{text}"


def bold(text):
    return rf"\fB{code(text)}\fP"


def table(rows):
    """As a list: the first cell of each row, and what the others say, by their columns' names."""
    cells = [[cell.strip() for cell in row.strip()[1:-1].split("|")] for row in rows]
    titles, body = cells[0], cells[2:]
    out = []
    for word, *others in body:
        named_cells = [f"{title.capitalize()}: {cell}" for title, cell in zip(titles[1:], others)]
        said = ". ".join(named_cells) if len(others) > 1 else others[0]
        out.append(item(prose(word).replace("\n", " "), prose(said) or r"\&"))
    return "\n".join(out)


def heading(line, deepest):
    level, text = re.match(r"(#+) (.*)", line).groups()
    if len(level) <= deepest:
        return f'.SH "{escape(text.upper(), PROSE)}"'
    return f'.SS "{escape(text, PROSE)}"'


def chunks(text):
    """Blocks of Markdown: (kind, lines)."""
    lines, at = text.split("\n"), 0
    starts = (("code", "```"), ("table", "|"), ("heading", "#"), ("item", "- "))
    while at < len(lines):
        line = lines[at]
        kind = next((name for name, start in starts if line.startswith(start)), "text")
        if re.match(r"\d+\. ", line):
            kind = "item"
        end = at + 1
        if kind == "code":
            while not lines[end].startswith("```"):
                end += 1
            yield kind, lines[at + 1 : end]
            end += 1
        elif kind == "heading":
            yield kind, [line]
        elif line.strip():
            same = (lambda s: s.startswith("|")) if kind == "table" else continues(kind)
            while end < len(lines) and same(lines[end]):
                end += 1
            yield kind, lines[at:end]
        at = end


def continues(kind):
    def same(line):
        if kind == "item":
            return line.startswith("  ")
        return line.strip() and not line.startswith(("```", "|", "#", "- "))

    return same


def markdown(text, deepest=2):
    """All of it; a heading of up to `deepest` signs is a section."""
    out = []
    for kind, lines in chunks(text):
        if kind == "code":
            out.append(block(lines))
        elif kind == "table":
            out.append(table(lines))
        elif kind == "heading":
            out.append(heading(lines[0], deepest))
        elif kind == "item":
            mark, said = re.match(r"(\S+) +(.*)", " ".join(line.strip() for line in lines)).groups()
            out.append(f'.IP "{mark if mark != "-" else chr(92) + "(bu"}" 4\n{prose(said)}')
        else:
            out.append(".PP\n" + prose(" ".join(lines)))
    return "\n".join(out)


def page(name, section, release, what, parts, names=()):
    """A whole page; `what` says in a phrase what `names` are for. No word is cut, names least."""
    manual = {1: "Kith", 3: "libkith", 5: "Kith"}[section]
    title = f'.TH {name} {section} "{release.date}" "kith {release.version}" "{manual}"'
    names = ", ".join([name, *names])
    about = f".SH NAME\n{names} \\- {escape(what, PROSE)}"
    text = "\n".join([title, ".nh", ".ad l", about, *parts, ""])
    return re.sub(r"^(\.S[HS] .*)\n\.PP$", r"\1", text, flags=re.M)
