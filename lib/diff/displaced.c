/* The rest of an element is what it holds besides its key. A rest that one element of each state
 * has, under different keys, is displaced.
 *
 * That tells a position from a key, but rests are also equal by chance: in the list of versions of
 * a browser, those that are not released yet have no date and no usage, and with the next release
 * the age of each becomes that of another one. So in diffs a few displaced rests are overlooked
 * when no member of them is in just one element, while many elements keep such a member under their
 * key. Between 23 versions of caniuse's data, 21 versions of a browser were taken for another one
 * without that, and none is with it; records are as large.
 *
 * Why these constants: TELLING of 8 takes, where a host is inserted into a list of names and
 * addresses, content for that of another element; with 32 short content that is displaced is
 * overlooked. */
#include "diff/displaced.h"

#include "base/err.h"
#include "diff/symbols.h"

#include <string.h>

enum {
    TELLING = 16,       /* bytes of a rest that is not the same by chance */
    TELLING_MEMBER = 8, /* bytes of the value of a member that tells one element from others */
    MEMBERS_MAX = 64,   /* of an element that are looked at for such members */
};

struct search {
    struct delta_arena *arena;
    const struct identity_pair *pair;
    const struct identity_key *key;
    const struct keyed *keyed;
    struct delta_err *err;
};

/* Whether the key, or a part of it, is in a member. */
static bool is_of_key(const struct identity_key *key, const struct value_member *member) {
    bool found = false;
    for (uint32_t p = 0; p < key->count && !found; p++)
        found = key->parts[p].steps[0].length == member->key->length &&
                memcmp(key->parts[p].steps[0].text, member->key->text, member->key->length) == 0;
    return found;
}

static uint32_t *make_places(const struct search *search, size_t count) {
    uint32_t *places = arena_array(search->arena, count, sizeof *places);
    if (!places)
        return err_no_memory(search->err);
    memset(places, 0xff, count * sizeof *places);
    return places;
}

/* Puts `here` at the place of what has this hash, where nothing else was put yet. */
static int put_place(struct symbols *symbols, uint64_t hash, uint32_t here, uint32_t *places,
                     struct delta_err *err) {
    uint32_t symbol = symbols_put(symbols, hash);
    if (symbol == NO_INDEX)
        return err_memory(err);
    places[symbol] = places[symbol] == NO_INDEX ? here : KEYED_SEVERAL;
    return 0;
}

/* ---- Rests ---- */

/* A hash of an element's rest, and its size. */
static uint64_t rest_of(const struct identity_key *key, const struct delta_value *element,
                        uint64_t *size) {
    uint64_t sum = 0;
    *size = 0;
    for (uint32_t n = 0; element->type == DELTA_OBJECT && n < element->length; n++) {
        const struct value_member *member = &value_members(element)[n];
        if (is_of_key(key, member))
            continue;
        sum += value_member_hash(member);
        *size += value_key_size(member->key) + delta_value_size(&member->value);
    }
    return sum;
}

/* Puts the symbols of the keys by the rests of their elements. */
static int put_rests(const struct search *search, const struct delta_value *elements,
                     uint32_t count, const uint32_t *keys, struct symbols *rests,
                     uint32_t *places) {
    int status = 0;
    for (uint32_t i = 0; i < count && status == 0; i++) {
        uint64_t size;
        if (keys[i] == NO_INDEX)
            continue;
        uint64_t rest = rest_of(search->key, &elements[i], &size);
        if (size >= TELLING)
            status = put_place(rests, rest, keys[i], places, search->err);
    }
    return status;
}

static bool is_shared(const struct keyed *keyed, uint32_t symbol) {
    return keyed->a_at[symbol] != NO_INDEX && keyed->b_at[symbol] != NO_INDEX;
}

/* Lists in `found` the elements of `b` whose rest is under another key in `a`, and counts them;
 * unless `any`, those of which one key is in both states. */
static int find_rests(const struct search *search, bool any, uint32_t *found, uint32_t *count) {
    const struct identity_pair *pair = search->pair;
    const struct keyed *keyed = search->keyed;
    size_t most = (size_t)pair->a_count + pair->b_count;
    struct symbols rests = {0};
    uint32_t *old = make_places(search, most), *now = make_places(search, most);
    if (!old || !now)
        return -1;
    int status = put_rests(search, pair->a, pair->a_count, keyed->a_key, &rests, old) ||
                         put_rests(search, pair->b, pair->b_count, keyed->b_key, &rests, now)
                     ? -1
                     : 0;
    *count = 0;
    for (uint32_t s = 0; s < rests.count; s++)
        if (old[s] < KEYED_SEVERAL && now[s] < KEYED_SEVERAL && old[s] != now[s] &&
            (any || is_shared(keyed, old[s]) || is_shared(keyed, now[s])))
            found[(*count)++] = keyed->b_at[now[s]];
    symbols_free(&rests);
    return status;
}

/* ---- Members that only one element has ---- */

/* By member: the element of `b` that has it, or KEYED_SEVERAL. */
struct owners {
    struct symbols members;
    uint32_t *places;
};

static uint32_t members_of(const struct delta_value *element) {
    uint32_t count = element->type == DELTA_OBJECT ? element->length : 0;
    return count < MEMBERS_MAX ? count : MEMBERS_MAX;
}

static bool tells(const struct identity_key *key, const struct value_member *member) {
    return delta_value_size(&member->value) >= TELLING_MEMBER && !is_of_key(key, member);
}

static int find_owners(const struct search *search, struct owners *owners) {
    const struct identity_pair *pair = search->pair;
    size_t most = 0;
    for (uint32_t j = 0; j < pair->b_count; j++)
        most += members_of(&pair->b[j]);
    owners->places = make_places(search, most);
    int status = owners->places ? 0 : -1;
    for (uint32_t j = 0; j < pair->b_count; j++)
        for (uint32_t n = 0; n < members_of(&pair->b[j]) && status == 0; n++) {
            const struct value_member *member = &value_members(&pair->b[j])[n];
            if (tells(search->key, member))
                status = put_place(&owners->members, value_member_hash(member), j, owners->places,
                                   search->err);
        }
    return status;
}

/* Whether element `j` of `b` has a member that no other one has, and that `old` has too, unless
 * that is NULL. */
static bool owns_member(const struct search *search, const struct owners *owners, uint32_t j,
                        const struct delta_value *old) {
    const struct delta_value *now = &search->pair->b[j];
    bool owns = false;
    for (uint32_t n = 0; n < members_of(now) && !owns; n++) {
        const struct value_member *member = &value_members(now)[n];
        if (!tells(search->key, member))
            continue;
        uint32_t symbol = symbols_find(&owners->members, value_member_hash(member));
        const struct value_member *other = !old ? member
                                           : old->type == DELTA_OBJECT
                                               ? value_member(old, member->key)
                                               : NULL;
        owns = owners->places[symbol] == j && other && value_same(&other->value, &member->value);
    }
    return owns;
}

/* How many elements keep a member that no other one has. */
static uint32_t count_keeping(const struct search *search, const struct owners *owners) {
    const struct identity_pair *pair = search->pair;
    const struct keyed *keyed = search->keyed;
    uint32_t keeping = 0;
    for (uint32_t j = 0; j < pair->b_count; j++) {
        uint32_t i = keyed->b_key[j] == NO_INDEX ? NO_INDEX : keyed->a_at[keyed->b_key[j]];
        keeping += i < KEYED_SEVERAL && owns_member(search, owners, j, &pair->a[i]);
    }
    return keeping;
}

/* Whether none of the `count` elements in `found` has such a member, and they are few. */
static bool are_by_chance(const struct search *search, const struct owners *owners,
                          const uint32_t *found, uint32_t count) {
    for (uint32_t n = 0; n < count; n++)
        if (owns_member(search, owners, found[n], NULL))
            return false;
    return (uint64_t)count * DISPLACED_FEW <= count_keeping(search, owners);
}

int displaced_find(struct delta_arena *arena, const struct identity_pair *pair,
                   const struct identity_key *key, const struct keyed *keyed,
                   struct displaced_rule rule, bool *displaced, struct delta_err *err) {
    const struct search search = {arena, pair, key, keyed, err};
    uint32_t *found = arena_array(arena, pair->b_count, sizeof *found), count;
    if (!found)
        return err_memory(err);
    if (find_rests(&search, rule.any, found, &count))
        return -1;
    *displaced = count > 0;
    if (!count || !rule.lenient)
        return 0;
    struct owners owners = {0};
    int status = find_owners(&search, &owners);
    *displaced = status || !are_by_chance(&search, &owners, found, count);
    symbols_free(&owners.members);
    return status;
}
