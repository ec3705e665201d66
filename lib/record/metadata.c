#include "record/metadata.h"

#include "base/err.h"
#include "json/member_index.h"

int metadata_join(struct delta_arena *arena, const struct delta_value *earlier,
                  const struct delta_value *later, const struct delta_value **out,
                  struct delta_err *err) {
    *out = earlier ? earlier : later;
    if (!earlier || !later)
        return 0;
    struct value_object *object = value_object_open(arena, (size_t)earlier->length + later->length);
    struct delta_value *value = arena_alloc(arena, sizeof *value);
    if (!object || !value)
        return err_memory(err);
    struct member_index in_earlier = {0}, in_later = {0};
    int status = member_index_open(&in_earlier, earlier, err);
    if (status == 0)
        status = member_index_open(&in_later, later, err);
    size_t count = 0;
    for (uint32_t i = 0; status == 0 && i < earlier->length; i++) {
        const struct value_member *member = &value_members(earlier)[i];
        const struct value_member *newer = member_index_find(&in_later, member->key);
        object->members[count++] = newer ? *newer : *member;
    }
    for (uint32_t i = 0; status == 0 && i < later->length; i++)
        if (!member_index_find(&in_earlier, value_members(later)[i].key))
            object->members[count++] = value_members(later)[i];
    member_index_close(&in_earlier);
    member_index_close(&in_later);
    *out = value;
    return status ? status : value_object_close(object, count, value, err);
}
