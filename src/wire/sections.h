/* wire/sections.h -- sections (base/section.h) as bytes: the body of a frame of NODE_SECTIONS. All
 * numbers are varints (wire/pack.h) where no size stands:
 *
 *     body     incarnation whose changes they are u64 | section ...
 *     section  its length, then: stream | base | last - base | top - last | rules | time | count |
 *              record ...
 *     record   seq - that of the record before (of the first: - base) | slot | op u8 | rest
 *
 * op is 0 for a slot that was emptied: no rest. Else bit 0 is set. With bit 1 the record is a plain
 * one, as nearly all are: numeric, its ref is (incarnation, seq), no device, nothing else; and bits
 * 2 to 7 are the number of its fields. Without bit 1 they say what there is, and the number of the
 * fields is a byte of its own behind op. The rest, in this order:
 *
 *     user, or (bit 2) length | topic, length | key
 *     time of the section - online_at
 *     bit 3  ref: incarnation u64, seq
 *     bit 4  prev: seq - that of prev, if it is of this stream; else 0, incarnation u64, seq
 *     bit 5  device u16
 *     bit 6  rules - those of the section
 *     bit 7  a byte of further bits: bit 0 replaces: incarnation u64, seq | bit 1 it is replaced
 *     length | fields, if their number is 63
 *
 * Fields that are often the same have a number: first some that every node knows, then, in a
 * section, those that were written out in it before, up to 62. So a join or a change of a user with
 * an id of a million is 9 bytes, and a section can be cut behind any record.
 *
 * Bytes behind the last record of a section are passed over. Texts are taken as they are: the node
 * that they come from has checked them. */
#pragma once

#include "base/buf.h"
#include "base/limits.h"
#include "base/section.h"

/* Begins a body. */
void sections_begin(struct buf *out, uint64_t inc);

struct sections_form {
    uint32_t stream; /* below STREAM_NUMBERS */
    uint64_t rules;  /* records of up to this number say no more than this one: the reader gets
                        it in their place */
    bool prevs;      /* write what the states came after; who was told of all before needs none,
                        save of other streams */
    size_t bytes_max;
};

/* What is written of a section is a section, too: (base, last] with its first `count` records. */
struct sections_part {
    uint32_t count;
    uint64_t last;
};

/* Appends the section s, whose incarnation is the body's, or as many of its records as fit into
 * bytes_max and SECTION_RECORDS_MAX. The rest is then the section (part->last, s->last] with the
 * records behind. Its numbers ascend, and of an empty record only seq and slot travel.
 * KITH_FULL: not one record fits (with 32 KiB each does). KITH_NOMEM. Nothing is appended. */
KITH_MUST_USE kith_err sections_put(struct buf *out, const struct section *s,
                                    const struct sections_form *form, struct sections_part *part);

/* Reading: a walk from section to section, which looks at no record */

struct sections {
    uint64_t inc;
    kith_slice rest;
};

/* A section as bytes, the length in front of it aside. */
struct sections_piece {
    uint64_t inc;
    uint32_t stream; /* below STREAM_NUMBERS */
    kith_slice bytes;
};

KITH_MUST_USE kith_err sections_open(kith_slice body, struct sections *out); /* or KITH_BAD */
/* KITH_NONE: there is no further one. KITH_BAD: nor can it be told where one would be. */
KITH_MUST_USE kith_err sections_next(struct sections *s, struct sections_piece *out);

/* Where the records of a section are read into: used again and again. */
struct sections_room {
    struct record *records;
    uint32_t cap;
}; /* {0} is a valid empty one */
void sections_room_fini(struct sections_room *room);

/* Reads one. out->records are in `room` until its next use, and their texts in the bytes, or
 * static. KITH_BAD: cut, a number out of range, or a seq that is not behind the one before and up
 * to last. KITH_NOMEM. Memory: of as many records as the bytes can hold, at most
 * SECTION_RECORDS_MAX. */
KITH_MUST_USE kith_err sections_read(const struct sections_piece *piece, struct sections_room *room,
                                     struct section *out);
