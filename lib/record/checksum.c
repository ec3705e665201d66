#include "record/checksum.h"

#include "base/err.h"
#include "base/hash.h"

#include <string.h>

int checksum_object(struct delta_arena *arena, struct value_member *members, size_t count,
                    struct delta_value *checksummed, struct delta_err *err) {
    char text[DELTA_DIGEST_TEXT];
    if (value_object(arena, members, count, checksummed, err) < 0)
        return -1;
    delta_digest_format(delta_value_digest(checksummed), text);
    const struct value_key *key = value_key(arena, CHECKSUM_KEY, (uint32_t)strlen(CHECKSUM_KEY));
    const char *kept = arena_copy(arena, text, strlen(text));
    if (!key || !kept)
        return err_memory(err);
    members[count] =
        (struct value_member){.key = key, .value = value_string(kept, (uint32_t)strlen(text))};
    return value_object(arena, members, count + 1, checksummed, err);
}

static int refuse(struct delta_err *err, const char *what) {
    err_set(err, DELTA_ERR_DAMAGED, "corrupt record: %s", what);
    return err_under_key(err, CHECKSUM_KEY, strlen(CHECKSUM_KEY));
}

int checksum_check(struct delta_arena *arena, const struct delta_value *checksummed,
                   struct delta_err *err) {
    const struct delta_value *stored = value_get(checksummed, CHECKSUM_KEY);
    struct delta_digest checksum;
    if (!stored)
        return refuse(err, "missing checksum");
    if (stored->type != DELTA_STRING ||
        !delta_digest_parse(stored->text, stored->length, &checksum))
        return refuse(err, "invalid checksum");
    struct value_object *rest = value_object_open(arena, checksummed->length);
    struct delta_value object;
    uint32_t count = 0;
    if (!rest)
        return err_memory(err);
    for (uint32_t i = 0; i < checksummed->length; i++)
        if (&value_members(checksummed)[i].value != stored)
            rest->members[count++] = value_members(checksummed)[i];
    if (value_object_close(rest, count, &object, err) < 0)
        return -1;
    if (!delta_digest_equal(delta_value_digest(&object), checksum))
        return refuse(err, "checksum mismatch");
    return 0;
}
