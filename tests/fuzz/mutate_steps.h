/* tests/fuzz/mutate_steps.h -- scripts, whose steps are changed, dropped, doubled and moved as
 * wholes. */
#pragma once

#include "mutate.h"

struct step_form {
    size_t (*length)(kith_slice rest); /* of the step that `rest` begins with: 1 to rest.len */
    void (*change)(struct buf *out, kith_slice step, uint64_t *seed);
};

static inline kith_slice take_step(const struct step_form *form, kith_slice *rest)
{
    kith_slice step = slice_head(*rest, form->length(*rest));
    *rest = slice_from(*rest, step.len);
    return step;
}

static inline size_t count_steps(const struct step_form *form, kith_slice rest)
{
    size_t n = 0;
    for (; rest.len; n++)
        (void)take_step(form, &rest);
    return n;
}

static inline kith_slice nth_step(const struct step_form *form, kith_slice rest, size_t n)
{
    kith_slice step = take_step(form, &rest);
    while (n--)
        step = take_step(form, &rest);
    return step;
}

/* Appends the steps of `in` with one of them changed, dropped, there twice, or behind another. */
static inline void mutate_steps(struct buf *out, kith_slice in, const struct step_form *form,
                                uint64_t *seed)
{
    uint32_t n = (uint32_t)count_steps(form, in), at = n ? chance_below(seed, n) : 0;
    unsigned how = chance_below(seed, 8);
    if (!n || how == 0) {
        mutate_bytes(out, in);
        return;
    }
    kith_slice other = nth_step(form, in, chance_below(seed, n)), rest = in;
    for (uint32_t i = 0; i < n; i++) {
        kith_slice step = take_step(form, &rest);
        if (i != at || how == 2 || how == 3) buf_put(out, step);
        if (i != at) continue;
        if (how == 2) buf_put(out, step);
        if (how == 3) buf_put(out, other);
        if (how > 3) form->change(out, step, seed);
    }
}
