// guide.mjs -- the marks of a page of Markdown that say how its blocks are run, read. A mark is a comment in the
// line before a block; CONTRIBUTING.md says which there are.
import assert from "node:assert/strict";

const MARK = /^<!-- test: (.*?)( -->)?$/;
const FENCE = /^```(\w*)$/;
const KINDS = [
  [/^run$/, () => ({ kind: "run" })],
  [/^file (\S+)$/, ([, name]) => ({ kind: "file", name })],
  [/^beside, until "([^"]+)"$/, ([, until]) => ({ kind: "beside", until })],
  [/^prints$/, () => ({ kind: "prints" })],
];

function readMark(text, place) {
  for (const [pattern, make] of KINDS) {
    const found = pattern.exec(text);
    if (found) return make(found);
  }
  assert.fail(`${place}: no such mark: ${text}`);
}

function until(lines, at, end, place) {
  const to = lines.indexOf(end, at);
  assert.ok(to >= 0, `${place}: it has no end`);
  return to;
}

/** What is to be done, in order: [{kind, line, language, text, name or until}]; `line` is that above the text's first. */
export function stepsOf(page, text) {
  const lines = text.split("\n");
  const steps = [];
  for (let at = 0; at < lines.length; at++) {
    const mark = MARK.exec(lines[at]);
    if (!mark || mark[1] === "long") continue;
    const place = `${page}:${at + 1}`;
    const hidden = !mark[2];
    const fence = hidden ? null : FENCE.exec(lines[at + 1] ?? "");
    assert.ok(hidden || fence, `${place}: no block follows`);
    assert.ok(!hidden || mark[1].endsWith(" hidden"), `${place}: a mark of several lines is hidden`);
    const begin = hidden ? at + 1 : at + 2;
    const end = until(lines, begin, hidden ? "-->" : "```", place);
    steps.push({
      ...readMark(mark[1].replace(/ hidden$/, ""), place),
      line: begin,
      language: hidden ? "sh" : fence[1],
      text: lines.slice(begin, end).join("\n") + "\n",
    });
    at = end;
  }
  return steps;
}

/** Of a console block: [{line, command, output}]; what no `$` begins is what was printed. */
export function commandsOf({ text, line }) {
  const commands = [];
  for (const [i, said] of text.slice(0, -1).split("\n").entries())
    if (said.startsWith("$ ")) commands.push({ line: line + i, command: said.slice(2), output: "" });
    else commands.at(-1).output += `${said}\n`;
  return commands;
}

/** Whether `said` is what the page shows, where `...` stands for anything within a line, and in a line of its own
 * for any lines. */
export function shows(shown, said) {
  const quoted = shown.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const pattern = quoted
    .replace(/^\\\.\\\.\\\.\n/gm, "(?:.*\\n)*?")
    .replace(/\\\.\\\.\\\./g, ".*?");
  return new RegExp(`^${pattern}$`).test(said);
}
