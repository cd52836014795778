"""promises.py [PAGE...] -- each row of a table that says by which tests it holds names some, or the promise of
docs/reliability.md that does, or says `not tested`; and each test is there: its file, and its name in it."""

import re
import sys
from glob import glob
from pathlib import Path

PROMISES = "docs/reliability.md"
LEAST = {PROMISES: 200, "SECURITY.md": 80, "docs/privacy.md": 30}  # tests that are read, or the table is not
PATH = re.compile(r"(tests|script|\.ci)/[\w./*-]+$")
COLUMNS = ("held by", "tested in")


def text_of(path):
    """What stands in the files of that pattern, or in all of the folder's own; "": there is none."""
    return "".join(Path(it).read_text() for it in sorted(glob(path + "*" if path.endswith("/") else path)))


def tests_in(part):
    """(files, names) of `FILE: a, b` or `scenes a, b of FILE`; what stands in parentheses, and options, are neither."""
    words = re.findall(r"`([^`-][^`]*)`", re.sub(r"\([^()]*`[^()]*\)", "", part))
    files = [it for it in words if PATH.match(it.split()[0])]
    return [it.split()[0] for it in files], [it for it in words if it not in files]


def promises_in(part):
    """1, 4 to 6: four numbers."""
    for said in re.findall(r"\bpromises? ([\d, to]+)", re.sub(r"`[^`]*`", "", part)):
        for first, last in re.findall(r"(\d+)(?: to (\d+))?", said):
            yield from range(int(first), int(last or first) + 1)


def stands_in(name, path):
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text_of(path))


def rows(page):
    """(number of the line, what holds it) of each row below a column of COLUMNS."""
    column = None
    for number, line in enumerate(Path(page).read_text().splitlines(), 1):
        cells = [it.strip() for it in re.split(r"(?<!\\)\|", line)] if line.startswith("|") else []
        head = next((i for i, it in enumerate(cells) if it in COLUMNS), None)
        if head or not cells:
            column = head
        elif column and not line.startswith("|--"):
            yield number, cells[column]


def problems(page, promised):
    seen = 0
    for number, held_by in rows(page):
        held = "not tested" in held_by
        for part in re.split(r";(?=(?:[^`]*`[^`]*`)*[^`]*$)", held_by):
            files, names = tests_in(part)
            numbers = list(promises_in(part))
            held = held or files or numbers
            seen += len(files) + len(names)
            yield from (f"{page}:{number}: there is no {it}" for it in files if not text_of(it))
            yield from (f"{page}:{number}: there is no promise {it}" for it in numbers if it not in promised)
            for name in names:
                if not any(stands_in(name, it) for it in files):
                    yield f"{page}:{number}: no test `{name}` in {' or '.join(files) or 'no file'}"
        if not held:
            yield f"{page}:{number}: no test is named"
    if seen < LEAST.get(page, 1):
        yield f"{page}: only {seen} tests were read"


promised = {int(it) for it in re.findall(r"^\| (\d+) \|", Path(PROMISES).read_text(), re.M)}
found = [it for page in sys.argv[1:] or LEAST for it in problems(page, promised)]
print(*found, sep="\n", end="\n" if found else "")
sys.exit(bool(found))
