"""promises.py [PAGE] -- each test that docs/reliability.md says holds a promise is there: its file, and its name in it."""

import re
import sys
from glob import glob
from pathlib import Path

PATH = re.compile(r"(tests|script|\.ci)/[\w./-]+$")
ENOUGH = 200


def text_of(path):
    """What stands in the file, or in all of the folder's own; "": there is none."""
    return "".join(Path(it).read_text() for it in sorted(glob(path + "*" if path.endswith("/") else path)))


def tests_in(part):
    """(files, names) of `FILE: a, b` or `scenes a, b of FILE`; what stands in parentheses, and options, are neither."""
    words = re.findall(r"`([^`-][^`]*)`", re.sub(r"\([^()]*`[^()]*\)", "", part))
    files = [it for it in words if PATH.match(it.split()[0])]
    return [it.split()[0] for it in files], [it for it in words if it not in files]


def stands_in(name, path):
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text_of(path))


def problems(page):
    seen = 0
    for number, line in enumerate(Path(page).read_text().splitlines(), 1):
        if not re.match(r"\| \d+ \|", line):
            continue
        held_by = line.split(" | ")[2]
        for part in re.split(r";(?=(?:[^`]*`[^`]*`)*[^`]*$)", held_by):
            files, names = tests_in(part)
            for file in files:
                seen += 1
                if not text_of(file):
                    yield f"{page}:{number}: there is no {file}"
            for name in names:
                seen += 1
                if not any(stands_in(name, it) for it in files):
                    yield f"{page}:{number}: no test `{name}` in {' or '.join(files) or 'no file'}"
    if seen < ENOUGH:
        yield f"{page}: only {seen} tests were read"


found = list(problems(*(sys.argv[1:] or ["docs/reliability.md"])))
print(*found, sep="\n", end="\n" if found else "")
sys.exit(bool(found))
