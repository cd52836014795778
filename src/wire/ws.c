/* wire/ws.c */
typedef int wire_ws_placeholder;
