#include "history/frame.h"

#include "base/hash.h"

#include <string.h>

/* Bytes that no UTF-8 text holds, so that a state stored as it is has no marks in it. */
static const unsigned char head_mark[FRAME_MARKED] = {FRAME_MARK, 'D', 'F', 0xfe};
static const unsigned char tail_mark[2] = {0xfe, 0xf5};

/* As PNG does it: a byte above ASCII and both line ends show what a text transfer broke. */
static const unsigned char magic[8] = {0x89, 'd', 'h', 'i', 's', 't', '\r', '\n'};

enum {
    KNOWN_INCOMPATIBLE = 0,
    KNOWN_FLAGS = FRAME_AFTER_VOID | FRAME_ENDED | FRAME_NAMED | FRAME_FIRST
};

void frame_put_number(uint64_t number, unsigned bytes, unsigned char *out) {
    for (unsigned i = 0; i < bytes; i++)
        out[i] = (unsigned char)(number >> (8 * i));
}

static void header_copy_put(const struct frame_header *header, unsigned copy, unsigned char *out) {
    memcpy(out, magic, sizeof magic);
    frame_put_number(header->version, 4, out + 8);
    frame_put_number(header->compatible, 4, out + 12);
    frame_put_number(header->incompatible, 4, out + 16);
    frame_put_number(0, 4, out + 20);
    frame_put_number(header->salt, 8, out + 24);
    frame_put_number(hash_bytes64(out, 32, (uint64_t)copy * FRAME_HEADER), 8, out + 32);
}

void frame_header_put(const struct frame_header *header, unsigned char out[FRAME_START]) {
    header_copy_put(header, 0, out);
    header_copy_put(header, 1, out + FRAME_HEADER);
}

enum frame_verdict frame_header_get(const unsigned char in[FRAME_HEADER], unsigned copy,
                                    struct frame_header *header) {
    if (memcmp(in, magic, sizeof magic) != 0 ||
        frame_get_number(in + 32, 8) != hash_bytes64(in, 32, (uint64_t)copy * FRAME_HEADER))
        return FRAME_BAD;
    header->version = (uint32_t)frame_get_number(in + 8, 4);
    header->compatible = (uint32_t)frame_get_number(in + 12, 4);
    header->incompatible = (uint32_t)frame_get_number(in + 16, 4);
    header->salt = frame_get_number(in + 24, 8);
    bool known = header->version == FRAME_VERSION &&
                 !(header->incompatible & ~(uint32_t)KNOWN_INCOMPATIBLE) &&
                 frame_get_number(in + 20, 4) == 0;
    return known ? FRAME_GOOD : FRAME_NEWER;
}

uint64_t frame_head_put(const struct frame_head *head, uint64_t salt, uint64_t offset,
                        unsigned char out[FRAME_HEAD]) {
    memcpy(out, head_mark, sizeof head_mark);
    out[4] = (unsigned char)head->kind;
    out[5] = (unsigned char)head->strategy;
    frame_put_number(head->chain, 2, out + 6);
    frame_put_number(head->index, 4, out + 8);
    frame_put_number(head->count, 2, out + 12);
    frame_put_number(head->flags, 2, out + 14);
    frame_put_number(head->payload_length, 6, out + 16);
    frame_put_number(head->distance, 6, out + 22);
    frame_put_number(head->previous, 4, out + 28);
    frame_put_number((uint64_t)head->time, 8, out + 32);
    digest_put(head->digest, out + 40);
    uint64_t checksum = hash_bytes64(out, 56, salt + offset);
    frame_put_number(checksum, 8, out + 56);
    return checksum;
}

/* What a head says must be possible: a reader relies on no more than that. A record has no more
 * records before it in its chain than states in the history. */
static bool head_is_sound(const struct frame_head *head, uint64_t offset) {
    if (head->distance > offset || head->payload_length > FRAME_MAX_PAYLOAD)
        return false;
    switch (head->kind) {
    case FRAME_OPTIONS:
        return head->count == 0 && head->distance == 0;
    case FRAME_KEYFRAME:
        return head->count == 1 && head->distance == 0 && head->index < UINT32_MAX;
    case FRAME_RECORD:
        return head->count == 1 && head->index < UINT32_MAX && head->chain <= head->index &&
               head->strategy != DELTA_AUTO && head->strategy <= DELTA_NONE;
    case FRAME_BLOCK:
        return head->count > 0 && head->distance == 0 && head->index <= UINT32_MAX - head->count;
    case FRAME_VOID:
        return head->count == 0;
    case FRAME_POSITIONS:
    case FRAME_NAMES:
        return head->count == 0 && head->distance == 0;
    }
    return false;
}

enum frame_verdict frame_head_get(const unsigned char in[FRAME_HEAD], uint64_t salt,
                                  uint64_t offset, struct frame_head *head, uint64_t *checksum) {
    if (!frame_is_marked(in))
        return FRAME_BAD;
    *checksum = frame_get_number(in + 56, 8);
    if (*checksum != hash_bytes64(in, 56, salt + offset))
        return FRAME_BAD;
    *head = (struct frame_head){
        .kind = in[4],
        .strategy = in[5],
        .chain = (uint16_t)frame_get_number(in + 6, 2),
        .index = (uint32_t)frame_get_number(in + 8, 4),
        .count = (uint16_t)frame_get_number(in + 12, 2),
        .flags = (uint16_t)frame_get_number(in + 14, 2),
        .payload_length = frame_get_number(in + 16, 6),
        .distance = frame_get_number(in + 22, 6),
        .previous = (uint32_t)frame_get_number(in + 28, 4),
        .time = (int64_t)frame_get_number(in + 32, 8),
        .digest = digest_get(in + 40),
    };
    if (in[4] < FRAME_OPTIONS || in[4] > FRAME_NAMES || (head->flags & ~(unsigned)KNOWN_FLAGS))
        return FRAME_NEWER;
    return head_is_sound(head, offset) ? FRAME_GOOD : FRAME_BAD;
}

bool frame_head_follows(const unsigned char in[FRAME_HEAD], uint64_t salt, uint64_t offset,
                        uint64_t length, uint32_t *previous) {
    uint64_t checksum = frame_get_number(in + 56, 8);
    unsigned flags = (unsigned)frame_get_number(in + 14, 2);
    if (!frame_is_marked(in) || (uint32_t)checksum != *previous ||
        frame_get_number(in + 16, 6) != length - FRAME_AROUND || in[4] < FRAME_OPTIONS ||
        in[4] > FRAME_NAMES || in[4] == FRAME_VOID || (flags & ~(unsigned)KNOWN_FLAGS) ||
        checksum != hash_bytes64(in, 56, salt + offset))
        return false;
    *previous = (uint32_t)frame_get_number(in + 28, 4);
    return true;
}

bool frame_is_marked(const unsigned char *bytes) {
    return memcmp(bytes, head_mark, sizeof head_mark) == 0;
}

const unsigned char *frame_find_mark(const unsigned char *bytes, size_t length) {
    return length ? memmem(bytes, length, head_mark, sizeof head_mark) : NULL;
}

uint64_t frame_payload_checksum(const void *payload, size_t length, uint64_t salt,
                                uint64_t offset) {
    return hash_bytes64(payload, length, salt + offset);
}

void frame_tail_put(uint64_t length, unsigned char out[FRAME_TAIL]) {
    frame_put_number(length, 6, out);
    memcpy(out + 6, tail_mark, sizeof tail_mark);
}

uint64_t frame_tail_get(const unsigned char in[FRAME_TAIL]) {
    return memcmp(in + 6, tail_mark, sizeof tail_mark) == 0 ? frame_get_number(in, 6) : 0;
}
