/*
 * Convolutions and matrix products of uint8 rows with int8 weights, for processors where oneDNN has no
 * good ones: AVX2 without AVX-512, and Arm.
 *
 *     out[t][o] = scale[o] * sum of (x[t + tap - padding][c] - 128) * w[o][tap][c] + bias[o]
 *
 * Rows follow one another in memory, so all that lies under the taps is one run of bytes, and a
 * convolution is a matrix product whose rows overlap. Tiles of ROWS rows and OUTS channels stay in
 * registers. Packed weights are panels of OUTS channels, in which four numbers of each channel in turn
 * follow one another.
 *
 * AVX2 and NEON without dot products add four products in 16 bits: two neighbours, and those four
 * numbers later. `quantize_weight` holds the weights so small that no four bytes can overflow there, so
 * sums are exact, and every processor gives the same bytes on any number of threads.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "level.h"
#include "threads.h"

#ifdef ON_X86
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum {
    ROWS = 4,
    OUTS = 16,
    STEP = 8, /* numbers of each row that a tile takes at a time */
    ZERO_POINT = 128,
    MANY_ROWS = 512
};

typedef struct {
    const uint8_t *x;
    int64_t images, rows_in, rows_out;
    int64_t channels_in, width, padding;
    int64_t depth; /* width * channels_in, rounded up to STEP */
    int64_t channels_out;
    const int8_t *weights;
    const int32_t *starts; /* -ZERO_POINT times the sum of each channel's weights */
    const float *scales, *biases;
    void *out;
    int is_float;
    int64_t block_rows, image_blocks;
} product;

typedef int32_t tile_sums[ROWS][OUTS];

BODY void tile_plain(const uint8_t *x, int64_t stride, const int8_t *panel, int64_t depth,
                     const int32_t *starts, tile_sums sums) {
    memset(sums, 0, sizeof(tile_sums));
    (void)starts;
    for (int row = 0; row < ROWS; row++)
        for (int64_t k = 0; k < depth; k++)
            for (int o = 0; o < OUTS; o++)
                sums[row][o] += (x[row * stride + k] - ZERO_POINT) *
                                panel[(k / 4 * OUTS + o) * 4 + k % 4];
}

#ifdef ON_X86
FOR_AVX2 BODY __m256i four_bytes(const uint8_t *x) {
    int bytes;
    memcpy(&bytes, x, sizeof bytes);
    return _mm256_set1_epi32(bytes);
}

FOR_AVX2 BODY void tile_narrow(const uint8_t *x, int64_t stride, const int8_t *panel, int64_t depth,
                               const int32_t *starts, tile_sums sums) {
    const __m256i ones = _mm256_set1_epi16(1);
    const __m256i *start = (const __m256i *)starts;
    __m256i total[ROWS][2];
    for (int row = 0; row < ROWS; row++)
        for (int half = 0; half < 2; half++)
            total[row][half] = _mm256_loadu_si256(start + half);
    for (int64_t k = 0; k < depth; k += STEP, panel += STEP * OUTS) {
        const __m256i *weights = (const __m256i *)panel;
        __m256i w0 = _mm256_loadu_si256(weights), w1 = _mm256_loadu_si256(weights + 1);
        __m256i w2 = _mm256_loadu_si256(weights + 2), w3 = _mm256_loadu_si256(weights + 3);
#pragma GCC unroll 4
        for (int row = 0; row < ROWS; row++) {
            __m256i a = four_bytes(x + row * stride + k), b = four_bytes(x + row * stride + k + 4);
            __m256i p = _mm256_add_epi16(_mm256_maddubs_epi16(a, w0), _mm256_maddubs_epi16(b, w2));
            __m256i q = _mm256_add_epi16(_mm256_maddubs_epi16(a, w1), _mm256_maddubs_epi16(b, w3));
            total[row][0] = _mm256_add_epi32(total[row][0], _mm256_madd_epi16(p, ones));
            total[row][1] = _mm256_add_epi32(total[row][1], _mm256_madd_epi16(q, ones));
        }
    }
    for (int row = 0; row < ROWS; row++)
        for (int half = 0; half < 2; half++)
            _mm256_storeu_si256((__m256i *)sums[row] + half, total[row][half]);
}
#endif

#ifdef __aarch64__
BODY void tile_narrow(const uint8_t *x, int64_t stride, const int8_t *panel, int64_t depth,
                      const int32_t *starts, tile_sums sums) {
    (void)starts;
    /* Two rows and eight channels at a time: a vector holds pairs of two channels. */
    for (int row = 0; row < ROWS; row += 2)
        for (int o = 0; o < OUTS; o += 8) {
            int32x4_t total[2][4];
            for (int r = 0; r < 2; r++)
                for (int v = 0; v < 4; v++)
                    total[r][v] = vdupq_n_s32(0);
            for (int64_t k = 0; k < depth; k += STEP) {
                const int8_t *weights = panel + k * OUTS + 4 * o;
#pragma GCC unroll 2
                for (int r = 0; r < 2; r++) {
                    uint8x8_t raw = vld1_u8(x + (row + r) * stride + k);
                    int32x2_t bytes = vreinterpret_s32_u8(veor_u8(raw, vdup_n_u8(ZERO_POINT)));
                    int8x8_t a = vreinterpret_s8_s32(vdup_lane_s32(bytes, 0));
                    int8x8_t b = vreinterpret_s8_s32(vdup_lane_s32(bytes, 1));
#pragma GCC unroll 4
                    for (int v = 0; v < 4; v++) {
                        int16x8_t p = vmull_s8(a, vld1_s8(weights + 8 * v));
                        p = vmlal_s8(p, b, vld1_s8(weights + 4 * OUTS + 8 * v));
                        total[r][v] = vpadalq_s16(total[r][v], p);
                    }
                }
            }
            for (int r = 0; r < 2; r++)
                for (int v = 0; v < 4; v += 2)
                    vst1q_s32(sums[row + r] + o + 2 * v, vpaddq_s32(total[r][v], total[r][v + 1]));
        }
}

FOR_DOT BODY void tile_wide(const uint8_t *x, int64_t stride, const int8_t *panel, int64_t depth,
                            const int32_t *starts, tile_sums sums) {
    (void)starts;
    int32x4_t total[ROWS][4];
    for (int row = 0; row < ROWS; row++)
        for (int v = 0; v < 4; v++)
            total[row][v] = vdupq_n_s32(0);
    for (int64_t k = 0; k < depth; k += STEP, panel += STEP * OUTS) {
        int8x8_t a[ROWS];
        for (int row = 0; row < ROWS; row++)
            a[row] = vreinterpret_s8_u8(veor_u8(vld1_u8(x + row * stride + k), vdup_n_u8(ZERO_POINT)));
#pragma GCC unroll 4
        for (int v = 0; v < 4; v++) {
            int8x16_t first = vld1q_s8(panel + 16 * v), second = vld1q_s8(panel + 4 * OUTS + 16 * v);
#pragma GCC unroll 4
            for (int row = 0; row < ROWS; row++) {
                total[row][v] = vdotq_lane_s32(total[row][v], first, a[row], 0);
                total[row][v] = vdotq_lane_s32(total[row][v], second, a[row], 1);
            }
        }
    }
    for (int row = 0; row < ROWS; row++)
        for (int v = 0; v < 4; v++)
            vst1q_s32(sums[row] + 4 * v, total[row][v]);
}
#endif

/* Round to nearest, ties to even. */
BODY uint16_t round_to_bf16(float value) {
    uint32_t wide;
    memcpy(&wide, &value, sizeof wide);
    return (uint16_t)((wide + 0x7fff + ((wide >> 16) & 1)) >> 16);
}

/* Scale the sums of one row of a tile, and write `count` of them from `place` on. */
BODY void write_sums(const product *p, const int32_t *sums, int64_t panel, int64_t place, int count) {
    const float *scales = p->scales + panel * OUTS, *biases = p->biases + panel * OUTS;
    float values[OUTS];
    uint16_t rounded[OUTS];
    for (int o = 0; o < OUTS; o++)
        values[o] = fmaf((float)sums[o], scales[o], biases[o]);
    for (int o = 0; o < OUTS; o++)
        rounded[o] = round_to_bf16(values[o]);
    if (p->is_float)
        memcpy((float *)p->out + place, values, (size_t)count * sizeof *values);
    else
        memcpy((uint16_t *)p->out + place, rounded, (size_t)count * sizeof *rounded);
}

#define FOR_PROCESSOR(name, target)                                                              \
    target static void block_##name(const product *p, const uint8_t *x, int64_t place,           \
                                    int64_t rows) {                                              \
        const int64_t panels = (p->channels_out + OUTS - 1) / OUTS;                              \
        for (int64_t panel = 0; panel < panels; panel++) {                                       \
            int64_t left = p->channels_out - panel * OUTS;                                       \
            for (int64_t t = 0; t < rows; t += ROWS) {                                           \
                tile_sums sums;                                                                  \
                tile_##name(x + t * p->channels_in, p->channels_in,                              \
                            p->weights + panel * OUTS * p->depth, p->depth,                      \
                            p->starts + panel * OUTS, sums);                                     \
                for (int row = 0; row < ROWS && t + row < rows; row++)                           \
                    write_sums(p, sums[row], panel,                                              \
                               (place + t + row) * p->channels_out + panel * OUTS,               \
                               left < OUTS ? (int)left : OUTS);                                  \
            }                                                                                    \
        }                                                                                        \
    }

typedef void block_function(const product *, const uint8_t *, int64_t, int64_t);

FOR_PROCESSOR(plain, )
#if defined(ON_X86)
FOR_PROCESSOR(narrow, FOR_AVX2)
static block_function *const BLOCK[] = {block_plain, block_narrow, block_narrow};
#elif defined(__aarch64__)
FOR_PROCESSOR(narrow, )
FOR_PROCESSOR(wide, FOR_DOT)
static block_function *const BLOCK[] = {block_plain, block_narrow, block_wide};
#else
static block_function *const BLOCK[] = {block_plain, block_plain, block_plain};
#endif

/* Copy the input rows from `first` on, zeros where the image has none; NULL without memory. */
static uint8_t *copy_rows(const product *p, int64_t image, int64_t first, int64_t rows) {
    int64_t begin = first < 0 ? 0 : first;
    int64_t end = first + rows < p->rows_in ? first + rows : p->rows_in;
    size_t bytes = (size_t)(rows * p->channels_in + STEP);
    uint8_t *copy = malloc(bytes);
    if (!copy)
        return NULL;
    memset(copy, ZERO_POINT, bytes);
    if (begin < end)
        memcpy(copy + (begin - first) * p->channels_in,
               p->x + (image * p->rows_in + begin) * p->channels_in,
               (size_t)((end - begin) * p->channels_in));
    return copy;
}

/* Compute one block of an image's rows; return whether memory is missing. */
static int run_block(const void *context, int64_t block) {
    const product *p = context;
    int64_t image = block / p->image_blocks, first = block % p->image_blocks * p->block_rows;
    int64_t end = first + p->block_rows < p->rows_out ? first + p->block_rows : p->rows_out;
    int64_t row = first - p->padding;
    int64_t tiled = (end - first + ROWS - 1) / ROWS * ROWS;
    int64_t rows = tiled + p->width - 1;
    int64_t last_byte = (image * p->rows_in + row + rows) * p->channels_in + STEP;
    int is_inside = row >= 0 && end - p->padding + p->width - 1 <= p->rows_in &&
                    last_byte <= p->images * p->rows_in * p->channels_in;
    uint8_t *copy = is_inside ? NULL : copy_rows(p, image, row, rows);
    if (!is_inside && !copy)
        return 1;
    const uint8_t *x = is_inside ? p->x + (image * p->rows_in + row) * p->channels_in : copy;
    BLOCK[ktts_level](p, x, image * p->rows_out + first, end - first);
    free(copy);
    return 0;
}

/*
 * x        uint8, images * rows_in * channels_in
 * weights  int8, packed: panels of OUTS channels * depth, where the depth is width * channels_in
 *          rounded up to STEP
 * starts, scales, biases   for each channel of each panel
 * out      bf16 or, where `is_float`, float: images * (rows_in + 2 * padding - width + 1) * channels_out
 *
 * Returns 0, or 1 where there is no memory.
 */
int ktts_multiply(const uint8_t *x, int64_t images, int64_t rows_in, int64_t channels_in,
                  int64_t width, int64_t padding, int64_t channels_out, const int8_t *weights,
                  const int32_t *starts, const float *scales, const float *biases, int is_float,
                  void *out) {
    const int64_t depth = (width * channels_in + STEP - 1) / STEP * STEP;
    const int64_t rows_out = rows_in + 2 * padding - width + 1;
    const int64_t most = rows_out < MANY_ROWS ? 16 : 128;
    const int64_t image_blocks = (rows_out + most - 1) / most;
    const product p = {x,      images, rows_in, rows_out, channels_in, width,    padding, depth, channels_out,
                       weights, starts, scales,  biases,   out,         is_float, most,    image_blocks};
    return for_blocks(run_block, &p, images * image_blocks);
}
