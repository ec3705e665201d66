/* The scans as they are where there is no SSE2. */
#define SCAN_PORTABLE
#include "tests/unit/test-scan.c"
