#include "level.h"

#ifdef ON_X86
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

int ktts_level = PLAIN;

#ifdef ON_X86
/* Bits of CPUID's leaves 1 and 7, and of the registers that the system saves. */
enum {
    FMA = 1u << 12,
    HAS_XGETBV = 1u << 27,
    AVX2_AND_BMI2 = 1u << 5 | 1u << 8,
    YMM = 0x06,
    ZMM = 0xe6
};
static const unsigned AVX512 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31; /* F DQ CD BW VL */

/* By CPUID itself: not every compiler brings what stands behind __builtin_cpu_supports. */
static int best_level(void) {
    unsigned a, b, c, d, features, saved, high;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & FMA) || !(c & HAS_XGETBV) ||
        !__get_cpuid_count(7, 0, &a, &features, &c, &d))
        return PLAIN;
    __asm__ volatile("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
    if ((saved & YMM) != YMM || (features & AVX2_AND_BMI2) != AVX2_AND_BMI2)
        return PLAIN;
    return (saved & ZMM) == ZMM && (features & AVX512) == AVX512 ? WIDE : NARROW;
}
#elif defined(__aarch64__) && defined(__linux__)
static int best_level(void) {
    return getauxval(AT_HWCAP) & HWCAP_ASIMDDP ? WIDE : NARROW;
}
#elif defined(__aarch64__)
static int best_level(void) {
#ifdef __ARM_FEATURE_DOTPROD
    return WIDE;
#else
    return NARROW;
#endif
}
#else
static int best_level(void) {
    return PLAIN;
}
#endif

/* Use the best instructions up to the level `most`; return the level. */
int ktts_use(int most) {
    int best = best_level();
    ktts_level = most < best ? most : best;
    return ktts_level;
}
