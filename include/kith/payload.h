/* kith/payload.h -- what a message carries: JSON as it was written, or bytes of a binary frame. It
 * passes through unchanged: key order, spelling of numbers, white space. */
#pragma once

#include <kith/slice.h>

typedef struct kith_payload {
    kith_slice bytes; /* JSON text, or bytes; empty JSON stands for {} */
    bool binary;
} kith_payload;

/* Of either kind; nothing is copied. */
static inline kith_payload kith_json(kith_slice json) { return (kith_payload){json, false}; }
static inline kith_payload kith_binary(kith_slice bytes) { return (kith_payload){bytes, true}; }

#define KITH_JSON(text) ((kith_payload){KITH_LIT(text), false}) /* of a string literal */
#define KITH_EMPTY      ((kith_payload){{NULL, 0}, false})      /* {} */

/* An event on a topic, as it is broadcast and as it arrives. */
struct kith_message {
    kith_slice topic, event;
    kith_payload payload;
};
