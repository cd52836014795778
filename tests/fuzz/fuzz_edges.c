/* tests/fuzz/fuzz_edges.c -- graph text: cut anywhere it reads the same, and what can be written
 * reads back. The first byte of the input says how large the pieces are. */
#include "base/assert.h"
#include "wire/edges.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void note(struct buf *said, const struct edges *p, kith_err e, const struct watch *edge)
{
    buf_printf(said, "%d@%u ", (int)e, (unsigned)p->line);
    if (e != KITH_OK) return;
    buf_put(said, edge->watcher);
    buf_putc(said, 0);
    buf_put(said, edge->watched);
}

static void check_written(const struct watch *edge)
{
    struct buf line = {0};
    struct edges p = {0};
    struct watch back;
    if (edges_write(&line, edge) == KITH_OK) {
        kith_slice piece = buf_slice(&line);
        KITH_ASSERT(edges_next(&p, &piece, &back, NULL) == KITH_OK);
        KITH_ASSERT(slice_eq(back.watcher, edge->watcher) && slice_eq(back.watched, edge->watched));
        KITH_ASSERT(piece.len == 0);
    }
    buf_fini(&line);
}

static void read_in_pieces(kith_slice text, size_t size, struct buf *said)
{
    struct edges p = {0};
    struct watch edge;
    kith_err e;
    while (text.len) {
        kith_slice piece = slice_head(text, text.len < size ? text.len : size);
        text = slice_from(text, piece.len);
        while ((e = edges_next(&p, &piece, &edge, NULL)) != KITH_NONE) {
            note(said, &p, e, &edge);
            if (e == KITH_OK) check_written(&edge);
        }
    }
    if ((e = edges_end(&p, &edge, NULL)) != KITH_NONE) note(said, &p, e, &edge);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0) return 0;
    struct buf whole = {0}, cut = {0};
    kith_slice text = slice_of(bytes + 1, len - 1);
    read_in_pieces(text, len, &whole);
    read_in_pieces(text, 1u + bytes[0], &cut);
    KITH_ASSERT(slice_eq(buf_slice(&whole), buf_slice(&cut)));
    buf_fini(&whole);
    buf_fini(&cut);
    return 0;
}
