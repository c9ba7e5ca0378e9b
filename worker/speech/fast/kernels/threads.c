#include <stddef.h>

#include "threads.h"

typedef void (*start_threads)(void (*body)(void *), void *data, unsigned threads, unsigned flags);
typedef int (*ask_threads)(void);

static start_threads start;
static ask_threads count_threads, own_number;

/* Take GOMP_parallel, omp_get_num_threads and omp_get_thread_num; NULL for one thread. */
void ktts_use_threads(start_threads parallel, ask_threads count, ask_threads number) {
    start = count && number ? parallel : NULL;
    count_threads = count;
    own_number = number;
}

typedef struct {
    block_work work;
    const void *context;
    int64_t blocks;
    int wrong;
} shared_work;

static void work_on(shared_work *all, int64_t first, int64_t end) {
    int wrong = 0;
    for (int64_t block = first; block < end; block++)
        wrong |= all->work(all->context, block);
    if (wrong)
        __atomic_fetch_or(&all->wrong, wrong, __ATOMIC_RELAXED);
}

static void work_on_own_share(void *data) {
    shared_work *all = data;
    int64_t threads = count_threads(), number = own_number();
    work_on(all, all->blocks * number / threads, all->blocks * (number + 1) / threads);
}

int for_blocks(block_work work, const void *context, int64_t blocks) {
    shared_work all = {work, context, blocks, 0};
    if (start && blocks > 1)
        start(work_on_own_share, &all, 0, 0);
    else
        work_on(&all, 0, blocks);
    return all.wrong;
}
