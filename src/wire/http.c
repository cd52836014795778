/* wire/http.c */
typedef int wire_http_placeholder;
