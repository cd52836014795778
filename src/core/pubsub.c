/* core/pubsub.c */
typedef int core_pubsub_placeholder;
