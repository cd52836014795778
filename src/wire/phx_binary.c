/* wire/phx_binary.c */
typedef int wire_phx_binary_placeholder;
