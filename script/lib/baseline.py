#!/usr/bin/env python3
"""Counts instructions and allocations of the small benchmarks' jobs, and holds them to a baseline. script/bench
says how it is called; here is what it passes on.

baseline.py --build DIR [--file FILE] counts [--json] [JOB...]
baseline.py --build DIR [--file FILE] compare [--tolerance PERCENT] [all] [JOB...]
baseline.py --build DIR [--file FILE] write [all]
baseline.py [--file FILE] table

A count is the same on every machine with the same compiler and C library, whatever else it has to
do. Ratios are of the whole server to a bare loop beside it, and differ more; `all` is with them.
"""

import argparse
import concurrent.futures
import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

COUNTED = "micro_counted"  # the function of bench/micro.c
NOT_COUNTED = {"micro_link"}  # threads, and a server of others
COUNTS_WORSE = 5  # percent, from which on it is an error
RATIOS_WORSE = 30
NOTHING = {"instructions": 1, "allocations": 0.1}  # of one; a table that grows now and then
# Low rates: a server that is busy writes more at once, and its ratio tells how busy the machine was.
SERVE = "--users 4000 --friends 100 --rates 50,100 --seconds 3 --rounds 3 --scenes idle,flips,churn"
# So that libraries take the same way on every processor.
PLAIN = {
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX512F,-EVEX,-ERMS,-FSRM,-BMI2,-AVX_Fast_Unaligned_Load"
    ":glibc.cpu.x86_non_temporal_threshold=0x10000000",
    "OPENSSL_ia32cap": "0x0:0x0",
    "PATH": os.environ["PATH"],
}

EX_USAGE, EX_DATAERR, EX_UNAVAILABLE = 64, 65, 69


def die(status, text):
    print(f"bench: {text}", file=sys.stderr)
    sys.exit(status)


def output(*command, env=None):
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        die(1, f"{' '.join(command)} ended with {done.returncode}")
    return done.stdout


# Counting


def programs(build):
    """{program: [its jobs]}"""
    folder = os.path.join(build, "bench")
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    found = {}
    for name in names:
        path = os.path.join(folder, name)
        if name.startswith("micro_") and name not in NOT_COUNTED and os.path.isfile(path):
            found[name] = output(path, "--list").split()
    return found


def totals(folder):
    """Instructions of each dump, in the order in which they were made."""
    parts = [p for p in os.listdir(folder) if re.fullmatch(r"out\.\d+", p)]
    for part in sorted(parts, key=lambda p: int(p[4:])):
        with open(os.path.join(folder, part), encoding="utf-8") as dump:
            yield next(int(line.split()[1]) for line in dump if line.startswith("totals:"))


def count_program(build, name, jobs):
    """{job: {"instructions": of one, "allocations": likewise}}"""
    with tempfile.TemporaryDirectory() as folder:
        said = output(
            "valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={folder}/out",
            f"--toggle-collect={COUNTED}", f"--dump-after={COUNTED}",
            os.path.join(build, "bench", name), "--count", *jobs,
            env={**PLAIN, "TMPDIR": folder},
        )
        done = [line.split() for line in said.splitlines()]
        counted = list(totals(folder))
    if len(done) != len(counted):
        die(1, f"{name}: {len(done)} jobs, and valgrind counted {len(counted)}: is it stripped?")
    return {
        job: {"instructions": round(total / int(ops), 1), "allocations": round(int(allocations) / int(ops), 2)}
        for (job, ops, allocations), total in zip(done, counted)
    }


def counts(build, jobs):
    """{program: {job: what one takes}} of these jobs, or of all."""
    have = programs(build)
    unknown = set(jobs) - {job for list_ in have.values() for job in list_}
    if unknown:
        die(EX_USAGE, f"no such job: {', '.join(sorted(unknown))}. There are: " + " ".join(sum(have.values(), [])))
    if not have:
        die(1, f"no benchmarks in {build}")
    want = {name: [j for j in list_ if j in jobs] for name, list_ in have.items()}
    # Valgrind uses one core for each.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {n: pool.submit(count_program, build, n, want[n]) for n in have if want[n] or not jobs}
        return {name: run.result() for name, run in runs.items()}


def made_with(build):
    program = os.path.join(build, "bench", "micro_base")
    comment = subprocess.run(["readelf", "-p", ".comment", program], stdout=subprocess.PIPE, text=True, check=False)
    compilers = re.findall(r"\]\s+(.*)", comment.stdout)
    return {
        "compiler": "; ".join(sorted(set(compilers))) or "unknown",
        "libc": os.confstr("CS_GNU_LIBC_VERSION"),
        "valgrind": output("valgrind", "--version").strip(),
        "processor": platform.machine(),
    }


# Ratios of the whole server


def ratios(build):
    """{figure: median}: what does not change with the machine's speed."""
    said = output(os.path.join(build, "bench/serve"), "--kith", os.path.join(build, "kith"), "--json", *SERVE.split())
    return {
        f["name"]: round(f["median"], 3)
        for f in json.loads(said)["figures"]
        if f["name"].endswith("ratio") or f["name"].startswith("RSS of")
    }


def warn_of_load():
    load = os.getloadavg()[0]
    if load > 1:
        said = f"bench: the machine has other work (load {load:.1f}): ratios of now do not hold on a quiet one"
        print(said, file=sys.stderr)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        models = re.findall(r"^model name\s*:\s*(.*)$", info.read(), re.M)
    load = os.getloadavg()[0]
    return f"{models[0] if models else 'unknown'}, {os.cpu_count()} cores, load {load:.1f} before it began"


# Comparing


def flat(sections, what):
    return {job: takes[what] for jobs in sections.values() for job, takes in jobs.items()}


def change(now, before):
    """Percent; of something that was not there before it is any amount."""
    return 100 * (now - before) / before if before else math.copysign(math.inf, now) if now else 0


def compare_table(title, unit, now, before, tolerance, nothing=0):
    """Prints each; the names of those that are worse, or gone."""
    bad = []
    print(f"| {title:<44} | {'baseline':>10} | {'now':>10} | {'change':>9} |          |")
    print(f"|{'-' * 46}|{'-' * 11}:|{'-' * 11}:|{'-' * 10}:|----------|")
    for name in list(before) + [n for n in now if n not in before]:
        old, new = before.get(name), now.get(name)
        if old is None or new is None:
            verdict, moved = ("new" if old is None else "GONE"), ""
        else:
            percent = change(new, old) if abs(new - old) > nothing else 0
            moved = f"{percent:+.1f} %"
            verdict = "WORSE" if percent > tolerance else "better" if percent < -tolerance else ""
        if verdict in ("WORSE", "GONE"):
            bad.append(name)
        print(f"| {name:<44} | {'' if old is None else f'{old:g}':>10} | {'' if new is None else f'{new:g}':>10} | {moved:>9} | {verdict:<8} |")
    print(f"\n{unit}\n")
    return bad


def read(file):
    try:
        with open(file, encoding="utf-8") as text:
            return json.load(text)
    except (OSError, ValueError) as why:
        die(EX_DATAERR, f"{file}: {why}. Write one with script/bench --baseline")


def compare_counts(o, kept, jobs):
    with_, bad = made_with(o.build), []
    for what, value in kept["counts"]["made_with"].items():
        if with_[what] != value:
            print(f"Another {what} than the baseline's ({with_[what]}, not {value}): a change may be its own.\n")
    counted = counts(o.build, jobs)
    for what in ("instructions", "allocations"):
        now, before = flat(counted, what), flat(kept["counts"]["jobs"], what)
        if jobs:
            before = {j: n for j, n in before.items() if j in jobs}
        said = f"{what.capitalize()} of one; worse from +{o.tolerance:g} % on."
        bad += compare_table(what, said, now, before, o.tolerance, NOTHING[what])
    return list(dict.fromkeys(bad))


def compare_ratios(o, kept):
    if not kept.get("ratios"):
        die(EX_DATAERR, f"{o.file} has no ratios: script/bench --baseline all")
    warn_of_load()
    print(f"Ratios then: {kept['ratios']['machine']}; now: {machine()}.\n")
    said = f"To the bare loop beside it, or bytes; worse from +{RATIOS_WORSE} % on."
    return compare_table("ratio", said, ratios(o.build), kept["ratios"]["figures"], RATIOS_WORSE)


def compare(o):
    kept = read(o.file)
    jobs = [j for j in o.jobs if j != "all"]
    bad = compare_counts(o, kept, jobs)
    if "all" in o.jobs:
        bad += compare_ratios(o, kept)
    if bad:
        print(f"Worse than {o.file}: {', '.join(bad)}.")
        print("If it has to be so: script/bench --baseline, and why in the commit.")
    else:
        print(f"Nothing is worse than {o.file}.")
    return 1 if bad else 0


def write(o):
    if [j for j in o.jobs if j != "all"]:
        die(EX_USAGE, "a baseline is of all jobs; with the server's ratios: script/bench --baseline all")
    kept = read(o.file) if os.path.exists(o.file) else {}
    kept["counts"] = {"made_with": made_with(o.build), "jobs": counts(o.build, [])}
    if "all" in o.jobs:
        warn_of_load()
        kept["ratios"] = {"machine": machine(), "command": f"build/bench/serve {SERVE}", "figures": ratios(o.build)}
    with open(o.file, "w", encoding="utf-8") as out:
        json.dump(kept, out, indent=2)
        out.write("\n")
    return 0


def count(o):
    now = counts(o.build, o.jobs)
    if o.json:
        print(json.dumps(now, indent=2))
        return 0
    for name, jobs in now.items():
        for job, takes in jobs.items():
            print(f"{name + ' ' + job:<36} {takes['instructions']:>12,.1f} instructions {takes['allocations']:>9,.2f} allocations")
    return 0


def table(o):
    """The baseline, as Markdown."""
    kept = read(o.file)["counts"]
    print(f"{kept['made_with']['compiler']}, {kept['made_with']['libc']}, {kept['made_with']['processor']}.\n")
    print("| program | job | instructions of one | allocations |\n|---|---|---:|---:|")
    for name, jobs in kept["jobs"].items():
        for job, takes in jobs.items():
            print(f"| {name} | {job} | {takes['instructions']:,.0f} | {takes['allocations']:,.4g} |")
    return 0


class Words(argparse.ArgumentParser):
    def error(self, message):
        die(EX_USAGE, f"{message}; see script/bench --help")


def main():
    p = Words(prog="script/bench", add_help=False)
    p.add_argument("--build", default="build")
    p.add_argument("--file", default="bench/baseline.json")
    p.add_argument("--json", action="store_true")
    p.add_argument("--tolerance", type=float, default=COUNTS_WORSE)
    p.add_argument("act", choices=["counts", "compare", "write", "table"])
    p.add_argument("jobs", nargs="*")
    o = p.parse_intermixed_args()
    if o.act != "table" and not shutil.which("valgrind"):
        die(EX_UNAVAILABLE, "valgrind is missing: it counts the instructions")
    acts = {"counts": count, "compare": compare, "write": write, "table": table}
    return acts[o.act](o)


if __name__ == "__main__":
    sys.exit(main())
