/* A gram is GRAM bytes in a row. The grams of the source that are new, in that neither `known` nor
 * the source before them has them, are put in a table. The text is looked at in one place of every
 * STRIDE; where it has a new gram, the match is extended to both sides. Of each gram the longest
 * match counts, of the first TRIES. Then matches are taken, longest first, as long as they hold
 * WORTH new grams that no longer one had: a place costs two or three bytes.
 *
 * Whether `known` has a gram is asked of a bit map, in which one of 4 to 8 new ones is taken for
 * one that it has: those beside it do. With 16 bits a gram in place of 4 the records of 12 pairs
 * are the same but for 3 bytes, and the map takes 1.5 MB more to clear. A second, smaller map of
 * the new grams keeps most places of the text from the table.
 *
 * Constants by 24 pairs of states (compat data, caniuse, icons, made ones) at level 9, bytes of all
 * values: without excerpts 32,763; GRAM 8, 10, 12: 28,950, 28,541, 28,610; WORTH 10, 14: 28,541,
 * 28,743; RANGE_STEP 128, 512, 1024, 2048: 28,861, 28,662, 28,541, 28,496; STRIDE 8 as 1, 16 and 32
 * 0.3% and 1% more; TRIES 8 and 256 as 64. Behind what is known instead of before it: 28,245. */
#include "codec/excerpts.h"

#include "base/err.h"
#include "base/table.h"

#include <stdlib.h>
#include <string.h>

enum {
    GRAM = 10,
    STRIDE = 8,
    WORTH = 10,
    TRIES = 64,
    SEEN_BITS = 4,      /* of the map of grams that are not new, for each gram */
    FILTER_BITS = 64,   /* of that of the new ones, likewise */
    LEAST_MAP_LOG = 13, /* bits of a map, as a power of two */
};

/* A new gram, and the longest match around it. */
struct gram {
    uint32_t at; /* in the source */
    uint32_t tries;
    uint32_t from, length; /* of the match in the source; length 0: there is none */
    uint64_t text_from;
};

/* Bits at places that are given by hashes. */
struct map {
    uint64_t *words;
    unsigned shift; /* the highest bits of a hash are the place */
};

struct finding {
    struct byte_span source, text;
    struct map seen, filter;
    ARRAY(struct gram) grams;
    struct table table;
    bool *is_new; /* by place in the source: a new gram begins there that no excerpt has yet */
    struct ranges *ranges;
};

static uint64_t hash_of(const char *gram) {
    uint64_t head;
    uint16_t tail;
    memcpy(&head, gram, sizeof head);
    memcpy(&tail, gram + sizeof head, sizeof tail);
    return (head ^ (uint64_t)tail << 40) * UINT64_C(0x9e3779b97f4a7c15);
}

/* The lowest bits of a hash, which a table goes by, are those of the gram's first bytes alone. */
static uint64_t mixed(uint64_t hash) {
    return hash ^ hash >> 32;
}

static int map_init(struct map *map, uint64_t bits) {
    unsigned log = LEAST_MAP_LOG;
    while (UINT64_C(1) << log < bits)
        log++;
    map->shift = 64 - log;
    map->words = calloc((UINT64_C(1) << log) / 64, sizeof *map->words);
    return map->words ? 0 : -1;
}

static bool map_has(const struct map *map, uint64_t hash) {
    uint64_t place = hash >> map->shift;
    return map->words[place / 64] >> place % 64 & 1;
}

static void map_put(struct map *map, uint64_t hash) {
    uint64_t place = hash >> map->shift;
    map->words[place / 64] |= UINT64_C(1) << place % 64;
}

static int collect_grams(struct finding *finding, struct byte_span known) {
    struct byte_span source = finding->source;
    if (map_init(&finding->seen, SEEN_BITS * ((uint64_t)known.length + source.length)))
        return -1;
    for (size_t i = 0; i + GRAM <= known.length; i++)
        map_put(&finding->seen, hash_of(known.bytes + i));
    finding->is_new = calloc(source.length, sizeof *finding->is_new);
    if (!finding->is_new)
        return -1;
    for (size_t i = 0; i + GRAM <= source.length; i++) {
        uint64_t hash = hash_of(source.bytes + i);
        if (map_has(&finding->seen, hash))
            continue;
        struct gram *gram = array_add(&finding->grams);
        if (!gram)
            return -1;
        *gram = (struct gram){.at = (uint32_t)i};
        map_put(&finding->seen, hash);
        finding->is_new[i] = true;
    }
    return 0;
}

static int index_grams(struct finding *finding) {
    size_t count = finding->grams.count, size = table_size(count);
    uint32_t *slots = malloc(size * sizeof *slots);
    if (!slots || map_init(&finding->filter, FILTER_BITS * (uint64_t)count)) {
        free(slots);
        return -1;
    }
    finding->table = table_in(slots, size);
    for (size_t i = 0; i < count; i++) {
        uint64_t hash = hash_of(finding->source.bytes + finding->grams.items[i].at);
        table_put(&finding->table, mixed(hash), (uint32_t)i);
        map_put(&finding->filter, hash);
    }
    return 0;
}

/* Keeps the match of the gram with the text at `at` if it is its longest. */
static void extend(const struct finding *finding, struct gram *gram, size_t at) {
    const char *source = finding->source.bytes, *text = finding->text.bytes;
    size_t before = 0, to = gram->at + (size_t)GRAM, text_to = at + GRAM;
    while (before < gram->at && before < at &&
           source[gram->at - before - 1] == text[at - before - 1])
        before++;
    while (to < finding->source.length && text_to < finding->text.length &&
           source[to] == text[text_to]) {
        to++;
        text_to++;
    }
    size_t from = gram->at - before;
    if (to - from <= gram->length)
        return;
    gram->from = (uint32_t)from;
    gram->length = (uint32_t)(to - from);
    gram->text_from = at - before;
}

/* Extends what a new gram has at this place of the text, if it is one. */
static void match(struct finding *finding, size_t at, uint64_t hash) {
    const char *source = finding->source.bytes, *text = finding->text.bytes;
    TABLE_EACH(&finding->table, mixed(hash), i) {
        struct gram *gram = &finding->grams.items[i];
        if (memcmp(source + gram->at, text + at, GRAM) != 0)
            continue;
        if (gram->tries++ < TRIES)
            extend(finding, gram, at);
        return;
    }
}

static void find_matches(struct finding *finding) {
    const struct map filter = finding->filter;
    struct byte_span text = finding->text;
    for (size_t at = 0; at + GRAM <= text.length; at += STRIDE) {
        uint64_t hash = hash_of(text.bytes + at);
        if (map_has(&filter, hash))
            match(finding, at, hash);
    }
}

static int by_length(const void *a, const void *b) {
    const struct gram *one = a, *other = b;
    if (one->length != other->length)
        return one->length > other->length ? -1 : 1;
    return one->at < other->at ? -1 : 1;
}

static int by_place(const void *a, const void *b) {
    const struct range *one = a, *other = b;
    return one->from != other->from ? (one->from < other->from ? -1 : 1)
           : one->to == other->to   ? 0
                                    : (one->to < other->to ? -1 : 1);
}

/* Takes the match if it is worth it. */
static int take(struct finding *finding, const struct gram *gram) {
    uint32_t last = gram->from + gram->length - GRAM, count = 0;
    for (uint32_t i = gram->from; i <= last; i++)
        count += finding->is_new[i];
    if (count < WORTH)
        return 0;
    struct range *range = array_add(&finding->ranges->list);
    if (!range)
        return -1;
    range->from = gram->text_from / RANGE_STEP;
    range->to = (gram->text_from + gram->length - 1) / RANGE_STEP + 1;
    memset(finding->is_new + gram->from, false, last - gram->from + 1);
    return 0;
}

/* Puts the ranges in order, those that touch together. */
static void merge_ranges(struct ranges *ranges) {
    struct range *items = ranges->list.items;
    size_t count = 0;
    if (ranges->list.count)
        qsort(items, ranges->list.count, sizeof *items, by_place);
    for (size_t i = 0; i < ranges->list.count; i++) {
        if (count == 0 || items[i].from > items[count - 1].to)
            items[count++] = items[i];
        else if (items[i].to > items[count - 1].to)
            items[count - 1].to = items[i].to;
    }
    ranges->list.count = count;
}

static int take_longest(struct finding *finding) {
    qsort(finding->grams.items, finding->grams.count, sizeof *finding->grams.items, by_length);
    for (size_t i = 0; i < finding->grams.count && finding->grams.items[i].length; i++)
        if (take(finding, &finding->grams.items[i]))
            return -1;
    merge_ranges(finding->ranges);
    return 0;
}

static int find(struct finding *finding, struct byte_span known) {
    if (collect_grams(finding, known))
        return -1;
    if (finding->grams.count < WORTH)
        return 0;
    if (index_grams(finding))
        return -1;
    find_matches(finding);
    return take_longest(finding);
}

int excerpts_find(struct byte_span source, struct byte_span known, struct byte_span text,
                  struct ranges *ranges, struct delta_err *err) {
    struct finding finding = {.source = source, .text = text, .ranges = ranges};
    if (source.length >= UINT32_MAX)
        return 0;
    int status = find(&finding, known);
    free(finding.seen.words);
    free(finding.filter.words);
    free(finding.grams.items);
    free(finding.table.slots);
    free(finding.is_new);
    return status ? err_memory(err) : 0;
}
