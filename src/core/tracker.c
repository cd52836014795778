/* core/tracker.c */
typedef int core_tracker_placeholder;
