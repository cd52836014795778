/* kith/kith.h -- all of libkith. */
#pragma once

#include <kith/channel.h>  // IWYU pragma: export
#include <kith/config.h>   // IWYU pragma: export
#include <kith/err.h>      // IWYU pragma: export
#include <kith/json.h>     // IWYU pragma: export
#include <kith/payload.h>  // IWYU pragma: export
#include <kith/ports.h>    // IWYU pragma: export
#include <kith/presence.h> // IWYU pragma: export
#include <kith/pubsub.h>   // IWYU pragma: export
#include <kith/server.h>   // IWYU pragma: export
#include <kith/slice.h>    // IWYU pragma: export
#include <kith/social.h>   // IWYU pragma: export
#include <kith/socket.h>   // IWYU pragma: export
#include <kith/tracker.h>  // IWYU pragma: export
#include <kith/version.h>  // IWYU pragma: export
