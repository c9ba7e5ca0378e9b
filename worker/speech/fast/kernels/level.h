/*
 * The instructions that the kernels use. They are compiled for each level and picked at run time,
 * so that one library serves all processors of a family, and a caller can hold them to less. With a
 * fused multiply-add, which all but PLAIN on x86-64 have, every level gives the same bytes.
 */
#ifndef KTTS_LEVEL_H
#define KTTS_LEVEL_H

enum {
    PLAIN = 0,
    NARROW = 1, /* AVX2 with FMA; NEON */
    WIDE = 2    /* AVX-512; NEON with dot products */
};

/* Set by `ktts_use`; PLAIN before. */
extern int ktts_level __attribute__((visibility("hidden")));

#if defined(__x86_64__)
#define ON_X86
#define FOR_AVX2 __attribute__((target("arch=x86-64-v3,avx2,fma")))
#define FOR_AVX512 __attribute__((target("arch=x86-64-v4,avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#elif defined(__aarch64__)
#define FOR_DOT __attribute__((target("arch=armv8.2-a+dotprod")))
#endif

/* A body is compiled into each function that calls it, for that function's processor. */
#define BODY static inline __attribute__((always_inline))

#endif
