/* tests/fuzz/fuzz_rows.c -- what a PostgreSQL server answers, as the store's and as that of the
 * application's own tables: whatever rows it gives, what is told of them are users' ids, and no
 * more of them than there is room for. The first byte is what is asked, the rest what is answered
 * (fuzz_answers.h). */
#include "fuzz_answers.h"

#include "base/assert.h"
#include "base/ids.h"
#include "base/limits.h"
#include "io/numbered.h"
#include "io/store_kind.h"
#include "io/tables_conn.h"

#include "fuzz_kept.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { CALL_MS = 20000 };

/* Of this version, by the words to who brings a newer one. */
static unsigned schema(void)
{
    static unsigned known;
    struct store *s;
    kith_problem why = {""};
    const char *says;
    if (known) return known;
    answers_begin((kith_slice){0}, 999999);
    if (store_open(answers_url(), &s, &why) == KITH_OK) abort();
    says = strstr(why.text, "this one knows ");
    known = says ? (unsigned)strtoul(says + 15, NULL, 10) : 0;
    if (!known) abort();
    return known;
}

static struct store *open_store(kith_slice answers, unsigned version)
{
    struct store *s = NULL;
    kith_problem why = {""};
    struct store_options o = {.where = answers_url(), .node = "n", .call_ms = CALL_MS};
    answers_begin(answers, version);
    kith_err e = store_open_node(&o, &s, &why);
    KITH_ASSERT((e == KITH_OK) == (s != NULL) && (s || why.text[0]));
    return s;
}

static void try_opening(kith_slice answers)
{
    kith_problem why = {""};
    struct store *s = open_store(answers, 0);
    if (s && store_lock(s, &why) != KITH_OK) KITH_ASSERT(why.text[0]);
    store_close(s);
}

static void try_store(unsigned which, kith_slice answers)
{
    struct store *s = open_store(answers, schema());
    if (!s) abort();
    kept_ask(s, which);
    store_close(s);
}

/* The application's */

static void check_ids(kith_slice ids)
{
    kith_slice id, last = {0};
    for (; ids_next(&ids, &id); last = id) {
        KITH_ASSERT(id.len && id.len <= USER_ID_BYTES_MAX);
        KITH_ASSERT(!last.len || slice_cmp(last, id) < 0);
    }
    KITH_ASSERT(ids.len == 0);
}

static void try_tables(kith_slice answers, bool one)
{
    struct tables_conn c;
    struct buf ids = {0};
    bool cut;
    kith_problem why = {""};
    struct tables_options o = {.url = answers_url(), .call_ms = CALL_MS};
    if (one)
        o.friends = "SELECT 1";
    else
        o.watches = o.watchers = "SELECT 1";
    answers_begin(answers, 1); /* until the session has begun */
    tables_conn_init(&c, &o);
    if (tables_connect(&c) != KITH_OK) abort();
    answers_begin(answers, 0);
    kith_err e = tables_prepare(&c, &why);
    KITH_ASSERT(e == KITH_OK || why.text[0]);
    if (!e) e = tables_ask(&c, KITH_LIT("ann"), &ids, &cut);
    if (!e) check_ids(buf_slice(&ids));
    buf_fini(&ids);
    tables_conn_fini(&c);
}

static void try_reading(kith_slice answers)
{
    struct tables_options o = {.url = answers_url(), .call_ms = CALL_MS, .friends = "SELECT 1"};
    struct tables_conn c;
    struct buf ids = {0};
    bool cut;
    answers_begin(answers, 1);
    tables_conn_init(&c, &o);
    if (tables_connect(&c) != KITH_OK) abort();
    answers_begin(answers, 0);
    if (tables_ask(&c, KITH_LIT("ann"), &ids, &cut) == KITH_OK) check_ids(buf_slice(&ids));
    buf_fini(&ids);
    tables_conn_fini(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0) return 0;
    kith_slice answers = slice_of(bytes + 1, len - 1);
    unsigned which = bytes[0] % (KEPT_QUESTIONS + 4);
    switch (which) {
    case 0: try_opening(answers); break;
    case 1: try_tables(answers, true); break;
    case 2: try_tables(answers, false); break;
    case 3: try_reading(answers); break;
    default: try_store(which - 4, answers);
    }
    return 0;
}
