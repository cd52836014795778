/* edge/forwarded.c -- behind proxies: whose request it is. */
#include "edge/forwarded.h"

bool proxies_have(const struct proxies *p, const struct address *a)
{
    for (unsigned i = 0; i < p->count; i++)
        if (network_has(&p->all[i], a)) return true;
    return false;
}

static kith_slice trim(kith_slice s)
{
    while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
        s = slice_from(s, 1);
    while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* Cuts the last element off a list. */
static kith_slice last_of(kith_slice *list)
{
    size_t at = list->len;
    while (at && list->ptr[at - 1] != ',')
        at--;
    kith_slice last = trim(slice_from(*list, at));
    list->len = at ? at - 1 : 0;
    return last;
}

/* One header's part of the list, from its end. True: it is settled, by somebody who is no proxy, or
 * by a word that is no address. */
static bool walk_back(const struct proxies *p, kith_slice list, struct address *out, bool *named)
{
    while (list.len) {
        struct address a;
        kith_slice word = last_of(&list);
        if (!word.len) continue; /* RFC 9110, section 5.6.1.2 */
        if (!address_parse(word, &a)) return true;
        *out = a;
        *named = true;
        if (!proxies_have(p, &a)) return true;
    }
    return false;
}

bool forwarded_client(const struct proxies *p, const struct http_request *r, struct address *out)
{
    bool named = false;
    for (size_t i = r->header_count; i-- > 0;) {
        const struct http_header *h = &r->headers[i];
        if (!slice_eq_nocase(h->name, KITH_LIT("x-forwarded-for"))) continue;
        if (walk_back(p, h->value, out, &named)) break;
    }
    return named;
}
