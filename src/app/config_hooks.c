/* app/config_hooks.c -- what [hooks] needs to be whole. */
#include "app/config_hooks.h"

#include "app/config_said.h"

kith_err config_check_hooks(const struct kith_config *c, kith_problem *why)
{
    if (!c->now.hooks.log || !c->now.cluster.name) return KITH_OK;
    return config_fault(
        c, config_line_of(c, "hooks", "log"), why,
        "hooks.log: a log of all nodes of a cluster is not kept yet; leave it out, or "
        "[cluster]");
}
