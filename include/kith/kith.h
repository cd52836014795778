/* kith/kith.h -- all of libkith. */
#pragma once

#include <kith/channel.h> // IWYU pragma: export
#include <kith/config.h>  // IWYU pragma: export
#include <kith/err.h>     // IWYU pragma: export
#include <kith/server.h>  // IWYU pragma: export
#include <kith/slice.h>   // IWYU pragma: export
#include <kith/social.h>  // IWYU pragma: export
#include <kith/version.h> // IWYU pragma: export
