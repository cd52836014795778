#!/usr/bin/env python3
"""Turns files into one C file: a table of pages that the program carries.

embed.py -o OUT.c NAME PATH=FILE...

OUT.c defines `const struct kith_page NAME_pages[]` and `const size_t NAME_page_count`. The content
type follows the extension of PATH, or of FILE for a PATH that ends in a slash. Without a PATH=FILE
the table is empty.
"""

import argparse
import os
import sys

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
BYTES_A_LINE = 24


def content_type(path, file):
    extension = os.path.splitext(file if path.endswith("/") else path)[1]
    if extension not in TYPES:
        sys.exit(f"embed.py: {path}: no content type for '{extension}'; add it to TYPES")
    return TYPES[extension]


def array(index, data):
    lines = [f"static const uint8_t bytes_{index}[] = {{"]
    for at in range(0, len(data), BYTES_A_LINE):
        lines.append("    " + "".join(f"{byte}," for byte in data[at : at + BYTES_A_LINE]))
    return "\n".join(lines + ["};"])


def row(index, path, file):
    data = f"{{bytes_{index}, sizeof bytes_{index}}}"
    return f'    {{"{path}", "{content_type(path, file)}", {data}}},'


def source(name, pages):
    arrays, rows = [], []
    for index, (path, file) in enumerate(pages):
        with open(file, "rb") as opened:
            data = opened.read()
        if not data:
            sys.exit(f"embed.py: {file}: empty")
        arrays.append(array(index, data))
        rows.append(row(index, path, file))
    return "\n".join(
        [
            f"/* {name}_pages.c -- made by script/embed.py. */",
            "#include <kith/server.h>",
            "",
            f"extern const struct kith_page {name}_pages[];",
            f"extern const size_t {name}_page_count;",
            "",
            *arrays,
            "",
            f"const struct kith_page {name}_pages[] = {{",
            *(rows or ['    {"", "", {NULL, 0}}, /* C has no empty array */']),
            "};",
            f"const size_t {name}_page_count = {len(rows)};",
            "",
        ]
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", dest="out", required=True)
    parser.add_argument("name")
    parser.add_argument("pages", nargs="*", metavar="PATH=FILE")
    options = parser.parse_args()
    pages = [page.split("=", 1) for page in options.pages]
    with open(options.out, "w", encoding="ascii") as out:
        out.write(source(options.name, pages))


if __name__ == "__main__":
    main()
