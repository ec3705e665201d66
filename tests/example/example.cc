/* The same as example.c, in C++11, as a C++ program would do it: owners free what they own, and a
 * change is reported to a lambda.
 *
 *     c++ example.cc $(pkg-config --cflags --libs delta) && ./a.out OLD NEW */
#include <delta.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

constexpr size_t piece = 7; /* bytes that arrive at once */

struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

[[noreturn]] void fail(const delta_err &err) {
    char line[1024];
    delta_err_format(&err, line, sizeof line);
    throw Failure(line);
}

struct Free {
    void operator()(delta_arena *arena) const { delta_arena_free(arena); }
    void operator()(delta_record_reader *reader) const { delta_record_reader_free(reader); }
};
using Arena = std::unique_ptr<delta_arena, Free>;
using Reader = std::unique_ptr<delta_record_reader, Free>;

struct Bytes : delta_buf {
    Bytes() : delta_buf() {}
    ~Bytes() { delta_buf_free(this); }
    Bytes(const Bytes &) = delete;
    Bytes &operator=(const Bytes &) = delete;
};

std::string text(delta_digest digest) {
    char out[DELTA_DIGEST_TEXT];
    delta_digest_format(digest, out);
    return out;
}

/* Calls a function object for each change. */
template <typename Visit>
void each_change(const delta_record *record, const delta_value *base, Visit visit) {
    delta_err err{};
    auto call = [](void *context, const delta_change *change, delta_err *) {
        (*static_cast<Visit *>(context))(*change);
        return 0;
    };
    if (delta_changes_visit(record, base, nullptr, call, &visit, &err))
        fail(err);
}

const delta_value *build_metadata(delta_arena *arena) {
    delta_err err{};
    const delta_value *numbers[] = {delta_value_u64(arena, 1, &err),
                                    delta_value_number(arena, "2", 1, &err)};
    const delta_member members[] = {
        {"made by", std::strlen("made by"), delta_value_string_of(arena, "example", &err)},
        {"numbers", std::strlen("numbers"), delta_value_array(arena, numbers, 2, &err)}};
    const delta_value *metadata = delta_value_object(arena, members, 2, &err);
    if (!metadata)
        fail(err);
    return metadata;
}

void make_records(delta_arena *arena, const delta_value *states[2], Bytes &stream) {
    delta_err err{};
    struct delta_record_info info; /* the function has that name, too */
    delta_diff_options options{};
    delta_record_format packed{}, json{};
    packed.packed = options.packed = options.has_timestamp = true;
    options.timestamp = INT64_C(1700000000) * 1000000000;
    options.metadata = build_metadata(arena);
    const delta_record *record = delta_diff(arena, states[0], states[1], &options, &err);
    if (!record)
        fail(err);
    delta_record_info(record, &info);
    std::printf("strategy %s\nset %llu, removed %llu, other %llu\nbytes %llu to %llu\n"
                "timestamp %lld\n",
                delta_strategy_name(info.strategy), static_cast<unsigned long long>(info.set),
                static_cast<unsigned long long>(info.removed),
                static_cast<unsigned long long>(info.other),
                static_cast<unsigned long long>(info.original_size),
                static_cast<unsigned long long>(info.compressed_size),
                static_cast<long long>(info.timestamp));
    size_t changes = 0;
    each_change(record, states[0], [&](const delta_change &change) {
        std::string line = delta_change_name(change.kind);
        line += ' ' + std::string(change.pointer, change.pointer_length);
        if (change.new_value)
            line += ' ' + std::to_string(delta_value_size(change.new_value)) + " bytes";
        std::printf("%s\n", line.c_str());
        changes++;
    });
    std::printf("changes %zu\n", changes);
    if (delta_record_write(record, states[0], &packed, &stream, &err))
        fail(err);
    options.packed = false;
    record = delta_diff(arena, states[1], states[0], &options, &err);
    if (!record || delta_record_write(record, nullptr, &json, &stream, &err))
        fail(err);
}

const delta_value *apply_stream(delta_arena *arena, const delta_value *state, const Bytes &stream) {
    delta_err err{};
    delta_record_reader_options options{};
    options.name = "stream";
    Reader reader(delta_record_reader_new(&options, &err));
    if (!reader)
        fail(err);
    unsigned count = 0;
    for (size_t at = 0; at < stream.length; at += piece) {
        size_t length = stream.length - at < piece ? stream.length - at : piece;
        const delta_record *record;
        int got;
        if (delta_record_reader_feed(reader.get(), stream.data + at, length, &err))
            fail(err);
        if (at + length == stream.length)
            delta_record_reader_end(reader.get());
        while ((got = delta_record_reader_next(reader.get(), arena, &record, &err)) > 0) {
            state = delta_apply(arena, record, state, nullptr, nullptr, &err);
            if (!state)
                fail(err);
            std::printf("made %s\n", text(delta_value_digest(state)).c_str());
            count++;
        }
        if (got < 0)
            fail(err);
    }
    std::printf("records %u\n", count);
    return state;
}

bool run(const char *old_path, const char *new_path) {
    Arena arena(delta_arena_new());
    Bytes stream;
    delta_err err{};
    const delta_value *states[2];
    if (!arena || delta_read_pair(arena.get(), old_path, new_path, states, &err))
        fail(err);
    make_records(arena.get(), states, stream);
    std::printf("old %s\nnew %s\n", text(delta_value_digest(states[0])).c_str(),
                text(delta_value_digest(states[1])).c_str());
    return delta_value_equal(apply_stream(arena.get(), states[0], stream), states[0]);
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 3) {
        std::fprintf(stderr, "Usage: example OLD NEW\n");
        return 2;
    }
    try {
        return run(argv[1], argv[2]) ? 0 : 1;
    } catch (const Failure &failure) {
        std::fprintf(stderr, "example: %s\n", failure.what());
        return 1;
    }
}
