/* The text that a reader reads, and what it expects of it. */
#ifndef JSON_READER_SOURCE_H
#define JSON_READER_SOURCE_H

#include "delta.h"

/* A text, and where its failures go. A NUL is at `end`. */
struct reader_source {
    const char *text, *end;
    struct delta_err *err;
};

/* What the grammar expects where the reader stops. */
enum reader_expected {
    READER_VALUE,
    READER_KEY,
    READER_COLON,
    READER_MEMBER_END,  /* a comma or } */
    READER_ELEMENT_END, /* a comma or ] */
    READER_INTEGER,     /* digits: after a minus, */
    READER_FRACTION,    /* after the point, */
    READER_EXPONENT,    /* after e or E */
    READER_STRING_END,
    READER_END, /* of the text */
};

#endif
