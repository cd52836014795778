#!/usr/bin/env python3
"""script/lib/coverage.py JSON UNREACHED -- what gcovr has counted, held to thresholds: lines of all, and branches
of each parser. UNREACHED names branches that no test can take, each with its reason; a line of it that is not needed any
more is refused. Exit 1 if anything is below its threshold."""

import json
import sys
from collections import defaultdict

LINES = 90.0  # of all, in percent
# What reads bytes that somebody else wrote: all of its branches that can be reached are taken.
PARSERS = ("src/wire/", "src/edge/token_", "src/edge/origin", "src/edge/forwarded", "src/edge/visibility",
           "src/io/http_source", "src/app/config")
SHOWN = 15


def code(source):
    """Of a file of gcovr's: each line that is code, its text, and its branches."""
    with open(source["file"], encoding="utf-8") as file:
        text = file.read().split("\n")
    for line in source["lines"]:
        if not line.get("gcovr/noncode") and not line.get("gcovr/excluded"):
            yield text[line["line_number"] - 1].strip(), line


def unreached(name):
    """{(file, text of the line): [branches, reason]}, of lines `N FILE: TEXT # REASON`; N branches are not taken."""
    found = {}
    with open(name, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                left, reason = line.rstrip("\n").rsplit(" # ", 1)
                count, rest = left.split(" ", 1)
                where, text = rest.split(": ", 1)
                found[where, text.strip()] = [int(count), reason]
    return found


class Tally:
    """Of a room or a parser."""

    def __init__(self):
        self.lines = self.lines_met = self.branches = self.branches_met = 0

    def percent(self, what):
        met, all_ = getattr(self, what + "_met"), getattr(self, what)
        return 100.0 * met / all_ if all_ else 100.0

    def row(self, name):
        return (f"| {name} | {self.lines_met} of {self.lines} | {self.percent('lines'):.1f} | "
                f"{self.branches_met} of {self.branches} | {self.percent('branches'):.1f} |")


def spared(excused, where, lost):
    """How many of the branches lost there need not be taken; each is spared once."""
    if where not in excused:
        return 0
    spare = min(lost, excused[where][0])
    excused[where][0] -= spare
    return spare


def count(files, excused):
    rooms, parsers, missed = defaultdict(Tally), defaultdict(Tally), []
    for source in files:
        name = source["file"]
        into = [rooms["/".join(name.split("/")[:2])], rooms["all"]]
        parser = next((p for p in PARSERS if name.startswith(p)), None)
        into += [parsers[parser]] if parser else []
        for text, line in code(source):
            branches = len(line["branches"])
            lost = sum(branch["count"] <= 0 for branch in line["branches"])
            if parser and lost:
                spare = spared(excused, (name, text), lost)
                branches, lost = branches - spare, lost - spare
            if parser and lost:
                missed.append(f"{lost} {name}: {text} # line {line['line_number']}")
            for tally in into:
                tally.lines += 1
                tally.lines_met += line["count"] > 0
                tally.branches += branches
                tally.branches_met += branches - lost
    return rooms, parsers, missed


def main(counted, names):
    excused = unreached(names)
    with open(counted, encoding="utf-8") as file:
        rooms, parsers, missed = count(json.load(file)["files"], excused)
    print("| | lines | % | branches | % |\n|---|---|---|---|---|")
    for name in sorted(rooms, key=lambda it: (it == "all", it)):
        print(rooms[name].row(name))
    for name in PARSERS:
        print(parsers[name].row(f"{name}*, what can be reached"))
    problems = []
    if rooms["all"].percent("lines") < LINES:
        problems.append(f"lines of all: less than {LINES} %")
    problems += [f"branches of {name}*: not all" for name in PARSERS if parsers[name].percent("branches") < 100]
    problems += [f"{names}: {where}: {text}: is taken, or is not there" for (where, text), (left, _) in excused.items() if left]
    print(f"\n{len(missed)} lines of parsers have branches that are not taken:")
    print("\n".join(missed if "--all" in sys.argv else missed[:SHOWN]))
    print("\n".join(["", *problems]))
    return 1 if problems else 0


sys.exit(main(*sys.argv[1:3]))
