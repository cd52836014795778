/* bench/tool.h -- what benchmarks share: clocks, cores, and last words. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { SERVER_CORE = 0, LOAD_CORE = 1 };

double now_us(void);              /* monotonic */
uint64_t whole_us(double us);     /* rounded up, as a histogram takes it; of less than 0: 0 */
double cpu_us(pid_t pid);         /* of a process, all its threads; 0: this one */
double thread_us(void);           /* CPU of this thread */
pid_t softirq_pid(unsigned core); /* of the kernel thread to which a core's network work may move;
                                     0: it is not to be seen */
void sleep_until(double at_us);   /* of now_us */
bool pin(unsigned core);          /* this thread; false: there is no such core */

/* Prints why, and ends with 1. What this process started ends with it. */
__attribute__((format(printf, 1, 2))) _Noreturn void die(const char *fmt, ...);

/* A folder for what the run needs, in $TMPDIR or /tmp; and away with it and all that is in it. It
 * goes with the process, too, whatever ends that. */
void folder_make(char path[256]);
void folder_remove(const char *path);

void need_descriptors(uint32_t count); /* as many as there can be, or dies */

/* Forks: 0 in the child, which dies with its parent. */
pid_t fork_child(void);
