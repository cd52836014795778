/* app/config_print.h -- a kith.conf that explains itself. */
#pragma once

#include "base/buf.h"

/* Appends a kith.conf with every key, its default and its explanation, all as comments. With a
 * `secret` it also has a [token app] that holds, and a [key admin] whose secret is in `key_file`,
 * named from the folder of the config, so that it is a whole one. */
void config_print(struct buf *out, const char *secret, const char *key_file);
