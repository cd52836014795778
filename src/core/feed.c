/* core/feed.c */
typedef int core_feed_placeholder;
