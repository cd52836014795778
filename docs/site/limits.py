"""Makes the page of limits out of src/base/limits.h: a table for each of its sections."""

import re

HEAD = """# Limits

What waits, what is kept and what is sent has a bound each. They stand in `src/base/limits.h`, from which this page is
made, with the reason of each. Some are the defaults of [settings](config.md); the others change with a build of your
own.
"""
ENTRY = re.compile(r"#define (\w+)\s+(\S.*?)\s*(?:/\*\s*(.*?)\s*\*/)?\s*$")


def joined(text):
    """The lines of the header, those that a backslash goes on with as one, and comments in one line."""
    text = re.sub(r"\s*\\\n\s*", " ", text)
    return re.sub(r"/\*.*?\*/", lambda m: re.sub(r"\s+", " ", m[0]), text, flags=re.S).split("\n")


def section(line):
    found = re.fullmatch(r"/\* (.*?) \*/", line)
    return found[1] if found else None


def cell(text):
    return (text or "").replace("|", "\\|")


def page(text):
    out, title, open_table = HEAD, "", False
    for line in joined(text)[1:]:
        found = ENTRY.match(line)
        if section(line):
            title, open_table = section(line), False
        if not found:
            continue
        if not open_table:
            out += (f"\n## {title.rstrip('.')}\n\n" if title else "\n") + "| limit | is | |\n|---|---|---|\n"
            title, open_table = "", True
        out += f"| `{found[1]}` | `{found[2]}` | {cell(found[3])} |\n"
    return out
