/* tests/fuzz/fuzz_url.c -- where a server is, as somebody says it to `kith bench`: what is read has
 * the form that a request and a resolver need, and reads again as the same. */
#include "load/url.h"

#include "base/assert.h"
#include "base/slice.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool is_visible(const char *s)
{
    for (; *s; s++)
        if (*s <= ' ' || *s == 0x7f) return false;
    return true;
}

static void check(const struct url *u)
{
    char text[sizeof *u + 8];
    struct url again;
    kith_problem why;
    kith_slice path = slice_str(u->path), end = KITH_LIT("/websocket");
    long port = strtol(u->port, NULL, 10);
    KITH_ASSERT(*u->host && port > 0 && port < 65536);
    KITH_ASSERT(is_visible(u->host) && is_visible(u->authority) && is_visible(u->path));
    KITH_ASSERT(path.len >= end.len && *u->path == '/' && !strpbrk(u->path, "?#"));
    KITH_ASSERT(slice_eq(slice_from(path, path.len - end.len), end));
    (void)snprintf(text, sizeof text, "%s://%s%s", url_scheme(u), u->authority, u->path);
    if (path.len - end.len > URL_PATH_BYTES_MAX - end.len) return; /* it had no /websocket then */
    KITH_ASSERT(url_read(text, &again, &why) == KITH_OK && again.tls == u->tls);
    KITH_ASSERT(slice_is(slice_str(again.host), u->host) &&
                slice_is(slice_str(again.port), u->port) &&
                slice_is(slice_str(again.path), u->path));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char *text = strndup((const char *)bytes, len);
    struct url u;
    kith_problem why = {""};
    if (!text) return 0;
    if (url_read(text, &u, &why) == KITH_OK)
        check(&u);
    else
        KITH_ASSERT(why.text[0]);
    free(text);
    return 0;
}
