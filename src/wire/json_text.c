/* wire/json_text.c */
typedef int wire_json_text_placeholder;
