/* wire/utf8.c */
typedef int wire_utf8_placeholder;
