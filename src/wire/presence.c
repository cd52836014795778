/* wire/presence.c */
typedef int wire_presence_placeholder;
