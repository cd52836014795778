"""site_links.py SITE -- each link of the site's pages leads to a file and an anchor that are there, and no page fetches
anything from another host."""

import os
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHES = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.fetched = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids.update(attrs[name] for name in ("id", "name") if attrs.get(name))
        if tag == "a" and attrs.get("href"):
            self.links.append(attrs["href"])
        if tag in FETCHES and attrs.get(FETCHES[tag]):
            self.fetched.append(attrs[FETCHES[tag]])


def problems(site):
    pages = {str(p.relative_to(site)): Page(p.read_text()) for p in sorted(Path(site).rglob("*.html"))}
    for name, page in pages.items():
        for target in page.fetched:
            if urlsplit(target).netloc:
                yield f"{name}: fetches {target}"
        for target in page.links + page.fetched:
            to = urlsplit(target)
            if to.scheme or to.netloc or name == "404.html":
                continue
            there = os.path.normpath(os.path.join(os.path.dirname(name), unquote(to.path))) if to.path else name
            known = there in pages and (not to.fragment or unquote(to.fragment) in pages[there].ids)
            if not known and not (there not in pages and (Path(site) / there).exists()):
                yield f"{name}: no {there}#{to.fragment}" if to.fragment else f"{name}: no {there}"


found = list(problems(sys.argv[1]))
print("\n".join(found))
sys.exit(bool(found))
