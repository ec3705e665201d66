#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void set_text(struct delta_err *err, enum delta_code code, int sys_errno, const char *format,
                     va_list args) {
    memset(err, 0, sizeof *err);
    err->code = code;
    err->sys_errno = sys_errno;
    vsnprintf(err->text, sizeof err->text, format, args);
}

int err_set(struct delta_err *err, enum delta_code code, const char *format, ...) {
    if (err && err->code == DELTA_OK) {
        va_list args;
        va_start(args, format);
        set_text(err, code, 0, format, args);
        va_end(args);
    }
    return -1;
}

int err_system(struct delta_err *err, const char *format, ...) {
    int sys_errno = errno;
    if (err && err->code == DELTA_OK) {
        va_list args;
        va_start(args, format);
        set_text(err, DELTA_ERR_SYSTEM, sys_errno, format, args);
        va_end(args);
        size_t used = strlen(err->text);
        /* strerrorname_np and strerrordesc_np read no locale, unlike strerror. */
        const char *cause = strerrordesc_np(sys_errno);
        snprintf(err->text + used, sizeof err->text - used, "%s%s", used ? ": " : "",
                 cause ? cause : "unknown error");
    }
    return -1;
}

int err_memory(struct delta_err *err) {
    return err_set(err, DELTA_ERR_MEMORY, "out of memory");
}

int err_damage(struct delta_err *err, const struct delta_err *why, const char *text) {
    return why->code == DELTA_ERR_MEMORY ? err_memory(err)
                                         : err_set(err, DELTA_ERR_DAMAGED, "%s", text);
}

int err_in_file(struct delta_err *err, const char *file) {
    if (err && err->code != DELTA_OK && !err->file[0] && file) {
        size_t length = strlen(file);
        size_t room = sizeof err->file - 1;
        /* The end of a long path says more than its beginning. */
        const char *kept = length > room ? file + (length - room) : file;
        snprintf(err->file, sizeof err->file, "%s", kept);
    }
    return -1;
}

int err_at_offset(struct delta_err *err, const char *text, size_t offset) {
    if (err && err->code != DELTA_OK && !err->line) {
        uint64_t line = 1;
        const char *start = text;
        const char *end = text + offset;
        for (const char *newline; (newline = memchr(start, '\n', (size_t)(end - start)));) {
            line++;
            start = newline + 1;
        }
        err->line = line;
        err->column = (uint64_t)(end - start) + 1;
        err->offset = offset;
    }
    return -1;
}

int err_at_pointer(struct delta_err *err, const char *pointer, size_t length) {
    if (err && err->code != DELTA_OK && !err->has_pointer) {
        size_t kept = length < sizeof err->pointer ? length : sizeof err->pointer - 1;
        memcpy(err->pointer, pointer, kept);
        err->pointer[kept] = '\0';
        err->has_pointer = true;
    }
    return -1;
}

/* Puts `step` before the pointer so far; what does not fit is cut at the pointer's end. */
static int prepend(struct delta_err *err, const char *step, size_t length) {
    size_t room = sizeof err->pointer - 1;
    if (length > room)
        length = room;
    size_t kept = strlen(err->pointer);
    if (kept > room - length)
        kept = room - length;
    memmove(err->pointer + length, err->pointer, kept);
    memcpy(err->pointer, step, length);
    err->pointer[length + kept] = '\0';
    err->has_pointer = true;
    return -1;
}

int err_under_key(struct delta_err *err, const char *key, size_t length) {
    if (!err || err->code == DELTA_OK)
        return -1;
    char step[sizeof err->pointer];
    size_t used = 0;
    step[used++] = '/';
    for (size_t i = 0; i < length && used + 2 < sizeof step; i++) {
        if (key[i] == '~' || key[i] == '/') {
            step[used++] = '~';
            step[used++] = key[i] == '~' ? '0' : '1';
        } else {
            step[used++] = key[i];
        }
    }
    return prepend(err, step, used);
}

int err_under_index(struct delta_err *err, uint64_t index) {
    if (!err || err->code == DELTA_OK)
        return -1;
    char step[24];
    int used = snprintf(step, sizeof step, "/%llu", (unsigned long long)index);
    return prepend(err, step, (size_t)used);
}

/* Appends `text` with control characters escaped, so that a hostile name cannot drive a terminal.
 */
static size_t append_safe(char *out, size_t size, size_t used, const char *text) {
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p < 0x20 || *p == 0x7f) {
            if (used + 6 >= size)
                break;
            static const char hex[] = "0123456789abcdef";
            memcpy(out + used, "\\u00", 4);
            used += 4;
            out[used++] = hex[*p >> 4];
            out[used++] = hex[*p & 15];
        } else {
            if (used + 1 >= size)
                break;
            out[used++] = (char)*p;
        }
    }
    out[used] = '\0';
    return used;
}

void delta_err_format(const struct delta_err *err, char *out, size_t size) {
    if (size == 0)
        return;
    size_t used = append_safe(out, size, 0, err->file);
    if (err->line) {
        char place[48];
        snprintf(place, sizeof place, "%s%llu:%llu", used ? ":" : "", (unsigned long long)err->line,
                 (unsigned long long)err->column);
        used = append_safe(out, size, used, place);
    }
    if (used)
        used = append_safe(out, size, used, ": ");
    if (err->has_pointer) {
        used = append_safe(out, size, used, err->pointer[0] ? err->pointer : "(root)");
        used = append_safe(out, size, used, ": ");
    }
    append_safe(out, size, used, err->text);
}
