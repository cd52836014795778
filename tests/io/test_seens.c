/* tests/io/test_seens.c -- when users were last seen: what is kept of it, how long, and who is
 * told.
 */
#include "base/ids.h"
#include "io/seens.h"
#include "io/system.h"
#include "shard/shade.h"
#include "store_fixture.h"

static struct seens seens_of(struct store *s)
{
    return (struct seens){.store = s, .keep_s = 90 * 86400, .sweep_ms = UINT64_MAX};
}

static void set(struct store *s, const char *user, enum last_seen how)
{
    must(store_begin(s));
    must(store_set_last_seen(s, slice_str(user), how));
    must(store_commit(s));
}

static void mode(struct store *s, const char *user, enum visibility mode)
{
    bool changed;
    must(store_begin(s));
    must(store_set_visibility(s, slice_str(user), mode, (kith_slice){0}, &changed));
    must(store_commit(s));
}

static void note(struct seens *k, const char *user, uint64_t at_s, bool anyhow)
{
    struct mail *m = mail_new(MAIL_LAST_SEEN, slice_str(user), (kith_slice){0}, (kith_slice){0});
    m->seen_s = at_s;
    m->gone = anyhow;
    seens_note(k, m);
    mail_free(m);
}

static void assert_kept(struct store *s, const char *user, enum last_seen how, uint64_t at_s)
{
    enum last_seen found;
    uint64_t found_s;
    must(store_last_seen(s, slice_str(user), &found, &found_s));
    assert_int_equal(found, how);
    assert_int_equal(found_s, at_s);
}

/* What `watcher` is told about these users, parted by commas, of whom `online` ones are. */
static void assert_told(struct seens *k, const char *watcher, const char *const *users,
                        const char *online, const char *answer)
{
    struct buf b = {0};
    for (size_t i = 0; users[i]; i++)
        ids_put(&b, slice_str(users[i]));
    size_t ids = b.len;
    for (size_t i = 0; users[i]; i++)
        buf_putc(&b, online[i] == '1');
    struct mail *m = mail_new(MAIL_SEEN_WHEN, slice_str(watcher), buf_slice(&b), KITH_LIT("\"7\""));
    m->ids_bytes = ids;
    must(seens_judge(k, m));
    m = seens_answer(k, m);
    assert_int_equal(m->type, MAIL_ANSWER);
    assert_false(m->failed);
    assert_true(slice_is(mail_a(m), "\"7\""));
    char text[1024];
    (void)snprintf(text, sizeof text, "{\"last_seen\":{%s}}", answer);
    if (!slice_is(mail_c(m), text))
        fail_msg("%.*s, not %s", (int)m->c_len, (const char *)mail_c(m).ptr, text);
    mail_free(m);
    buf_fini(&b);
}

/* For whom the homes look when `watcher` asks about `user`: its shade, or itself. */
static bool is_looked_for(struct seens *k, const char *watcher, const char *user)
{
    struct buf b = {0};
    ids_put(&b, slice_str(user));
    buf_putc(&b, 0);
    struct mail *m = mail_new(MAIL_SEEN_WHEN, slice_str(watcher), buf_slice(&b), KITH_LIT("\"7\""));
    m->ids_bytes = b.len - 1;
    must(seens_judge(k, m));
    kith_slice ids = slice_head(mail_b(m), m->ids_bytes), name;
    assert_true(ids_next(&ids, &name));
    bool itself = slice_eq(name, slice_str(user));
    assert_int_equal(shade_is(name), !itself);
    mail_free(m);
    buf_fini(&b);
    return itself;
}

static void whether_one_is_there_is_looked_up_of_who_may_be_seen_alone(void **state)
{
    struct store *s = fixture_open(*state);
    struct seens k = seens_of(s);
    must(store_begin(s));
    add(s, "ben", "ann");
    must(store_commit(s));
    assert_true(is_looked_for(&k, "ben", "ann"));
    assert_false(is_looked_for(&k, "eve", "ann"));
    assert_false(is_looked_for(&k, "ben", "unknown"));
    mode(s, "ann", VISIBILITY_NOBODY);
    assert_false(is_looked_for(&k, "ben", "ann"));
    store_close(s);
}

static void of_who_is_off_nothing_is_kept(void **state)
{
    struct store *s = fixture_open(*state);
    struct seens k = seens_of(s);
    note(&k, "ann", 1000, false);
    seens_commit(&k);
    assert_kept(s, "ann", LAST_SEEN_OFF, 0);
    set(s, "ann", LAST_SEEN_EXACT);
    note(&k, "ann", 2000, false);
    note(&k, "ann", 1500, false); /* came late */
    seens_commit(&k);
    assert_kept(s, "ann", LAST_SEEN_EXACT, 2000);
    set(s, "ann", LAST_SEEN_OFF);
    assert_kept(s, "ann", LAST_SEEN_OFF, 0);
    set(s, "ann", LAST_SEEN_EXACT);
    assert_kept(s, "ann", LAST_SEEN_EXACT, 0);
    store_close(s);
}

static void who_becomes_coarse_is_kept_by_the_hour_from_then_on(void **state)
{
    struct store *s = fixture_open(*state);
    struct seens k = seens_of(s);
    set(s, "ann", LAST_SEEN_EXACT);
    note(&k, "ann", 7199, false);
    seens_commit(&k);
    set(s, "ann", LAST_SEEN_COARSE);
    assert_kept(s, "ann", LAST_SEEN_COARSE, 3600);
    note(&k, "ann", 10799, false);
    seens_commit(&k);
    assert_kept(s, "ann", LAST_SEEN_COARSE, 7200);
    store_close(s);
}

static void who_is_visible_to_nobody_is_not_seen_save_at_its_beginning(void **state)
{
    struct store *s = fixture_open(*state);
    struct seens k = seens_of(s);
    set(s, "ann", LAST_SEEN_EXACT);
    mode(s, "ann", VISIBILITY_NOBODY);
    note(&k, "ann", 1000, true);
    note(&k, "ann", 2000, false);
    seens_commit(&k);
    assert_kept(s, "ann", LAST_SEEN_EXACT, 1000);
    mode(s, "ann", VISIBILITY_ONLY); /* of no one */
    note(&k, "ann", 2500, false);
    seens_commit(&k);
    assert_kept(s, "ann", LAST_SEEN_EXACT, 1000);
    mode(s, "ann", VISIBILITY_FRIENDS);
    note(&k, "ann", 3000, false);
    seens_commit(&k);
    assert_kept(s, "ann", LAST_SEEN_EXACT, 3000);
    store_close(s);
}

static void denied_unknown_off_and_never_are_told_alike(void **state)
{
    struct store *s = fixture_open(*state);
    struct seens k = seens_of(s);
    uint64_t now_s = system_now().unix_ms / 1000;
    char ann[128];
    static const char *const all[] = {"ann", "eve", "off", "new", "unknown", "ann", NULL};
    must(store_begin(s));
    add(s, "ben", "ann");
    add(s, "ben", "off");
    add(s, "ben", "new");
    must(store_commit(s));
    set(s, "ann", LAST_SEEN_EXACT);
    set(s, "eve", LAST_SEEN_EXACT);
    set(s, "new", LAST_SEEN_EXACT);
    note(&k, "ann", now_s - 50, false);
    note(&k, "eve", now_s - 50, false);
    note(&k, "off", now_s - 50, false);
    (void)snprintf(ann, sizeof ann,
                   "\"ann\":{\"at\":%llu},\"eve\":null,\"off\":null,\"new\":null,\"unknown\":null",
                   (unsigned long long)now_s - 50);
    assert_told(&k, "ben", all, "000000", ann); /* also of what is not committed yet */
    seens_commit(&k);
    assert_told(&k, "ben", all, "000000", ann);
    assert_told(&k, "eve", all + 2, "1111",
                "\"off\":null,\"new\":null,\"unknown\":null,\"ann\":null");
    store_close(s);
}

static void who_is_public_may_be_asked_about_and_coarse_is_a_rung(void **state)
{
    struct store *s = fixture_open(*state);
    struct seens k = seens_of(s);
    uint64_t now_s = system_now().unix_ms / 1000;
    static const char *const star[] = {"star", NULL};
    mode(s, "star", VISIBILITY_PUBLIC);
    set(s, "star", LAST_SEEN_COARSE);
    note(&k, "star", now_s - 3 * 86400, false);
    assert_told(&k, "fan", star, "0", "\"star\":{\"ago\":\"days\"}");
    assert_told(&k, "fan", star, "1", "\"star\":{\"ago\":\"minutes\"}");
    seens_commit(&k);
    k.keep_s = 2 * 86400;
    assert_told(&k, "fan", star, "0", "\"star\":null");
    store_close(s);
}

static void what_is_too_old_is_forgotten_in_slices(void **state)
{
    struct store *s = fixture_open(*state);
    struct seens k = seens_of(s);
    char name[16];
    must(store_begin(s));
    for (unsigned i = 0; i < 600; i++) {
        (void)snprintf(name, sizeof name, "u%u", i);
        must(store_set_last_seen(s, slice_str(name), LAST_SEEN_EXACT));
        must(store_mark_seen(s, slice_str(name), 1000, false));
    }
    must(store_set_last_seen(s, KITH_LIT("fresh"), LAST_SEEN_EXACT));
    must(store_mark_seen(s, KITH_LIT("fresh"), system_now().unix_ms / 1000, false));
    must(store_commit(s));
    for (int round = 0; round < 2; round++) {
        k.sweep_ms = 0;
        (void)seens_tick(&k);
        seens_commit(&k);
        assert_true(k.sweep_ms <= system_now().mono_ms + (round ? 3600000 : 1000));
    }
    uint32_t left;
    must(store_begin(s));
    must(store_forget_seen(s, 2000, 1000, &left));
    must(store_commit(s));
    assert_int_equal(left, 0);
    enum last_seen how;
    uint64_t at_s;
    must(store_last_seen(s, KITH_LIT("fresh"), &how, &at_s));
    assert_true(at_s > 2000);
    assert_kept(s, "u0", LAST_SEEN_EXACT, 0);
    store_close(s);
}

static void who_is_erased_was_never_seen(void **state)
{
    struct store *s = fixture_open(*state);
    struct seens k = seens_of(s);
    set(s, "ann", LAST_SEEN_EXACT);
    note(&k, "ann", 1000, false);
    seens_commit(&k);
    must(store_begin(s));
    must(store_erase_user(s, KITH_LIT("ann"), false));
    must(store_commit(s));
    note(&k, "ann", 2000, false); /* her sessions end */
    seens_commit(&k);
    assert_kept(s, "ann", LAST_SEEN_OFF, 0);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(whether_one_is_there_is_looked_up_of_who_may_be_seen_alone),
        in_a_folder(of_who_is_off_nothing_is_kept),
        in_a_folder(who_becomes_coarse_is_kept_by_the_hour_from_then_on),
        in_a_folder(who_is_visible_to_nobody_is_not_seen_save_at_its_beginning),
        in_a_folder(denied_unknown_off_and_never_are_told_alike),
        in_a_folder(who_is_public_may_be_asked_about_and_coarse_is_a_rung),
        in_a_folder(what_is_too_old_is_forgotten_in_slices),
        in_a_folder(who_is_erased_was_never_seen),
    };
    return cmocka_run_group_tests_name("seens", tests, NULL, NULL);
}
