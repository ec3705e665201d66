/* Memory pages. */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <stddef.h>

/* Asks for huge pages for as much of the memory as they fit in: where it is large and all of it
 * will be written to, the faults of small ones cost more than what is written. Says nothing when
 * there are none. O(1). */
void pages_prefer_huge(void *memory, size_t size);

#endif
