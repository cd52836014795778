/* core/presence.c */
typedef int core_presence_placeholder;
