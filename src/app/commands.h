/* app/commands.h -- the commands of `kith`, one file each. A command gets its own arguments,
 * argv[0] being "kith <name>", and returns an exit code of sysexits.h. */
#pragma once

#include <kith/server.h>

int cmd_serve(int argc, char **argv);
int cmd_graph(int argc, char **argv);
int cmd_token(int argc, char **argv);
int cmd_config(int argc, char **argv);
int cmd_visibility(int argc, char **argv);
int cmd_audience(int argc, char **argv);
int cmd_who(int argc, char **argv);
int cmd_push(int argc, char **argv);
int cmd_disconnect(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_bench(int argc, char **argv);

/* What `kith serve` offers: its channels, and the demo's pages and people where they are asked for.
 * Errors as those of kith/server.h. */
KITH_MUST_USE kith_err serve_offer(struct kith_server *s, const struct kith_config *config,
                                   kith_problem *why);

/* Says on stderr, in one line, what went wrong; returns `code`. Control characters become '?',
 * since names of files and lines of others may be in it. */
__attribute__((format(printf, 3, 4))) int complain(int code, const char *command, const char *fmt,
                                                   ...);

/* Puts a '?' in the place of each control character, which a terminal would obey. */
void make_plain(char *text);
void print_plain(kith_slice text); /* so, on standard output */

/* Tells of a change that was made: `word` on a line of standard output. Returns as finish_output.
 */
int say_changed(const char *word, const char *command);
/* A server answers a change alike whether it stood so before or not. */
#define CHANGED_AT_SERVER "holds now"

/* Whatever was written to stdout is there, or the command has failed: returns `code`, or
 * EX_IOERR. */
int finish_output(int code, const char *command);
