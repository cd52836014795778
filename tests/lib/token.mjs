// token.mjs -- JWTs by hand, good ones and bad ones; and those that a demo hands out.
import { createHmac } from "node:crypto";
import { SECRET } from "./kith.mjs";

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

export const inSeconds = (s) => Math.floor(Date.now() / 1000) + s;

/** A token for `user` that ends in `ttl_s`; the rest is there to spoil it. */
export function jwt(user, ttl_s = 600, { secret = SECRET, header, claims } = {}) {
  const head = part(header ?? { alg: "HS256", typ: "JWT" });
  const signed = `${head}.${part({ sub: user, exp: inSeconds(ttl_s), ...claims })}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** The answer of a demo's token door to this body. */
export const askDemo = (kith, body, type = "application/json") =>
  fetch(`http://${kith.host}/demo/token`, {
    method: "POST",
    headers: { "content-type": type },
    body,
  });

export async function demoToken(kith, user) {
  return (await (await askDemo(kith, JSON.stringify({ user }))).json()).token;
}
