/* wire/phx.c */
typedef int wire_phx_placeholder;
