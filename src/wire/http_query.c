/* wire/http_query.c */
typedef int wire_http_query_placeholder;
