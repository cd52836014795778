// token.mjs -- JWTs by hand, good ones and bad ones.
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
