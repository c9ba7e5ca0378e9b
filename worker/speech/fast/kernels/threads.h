/*
 * Divides work among the threads of the OpenMP that PyTorch has loaded. Its functions are given at run
 * time, so the library is linked with none: any compiler builds it, and no second OpenMP competes.
 */
#ifndef KTTS_THREADS_H
#define KTTS_THREADS_H

#include <stdint.h>

/* Works on one block; 0, or what went wrong as bits. */
typedef int (*block_work)(const void *context, int64_t block);

/* Work on each block from 0 on; return what went wrong anywhere. One thread before `ktts_use_threads`. */
__attribute__((visibility("hidden"))) int for_blocks(block_work work, const void *context,
                                                     int64_t blocks);

#endif
