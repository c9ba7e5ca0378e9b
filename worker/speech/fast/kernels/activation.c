/*
 * What stands between two convolutions of Kokoro's decoder and vocoder, in two sweeps over memory:
 *
 *     n = (x - mean) / sqrt(variance + 1e-5)       instance norm: per channel, over all frames
 *     u = gain * n + shift                         style
 *     y = u + sin(alpha * u)^2 / alpha             Snake, or
 *     y = u < 0 ? leak * u : u                     leaky ReLU
 *     out = y rounded to bf16, or round(y * steps) + 128 held in 0..255 as uint8
 *
 * Before an upsampler there is neither norm nor style: u = x, in one sweep.
 *
 * PyTorch makes a dozen trips through memory for the same; at 128 x 115,801 that is 73 ms to 3.4.
 *
 * Layout. Tensors are rows of channels, bf16, one row per frame. With p phases, frame t is row t / p
 * of image t % p; rows past the last frame hold the value that stands for zero. Over such images a
 * convolution without dilation does what one with dilation p does over the frames, and oneDNN's int8
 * kernels run nearly twice as fast without dilation. There may be more rows than the frames need:
 * oneDNN prepares every length anew, so lengths are rounded up to a few.
 *
 * The same input gives the same bytes on any number of threads: sums are taken over fixed blocks of
 * rows and added up in order.
 *
 * No header of PyTorch or Python is needed: build with any C11 compiler, call through ctypes.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "level.h"
#include "threads.h"

enum { LANES = 128 }; /* channels that are summed in registers */

enum { EXPONENT = 0x7f80 }; /* all of bf16's exponent: infinite, or no number */

enum { DONE = 0, NO_MEMORY = 1, NOT_FINITE = 2 };

static const double PI = 3.14159265358979323846;
static const float NORM_EPSILON = 1e-5f;
static const float ZERO_POINT = 128.0f;

/* What one channel needs: u = x * slope + offset, and alpha * u / pi = x * turns + turn_offset. */
typedef struct {
    float *slope, *offset, *turns, *turn_offset, *snake;
} channel_terms;

/* The arguments of `ktts_activate` that both sweeps need. */
typedef struct {
    const uint16_t *x;
    int64_t frames, rows_in, rows_out;
    int channels, phases_in, phases_out, is_snake, is_uint8;
    float leak;
    channel_terms terms;
    void *out;
    float *sums;                      /* of each block and channel, and those of the squares */
    int64_t block_rows, image_blocks; /* blocks of an image whose rows are summed */
} sweep;

BODY float from_bf16(uint16_t bits) {
    uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return value;
}

/* Round to nearest, ties to even. */
BODY uint16_t to_bf16(float value) {
    uint32_t wide;
    memcpy(&wide, &value, sizeof wide);
    return (uint16_t)((wide + 0x7fff + ((wide >> 16) & 1)) >> 16);
}

/* sin(pi * turns)^2, which repeats with every whole turn; the polynomial is off by at most 6e-9. */
BODY float sine_squared(float turns) {
    float rest = turns - rintf(turns);
    float q = rest * rest;
    return q * (9.869602920f + q * (-32.46958111f + q * (42.72538472f +
           q * (-30.08595267f + q * (12.99072860f + q * -3.272943732f)))));
}

/* Rows that are summed in single precision, and handed to one thread: fewer where there are few. */
BODY int64_t block_rows(int64_t frames) {
    return frames < 2048 ? 32 : 256;
}

/* Row of frame t in a tensor of `phases` images with `image_rows` rows each. */
BODY int64_t row_of(int64_t t, int phases, int64_t image_rows) {
    return phases == 1 ? t : (t % phases) * image_rows + t / phases;
}

/* Sum x and x * x over rows for LANES channels; the constant width keeps both sums in registers. */
BODY void sum_lanes(const uint16_t *restrict x, int64_t rows, int channels, float *restrict sum,
                    float *restrict square) {
    float s[LANES] = {0}, q[LANES] = {0};
    for (int64_t row = 0; row < rows; row++, x += channels) {
        for (int c = 0; c < LANES; c++) {
            float value = from_bf16(x[c]);
            s[c] += value;
            q[c] += value * value;
        }
    }
    memcpy(sum, s, sizeof s);
    memcpy(square, q, sizeof q);
}

BODY void sum_block(const uint16_t *restrict x, int64_t rows, int channels, float *restrict sum,
                    float *restrict square) {
    int c = 0;
    for (; c + LANES <= channels; c += LANES)
        sum_lanes(x + c, rows, channels, sum + c, square + c);
    for (; c < channels; c++) {
        float s = 0, q = 0;
        for (int64_t row = 0; row < rows; row++) {
            float value = from_bf16(x[row * channels + c]);
            s += value;
            q += value * value;
        }
        sum[c] = s;
        square[c] = q;
    }
}

BODY void row_to_uint8(const uint16_t *restrict x, int channels, const channel_terms *terms,
                       uint8_t *restrict out) {
    const float *restrict slope = terms->slope, *restrict offset = terms->offset;
    const float *restrict turns = terms->turns, *restrict turn_offset = terms->turn_offset;
    const float *restrict snake = terms->snake;
    for (int c = 0; c < channels; c++) {
        float value = from_bf16(x[c]);
        float y = value * slope[c] + offset[c];
        y += snake[c] * sine_squared(value * turns[c] + turn_offset[c]);
        y += ZERO_POINT + 0.5f; /* to int cuts off, so this rounds */
        y = y < 0.0f ? 0.0f : y;
        y = y > 255.0f ? 255.0f : y;
        out[c] = (uint8_t)(int)y;
    }
}

BODY void row_to_bf16(const uint16_t *restrict x, int channels, const channel_terms *terms,
                      uint16_t *restrict out) {
    const float *restrict slope = terms->slope, *restrict offset = terms->offset;
    const float *restrict turns = terms->turns, *restrict turn_offset = terms->turn_offset;
    const float *restrict snake = terms->snake;
    for (int c = 0; c < channels; c++) {
        float value = from_bf16(x[c]);
        float y = value * slope[c] + offset[c];
        y += snake[c] * sine_squared(value * turns[c] + turn_offset[c]);
        out[c] = to_bf16(y);
    }
}

/* The leaky ReLU, for a leak of at most 1; return whether a value was no number. */
BODY int leaky_row_to_uint8(const uint16_t *restrict x, int channels, const channel_terms *terms,
                            float leak, uint8_t *restrict out) {
    const float *restrict slope = terms->slope, *restrict offset = terms->offset;
    int wrong = 0;
    for (int c = 0; c < channels; c++) {
        float y = from_bf16(x[c]) * slope[c] + offset[c];
        wrong |= (x[c] & EXPONENT) == EXPONENT;
        y = y < 0.0f ? y * leak : y;
        y += ZERO_POINT + 0.5f;
        y = y < 0.0f ? 0.0f : y;
        y = y > 255.0f ? 255.0f : y;
        out[c] = (uint8_t)(int)y;
    }
    return wrong;
}

BODY int leaky_row_to_bf16(const uint16_t *restrict x, int channels, const channel_terms *terms,
                           float leak, uint16_t *restrict out) {
    const float *restrict slope = terms->slope, *restrict offset = terms->offset;
    int wrong = 0;
    for (int c = 0; c < channels; c++) {
        float y = from_bf16(x[c]) * slope[c] + offset[c];
        wrong |= (x[c] & EXPONENT) == EXPONENT;
        out[c] = to_bf16(y < 0.0f ? y * leak : y);
    }
    return wrong;
}

/* Write the frames from `first` to `end`; return whether a value was no number. */
BODY int write_frames(const sweep *s, int64_t first, int64_t end) {
    int wrong = 0;
    for (int64_t t = first; t < end; t++) {
        const uint16_t *row = s->x + row_of(t, s->phases_in, s->rows_in) * s->channels;
        int64_t target = row_of(t, s->phases_out, s->rows_out) * s->channels;
        uint8_t *small = (uint8_t *)s->out + target;
        uint16_t *large = (uint16_t *)s->out + target;
        if (s->is_snake && s->is_uint8)
            row_to_uint8(row, s->channels, &s->terms, small);
        else if (s->is_snake)
            row_to_bf16(row, s->channels, &s->terms, large);
        else if (s->is_uint8)
            wrong |= leaky_row_to_uint8(row, s->channels, &s->terms, s->leak, small);
        else
            wrong |= leaky_row_to_bf16(row, s->channels, &s->terms, s->leak, large);
    }
    return wrong;
}

/* Both bodies for one kind of processor. */
#define FOR_PROCESSOR(name, target)                                                              \
    target static void sum_##name(const uint16_t *x, int64_t rows, int channels, float *sum,     \
                                  float *square) {                                               \
        sum_block(x, rows, channels, sum, square);                                               \
    }                                                                                            \
    target static int write_##name(const sweep *s, int64_t first, int64_t end) {                 \
        return write_frames(s, first, end);                                                      \
    }

typedef void sum_function(const uint16_t *, int64_t, int, float *, float *);
typedef int write_function(const sweep *, int64_t, int64_t);

FOR_PROCESSOR(plain, )
#ifdef ON_X86
FOR_PROCESSOR(narrow, FOR_AVX2)
FOR_PROCESSOR(wide, FOR_AVX512)
static sum_function *const SUM[] = {sum_plain, sum_narrow, sum_wide};
static write_function *const WRITE[] = {write_plain, write_narrow, write_wide};
#else /* every processor of the family has NEON */
static sum_function *const SUM[] = {sum_plain, sum_plain, sum_plain};
static write_function *const WRITE[] = {write_plain, write_plain, write_plain};
#endif

/* Without norm and style only quantisation is left of the terms. */
static void copy_steps(channel_terms terms, int channels, const float *steps) {
    for (int c = 0; c < channels; c++) {
        terms.slope[c] = steps ? steps[c] : 1.0f;
        terms.offset[c] = 0.0f;
    }
}

/*
 * Fold norm, style, Snake and quantisation into the terms of each channel. `fma` is written out,
 * because compilers fuse for some processors only, and equal sums shall give equal terms on all.
 */
static int fold_terms(channel_terms terms, const float *sums, int64_t blocks, int64_t frames,
                      int channels, const float *gain, const float *shift, const float *alpha,
                      const float *steps) {
    for (int c = 0; c < channels; c++) {
        double sum = 0, square = 0;
        for (int64_t block = 0; block < blocks; block++) {
            sum += sums[2 * block * channels + c];
            square += sums[(2 * block + 1) * channels + c];
        }
        double mean = sum / (double)frames;
        double variance = fma(-mean, mean, square / (double)frames);
        double slope = gain[c] / sqrt((variance > 0 ? variance : 0) + NORM_EPSILON);
        double offset = fma(-mean, slope, shift[c]);
        double scale = steps ? steps[c] : 1.0;
        if (!isfinite(slope) || !isfinite(offset) || !isfinite(square))
            return NOT_FINITE;
        terms.slope[c] = (float)(slope * scale);
        terms.offset[c] = (float)(offset * scale);
        if (!alpha)
            continue;
        terms.turns[c] = (float)(slope * alpha[c] / PI);
        terms.turn_offset[c] = (float)(offset * alpha[c] / PI);
        terms.snake[c] = (float)(scale / alpha[c]);
    }
    return DONE;
}

/* Sum each channel over one block of an image's rows. */
static int sum_shared(const void *context, int64_t block) {
    const sweep *s = context;
    int64_t phase = block / s->image_blocks, first = block % s->image_blocks * s->block_rows;
    int64_t rows = (s->frames - phase + s->phases_in - 1) / s->phases_in - first;
    float *sum = s->sums + 2 * block * s->channels;
    rows = rows < 0 ? 0 : rows > s->block_rows ? s->block_rows : rows;
    SUM[ktts_level](s->x + (phase * s->rows_in + first) * s->channels, rows, s->channels, sum,
                    sum + s->channels);
    return 0;
}

/* Write one block of frames; return whether a value is no number. */
static int write_shared(const void *context, int64_t block) {
    const sweep *s = context;
    int64_t first = block * s->block_rows, end = first + s->block_rows;
    return WRITE[ktts_level](s, first, end < s->frames ? end : s->frames);
}

/*
 * x           bf16, phases_in images of rows_in rows, which hold `frames` frames
 * gain, shift, alpha, steps   float32, one per channel; gain == NULL leaves norm and style out,
 *             alpha == NULL asks for the leaky ReLU (with a gain of NULL it must be), steps == NULL
 *             for bf16
 * leak        what the leaky ReLU leaves of a negative value, at most 1
 * out         uint8 or bf16, phases_out images of rows_out rows
 */
int ktts_activate(const uint16_t *x, int64_t frames, int64_t rows_in, int64_t rows_out,
                  int channels, int phases_in, int phases_out, const float *gain,
                  const float *shift, const float *alpha, float leak, const float *steps,
                  void *out) {
    const int64_t most = block_rows(frames);
    const int64_t blocks = ((frames + phases_in - 1) / phases_in + most - 1) / most * phases_in;
    float *memory = malloc((size_t)(2 * blocks + 5) * (size_t)channels * sizeof(float));
    if (!memory)
        return NO_MEMORY;
    const channel_terms terms = {memory, memory + channels, memory + 2 * channels,
                                 memory + 3 * channels, memory + 4 * channels};
    const sweep whole = {x, frames, rows_in, rows_out, channels, phases_in, phases_out, alpha != NULL,
                         steps != NULL, leak, terms, out, memory + 5 * channels, most,
                         blocks / phases_in};
    int status = DONE;
    if (gain) {
        for_blocks(sum_shared, &whole, blocks);
        status = fold_terms(terms, whole.sums, blocks, frames, channels, gain, shift, alpha, steps);
    } else
        copy_steps(terms, channels, steps);
    if (status != DONE) {
        free(memory);
        return status;
    }

    int wrong = for_blocks(write_shared, &whole, (frames + most - 1) / most);
    for (int64_t t = frames; t < rows_out * phases_out; t++) {
        int64_t target = row_of(t, phases_out, rows_out) * channels;
        if (steps)
            memset((uint8_t *)out + target, (int)ZERO_POINT, (size_t)channels);
        else
            memset((uint16_t *)out + target, 0, (size_t)channels * sizeof(uint16_t));
    }
    free(memory);
    return wrong ? NOT_FINITE : DONE;
}
