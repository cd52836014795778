/* bench/tool.h -- what benchmarks share: clocks, cores, chance, and last words. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

double now_us(void);              /* monotonic */
double cpu_us(pid_t pid);         /* of a process, all its threads; 0: this one */
pid_t softirq_pid(unsigned core); /* of the kernel thread to which a core's network work may move;
                                     0: it is not to be seen */
void sleep_until(double at_us);   /* of now_us */
bool pin(unsigned core);          /* this thread; false: there is no such core */
uint64_t chance(uint64_t *seed);  /* splitmix64 */

/* Prints why, and ends with 1. What this process started ends with it. */
__attribute__((format(printf, 1, 2))) _Noreturn void die(const char *fmt, ...);

/* Forks: 0 in the child, which dies with its parent. */
pid_t fork_child(void);
