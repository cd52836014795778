/* vectors/phoenix_tokens.h -- tokens as plug_crypto signs them; made by phoenix_tokens.exs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PHOENIX_KEY_BASE  "secret-key-base-secret-key-base-secret-key-base-secret-key-base-"
#define PHOENIX_SALT      "user socket"
#define PHOENIX_SIGNED_MS 1700000000000u

static const struct {
    const char *data; /* as Elixir writes it */
    const char *path, *user;
    uint64_t expires_at_ms;
    const char *token;
} phoenix_good[] = {
    {"\"42\"", NULL, "42", 1700086400000u,
     "SFMyNTY.g2gDbQAAAAI0Mm4GAABo5c-LAWIAAVGA.Ob-eYfA3UouGDgWndgFn8fdmp8hMdnxaQJ_ar8zh7O4"},
    {"42", NULL, "42", 1700086400000u,
     "SFMyNTY.g2gDYSpuBgAAaOXPiwFiAAFRgA.SoOXWrAewpp0NR0p_XwQOb9C2b956L-zsG9H1CjJ2cY"},
    {"255", NULL, "255", 1700086400000u,
     "SFMyNTY.g2gDYf9uBgAAaOXPiwFiAAFRgA.tgoD3yhX8A-YlXRsqXFzIvra2c7dFlVX_Q26drePKSk"},
    {"256", NULL, "256", 1700086400000u,
     "SFMyNTY.g2gDYgAAAQBuBgAAaOXPiwFiAAFRgA.-lSvMOb2kjRvdPcpq1UDsP7Q3j91ZDgKfslI18iQjVQ"},
    {"-7", NULL, "-7", 1700086400000u,
     "SFMyNTY.g2gDYv____luBgAAaOXPiwFiAAFRgA.tEfuKOkU-myEnQ-nzzsQP5cUjUFH3GWPaeQ9rToo8ws"},
    {"2 ** 31", NULL, "2147483648", 1700086400000u,
     "SFMyNTY.g2gDbgQAAAAAgG4GAABo5c-LAWIAAVGA.33quemyZZgBVThHgyqXap-p5atwc5759Q72uxh3r8cw"},
    {"2 ** 63", NULL, "9223372036854775808", 1700086400000u,
     "SFMyNTY.g2gDbggAAAAAAAAAAIBuBgAAaOXPiwFiAAFRgA.v5q4BIcBWsAgljx_WB4EWAhuVh8uuwBw8vSLkHule_U"},
    {"-(2 ** 64)", NULL, "-18446744073709551616", 1700086400000u,
     "SFMyNTY.g2gDbgkBAAAAAAAAAAABbgYAAGjlz4sBYgABUYA.r-Rp7dtcacwI95WYBIjW6tXAvS3Q2zRV0Pd4g7AVNB8"},
    {"a UUID as an integer", NULL, "340282366920938463463374607431768211455", 1700086400000u,
     "SFMyNTY.g2gDbhAA_____________________24GAABo5c-LAWIAAVGA.QiAw1Dh_KAyr4sVDEqhjV9Cd3tbI_"
     "VgJiLqgacqqWfA"},
    {"'alice'", NULL, "alice", 1700086400000u,
     "SFMyNTY.g2gDawAFYWxpY2VuBgAAaOXPiwFiAAFRgA.8-BLvryzf9KqxWjejHgakO2s1buH8zB5Yy0xcfuvLvo"},
    {"a charlist beyond ASCII", NULL, "Jos\303\251", 1700086400000u,
     "SFMyNTY.g2gDawAESm9z6W4GAABo5c-LAWIAAVGA.CoiBdZ6sYUAWVOlkt1Egr2lMd1siMx5TU2mpgmrPIqI"},
    {":alice", NULL, "alice", 1700086400000u,
     "SFMyNTY.g2gDZAAFYWxpY2VuBgAAaOXPiwFiAAFRgA.IpSAaJnw4yN2208i4NEAeAi-U7zx4X6LKuW3f_AdO0c"},
    {":\"Jos\303\251\"", NULL, "Jos\303\251", 1700086400000u,
     "SFMyNTY.g2gDZAAESm9z6W4GAABo5c-LAWIAAVGA.7B04ooRWNVpeQRA-28Eb2ve6RisrgR5VtLEz_PU5nvM"},
    {"\"J\303\274rgen\"", NULL, "J\303\274rgen", 1700086400000u,
     "SFMyNTY.g2gDbQAAAAdKw7xyZ2VubgYAAGjlz4sBYgABUYA.mBrfGOnJtspPzhS02u-kU2VuXUCPsUx0rhEVXeaeEbw"},
    {"%{\"id\" => 42}", "id", "42", 1700086400000u,
     "SFMyNTY.g2gDdAAAAAFtAAAAAmlkYSpuBgAAaOXPiwFiAAFRgA.eXncaxo4dvDxEK1JF9avkkuoJddhsSN-"
     "goTH0EVE49c"},
    {"%{id: \"42\", admin: false}", "id", "42", 1700086400000u,
     "SFMyNTY.g2gDdAAAAAJkAAVhZG1pbmQABWZhbHNlZAACaWRtAAAAAjQybgYAAGjlz4sBYgABUYA.LkoYOSCbGU3ckz4G-"
     "lODQpAcWyIDLZ6UEoBanl7qNn8"},
    {"[id: 42, role: :user]", "id", "42", 1700086400000u,
     "SFMyNTY.g2gDbAAAAAJoAmQAAmlkYSpoAmQABHJvbGVkAAR1c2Vyam4GAABo5c-LAWIAAVGA."
     "7FzFRVvEqOgAhocHhEiTJq0CIe8OZAlDaNihYRgOemc"},
    {"{:user, 42}", "1", "42", 1700086400000u,
     "SFMyNTY.g2gDaAJkAAR1c2VyYSpuBgAAaOXPiwFiAAFRgA.ZovvKn3WjA_tI-d2fOY4v_dhaKuIJldLE3VPwR2vpD4"},
    {"%{user: %{\"id\" => {1, \"x\"}}}", "user.id.1", "x", 1700086400000u,
     "SFMyNTY.g2gDdAAAAAFkAAR1c2VydAAAAAFtAAAAAmlkaAJhAW0AAAABeG4GAABo5c-LAWIAAVGA."
     "QxcyYuRK1UgrTT7q00J1nYBNZQjmCCorJBhw3N8MF6Q"},
    {"%{weight: 1.5, list: [1, 2.5, []], id: 9}", "id", "9", 1700086400000u,
     "SFMyNTY.g2gDdAAAAANkAAJpZGEJZAAEbGlzdGwAAAADYQFGQAQAAAAAAABqamQABndlaWdodEY_-"
     "AAAAAAAAG4GAABo5c-LAWIAAVGA.MYVBEwoz-wIasCWtbSiXPxhUYDhPTQZC7iIaHAd_8PY"},
    {"max_age: 3600", NULL, "42", 1700003600000u,
     "SFMyNTY.g2gDbQAAAAI0Mm4GAABo5c-LAWIAAA4Q.fH21J_a1wt-KrgbQUL_dUWC6uBtFx11Xh4n4Xzdrfgk"},
    {"max_age: 60", NULL, "42", 1700000060000u,
     "SFMyNTY.g2gDbQAAAAI0Mm4GAABo5c-LAWE8.RP7agGiWgSM1nnxE2pktg2_eoTsmqVSJB7y-jbjehY4"},
    {"max_age: 1.5", NULL, "42", 1700000001500u,
     "SFMyNTY.g2gDbQAAAAI0Mm4GAABo5c-LAUY_-AAAAAAAAA.CQE8Qd0cQhz5fodiAn--PCH4ktiUhi9KwTvlCJEXS4w"},
    {"max_age: 10 ** 10", NULL, "42", 11700000000000u,
     "SFMyNTY.g2gDbQAAAAI0Mm4GAABo5c-LAW4FAADkC1QC.WetDQAJJk4mAttmyFn1C4tI66r7tIx2Fr3fou0v0FYE"},
    {"max_age: 1.0e300", NULL, "42", UINT64_MAX,
     "SFMyNTY.g2gDbQAAAAI0Mm4GAABo5c-LAUZ-N-Q8iAB1nA._Jm245byjRaNgt6ajDCLA1iV8DCrkse2llPwOPWJ3EI"},
    {"max_age: :infinity", NULL, "42", UINT64_MAX,
     "SFMyNTY.g2gDbQAAAAI0Mm4GAABo5c-LAWQACGluZmluaXR5.Dm-"
     "RfUBIabKgC87o6EM9TiwCSWYtRauLDISUV2JuVso"},
    {"max_age: :infinity, as OTP 26 writes it", NULL, "42", UINT64_MAX,
     "SFMyNTY.g2gDbQAAAAI0Mm4GAABo5c-LAXcIaW5maW5pdHk.P6l8F_5XpZNIXRZS4TjZHkMt89R6-P_xS0VIot2LC2s"},
    {"an atom as OTP 26 writes it", NULL, "alice", 1700086400000u,
     "SFMyNTY.g2gDdwVhbGljZW4GAABo5c-LAWIAAVGA.exWsm_P3YHgTX-fGykxFWTFX6f5cXxXxIz9mty1pBn0"},
    {"key_digest of the message :sha384", NULL, "42", 1700086400000u,
     "SFMzODQ.g2gDbQAAAAI0Mm4GAABo5c-LAWIAAVGA.gDWaij8Unv5_"
     "JrNdhfKAx9mme4nFtT7KyYheqyQnee7w0F4FnQWaSGO9KaJQghKR"},
    {"key_digest of the message :sha512", NULL, "42", 1700086400000u,
     "SFM1MTI.g2gDbQAAAAI0Mm4GAABo5c-LAWIAAVGA.jn8ZeM0Y1F5DRpbK-M1LP1xBA73ds64EGYiM9Xe9tg-_"
     "b6EOWHC56ZzBZwp46Nu4ZqQAYBC-_98AoBB5s3NHBA"},
    {"the legacy pair", NULL, "42", 1700086400000u,
     "SFMyNTY.g2gCbQAAAAI0Mm4GAABo5c-LAQ.Oi4YKI0Me4IJ7F4Y2flGtKkBrN2m9TDo5TD1YRP4mOw"},
    {"the legacy map", NULL, "42", 1700086400000u,
     "SFMyNTY.g3QAAAACZAAEZGF0YW0AAAACNDJkAAZzaWduZWRuBgAAaOXPiwE.O0GPE6Mqfx-"
     "mKaUK3xRRifQZM375fsO0DGymg80qvPc"},
    {"an empty key in front", "id", "42", 1700086400000u,
     "SFMyNTY.g2gDdAAAAAJtAAAAAGEBbQAAAAJpZG0AAAACNDJuBgAAaOXPiwFiAAFRgA.AlBll-"
     "0XTuoCy6Ht5xH0vsCNSAR3ZUyyFzRxROw-Y1s"},
};

static const struct {
    const char *data, *path, *token;
} phoenix_bad[] = {
    {"nil", NULL,
     "SFMyNTY.g2gDZAADbmlsbgYAAGjlz4sBYgABUYA.gbpWKJCk6gnZ3ZSFd0M01RZNyD3ib42wmBdhmu1bizg"},
    {"true", NULL,
     "SFMyNTY.g2gDZAAEdHJ1ZW4GAABo5c-LAWIAAVGA.BMvqQZlOHCXbNsoHcUQZ_WK2VxO3vLEIrvMOnHVWNy0"},
    {"an empty string", NULL,
     "SFMyNTY.g2gDbQAAAABuBgAAaOXPiwFiAAFRgA.7yn1FebBBNPt7dQOAJ5lLjIO6BdlTbvZ1Jqco6o1uEc"},
    {"a string that is not UTF-8", NULL,
     "SFMyNTY.g2gDbQAAAALDKG4GAABo5c-LAWIAAVGA.H4VPAnmnVayqKUqR3y9krH0oT-BCIFswnKfdCD1IC6w"},
    {"a string with a NUL", NULL,
     "SFMyNTY.g2gDbQAAAANhAGJuBgAAaOXPiwFiAAFRgA.saaYhs4cnyi38K_rKb89wNbeXxmt4OuhoiBBCMV4qTE"},
    {"129 bytes", NULL,
     "SFMyNTY."
     "g2gDbQAAAIFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhY"
     "WFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFuBg"
     "AAaOXPiwFiAAFRgA.y9lFFHsbXboWLcWy6N_e8bIvLv1WQk6DG6id533oakM"},
    {"an integer of 129 digits", NULL,
     "SFMyNTY.g2gDbjYAAAAAAAAAAAAAAAAAAAAAAAE-lS4Jmd8D_TgVDy_kdCPs9c_"
     "TCNwExNqwzbwZfzOmAyYf6U4CbgYAAGjlz4sBYgABUYA.JvIHk2X7X6615j7Pj7vIJhPheytr3lq6cvbvuIw1Y8A"},
    {"a float", NULL,
     "SFMyNTY.g2gDRj_4AAAAAAAAbgYAAGjlz4sBYgABUYA.7fIIPiAo5JmY2Bv6ULk7ikZ33fwvTQ3IXMWuNXJ7xL4"},
    {"a map without a path", NULL,
     "SFMyNTY.g2gDdAAAAAFtAAAAAmlkYSpuBgAAaOXPiwFiAAFRgA.eXncaxo4dvDxEK1JF9avkkuoJddhsSN-"
     "goTH0EVE49c"},
    {"a map that lacks the key", "id",
     "SFMyNTY.g2gDdAAAAAFtAAAAA3VpZGEqbgYAAGjlz4sBYgABUYA.WoJx_8EWpdIP3uBmADrau7acLRkVHlzsvhq36_"
     "MTrDk"},
    {"a key as atom and as binary", "id",
     "SFMyNTY.g2gDdAAAAAJkAAJpZGEBbQAAAAJpZGECbgYAAGjlz4sBYgABUYA.JIHPWNePc-"
     "LDwxSeZqHtjnjREbnvCc1ZLbZu06lyQsI"},
    {"a keyword that stands twice", "id",
     "SFMyNTY.g2gDbAAAAAJoAmQAAmlkYQFoAmQAAmlkYQJqbgYAAGjlz4sBYgABUYA."
     "eMSMpiAKxpWkcNU78Pz4wSgKg96GkkdapITQ2KwV8h4"},
    {"a tuple too short", "2",
     "SFMyNTY.g2gDaAJkAAR1c2VyYSpuBgAAaOXPiwFiAAFRgA.ZovvKn3WjA_tI-d2fOY4v_dhaKuIJldLE3VPwR2vpD4"},
    {"a path into a string", "id",
     "SFMyNTY.g2gDbQAAAAI0Mm4GAABo5c-LAWIAAVGA.Ob-eYfA3UouGDgWndgFn8fdmp8hMdnxaQJ_ar8zh7O4"},
    {"a list of a big character", NULL,
     "SFMyNTY.g2gDbAAAAAFiAABOLWpuBgAAaOXPiwFiAAFRgA.brJT_O2BiSvEIj2WEFV-Yz6EE-WN-kLglZmAWiqbJms"},
    {"a pid", NULL,
     "SFMyNTY.g2gDWGQADW5vbm9kZUBub2hvc3QAAABgAAAAAAAAAABuBgAAaOXPiwFiAAFRgA."
     "IxQNfx4e5i1TErJU0oTw4bi5p9fQxuUQtbV-T36IK_w"},
    {"a pid beside the id", "id",
     "SFMyNTY."
     "g2gDdAAAAAJkAAJpZGEBZAADcGlkWGQADW5vbm9kZUBub2hvc3QAAABgAAAAAAAAAABuBgAAaOXPiwFiAAFRgA.OeWS_"
     "YOCpoK4LRCaGuptmXTei4OdyirFT2V7n4fx0fI"},
    {"a reference", NULL,
     "SFMyNTY.g2gDWgADZAANbm9ub2RlQG5vaG9zdAAAAAAAAr3XcLAAAZKw0N9uBgAAaOXPiwFiAAFRgA."
     "n5l0lu6puAoSJBoY_O8bqO19dczfaRYpQqrwLiOtY04"},
    {"a function", NULL,
     "SFMyNTY.g2gDcWQADUVsaXhpci5TdHJpbmdkAAZsZW5ndGhhAW4GAABo5c-LAWIAAVGA."
     "UBI6Td2zNpZIYbivimgNfjlf-mNjZwS1MxL5Wo0Lu40"},
    {"a bit string", NULL,
     "SFMyNTY.g2gDTQAAAAEDIG4GAABo5c-LAWIAAVGA.duaoPBJJbHI6KfjTfnmncGYCWMSMoES8DyEJp9k8ZTk"},
    {"compressed", NULL,
     "SFMyNTY.g1AAAAB5eJzLYM5lYGBISaQDyGNjYMh4er6bMYmBMbABAD7xK3E.PFtUWPnMsz2jtCfifRdg3E2JgMQ9LAV_"
     "VVQV9E50_I8"},
    {"nine containers deep", "0",
     "SFMyNTY.g2gDaAJtAAAAATFoAWgBaAFoAWgBaAFoAG4GAABo5c-LAWIAAVGA."
     "vkW0l4APSJBF5gWfUG3RbzprX8AgGufQGmZDdPmnp4I"},
    {"max_age: nil", NULL,
     "SFMyNTY.g2gDbQAAAAI0Mm4GAABo5c-LAWQAA25pbA.TptHuKX0MAyBXorgSddJQZZdpOlB5aAnhPAdhfw1Il4"},
    {"max_age: \"60\"", NULL,
     "SFMyNTY.g2gDbQAAAAI0Mm4GAABo5c-LAW0AAAACNjA.yTgQm-YY-ULZysWm3WcKUlRbHrmySLqJgFhHV_Y1crc"},
    {"signed: a float", NULL,
     "SFMyNTY.g2gDbQAAAAI0MkY_-AAAAAAAAGIAAVGA.j4sAIFjQPWMrHHPeHS3rq7pTwnj40g6XqcknHr6lDJ0"},
    {"four elements", NULL,
     "SFMyNTY.g2gEbQAAAAI0Mm4GAABo5c-LAWIAAVGAYQE.Ng3BEdCqmU62kJTyffhWSKIC2AZPRm8y3AEX-5HkMQc"},
    {"one element", NULL, "SFMyNTY.g2gBbQAAAAI0Mg.nvJVvL_jdV1Q9HTFtqCCYensfTr1Vhm-6uLdTDwTaZw"},
    {"bytes left over", NULL,
     "SFMyNTY.g2gDbQAAAAI0Mm4GAABo5c-LAWIAAVGAAA.28yYIqo7EKBY-Qsyg0Dkm9d2qWgZma3uBjh5Ab-572w"},
    {"no term at all", NULL, "SFMyNTY..TXWG1KIUMNddjd8LsALcTIgaXIPGiWv65GkNKRYuP4Q"},
    {"text", NULL, "SFMyNTY.aGVsbG8.Y8p_k7YlqUuPccXjSrtR89Dcr34YmLLcglRvI6rS6ZY"},
};

#define PHOENIX_MAX_AGE_ZERO                                                                       \
    "SFMyNTY.g2gDbQAAAAI0Mm4GAABo5c-LAWEA.yd2yOZ2v0RBzTTAeAO1ttTGZMvPIvxe1yXkptZ7cmQo"
#define PHOENIX_MAX_AGE_NEGATIVE                                                                   \
    "SFMyNTY.g2gDbQAAAAI0Mm4GAABo5c-LAWL_____.N8VBaNO3uV6x0gXQOv1S1rexdHqKB620vu17kNdP7x0"
#define PHOENIX_OTHER_SALT                                                                         \
    "SFMyNTY.g2gDbQAAAAI0Mm4GAABo5c-LAWIAAVGA.tXFZDcqB65Ppk6m3YUMrRXTStxHYlTjfTfVHxe4HYSE"
#define PHOENIX_ENCRYPTED                                                                          \
    "XCP.LwlrUXHqHmy7XOywyWie6BK-Sohsmect-YmW_mbT44Pil6oOQ1USSYAysJ2ZF4MrRZstNKEisjnIpTtDpZaOog"
