/* io/source.h -- whom a user watches, as the application says (kith/ports.h) instead of the store.
 */
#pragma once

#include "base/buf.h"

#include <kith/ports.h>

/* Asks it. The ids are appended to *out as rules_watched does, each once. KITH_NOMEM, or what the
 * source returned. */
KITH_MUST_USE kith_err source_watched(const struct kith_source *source, kith_slice user,
                                      struct buf *out);

/* kith_ids_add */
KITH_MUST_USE kith_err source_ids_add(struct kith_ids *ids, kith_slice id);
