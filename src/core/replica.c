/* core/replica.c */
typedef int core_replica_placeholder;
