// vector.mjs -- reads a vector: who says what, and what they must hear. The form is described in
// tests/vectors/phoenix/README.md.
import { readFileSync, readdirSync } from "node:fs";
import { parse } from "./exact.mjs";

const HEX = "((?:[0-9a-f]{2})*)";
const WHO = "(\\w+)";
const UNIT = "(idle|poll|ms)";
const NUMBER = "(\\d+(?:\\.\\d+)?)";

/* The kinds of lines, each with the names of its parts. */
const LINES = [
  ["edge", `edge (\\S+) (\\S+)`, "watcher", "watched"],
  ["open", `open ${WHO} (/\\S+)`, "who", "path"],
  ["raw", `raw ${WHO} (/\\S+)`, "who", "path"],
  ["close", `close ${WHO}(?: (\\d+))?`, "who", "code"],
  ["closed", `closed ${WHO} (\\d+)`, "who", "code"],
  ["cut", `cut ${WHO}`, "who"],
  ["ping", `ping ${WHO}(?: (.+))?`, "who", "text"],
  ["pong", `pong ${WHO}(?: (.+))?`, "who", "text"],
  ["utf8", `utf8 ${WHO} ${HEX}`, "who", "hex"],
  ["mark", "mark"],
  ["elapsed", `elapsed ${NUMBER}\\.\\.${NUMBER} ${UNIT}`, "least", "most", "unit"],
  ["wait", `wait ${NUMBER} ${UNIT}`, "count", "unit"],
  ["bytes", `${WHO}>> ${HEX}`, "who", "hex"],
  ["part", `${WHO}>\\+ (.+)`, "who", "text"],
  ["text", `${WHO}>(?: (.*))?`, "who", "text"],
  ["hearBytes", `${WHO}<< ${HEX}`, "who", "hex"],
  ["mayHear", `${WHO}<\\? (.+)`, "who", "json"],
  ["hear", `${WHO}< (.+)`, "who", "json"],
  ["hearAmong", `${WHO}~ (.+)`, "who", "json"],
  ["ask", `${WHO}\\? ([A-Z]+) (/\\S*)`, "who", "method", "path"],
  ["answer", `${WHO}= (\\d{3})`, "who", "status"],
].map(([kind, pattern, ...parts]) => ({ kind, parts, pattern: new RegExp(`^${pattern}$`, "s") }));

/* Below a request or an answer. */
const BELOW = [
  ["upgrade", /^ {2}\+upgrade$/],
  ["body", /^ {2}\| ?(.*)$/],
  ["begins", /^ {2}\^ (.+)$/],
  ["json", /^ {2}([[{].*)$/],
  ["absent", /^ {2}-([\w-]+)$/],
  ["header", /^ {2}([\w-]+): (.+)$/],
];

function read(text, line) {
  for (const { kind, parts, pattern } of LINES) {
    const found = pattern.exec(text);
    if (!found) continue;
    return { kind, line, ...Object.fromEntries(parts.map((part, i) => [part, found[i + 1]])) };
  }
  throw new Error(`line ${line}: what is this? ${text}`);
}

function readBelow(text, line, step) {
  if (step?.kind !== "ask" && step?.kind !== "answer") throw new Error(`line ${line}: below what?`);
  for (const [kind, pattern] of BELOW) {
    const found = pattern.exec(text);
    if (!found) continue;
    if (kind === "header") (step.headers ??= []).push([found[1], found[2]]);
    else if (kind === "absent") (step.absent ??= []).push(found[1]);
    else if (kind === "body") step.body = "body" in step ? `${step.body}\n${found[1]}` : found[1];
    else step[kind] = found[1] ?? true;
    return;
  }
  throw new Error(`line ${line}: what is this? ${text}`);
}

/* "a,b< ..." is heard by each of them. */
function forEach({ text, line }) {
  const list = /^(\w+(?:,\w+)+)([<~].*)$/s.exec(text);
  return list ? list[1].split(",").map((who) => ({ text: who + list[2], line })) : [{ text, line }];
}

/* "for i 1..3" to "end", written out. */
function unrolled(lines) {
  const out = [];
  for (let i = 0; i < lines.length; i++) {
    const loop = /^for (\w+) (\d+)\.\.(\d+)$/.exec(lines[i].text);
    if (!loop) {
      out.push(lines[i]);
      continue;
    }
    const end = lines.findIndex(({ text }, j) => j > i && text === "end");
    if (end < 0) throw new Error(`line ${lines[i].line}: a loop without end`);
    for (let n = Number(loop[2]); n <= Number(loop[3]); n++)
      for (const { text, line } of lines.slice(i + 1, end))
        out.push({ line, text: text.replaceAll(`%{${loop[1]}}`, n) });
    i = end;
  }
  return out;
}

const written = (text, number) =>
  text
    .replaceAll("%{case}", number)
    .replaceAll("%{lf}", "\n")
    .replace(/%\{(.)\*(\d+)\}/g, (_, letter, count) => letter.repeat(Number(count)));

/*
 * "@2" is a meta of presence, with the ref $r2 and the time $t2; "@2:away" one with a status;
 * "@3<2:busy" what an update made of it: another ref, the old one as previous, the same time.
 */
function metasIn(json, first) {
  return json.replace(/@(\d+)(?:<(\d+))?(?::(\w+))?/g, (_, id, previous, status) => {
    if (previous) first.set(id, first.get(previous) ?? previous);
    return JSON.stringify({
      online_at: `$t${first.get(id) ?? id}`,
      phx_ref: `$r${id}`,
      phx_ref_prev: previous && `$r${previous}`,
      status,
    });
  });
}

function readCase({ name, lines }, number) {
  const steps = [];
  const first = new Map(); /* of each updated meta, the one that it began as */
  for (const { text, line } of lines) {
    const whole = written(text, number);
    if (whole.startsWith("  ")) readBelow(whole, line, steps.at(-1));
    else steps.push(read(whole, line));
    const step = steps.at(-1);
    if (!step.json) continue;
    step.json = metasIn(step.json, first);
    parse(step.json); /* a vector that is no JSON fails here */
  }
  return { name, steps };
}

/**
 * {edges, units, cases: [{name, steps}]}. What stands before the first case begins every case;
 * without cases the whole is one, of the file's name.
 */
export function readVector(text, name) {
  const lines = text.split("\n").map((text, i) => ({ text, line: i + 1 }));
  const all = unrolled(lines)
    .filter(({ text }) => !/^\s*(#|$)/.test(text))
    .flatMap(forEach);
  const titles = all.flatMap(({ text }, i) => (text.startsWith("case ") ? [i] : []));
  const first = all.slice(0, titles[0]);
  const cases = titles.map((at, i) => ({
    name: all[at].text.slice("case ".length),
    lines: [...first, ...all.slice(at + 1, titles[i + 1])],
  }));
  if (cases.length === 0) cases.push({ name, lines: first });
  return finished(cases.map((it, i) => readCase(it, i + 1)));
}

/* Edges are of the whole vector; which units of time it speaks of decides how the server starts. */
function finished(cases) {
  const steps = cases.flatMap(({ steps }) => steps);
  const edges = steps.filter(({ kind }) => kind === "edge");
  return {
    edges: [...new Set(edges.map(({ watcher, watched }) => `${watcher} ${watched}`))],
    units: new Set(steps.map(({ unit }) => unit)),
    cases: cases.map(({ name, steps }) => ({
      name,
      steps: steps.filter(({ kind }) => kind !== "edge"),
    })),
  };
}

const FOLDER = new URL("../vectors/phoenix/", import.meta.url);
const ENDING = ".txt";

export const vectorNames = () =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length));

export const loadVector = (name) =>
  readVector(readFileSync(new URL(name + ENDING, FOLDER), "utf8"), name);
