/* wire/http_respond.c */
typedef int wire_http_respond_placeholder;
