/* wire/ws_frame.c */
typedef int wire_ws_frame_placeholder;
