#include "codec/zstd_prefix.h"

#include "base/err.h"

#include <stdatomic.h>
#include <stdlib.h>
#define ZSTD_STATIC_LINKING_ONLY /* magicless frames, dictionaries by reference, their parameters  \
                                  */
#include <zstd.h>
#include <zstd_errors.h>

enum {
    BLOCK_MOST = 128 * 1024, /* content of one block at most (RFC 8878 section 3.1.1.2.4) */
    WINDOW_LEAST = 1024,
    CHECKSUM_SIZE = 4,
};

struct zstd_prefix_index {
    const void *prefix;
    size_t length;
    int level;
    ZSTD_CDict *dictionary; /* NULL where indexing ahead gains nothing: see uses_dictionary */
};

static int check_level(int level, struct delta_err *err) {
    if (level < ZSTD_PREFIX_LOWEST || level > ZSTD_PREFIX_HIGHEST)
        return err_set(err, DELTA_ERR_USAGE, "invalid compression level %d (expected %d to %d)",
                       level, ZSTD_PREFIX_LOWEST, ZSTD_PREFIX_HIGHEST);
    return 0;
}

static int library_failed(size_t code, struct delta_err *err) {
    if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation)
        return err_memory(err);
    return err_set(err, DELTA_ERR_DAMAGED, "zstd: %s", ZSTD_getErrorName(code));
}

/* ---- Contexts ----------------------------------------------------------------------------------
 *
 * One context of each kind is kept for the next call, whichever thread makes it. Making one asks
 * the processor what it is (cpuid), which a virtual machine has to answer: 30 to 70 microseconds, a
 * third of all that a small packed record costs. What a context grew to for a large source is given
 * back at once. */

enum { KEPT_MOST = 4 * 1024 * 1024 }; /* bytes of a context that is kept */

static _Atomic(ZSTD_CCtx *) kept_writer;
static _Atomic(ZSTD_DCtx *) kept_reader;

static ZSTD_CCtx *take_writer(void) {
    ZSTD_CCtx *context = atomic_exchange(&kept_writer, NULL);
    return context ? context : ZSTD_createCCtx();
}

static void give_writer(ZSTD_CCtx *context) {
    if (context && ZSTD_sizeof_CCtx(context) <= KEPT_MOST) {
        ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
        context = atomic_exchange(&kept_writer, context);
    }
    ZSTD_freeCCtx(context);
}

static ZSTD_DCtx *take_reader(void) {
    ZSTD_DCtx *context = atomic_exchange(&kept_reader, NULL);
    return context ? context : ZSTD_createDCtx();
}

static void give_reader(ZSTD_DCtx *context) {
    if (context && ZSTD_sizeof_DCtx(context) <= KEPT_MOST) {
        ZSTD_DCtx_reset(context, ZSTD_reset_session_and_parameters);
        context = atomic_exchange(&kept_reader, context);
    }
    ZSTD_freeDCtx(context);
}

/* When the library is unloaded, or the process ends. Most processes keep none, and need not load
 * the pages of zstd for it. */
__attribute__((destructor)) static void free_kept(void) {
    ZSTD_CCtx *writer = atomic_exchange(&kept_writer, NULL);
    ZSTD_DCtx *reader = atomic_exchange(&kept_reader, NULL);
    if (writer)
        ZSTD_freeCCtx(writer);
    if (reader)
        ZSTD_freeDCtx(reader);
}

/* ---- Compression -------------------------------------------------------------------------------
 *
 * There are two ways to use a prefix, chosen by sizes and level alone, so that results do not
 * depend on whether there was an index.
 *
 * As a dictionary (ZSTD_CDict): indexed by itself, then searched beside the source. Chosen for
 * small sources.
 *
 * As the beginning of the source (ZSTD_CCtx_refPrefix) for large ones: this alone lets zstd's long
 * distance matcher see the prefix, without which a source of the prefix's size is matched badly.
 * The fast levels take this way for all sources, as it indexes less and so is quicker.
 *
 * Parameters differ from zstd's own for the level where measuring showed that others do better
 * beside a prefix, at the same speed:
 *
 * - The long distance matcher is used at all levels but the lazy ones, which find as much without
 *   it, unless their tables cannot hold what the window does. In large sources its matches are 128
 *   bytes long at least instead of 64: near-equal states have many short false ones. It looks at
 *   twice the places there, and so finds the next match sooner.
 * - The lazy levels search four times the candidates, those with a binary tree twice. Indexing is
 *   most of the time, and searching cheap.
 * - In large sources, and with the lazy levels in small ones, matches are a little longer at least:
 *   what differs between two states seldom has short ones worth their offset.
 * - The slow levels' trees reach as far back as the prefix does, up to 128 MiB of them. Without
 *   worker threads, which not every build of zstd has, up to 30 times the bytes are lost where they
 *   do not.
 * - No hash table is smaller than half a million entries for small sources, a million for large
 *   ones, if there is so much to put in it. Between the two a larger one gains nothing, and its
 *   clearing takes longer than all else.
 * - For small sources no hash table of the fast and lazy levels is larger than a million entries:
 *   one that the caches hold is filled in half the time, and the patch is 1% larger.
 *   Nor has it more entries than source or prefix have bytes, as a power of two: zstd takes twice
 *   as many, and clearing them was an eighth of all the time with a prefix of 150 kB. Patches are
 *   0.1% larger at most, all together.
 *
 * Patches are then up to 40% smaller than those of `zstd --patch-from` at that level. */

enum {
    MEDIUM = 1024 * 1024,      /* sources that are longer are large */
    LONG_DISTANCE_LEAST = 128, /* bytes of a long distance match in large sources */
    LONG_DISTANCE_RATE = 6,    /* there one of so many places is looked at, as a power of two, */
    LONG_DISTANCE_SPARE = 6,   /* and the table has an entry for one of so many, likewise; */
    LONG_DISTANCE_MOST = 22,   /* but no more than these */
    FAST_LEAST = 7,            /* bytes of other matches, by kind of level */
    LAZY_LEAST = 6,
    CHAIN_LOG_MOST = 25,
    DEEPEST = 6, /* candidates looked at, as a power of two: zstd has no more in a row */
    LARGE_HASH_LOG_LEAST = 20,
    SMALL_HASH_LOG_LEAST = 19,
    SMALL_HASH_LOG_MOST = 20,
};

static bool is_lazy(const ZSTD_compressionParameters *parameters) {
    return parameters->strategy >= ZSTD_greedy && parameters->strategy <= ZSTD_btlazy2;
}

/* The smallest power of two, as its exponent, that is no less than `size`. */
static int ceiling_log(uint64_t size) {
    return size <= 1 ? 0 : 64 - __builtin_clzll(size - 1);
}

/* True when the tables for these parameters go round before a source of this length has passed
 * (zstd's "cycle log": a binary tree has two entries a byte). */
static bool outgrows_tables(size_t length, const ZSTD_compressionParameters *wanted) {
    unsigned cycle_log = wanted->chainLog - (wanted->strategy >= ZSTD_btlazy2);
    return ceiling_log(length) > (int)cycle_log;
}

static ZSTD_compressionParameters parameters(size_t length, size_t prefix_length, int level) {
    ZSTD_compressionParameters wanted = ZSTD_getCParams(level, length, prefix_length);
    if (wanted.strategy == ZSTD_btlazy2) {
        wanted.searchLog++;
    } else if (is_lazy(&wanted)) {
        wanted.searchLog = wanted.searchLog + 2 < DEEPEST ? wanted.searchLog + 2 : DEEPEST;
        if (length <= ZSTD_PREFIX_SMALL || (length > MEDIUM && outgrows_tables(length, &wanted)))
            wanted.minMatch = LAZY_LEAST;
    } else if (wanted.strategy < ZSTD_greedy && length > MEDIUM) {
        wanted.minMatch = FAST_LEAST;
    } else if (wanted.strategy >= ZSTD_btopt && length > MEDIUM) {
        unsigned reach = (unsigned)ceiling_log((uint64_t)length + prefix_length);
        unsigned most = reach < CHAIN_LOG_MOST ? reach : CHAIN_LOG_MOST;
        wanted.chainLog = wanted.chainLog > most ? wanted.chainLog : most;
    }
    unsigned least = length > MEDIUM              ? LARGE_HASH_LOG_LEAST
                     : length > ZSTD_PREFIX_SMALL ? 0
                                                  : SMALL_HASH_LOG_LEAST;
    if (wanted.hashLog < least)
        wanted.hashLog = least;
    if (wanted.strategy <= ZSTD_lazy2 && length <= ZSTD_PREFIX_SMALL) {
        unsigned most = (unsigned)ceiling_log(length > prefix_length ? length : prefix_length);
        most = most < SMALL_HASH_LOG_MOST ? most : SMALL_HASH_LOG_MOST;
        wanted.hashLog = wanted.hashLog < most ? wanted.hashLog : most;
    }
    return ZSTD_adjustCParams(wanted, length, prefix_length);
}

static bool uses_dictionary(size_t length, int level) {
    return length <= ZSTD_PREFIX_SMALL && ZSTD_getCParams(level, 0, 0).strategy >= ZSTD_greedy;
}

/* A window that holds source and prefix, as far as zstd has such windows. The prefix is in reach
 * for as long as the source fits the window. */
static int window_log(size_t length, size_t prefix_length) {
    ZSTD_bounds bounds = ZSTD_cParam_getBounds(ZSTD_c_windowLog);
    int wanted = ceiling_log(length > prefix_length ? length : prefix_length) + 1;
    return wanted < bounds.lowerBound   ? bounds.lowerBound
           : wanted > bounds.upperBound ? bounds.upperBound
                                        : wanted;
}

/* The first failure of a run of settings is kept. */
static void set(ZSTD_CCtx *context, ZSTD_cParameter name, int value, size_t *code) {
    if (!ZSTD_isError(*code))
        *code = ZSTD_CCtx_setParameter(context, name, value);
}

static void set_long_distance(ZSTD_CCtx *context, size_t length, size_t prefix_length,
                              size_t *code) {
    set(context, ZSTD_c_enableLongDistanceMatching, ZSTD_ps_enable, code);
    if (length <= MEDIUM)
        return;
    int places = ceiling_log((uint64_t)length + prefix_length);
    int table = places - LONG_DISTANCE_SPARE;
    set(context, ZSTD_c_ldmMinMatch, LONG_DISTANCE_LEAST, code);
    set(context, ZSTD_c_ldmHashLog, table < LONG_DISTANCE_MOST ? table : LONG_DISTANCE_MOST, code);
    set(context, ZSTD_c_ldmHashRateLog,
        LONG_DISTANCE_RATE + (table < LONG_DISTANCE_MOST ? 0 : table - LONG_DISTANCE_MOST), code);
}

static size_t set_up(ZSTD_CCtx *context, size_t length, const struct zstd_prefix_index *index,
                     unsigned flags) {
    size_t code = 0;
    set(context, ZSTD_c_compressionLevel, index->level, &code);
    set(context, ZSTD_c_checksumFlag, flags & ZSTD_PREFIX_CHECKSUM ? 1 : 0, &code);
    if (flags & ZSTD_PREFIX_MAGICLESS)
        set(context, ZSTD_c_format, ZSTD_f_zstd1_magicless, &code);
    if (!index->length || ZSTD_isError(code))
        return code;
    if (index->dictionary && length <= ZSTD_PREFIX_SMALL) {
        set(context, ZSTD_c_forceAttachDict, ZSTD_dictForceAttach, &code);
        return ZSTD_isError(code) ? code : ZSTD_CCtx_refCDict(context, index->dictionary);
    }
    ZSTD_compressionParameters wanted = parameters(length, index->length, index->level);
    set(context, ZSTD_c_searchLog, (int)wanted.searchLog, &code);
    set(context, ZSTD_c_minMatch, (int)wanted.minMatch, &code);
    set(context, ZSTD_c_chainLog, (int)wanted.chainLog, &code);
    set(context, ZSTD_c_hashLog, (int)wanted.hashLog, &code);
    set(context, ZSTD_c_windowLog, window_log(length, index->length), &code);
    if (!is_lazy(&wanted) || outgrows_tables(length, &wanted))
        set_long_distance(context, length, index->length, &code);
    return ZSTD_isError(code) ? code : ZSTD_CCtx_refPrefix(context, index->prefix, index->length);
}

int zstd_prefix_compress_indexed(const void *source, size_t length,
                                 const struct zstd_prefix_index *index, unsigned flags,
                                 struct delta_buf *buf, struct delta_err *err) {
    size_t bound = ZSTD_compressBound(length);
    if (ZSTD_isError(bound))
        return err_set(err, DELTA_ERR_LIMIT, "too long for zstd: %zu bytes", length);
    ZSTD_CCtx *context = take_writer();
    if (!context || !buf_reserve(buf, bound)) {
        give_writer(context);
        return err_memory(err);
    }
    size_t code = set_up(context, length, index, flags);
    if (!ZSTD_isError(code))
        code = ZSTD_compress2(context, buf->data + buf->length, bound, source, length);
    give_writer(context);
    if (ZSTD_isError(code))
        return library_failed(code, err);
    buf->length += code;
    return 0;
}

/* The one block that a dictionary is in, got before zstd asks for it. */
struct block {
    void *bytes;
    size_t size;
};

static void *take_block(void *opaque, size_t size) {
    struct block *block = opaque;
    void *bytes = block->bytes;
    if (!bytes || size > block->size)
        return malloc(size);
    block->bytes = NULL;
    return bytes;
}

static void free_block(void *opaque, void *bytes) {
    (void)opaque;
    free(bytes);
}

/* zstd 1.5.4 uses the block of a dictionary without looking whether there is one, so that is
 * allocated here, of the size that zstd estimates for parameters which it only ever makes smaller.
 * NULL for want of memory. */
static ZSTD_CDict *new_dictionary(const void *prefix, size_t length, int level) {
    ZSTD_compressionParameters wanted = parameters(ZSTD_PREFIX_SMALL, length, level);
    struct block block = {.size = ZSTD_estimateCDictSize_advanced(length, wanted, ZSTD_dlm_byRef)};
    block.bytes = malloc(block.size);
    if (!block.bytes)
        return NULL;
    ZSTD_CDict *dictionary =
        ZSTD_createCDict_advanced(prefix, length, ZSTD_dlm_byRef, ZSTD_dct_rawContent, wanted,
                                  (ZSTD_customMem){take_block, free_block, &block});
    free(block.bytes); /* not taken */
    return dictionary;
}

struct zstd_prefix_index *zstd_prefix_index_new(const void *prefix, size_t length, int level,
                                                struct delta_err *err) {
    if (check_level(level, err) < 0)
        return NULL;
    struct zstd_prefix_index *index = malloc(sizeof *index);
    if (!index)
        return err_no_memory(err);
    *index = (struct zstd_prefix_index){.prefix = prefix, .length = length, .level = level};
    if (length && uses_dictionary(0, level)) {
        index->dictionary = new_dictionary(prefix, length, level);
        if (!index->dictionary) {
            free(index);
            err_memory(err);
            return NULL;
        }
    }
    return index;
}

void zstd_prefix_index_free(struct zstd_prefix_index *index) {
    if (index)
        ZSTD_freeCDict(index->dictionary);
    free(index);
}

int zstd_prefix_compress(const void *source, size_t length, const void *prefix,
                         size_t prefix_length, int level, unsigned flags, struct delta_buf *buf,
                         struct delta_err *err) {
    if (check_level(level, err) < 0)
        return -1;
    if (!uses_dictionary(length, level)) {
        struct zstd_prefix_index plain = {
            .prefix = prefix, .length = prefix_length, .level = level};
        return zstd_prefix_compress_indexed(source, length, &plain, flags, buf, err);
    }
    struct zstd_prefix_index *index = zstd_prefix_index_new(prefix, prefix_length, level, err);
    if (!index)
        return -1;
    int result = zstd_prefix_compress_indexed(source, length, index, flags, buf, err);
    zstd_prefix_index_free(index);
    return result;
}

/* ---- Decompression --------------------------------------------------------------------------- */

/* Reads the blocks of a frame (RFC 8878 section 3.1.1.2: three bytes, little-endian, of which the
 * lowest bit marks the last block, the next two its type, the rest its size) to where it ends. Also
 * counts what they can hold at most. False when it is truncated or has a block of the reserved
 * type. */
static bool find_end(const unsigned char *frame, size_t length, const ZSTD_frameHeader *header,
                     size_t *end, uint64_t *content) {
    enum { RAW, RUN, COMPRESSED };
    size_t at = header->headerSize;
    bool last = false;
    *content = 0;
    while (!last) {
        if (length - at < 3)
            return false;
        uint32_t head = frame[at] | (uint32_t)frame[at + 1] << 8 | (uint32_t)frame[at + 2] << 16;
        uint32_t type = head >> 1 & 3;
        uint32_t size = head >> 3;
        size_t carried = type == RUN ? 1 : size;
        last = head & 1;
        at += 3;
        if (type > COMPRESSED || length - at < carried)
            return false;
        at += carried;
        *content += type == COMPRESSED ? BLOCK_MOST : size;
    }
    size_t checksum = header->checksumFlag ? CHECKSUM_SIZE : 0;
    if (length - at < checksum)
        return false;
    *end = at + checksum;
    return true;
}

/* Everything that can be known of a frame before it is decoded. */
static int check_frame(const void *frame, size_t length, size_t prefix_length, size_t max,
                       unsigned flags, ZSTD_frameHeader *header, struct delta_err *err) {
    ZSTD_format_e format = flags & ZSTD_PREFIX_MAGICLESS ? ZSTD_f_zstd1_magicless : ZSTD_f_zstd1;
    size_t end;
    uint64_t content;
    if (ZSTD_getFrameHeader_advanced(header, frame, length, format) != 0 ||
        header->frameType != ZSTD_frame)
        return err_set(err, DELTA_ERR_DAMAGED, "not a zstd frame");
    if (header->frameContentSize == ZSTD_CONTENTSIZE_UNKNOWN || header->dictID != 0)
        return err_set(err, DELTA_ERR_UNSUPPORTED,
                       "zstd frame without a content size, or one that needs a dictionary");
    if (((flags & ZSTD_PREFIX_CHECKSUM) != 0) != (header->checksumFlag != 0))
        return err_set(err, DELTA_ERR_DAMAGED, "zstd frame with unexpected flags");
    if (header->frameContentSize > max)
        return err_set(err, DELTA_ERR_LIMIT, "larger than the %zu bytes allowed", max);
    if (!find_end(frame, length, header, &end, &content))
        return err_set(err, DELTA_ERR_DAMAGED, "zstd frame is truncated or corrupt");
    if (end != length)
        return err_set(err, DELTA_ERR_DAMAGED, "%zu bytes after the zstd frame", length - end);
    if (header->frameContentSize > content)
        return err_set(err, DELTA_ERR_DAMAGED, "zstd frame declares more content than it can hold");
    /* A window is a power of two or an eighth more, so it can be twice what is needed. */
    uint64_t needed = header->frameContentSize + prefix_length;
    if (header->windowSize > WINDOW_LEAST && header->windowSize / 2 > needed)
        return err_set(err, DELTA_ERR_DAMAGED, "zstd frame with an oversized window");
    return 0;
}

int zstd_prefix_decompress(const void *frame, size_t length, const void *prefix,
                           size_t prefix_length, size_t max, unsigned flags, struct delta_buf *buf,
                           struct delta_err *err) {
    ZSTD_frameHeader header;
    if (check_frame(frame, length, prefix_length, max, flags, &header, err) < 0)
        return -1;
    size_t size = (size_t)header.frameContentSize;
    ZSTD_DCtx *context = take_reader();
    /* One byte more, so that there is a place to write to even when there is nothing to write. */
    if (!context || !buf_reserve(buf, size + 1)) {
        give_reader(context);
        return err_memory(err);
    }
    size_t code = 0;
    if (flags & ZSTD_PREFIX_MAGICLESS)
        code = ZSTD_DCtx_setParameter(context, ZSTD_d_format, ZSTD_f_zstd1_magicless);
    if (!ZSTD_isError(code) && prefix_length)
        code = ZSTD_DCtx_refPrefix(context, prefix, prefix_length);
    if (!ZSTD_isError(code))
        code = ZSTD_decompressDCtx(context, buf->data + buf->length, size, frame, length);
    give_reader(context);
    if (ZSTD_isError(code))
        return library_failed(code, err);
    if (code != size)
        return err_set(err, DELTA_ERR_DAMAGED,
                       "zstd frame content does not have its declared size");
    buf->length += size;
    return 0;
}
