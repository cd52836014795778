/* wire/prom.c */
typedef int wire_prom_placeholder;
