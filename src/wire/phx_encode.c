/* wire/phx_encode.c */
typedef int wire_phx_encode_placeholder;
