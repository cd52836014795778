/* load/crowd_param.h -- a parameter of the connect, beside those that there always are. */
#pragma once

struct crowd_param {
    const char *name, *value; /* %u in the value stands for the user's id */
};
