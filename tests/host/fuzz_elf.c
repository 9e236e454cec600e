/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: libsys/elf.c kernel/lib/format.c */
/* libFuzzer: whatever bytes the ELF reader accepts must keep what elf.h promises. */

#include <stdint.h>
#include <stdlib.h>

#include "kernel/abi/types.h"
#include "libsys/elf.h"

#define LIMIT 0x10000000ull

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct elf_image image;
    char error[ELF_ERROR_MAX];
    uint64_t last_end = ELF_ADDRESS_MIN;

    if (!elf_read(bytes, size, LIMIT, &image, error))
        return 0;
    check(image.segment_count >= 1 && image.segment_count <= ELF_SEGMENTS_MAX);
    for (uint32_t i = 0; i < image.segment_count; i++) {
        const struct elf_segment *segment = &image.segment[i];
        check(segment->file_offset <= size && segment->file_bytes <= size - segment->file_offset);
        check(segment->memory_bytes > 0 && segment->file_bytes <= segment->memory_bytes);
        check(segment->address / 4096 * 4096 >= last_end);
        check(segment->memory_bytes <= LIMIT - segment->address);
        check(!(segment->access & ACCESS_WRITE) || !(segment->access & ACCESS_EXECUTE));
        last_end = (segment->address + segment->memory_bytes + 4095) / 4096 * 4096;
    }
    return 0;
}
