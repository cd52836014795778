"""docs/site/pages.py OUT MAN -- puts the pages of the site into the folder OUT, for MkDocs: all of docs/, what it links
to elsewhere in the project, the man pages of the folder MAN, and the bounds of src/base/limits.h.

A link that leads to a file outside docs/ leads to a page that shows the file. Marks for the tests, which say how a
block is run, stay out.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import limits

ROOT = Path(__file__).resolve().parents[2]
NAMES = {"README.md": "index.md", "docs/adr/README.md": "adr/index.md", "clients/js/README.md": "clients-js.md",
         "CONTRIBUTING.md": "contributing.md", "SECURITY.md": "security.md", "CHANGELOG.md": "changelog.md"}
LINK = re.compile(r"(`[^`]*`)|(\]\()([^)\s]+)(\))")
MARK = re.compile(r"^<!-- test: (?:[^\n]* -->\n|[^\n]* hidden\n(?:.*\n)*?-->\n)", re.M)
FENCE = re.compile(r"^ *(```|~~~)")
ASSETS = {".svg", ".png", ".json"}


class Site:
    def __init__(self, out):
        self.out = out
        self.pages = {}  # a file of the project, and its page
        self.waiting = []

    def page_of(self, source):
        """Where the file is on the site; it will be there."""
        if source not in self.pages:
            self.pages[source] = self.name_of(source)
            self.waiting.append(source)
        return self.pages[source]

    def name_of(self, source):
        if source in NAMES:
            return NAMES[source]
        inside = source.startswith("docs/") and (source.endswith(".md") or Path(source).suffix in ASSETS)
        if inside:
            return source.removeprefix("docs/")
        return f"files/{source}.md"

    def make(self):
        while self.waiting:
            source = self.waiting.pop()
            target = self.out / self.pages[source]
            target.parent.mkdir(parents=True, exist_ok=True)
            path = ROOT / source
            if path.is_dir():
                target.write_text(self.listing(source))
            elif path.suffix == ".md":
                target.write_text(self.page(source))
            elif path.suffix in ASSETS:
                shutil.copy(path, target)
            else:
                target.write_text(shown(source))

    def page(self, source):
        """A page of Markdown, with its links as the site has them."""
        lines, in_code = [], False
        for line in MARK.sub("", (ROOT / source).read_text()).splitlines(keepends=True):
            if FENCE.match(line):
                in_code = not in_code
            lines.append(line if in_code else LINK.sub(lambda m: self.link(source, m), line))
        return "".join(lines)

    def link(self, source, match):
        code, begin, target, end = match.groups()
        if code or re.match(r"[a-z]+:|#", target):
            return match[0]
        path, _, anchor = target.partition("#")
        there = os.path.normpath(os.path.join(os.path.dirname(source), path))
        if (ROOT / there / "README.md").exists():
            there += "/README.md"
        if not (ROOT / there).exists():
            sys.exit(f"{source}: a link to {there}, which is not there")
        here = os.path.dirname(self.pages[source])
        to = os.path.relpath(self.page_of(there), here or ".")
        return begin + to + ("#" + anchor if anchor else "") + end

    def listing(self, source):
        files = sorted(p.name for p in (ROOT / source).iterdir() if p.suffix in {".c", ".h", ".sql"})
        here = os.path.dirname(self.pages[source])
        items = [f"- [{name}]({os.path.relpath(self.page_of(f'{source}/{name}'), here)})" for name in files]
        return f"# {source}/\n\n" + "\n".join(items) + "\n"


def shown(source):
    language = {".c": "c", ".h": "c", ".sql": "sql", ".js": "js"}.get(Path(source).suffix, "text")
    return f"# {source}\n\n````{language}\n{(ROOT / source).read_text()}````\n"


def man_pages(out, folder):
    """Each as mandoc has it, and one that lists them."""
    (out / "man").mkdir(parents=True)
    entries = {"1": [], "5": [], "3": []}
    for path in sorted(folder.glob("*.[135]")):
        made = subprocess.run(["mandoc", "-T", "html", "-O", "fragment,man=%N.%S.html", str(path)], check=True,
                              stdout=subprocess.PIPE, text=True)
        name, section = path.stem, path.suffix[1:]
        text = re.sub(r'<table class="(?:head|foot)">.*?</table>', "", made.stdout, flags=re.S)
        text = re.sub(r"(</?h)1\b", r"\g<1>2", re.sub(r"\n\s*\n", "\n", text))
        (out / "man" / f"{path.name}.md").write_text(f"# {name}({section})\n\n{text.strip()}\n")
        entries[section].append(f"- [{name}({section})]({path.name}.md)")
    heads = {"1": "Commands", "5": "Settings", "3": "The library"}
    text = "# Man pages\n"
    for section, items in entries.items():
        text += f"\n## {heads[section]}\n\n" + "\n".join(items) + "\n"
    (out / "man" / "index.md").write_text(text)


def main(out, man):
    out, man = Path(out), Path(man)
    shutil.rmtree(out, ignore_errors=True)
    site = Site(out)
    for path in [*NAMES, *(str(p.relative_to(ROOT)) for p in sorted((ROOT / "docs").rglob("*.md")))]:
        site.page_of(path)
    site.make()
    man_pages(out, man)
    (out / "limits.md").write_text(limits.page((ROOT / "src/base/limits.h").read_text()))
    shutil.copy(ROOT / "docs/site/site.css", out)


main(*sys.argv[1:])
