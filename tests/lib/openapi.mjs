// openapi.mjs -- docs/openapi.json, and whether what a server says is what stands there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";

export const TEXT = readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8");
export const DOCUMENT = JSON.parse(TEXT);

const METHODS = ["get", "put", "post", "delete"];
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema({ $id: "kith", ...DOCUMENT });

/** Behind its reference, if it is one. */
export function resolved(part) {
  if (!part?.$ref) return part;
  return part.$ref.slice(2).split("/").reduce((at, name) => at[name], DOCUMENT);
}

/** Each operation: {method, path, operation}. */
export const OPERATIONS = Object.entries(DOCUMENT.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method]).map((method) => ({
    method: method.toUpperCase(),
    path,
    operation: item[method],
    matches: new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+").replace(/\./g, "\\.")}$`),
  })),
);

const compiled = new Map();

/* References inside of the schema are those of the document. */
function validator(schema) {
  if (!compiled.has(schema)) {
    const absolute = JSON.stringify(schema).replaceAll('"#/', '"kith#/');
    compiled.set(schema, ajv.compile(JSON.parse(absolute)));
  }
  return compiled.get(schema);
}

/** Fails unless the value is one of the schema. */
export function assertSchema(schema, value, what) {
  const validate = validator(schema);
  if (!validate(value))
    assert.fail(`${what}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`);
}

const PROBLEM = DOCUMENT.components.schemas.Problem;

/* That there is no such path or method stands in the document's words alone. */
function assertUnknown(status, type, json, what) {
  assert.ok(status === 404 || status === 405, `${what}: ${status} is not in the document`);
  assert.equal(type, "application/problem+json", what);
  assertSchema(PROBLEM, json, what);
  assert.equal(json.code, status === 404 ? "no_path" : "method_not_allowed", what);
}

function assertHeaders(wanted, headers, what) {
  for (const [name, header] of Object.entries(wanted ?? {})) {
    const { required, schema } = resolved(header);
    const value = headers.get(name);
    assert.ok(value !== null || !required, `${what}: no ${name}`);
    if (value !== null) assertSchema(schema, value, `${what}: ${name}`);
  }
}

export const operationOf = (method, path) =>
  OPERATIONS.find((it) => it.method === method && it.matches.test(path));

/** Fails unless this answer to the request is one that the document has. */
export function assertAnswer(request, { status, headers, text }) {
  const what = `${request.method} ${request.path}: ${status}`;
  const type = headers.get("content-type");
  const json = /\/(problem\+)?json$/.test(type) ? JSON.parse(text) : undefined;
  const found = operationOf(request.method, request.path);
  const response = resolved(found?.operation.responses[status]);
  if (!response || json?.code === "method_not_allowed") {
    assertUnknown(status, type, json, what);
    return;
  }
  assertHeaders(response.headers, headers, what);
  if (response.content) assertContent(response.content, type, text, what);
  else assert.deepEqual([type, text], [null, ""], what);
  if (status < 300 && request.body !== undefined)
    assertContent(resolved(found.operation.requestBody).content, request.type, request.body, what);
}

/* A body of one of these types; of lines each is looked at. */
function assertContent(content, type, text, what) {
  const found = content[type];
  assert.ok(found, `${what}: ${type} is not one of ${Object.keys(content)}`);
  const line = found["x-kith-line"];
  if (/\/(problem\+)?json$/.test(type)) assertSchema(found.schema, JSON.parse(text), what);
  else if (line)
    for (const one of text.split("\n").filter(Boolean)) assertSchema(line, JSON.parse(one), what);
}
