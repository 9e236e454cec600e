/* SPDX-License-Identifier: BSD-2-Clause */
/* The entropy server: by its own protocol, as a device, and what it refuses. */

#include "libsys/entropy_client.h"
#include "libsys/file_client.h"
#include "libsys/string.h"
#include "tests/guest/services/services.h"

/* Random bytes have about as many ones as zeros: 2048 bits, six standard deviations. */
static bool is_even(const uint8_t *data, uint32_t size)
{
    uint32_t ones = 0;

    for (uint32_t i = 0; i < size * 8; i++)
        ones += data[i / 8] >> i % 8 & 1;
    return ones > 1024 - 136 && ones < 1024 + 136;
}

static void test_device(void)
{
    struct rpc_client device = client_of("random");
    uint8_t first[256], second[256];
    struct file_status status;
    struct entropy_status known;
    uint32_t size = 0, written = 0;
    uint64_t position;

    expect_error("entropy.read the device",
                 file_read(&device, FILE_POSITION, 256, 0, 0, first, 256, &size), 0);
    expect("entropy.so many", size == 256 && is_even(first, size));
    expect_error("entropy.again", file_read(&device, 7, 256, 0, 0, second, 256, &size), 0);
    expect("entropy.others", memcmp(first, second, 256) != 0);
    expect_error("entropy.write", file_write(&device, FILE_POSITION, 0, 0, first, 256, &written),
                 0);
    expect("entropy.all of it", written == 256);
    struct rpc_client reader = client_of("random-reader"), writer = client_of("random-writer");
    expect_error("entropy.write by a reader", file_write(&reader, 0, 0, 0, first, 1, &written),
                 FILE_ERROR_READ_ONLY);
    expect_error("entropy.read by a writer", file_read(&writer, 0, 1, 0, 0, first, 1, &size),
                 FILE_ERROR_WRITE_ONLY);
    expect_error("entropy.status", file_status(&device, &status), 0);
    expect("entropy.a device", (status.mode & 0170000) == 0020000);
    expect_error("entropy.truncate", file_truncate(device.cap, 0), FILE_ERROR_NOT_SEEKABLE);
    expect_error("entropy.add by the device's handle", entropy_add(&device, first, 1),
                 RPC_BAD_HANDLE);
    expect_error("entropy.its status", entropy_status(device.cap, &known), RPC_BAD_HANDLE);
    expect_error("entropy.a stranger's seek", file_seek(program_cap("entropy"), 0, 0, &position),
                 RPC_BAD_HANDLE);
}

/* A machine whose time is a count of instructions, and without a generator: it gives nothing. */
static void test_nothing(const struct rpc_client *client)
{
    struct rpc_client device = client_of("random");
    struct entropy_status status = {0};
    uint8_t data[16];
    uint32_t size = 0;

    expect_error("entropy.status", entropy_status(client->cap, &status), 0);
    expect("entropy.its reasons",
           status.hardware == 0 && status.failed && status.rejected >= 3 && status.reseeds == 0);
    expect_error("entropy.the device has nothing either",
                 file_read(&device, FILE_POSITION, 16, 0, 0, data, 16, &size), RPC_AGAIN);
}

void test_entropy(void)
{
    struct rpc_client client = client_of("entropy"), device = client_of("random");
    uint8_t first[ENTROPY_READ_MAX], second[ENTROPY_READ_MAX];
    struct entropy_status status = {0};
    uint32_t size = 0;

    if (entropy_read(&client, 256, first, 256, &size) == RPC_AGAIN) {
        test_nothing(&client);
        return;
    }
    expect_error("entropy.read", entropy_read(&client, 256, first, 256, &size), 0);
    expect("entropy.so many", size == 256 && is_even(first, size));
    expect_error("entropy.read again", entropy_read(&client, 256, second, 256, &size), 0);
    expect("entropy.others", memcmp(first, second, 256) != 0);
    expect_error("entropy.read one", entropy_read(&client, 1, first, 256, &size), 0);
    expect("entropy.one", size == 1);
    expect_error("entropy.read none", entropy_read(&client, 0, first, 256, &size), RPC_MALFORMED);
    expect_error("entropy.read too many", entropy_read(&client, 257, first, 256, &size),
                 RPC_MALFORMED);
    expect_error("entropy.add", entropy_add(&client, first, 256), 0);
    expect_error("entropy.by a device's handle", entropy_read(&device, 1, first, 256, &size),
                 RPC_BAD_HANDLE);
    for (int i = 0; i < 200; i++)
        if (entropy_read(&client, 256, first, 256, &size))
            expect("entropy.read", false);
    expect_error("entropy.status", entropy_status(client.cap, &status), 0);
    expect("entropy.it is seeded again and again",
           status.reseeds >= 2 && status.samples > 3000 && (status.hardware || !status.failed));
    test_device();
}
