/*
 * Runs both kernels on posed numbers at the level that the first argument names, and prints that level
 * and a checksum of everything they wrote. The numbers come from integers only, so every processor poses
 * the same ones.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ktts_use(int most);
int ktts_activate(const uint16_t *x, int64_t frames, int64_t rows_in, int64_t rows_out, int channels,
                  int phases_in, int phases_out, const float *gain, const float *shift,
                  const float *alpha, float leak, const float *steps, void *out);
int ktts_multiply(const uint8_t *x, int64_t images, int64_t rows_in, int64_t channels_in,
                  int64_t width, int64_t padding, int64_t channels_out, const int8_t *weights,
                  const int32_t *starts, const float *scales, const float *biases, int is_float,
                  void *out);

static uint64_t checksum = 14695981039346656037u;
static uint32_t state = 1;

static uint32_t draw(uint32_t below) {
    state = state * 1664525 + 1013904223;
    return (uint32_t)(((uint64_t)state * below) >> 32);
}

/* A number from `low` on, in steps of 1/256, which floats hold exactly. */
static float draw_float(int low, uint32_t steps) {
    return (float)low + (float)draw(steps) / 256.0f;
}

static void add(const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++)
        checksum = (checksum ^ ((const uint8_t *)bytes)[i]) * 1099511628211u;
}

static void *fresh(size_t bytes) {
    void *found = calloc(1, bytes + 64);
    if (!found)
        exit(2);
    return found;
}

static void pose_activation(int channels, int64_t frames, int phases_in, int phases_out, int is_snake,
                            int is_uint8, int has_style) {
    int64_t rows_in = (frames + phases_in - 1) / phases_in + 1;
    int64_t rows_out = (frames + phases_out - 1) / phases_out + 2;
    int64_t values = rows_in * phases_in * channels;
    size_t bytes = (size_t)(rows_out * phases_out * channels) * 2;
    uint16_t *x = fresh((size_t)values * 2);
    float *terms = fresh((size_t)channels * 4 * sizeof(float));
    uint8_t *out = fresh(bytes);
    for (int64_t i = 0; i < values; i++) {
        float value = draw_float(-4, 2048);
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        x[i] = (uint16_t)(bits >> 16);
    }
    for (int c = 0; c < channels; c++) {
        terms[c] = draw_float(-2, 1024);
        terms[channels + c] = draw_float(-1, 512);
        terms[2 * channels + c] = draw_float(0, 768) + 0.125f;
        terms[3 * channels + c] = draw_float(20, 5120);
    }
    if (ktts_activate(x, frames, rows_in, rows_out, channels, phases_in, phases_out,
                      has_style ? terms : NULL, has_style ? terms + channels : NULL,
                      is_snake ? terms + 2 * channels : NULL, 0.2f,
                      is_uint8 ? terms + 3 * channels : NULL, out))
        exit(3);
    add(out, bytes);
    free(x), free(terms), free(out);
}

/* At the extreme four products come as near to the ends of 16 bits as `quantize_weight` lets them. */
static void pose_product(int64_t images, int64_t rows, int64_t channels_in, int64_t width,
                         int64_t padding, int64_t channels_out, int is_float, int is_extreme) {
    int64_t depth = (width * channels_in + 7) / 8 * 8, panels = (channels_out + 15) / 16;
    int64_t rows_out = rows + 2 * padding - width + 1;
    size_t bytes = (size_t)(images * rows_out * channels_out) * (is_float ? 4 : 2);
    uint8_t *x = fresh((size_t)(images * rows * channels_in)), *out = fresh(bytes);
    int8_t *weights = fresh((size_t)(panels * 16 * depth));
    int32_t *starts = fresh((size_t)panels * 64);
    float *scales = fresh((size_t)panels * 64), *biases = fresh((size_t)panels * 64);
    for (int64_t i = 0; i < images * rows * channels_in; i++)
        x[i] = (uint8_t)(is_extreme ? 255 * draw(2) : draw(256));
    for (int64_t o = 0; o < panels * 16; o++) {
        for (int64_t k = 0; k < width * channels_in; k++) {
            int weight = is_extreme ? (o % 2 ? 32 : k / 4 % 2 ? 64 : -64) : (int)draw(65) - 32;
            weights[o / 16 * 16 * depth + (k / 4 * 16 + o % 16) * 4 + k % 4] = (int8_t)weight;
            starts[o] -= 128 * weight;
        }
        scales[o] = draw_float(0, 256) / 4096.0f;
        biases[o] = draw_float(-1, 512);
    }
    if (ktts_multiply(x, images, rows, channels_in, width, padding, channels_out, weights, starts,
                      scales, biases, is_float, out))
        exit(4);
    add(out, bytes);
    free(x), free(out), free(weights), free(starts), free(scales), free(biases);
}

int main(int count, char **words) {
    int level = ktts_use(count > 1 ? atoi(words[1]) : 2);
    for (int is_uint8 = 0; is_uint8 < 2; is_uint8++) {
        pose_activation(128, 600, 1, 3, 1, is_uint8, 1);
        pose_activation(130, 2100, 5, 1, 1, is_uint8, 1);
        pose_activation(24, 7, 1, 5, 0, is_uint8, 1);
        pose_activation(33, 50, 1, 1, 0, is_uint8, 0);
    }
    uint64_t activated = checksum;
    checksum = 0;
    for (int is_extreme = 0; is_extreme < 2; is_extreme++) {
        pose_product(1, 600, 128, 3, 1, 32, 0, is_extreme);
        pose_product(3, 45, 128, 11, 5, 24, 0, is_extreme);
        pose_product(1, 7, 66, 3, 1, 16, 0, is_extreme);
        pose_product(1, 9, 40, 2, 1, 17, 1, is_extreme);
        pose_product(1, 5, 768, 1, 0, 48, 1, is_extreme);
    }
    printf("%d %016llx %016llx\n", level, (unsigned long long)activated,
           (unsigned long long)checksum);
    return 0;
}
