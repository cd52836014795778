/* io/reading_options.h -- what reading from the application's own tables goes by. */
#pragma once

#include "io/mailbox.h"
#include "io/ruling.h"
#include "io/tables_options.h"

struct reading_options {
    const struct tables_options *tables; /* borrowed until reading_free */
    uint32_t sweep_ms;                   /* who is here is read again after so long */
    struct store *store;
    struct ruling *ruling;
    struct mailbox *box;   /* the store's thread's */
    struct mailbox *boxes; /* the shards' */
    unsigned shards;
};
