/* Base64: the RFC's vectors, and one spelling only. */
#include "base/buf.h"
#include "tests/unit/check.h"

/* RFC 4648 section 10. */
static void vectors(void) {
    static const char *const rows[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff", "+/8="},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_buf text = {0};
        struct delta_buf bytes = {0};
        struct delta_err err = {0};
        check_row("%s", rows[i][1]);
        delta_base64_write(rows[i][0], strlen(rows[i][0]), &text);
        CHECK_EQ_MEM(text.data, text.length, rows[i][1], strlen(rows[i][1]));
        CHECK_EQ_INT(text.length, (strlen(rows[i][0]) + 2) / 3 * 4);
        CHECK_EQ_INT(delta_base64_read(rows[i][1], strlen(rows[i][1]), &bytes, &err), 0);
        CHECK_EQ_MEM(bytes.data, bytes.length, rows[i][0], strlen(rows[i][0]));
        delta_buf_free(&text);
        delta_buf_free(&bytes);
    }
}

static void bytes_round_trip(void) {
    uint64_t random = check_seed();
    for (int round = 0; round < 300; round++) {
        unsigned char in[200];
        size_t length = check_below(&random, sizeof in);
        for (size_t i = 0; i < length; i++)
            in[i] = (unsigned char)check_random(&random);
        struct delta_buf text = {0};
        struct delta_buf bytes = {0};
        buf_put_text(&bytes, "kept");
        delta_base64_write(in, length, &text);
        CHECK_EQ_INT(delta_base64_read(text.data, text.length, &bytes, NULL), 0);
        CHECK_EQ_MEM(bytes.data, 4, "kept", 4);
        CHECK_EQ_MEM(bytes.data + 4, bytes.length - 4, in, length);
        delta_buf_free(&text);
        delta_buf_free(&bytes);
    }
}

static void refuses_other_encodings(void) {
    static const char *const rows[] = {
        "Z",    "Zg",   "Zg=",  "Zg==\n",   "Zm9v\nZm9", "Zh==",
        "Zm9=", "Z===", "====", "=Zg=",     "Zg==Zg==",  "Zm9v Zm9",
        "Zm9-", "Zm9_", "Zm=v", "Zm9vZ=g=", "Zm\x80v",   "Zm9vYg==Zg==",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_buf bytes = {0};
        struct delta_err err = {0};
        check_row("%s", rows[i]);
        buf_put_text(&bytes, "kept");
        CHECK_EQ_INT(delta_base64_read(rows[i], strlen(rows[i]), &bytes, &err), -1);
        CHECK_EQ_INT(err.code, DELTA_ERR_DAMAGED);
        CHECK_EQ_MEM(bytes.data, bytes.length, "kept", 4);
        delta_buf_free(&bytes);
    }
}

int main(void) {
    RUN(vectors);
    RUN(bytes_round_trip);
    RUN(refuses_other_encodings);
    return check_done();
}
