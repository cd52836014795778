/* base/notes.c -- what a thread has to tell the log. */
#include "base/notes.h"

#include <string.h>

struct note *notes_add(struct notes *n, enum log_level level, const char *what)
{
    if (!n || level < n->from) return NULL;
    if (n->count == NOTES_MAX) {
        n->lost++;
        return NULL;
    }
    struct note *note = &n->at[n->count++];
    *note = (struct note){.level = level, .what = what};
    return note;
}

void notes_user(struct notes *n, const char *what, kith_slice user, int status)
{
    struct note *note = notes_add(n, LOG_AT_DEBUG, what);
    if (!note) return;
    note->status = status;
    note->user_len = (uint8_t)(user.len < sizeof note->user ? user.len : sizeof note->user);
    if (note->user_len) memcpy(note->user, user.ptr, note->user_len);
}
