/* wire/etf.c */
typedef int wire_etf_placeholder;
