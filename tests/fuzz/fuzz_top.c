/* tests/fuzz/fuzz_top.c -- `kith top` before metrics of whoever answers: what is drawn of them
 * obeys nobody but the page, and fits the window. The first two bytes are its columns and lines; an
 * 0xff parts what was told before from what is told now. */
#include "app/top_page.h"

#include "base/assert.h"
#include "wire/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_page(kith_slice page, unsigned lines)
{
    unsigned ends = 0;
    KITH_ASSERT(utf8_valid(page));
    for (size_t i = 0; i < page.len; i++) {
        KITH_ASSERT(page.ptr[i] == '\n' || (page.ptr[i] >= ' ' && page.ptr[i] != 0x7f));
        ends += page.ptr[i] == '\n';
    }
    KITH_ASSERT(ends <= lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 2) return 0;
    kith_slice before, now = slice_cut(slice_of(bytes + 2, len - 2), 0xff, &before);
    struct top_sample samples[2];
    struct buf page = {0};
    struct top_node node = {
        .url = "http://127.0.0.1:4001", .before = &samples[0], .now = &samples[1]};
    const struct top_view view = {.nodes = &node,
                                  .count = 1,
                                  .now_ms = 3000,
                                  .interval_ms = 1000,
                                  .columns = 20 + bytes[0],
                                  .lines = 10 + bytes[1] % 64};
    bool first = top_read(before, 1000, &samples[0]) == KITH_OK;
    if (first && top_read(now, 2000, &samples[1]) == KITH_OK)
        node.seen = 2;
    else if (first)
        node = (struct top_node){.url = node.url, .now = &samples[0], .seen = 1};
    top_draw(&view, &page);
    check_page(buf_slice(&page), view.lines);
    buf_fini(&page);
    return 0;
}
