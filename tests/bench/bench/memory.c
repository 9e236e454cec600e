/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Map, protect and unmap, each one ranged operation over 1 or 1,024 pages of 4 KiB. The address is
 * a page beside the boundary of a large page, and the Frame begins at one: no large page fits.
 */

#include "libsys/invoke.h"
#include "tests/bench/bench/bench.h"
#include "tests/bench/bench/sample.h"

#define PAGES 1024

static void check_mapped(uint64_t pages)
{
    for (uint64_t i = 0; i < pages; i++)
        bench_expect("a mapped page has its mark",
                     *(volatile uint64_t *)(MAP_ADDRESS + i * PAGE) == i + 1);
}

static void check_unmapped(uint64_t bytes)
{
    bench_expect("what was unmapped can't be unmapped again",
                 ERR_CODE(frame_unmap(bench.frame, 0, bytes)) == ERROR_NOT_MAPPED);
}

static void measure_page(void)
{
    for (unsigned i = 0; i < PASSES; i++) {
        err_t error;
        MEASURE(REGION_MAP_1, error = frame_map(bench.frame, bench.vspace, MAP_ADDRESS, 0, PAGE,
                                                ACCESS_READ | ACCESS_WRITE));
        bench_check("frame_map", error);
        check_mapped(1);
        MEASURE(REGION_PROTECT_1, error = frame_protect(bench.frame, 0, PAGE, ACCESS_READ));
        bench_check("frame_protect", error);
        check_mapped(1);
        MEASURE(REGION_UNMAP_1, error = frame_unmap(bench.frame, 0, PAGE));
        bench_check("frame_unmap", error);
        check_unmapped(PAGE);
    }
}

static void measure_range(void)
{
    for (unsigned i = 0; i < PASSES; i++) {
        err_t error;
        MEASURE(REGION_MAP_1024, error = frame_map(bench.frame, bench.vspace, MAP_ADDRESS, 0,
                                                   PAGES * PAGE, ACCESS_READ | ACCESS_WRITE));
        bench_check("frame_map", error);
        check_mapped(PAGES);
        MEASURE(REGION_PROTECT_1024,
                error = frame_protect(bench.frame, 0, PAGES * PAGE, ACCESS_READ));
        bench_check("frame_protect", error);
        check_mapped(PAGES);
        MEASURE(REGION_UNMAP_1024, error = frame_unmap(bench.frame, 0, PAGES * PAGE));
        bench_check("frame_unmap", error);
        check_unmapped(PAGES * PAGE);
    }
}

/* For single pages a neighbour stays mapped, so that the page table does. */
void memory_measure(void)
{
    cap_t neighbour = bench_make(OBJECT_FRAME, 12);

    bench_check("mapping a neighbour", frame_map(neighbour, bench.vspace, MAP_ADDRESS - PAGE, 0,
                                                 PAGE, ACCESS_READ | ACCESS_WRITE));
    measure_page();
    measure_range();
}
