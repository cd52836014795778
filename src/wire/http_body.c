/* wire/http_body.c */
typedef int wire_http_body_placeholder;
