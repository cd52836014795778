/* wire/base64.c */
typedef int wire_base64_placeholder;
