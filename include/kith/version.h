/* kith/version.h -- which libkith this is. */
#pragma once

#include <kith/err.h>

#define KITH_VERSION "0.1.0" /* of this header */

/* Of the library that is running, which may be newer than the header; static storage. */
KITH_API const char *kith_version(void);
