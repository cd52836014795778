#!/usr/bin/env python3
"""Makes the man pages out of what says it first: the headers, the guide, and the program itself.

page.py VERSION FOLDER [KITH]

Without KITH the pages of section 3: libkith(3) out of docs/library.md, and one for each header of
include/kith. With it, the program, those of the commands, out of their --help, and kith.conf(5),
out of `kith config init`.
"""

import collections
import os
import re
import subprocess
import sys

import header
import roff

COLUMNS = 72
Release = collections.namedtuple("Release", "version date")
HOUSE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def text_of(name):
    with open(os.path.join(HOUSE, name), encoding="utf-8") as opened:
        return opened.read()


def date_of(version):
    """When it was released, as CHANGELOG.md has it; empty before."""
    heading = rf"^## {re.escape(version)}, (\d{{4}}-\d\d-\d\d)"
    found = re.search(heading, text_of("CHANGELOG.md"), re.M)
    return found[1] if found else ""


def section_of(text, title):
    """What stands below a heading of Markdown."""
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.M | re.S)[1]


def see_also(pages):
    return ".SH SEE ALSO\n" + ",\n".join(rf"\fB{name}\fP({section})" for name, section in pages)


# Section 3


def folded(code):
    """A long prototype, in lines that end with a comma."""
    lines = [""]
    for word in re.findall(r"[^,]+,? ?", code):
        if lines[-1].strip() and len(lines[-1] + word.rstrip()) > COLUMNS:
            lines.append(" " * 8)
        lines[-1] += word
    return lines


def shown(declaration):
    """As code."""
    if declaration.kind in ("struct", "enum"):
        return declaration.lines
    if declaration.kind == "macro":
        return [re.match(r"#define \w+(\([^)]*\))?", declaration.code)[0]]
    return folded(declaration.code)


def declared(entry):
    rows = [row for d in entry.declarations for row in shown(d)]
    return "\n".join([".PP", ".nf", *(rf"\fB{roff.code(row)}\fP" for row in rows), ".fi"])


def fields(declaration):
    out = []
    for entry in declaration.body:
        if entry.text:
            names = ", ".join(name for d in entry.declarations for name in d.names)
            out.append(roff.item(roff.bold(names), roff.prose(entry.text)))
    return ["\n".join([".RS 4", *out, ".RE"])] if out else []


def described(entries):
    for at, entry in enumerate(entries):
        if header.is_section(entries, at):
            title, _, rest = re.match(r"([^.:]+)([.:]) ?(.*)", entry.text, re.S).groups()
            yield f'.SS "{roff.escape(title, roff.PROSE)}"'
            yield roff.prose(rest)
            continue
        if not entry.text and all(d.kind == "opaque" for d in entry.declarations):
            continue
        yield declared(entry)
        if entry.text:
            yield f".RS 4\n{roff.prose(entry.text[0].upper() + entry.text[1:])}\n.RE"
        for declaration in entry.declarations:
            yield from fields(declaration)


def header_page(path, release, others):
    name, what, entries = header.read(path)
    page_name = "kith_" + os.path.basename(path)[:-2]
    declarations = [declaration for entry in entries for declaration in entry.declarations]
    functions = [d.names[0] for d in declarations if d.kind == "function"]
    first, _, rest = what.partition(". ")
    parts = [
        ".SH SYNOPSIS",
        ".nf",
        rf"\fB#include <{name}>\fP",
        ".PP",
        roff.code("cc app.c $(pkg-config --cflags --libs kith)"),
        ".fi",
        ".SH DESCRIPTION",
        roff.prose(first[0].upper() + first[1:].rstrip(".") + ". " + rest),
        *described(entries),
        see_also([("libkith", 3), *((other, 3) for other in others if other != page_name)]),
    ]
    summary = re.split(r"[.:;]", what)[0]
    return page_name, 3, roff.page(page_name, 3, release, summary, parts, functions)


def guide_page(release, others):
    text = text_of("docs/library.md")
    intro = text.partition("\n")[2]
    parts = [".SH DESCRIPTION", roff.markdown(intro), see_also([(other, 3) for other in others])]
    what = "presence and channels for a server in C"
    return "libkith", 3, roff.page("libkith", 3, release, what, parts)


def library_pages(release):
    folder = os.path.join(HOUSE, "include/kith")
    files = [name for name in sorted(os.listdir(folder)) if name != "kith.h"]
    others = ["kith_" + name[:-2] for name in files]
    yield guide_page(release, others)
    for name in files:
        yield header_page(os.path.join(folder, name), release, others)


# Sections 1 and 5


def said_by(kith, *words):
    environment = dict(os.environ, ARGP_HELP_FMT="rmargin=2000", LC_ALL="C")
    ran = subprocess.run([kith, *words], env=environment, check=True, stdout=subprocess.PIPE)
    return ran.stdout.decode()


def commands_of(kith):
    """(name, summary, example) of each, as the help lists them."""
    return re.findall(r"^  (\w+) +(.*)\n +(kith .*)", said_by(kith, "--help"), re.M)


def others_than(kith, name):
    commands = [(f"kith-{command}", 1) for command, _, _ in commands_of(kith)]
    pages = [("kith", 1), *commands, ("kith.conf", 5)]
    return see_also([page for page in pages if page[0] != name])


def exit_status():
    codes = section_of(text_of("docs/operating.md"), "Exit codes")
    return f".SH EXIT STATUS\n{roff.markdown(codes)}"


def synopsis(usage):
    lines = re.sub(r"^(Usage:|  or:) +", "", "\n".join(usage), flags=re.M).split("\n")
    return "\n".join([".SH SYNOPSIS", ".nf", *(roff.bold(line) for line in lines), ".fi"])


def options(lines):
    out = [".SH OPTIONS"]
    for line in lines:
        short, long, words = re.match(r"  (-.,)? +(--\S+) +(.*)", line).groups()
        head = f"{short} {long}" if short else long
        out.append(roff.item(roff.bold(head), roff.prose(words)))
    return "\n".join(out)


def notes(lines):
    """What follows the options: paragraphs, words with what they mean, and lines to type, which stand off."""
    text, typed = [], []
    for line in lines:
        word = re.match(r"  (?!kith )(\S.*?) {2,}(\S.*)", line)
        if word:
            text.append(roff.item(roff.bold(word[1]), roff.prose(word[2])))
        elif line.startswith("  ") or re.match(r"[A-Z][a-z ]+: +kith ", line):
            typed.append(line.strip())
        elif line and not line.startswith("Mandatory or optional arguments"):
            text.append(".PP\n" + roff.prose(line))
    examples = [".SH EXAMPLES", *(roff.block([line]) for line in typed)] if typed else []
    return ["\n".join(text), *examples]


def further(command):
    """What a page under docs/ says of a command that --help has no room for."""
    if command != "bench":
        return ""
    titles = ("What is wrong", "As JSON")
    guide = text_of("docs/bench.md")
    return "\n".join(f'.SH "{title.upper()}"\n{roff.markdown(section_of(guide, title))}' for title in titles)


def command_page(kith, release, command):
    lines = said_by(kith, command, "--help").rstrip("\n").split("\n")
    usage = [line for line in lines if re.match(r"Usage:|  or:", line)]
    what, rest = lines[len(usage)], lines[len(usage) + 1 :]
    option_lines = [line for line in rest if re.match(r"  (-.,| {3}) +?--", line)]
    told = notes([line for line in rest if line not in option_lines])
    name = f"kith-{command}"
    parts = [synopsis(usage), ".SH DESCRIPTION", told[0], options(option_lines), *told[1:]]
    parts += [further(command), exit_status(), others_than(kith, name)]
    summary = what[0].lower() + what[1:].rstrip(".")
    return name, 1, roff.page(name, 1, release, summary, parts)


def program_page(kith, release):
    usage, *lines = said_by(kith, "--help").split("\n")
    about = " ".join(lines).split("   ")[0]
    out = []
    for word, summary, example in commands_of(kith):
        said = roff.prose(f"{summary}: kith-{word}(1). `{example}`")
        out.append(roff.item(roff.bold(word), said))
    tail = "\n".join(lines).rpartition("\n\n")[2].strip().split("\n")
    parts = [synopsis([usage]), ".SH DESCRIPTION", roff.prose(about), ".SH COMMANDS", *out]
    parts += [*(".PP\n" + roff.prose(line) for line in tail), exit_status()]
    parts.append(others_than(kith, "kith"))
    what = "presence for social networks: who of my people is here, now?"
    return "kith", 1, roff.page("kith", 1, release, what, parts)


def settings(text):
    """The file that explains itself, as a list."""
    for block in text.strip().split("\n\n"):
        rows = block.split("\n")
        words = " ".join(row[2:] for row in rows if row.startswith("# "))
        code = next((row.lstrip("#") for row in rows if not row.startswith("# ")), "")
        if code.startswith("["):
            yield f'.SH "{code}"' + (f"\n{roff.prose(words)}" if words else "")
        elif code:
            yield roff.item(roff.bold(code), roff.prose(words))


def config_page(kith, release):
    rules = text_of("docs/config.md").partition("```\n")[2].partition("All settings")[0]
    keys = settings(said_by(kith, "config", "init"))
    parts = [".SH DESCRIPTION", roff.markdown(rules), *keys, others_than(kith, "kith.conf")]
    what = "the settings of a Kith server"
    return "kith.conf", 5, roff.page("kith.conf", 5, release, what, parts)


def program_pages(release, kith):
    yield program_page(kith, release)
    for command, _, _ in commands_of(kith):
        yield command_page(kith, release, command)
    yield config_page(kith, release)


def main():
    version, folder, *kith = sys.argv[1:]
    release = Release(version, date_of(version))
    for name, section, text in program_pages(release, *kith) if kith else library_pages(release):
        with open(os.path.join(folder, f"{name}.{section}"), "w", encoding="utf-8") as out:
            out.write(text)


if __name__ == "__main__":
    main()
