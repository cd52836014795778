/* wire/json.c */
typedef int wire_json_placeholder;
