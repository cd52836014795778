// receiver.mjs -- a back end that hears from Kith who comes, changes and goes: it verifies each
// request, takes each event once, and prints it. Node 18 or later, without any package.
//
//     node receiver.mjs hooks.secret 8080
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const TOLERANCE_S = 300; /* an older request may be one that somebody has recorded */
const BODY_BYTES_MAX = 1 << 20;
const SECRET_BYTES_MIN = 32; /* as Kith wants it; with none anybody could sign */

function fail(why) {
  console.error(why);
  process.exit(1);
}

function readSecret(name) {
  try {
    const secret = readFileSync(name, "utf8").replace(/[\r\n]+$/, "");
    if (secret.length >= SECRET_BYTES_MIN) return secret;
    return fail(`receiver.mjs: ${name} holds no secret; make one: openssl rand -base64 48`);
  } catch ({ message }) {
    return fail(`receiver.mjs: ${message}`);
  }
}

const [, , secretFile, port] = process.argv;
if (process.argv.length !== 4 || !/^\d+$/.test(port) || port > 65535) fail("Usage: node receiver.mjs SECRET_FILE PORT");
const secret = readSecret(secretFile);
let lastId = 0;

/** Whether Kith has sent it, now: the signature is over id, timestamp and body. */
function isGenuine(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signatures = "" } = headers;
  const mac = createHmac("sha256", secret).update(`${id}.${at}.`).update(body).digest("base64");
  const own = Buffer.from(`v1,${mac}`);
  const fits = signatures.split(" ").some((text) => {
    const other = Buffer.from(text);
    return other.length === own.length && timingSafeEqual(other, own);
  });
  return fits && Math.abs(Date.now() / 1000 - Number(at)) <= TOLERANCE_S;
}

/** An event may come twice, never out of its order. A real back end keeps the id with what it makes
 * of the event, in one transaction. */
function take(event) {
  if (event.id <= lastId) return;
  console.log(JSON.stringify(event));
  lastId = event.id;
}

async function read(request) {
  const pieces = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += piece.length;
    if (bytes > BODY_BYTES_MAX) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

const server = createServer(async (request, response) => {
  try {
    const body = await read(request);
    if (!body) return response.writeHead(413, { connection: "close" }).end();
    if (!isGenuine(request.headers, body)) return response.writeHead(401).end();
    for (const event of JSON.parse(body).events) take(event);
    response.writeHead(204).end(); /* only now: what is not answered so is sent again */
  } catch {
    response.destroy();
  }
});
server.on("error", ({ message }) => fail(`receiver.mjs: ${message}`));
server.listen(Number(port), "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
