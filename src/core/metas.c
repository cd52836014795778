/* core/metas.c */
typedef int core_metas_placeholder;
