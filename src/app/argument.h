/* app/argument.h -- what several commands take from their command line. */
#pragma once

#include <argp.h>
#include <stdint.h>

/* "90s", "15m", "1h", "30d"; seconds without a unit. 0: none of these, or beyond 32 bits. */
uint32_t argument_seconds(const char *text);

/* Ends the command with EX_USAGE if this can be nobody's id. */
void argument_check_id(struct argp_state *state, const char *id);

/* The only word of a command that takes an id and no more; ends it likewise. */
void argument_take_id(struct argp_state *state, const char *word, const char **id);
