// Makes tests/vectors/jwt_tokens.h with Node's crypto alone:
//   node tests/vectors/jwt_tokens.mjs > tests/vectors/jwt_tokens.h
// New keys each time; ES256 signs differently each time. Only the public keys are written.
import crypto from 'node:crypto';

const NOW = 1700000000;
const b64 = (x) => Buffer.from(x).toString('base64url');
const text = (header, payload) => `${b64(JSON.stringify(header))}.${b64(JSON.stringify(payload))}`;
const claims = { sub: '42', iat: NOW, exp: NOW + 3600 };

const signers = {
  RS256: (key) => (t) => crypto.sign('sha256', t, key),
  ES256: (key) => (t) => crypto.sign('sha256', t, { key, dsaEncoding: 'ieee-p1363' }),
  EdDSA: (key) => (t) => crypto.sign(null, t, key),
  HS256: (key) => (t) => crypto.createHmac('sha256', key).update(t).digest(),
};
const token = (alg, key, header = {}, payload = claims) => {
  const t = text({ alg, typ: 'JWT', ...header }, payload);
  return `${t}.${b64(signers[alg](key)(Buffer.from(t)))}`;
};

const pairs = {
  rsa: crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }),
  rsa1024: crypto.generateKeyPairSync('rsa', { modulusLength: 1024 }),
  pss: crypto.generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
  ec: crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  other_ec: crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: crypto.generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  secp256k1: crypto.generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  ed: crypto.generateKeyPairSync('ed25519'),
  ed448: crypto.generateKeyPairSync('ed448'),
  x25519: crypto.generateKeyPairSync('x25519'),
};
const spki = (name) => pairs[name].publicKey.export({ type: 'spki', format: 'pem' });
const fromJwk = (key) => crypto.createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
const modulus = pairs.rsa.publicKey.export({ format: 'jwk' }).n;

const pems = {
  RSA: spki('rsa'), RSA_1024: spki('rsa1024'), RSA_PSS: spki('pss'),
  RSA_EXPONENT_ONE: fromJwk({ kty: 'RSA', n: modulus, e: 'AQ' }),
  RSA_PKCS1: pairs.rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }),
  EC: spki('ec'), EC_OTHER: spki('other_ec'), EC_P384: spki('p384'), EC_SECP256K1: spki('secp256k1'),
  ED25519: spki('ed'), ED448: spki('ed448'), X25519: spki('x25519'),
  RFC7515_A2: fromJwk({ kty: 'RSA', e: 'AQAB',
    n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ' }),
  RFC7515_A3: fromJwk({ kty: 'EC', crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0' }),
  RFC8037_A4: fromJwk({ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }),
};

const [rsa, ec, ed] = ['rsa', 'ec', 'ed'].map((n) => pairs[n].privateKey);
const tokens = {
  RS256: token('RS256', rsa),
  ES256: token('ES256', ec),
  EDDSA: token('EdDSA', ed),
  RS256_KID: token('RS256', rsa, { kid: 'k1' }),
  ES256_OTHER: token('ES256', pairs.other_ec.privateKey),
  // The forgery of algorithm confusion: the public key's text as the shared secret.
  HS256_BY_RSA_PEM: token('HS256', pems.RSA),
  // The right key, with the header claiming another algorithm.
  RS256_AS_ES256: (() => {
    const t = text({ alg: 'ES256', typ: 'JWT' }, claims);
    return `${t}.${b64(signers.RS256(rsa)(Buffer.from(t)))}`;
  })(),
  // Right in DER, which JWS doesn't use.
  ES256_DER: (() => {
    const t = text({ alg: 'ES256', typ: 'JWT' }, claims);
    return `${t}.${b64(crypto.sign('sha256', Buffer.from(t), ec))}`;
  })(),
  RS512_BY_RSA: (() => {
    const t = text({ alg: 'RS512', typ: 'JWT' }, claims);
    return `${t}.${b64(crypto.sign('sha512', Buffer.from(t), rsa))}`;
  })(),
  PS256_BY_RSA: (() => {
    const t = text({ alg: 'RS256', typ: 'JWT' }, claims);
    return `${t}.${b64(crypto.sign('sha256', Buffer.from(t),
      { key: rsa, padding: crypto.constants.RSA_PKCS1_PSS_PADDING }))}`;
  })(),
};

// RFC 7515, appendix A.1 to A.3, and RFC 8037, appendix A.4.
const joe = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
Object.assign(tokens, {
  RFC7515_A1: `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${joe}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`,
  RFC7515_A1_KEY: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
  RFC7515_A2: `eyJhbGciOiJSUzI1NiJ9.${joe}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`,
  RFC7515_A3: `eyJhbGciOiJFUzI1NiJ9.${joe}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
  RFC8037_A4: 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
});

const lines = (s) => s.trimEnd().split('\n').map((l) => `    ${JSON.stringify(l + '\n')}`).join(' \\\n');
console.log('/* vectors/jwt_tokens.h -- JWTs and keys as Node\'s crypto makes them; by jwt_tokens.mjs. */');
console.log(`#pragma once\n\n#define JWT_NOW_S ${NOW}u /* iat; sub is "42"; they last an hour */\n`);
for (const [name, pem] of Object.entries(pems)) console.log(`#define PEM_${name} \\\n${lines(pem)}\n`);
for (const [name, t] of Object.entries(tokens)) console.log(`#define JWT_${name} "${t}"\n`);
