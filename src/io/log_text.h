/* io/log_text.h -- foreign text in a log: what shows, and what is escaped; for the log's own files.
 */
#pragma once

#include "base/slice.h"

#define LOG_ONE_MAX 16 /* bytes of what is shown of one character: four bytes, escaped */

/* Takes the next character off *text, and puts it to `out`, escaped as \xNN for each byte if it
 * ends lines, shows nothing, changes what is around it, is no UTF-8, or, with `quotes`, is a quote
 * or a backslash. Returns how many bytes were put. */
size_t log_put_one(char out[LOG_ONE_MAX], kith_slice *text, bool quotes);

/* An id as a log shows it: in quotes; control and format characters, quotes and bytes that are no
 * UTF-8 as escapes, so that it can begin no line of its own and no sequence of a terminal, and
 * changes nothing around it; cut if it is long. `out` has LOG_ID_MAX
 * bytes. Returns it. */
#define LOG_ID_MAX 200
const char *log_id(char out[LOG_ID_MAX], kith_slice id);
