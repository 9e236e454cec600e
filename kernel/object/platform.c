/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/arch/arch.h"
#include "kernel/object/platform.h"

#include "kernel/cap/invoke.h"
#include "kernel/cap/object.h"
#include "kernel/object/notification.h"

#define IRQ_VECTORS (VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST + 1)

static struct irq_handler *handlers; /* one per line of the IOAPICs, up to IRQ_VECTORS */
static unsigned handler_count;

BOOT_CODE void platform_init(void)
{
    handler_count = ioapic_gsi_limit();
    if (handler_count > IRQ_VECTORS)
        handler_count = IRQ_VECTORS;
    if (handler_count)
        handlers =
            boot_alloc((handler_count * sizeof *handlers + PAGE_SIZE - 1) & -PAGE_SIZE, PAGE_SIZE);
}

/* ---- Platform ---- */

COLD err_t platform_irq(struct invocation *call)
{
    err_t error;
    uint64_t line = call->arg[2], mode = call->arg[3];
    struct slot *slot = invocation_destination(call, call->cap[0], call->arg[1], 2, &error);
    if (!slot)
        return error;
    if (mode & ~(uint64_t)(IRQ_LEVEL | IRQ_LOW | IRQ_ISA))
        return invocation_error(call, ERROR_OUT_OF_RANGE, 4);
    if (line >= ((mode & IRQ_ISA) ? 16u : handler_count))
        return invocation_error(call, ERROR_OUT_OF_RANGE, 3);
    unsigned line_mode = (unsigned)mode, gsi = (unsigned)line;
    if (mode & IRQ_ISA)
        gsi = irq_to_gsi((uint8_t)line, &line_mode);
    if (gsi >= handler_count)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 3);
    struct irq_handler *handler = &handlers[gsi];
    if (handler->taken)
        return invocation_error(call, ERROR_BOUND, 3);
    handler->vector = (uint8_t)(VECTOR_DEVICE_FIRST + gsi);
    if (!ioapic_route(gsi, handler->vector, line_mode, &handler->line))
        return invocation_error(call, ERROR_OUT_OF_RANGE, 3);

    handler->taken = true;
    handler->level = line_mode & IRQ_LEVEL;
    handler->masked = true;
    slot_make_original(call->self, slot, OBJECT_IRQ_HANDLER, handler, 0);
    return 0;
}

COLD err_t platform_ports(struct invocation *call)
{
    err_t error;
    uint64_t first = call->arg[2], count = call->arg[3];
    struct slot *slot = invocation_destination(call, call->cap[0], call->arg[1], 2, &error);
    if (!slot)
        return error;
    if (first > 0xffff)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 3);
    if (count == 0 || count > 0x10000 - first)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 4);
    slot_make_original(call->self, slot, OBJECT_IO_PORT, ref_pointer(0), 0);
    slot->badge = (uint32_t)(first | (first + count - 1) << 16);
    return 0;
}

COLD err_t platform_device(struct invocation *call)
{
    err_t error;
    uint64_t address = call->arg[2], size_bits = call->arg[3];
    struct slot *slot = invocation_destination(call, call->cap[0], call->arg[1], 2, &error);
    if (!slot)
        return error;
    if (size_bits < PAGE_BITS || size_bits > 36)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 4);
    uint64_t size = 1ull << size_bits;
    if (address & (size - 1))
        return invocation_error(call, ERROR_MISALIGNED, 3);
    if (address >= 1ull << 52 || arch_memory_is_kernels(address, size))
        return invocation_error(call, ERROR_OUT_OF_RANGE, 3);
    slot_make_original(call->self, slot, OBJECT_FRAME, ref_pointer(0), (unsigned)size_bits);
    slot->flags |= SLOT_DEVICE;
    slot->frame_page = address >> PAGE_BITS;
    return 0;
}

err_t platform_power_off(struct invocation *call)
{
    arch_power_off(call->arg[0] == 0);
}

/* ---- IrqHandler ---- */

static void line_mask(struct irq_handler *handler)
{
    irq_line_mask(&handler->line);
    handler->masked = true;
}

static void line_unmask(struct irq_handler *handler)
{
    handler->masked = false;
    irq_line_unmask(&handler->line);
}

void irq_deliver(unsigned vector)
{
    unsigned index = vector - VECTOR_DEVICE_FIRST;
    if (index < handler_count && handlers[index].notification) {
        struct irq_handler *handler = &handlers[index];
        if (handler->level) /* it goes on until the device was served */
            line_mask(handler);
        apic_eoi();
        notification_signal(handler->notification, handler->flags);
    } else {
        apic_eoi();
    }
}

err_t irq_bind(struct invocation *call)
{
    struct irq_handler *handler = ref_pointer(call->self->object);
    struct slot *notification = call->cap[0];
    if (notification && handler->notification)
        return invocation_error(call, ERROR_BOUND, 0);
    slot_unbind(&handler->binding);
    if (!notification)
        return 0;
    slot_bind(notification, &handler->binding, handler, BINDING_IRQ_NOTIFICATION);
    handler->notification = ref_pointer(notification->object);
    handler->flags = notification->badge;
    line_unmask(handler);
    return 0;
}

err_t irq_ack(struct invocation *call)
{
    struct irq_handler *handler = ref_pointer(call->self->object);
    if (!handler->notification)
        return invocation_error(call, ERROR_NOT_BOUND, 0);
    if (handler->masked)
        line_unmask(handler);
    return 0;
}

void irq_binding_end(struct irq_handler *handler)
{
    handler->notification = NULL;
    line_mask(handler);
}

void irq_handler_end(struct irq_handler *handler)
{
    slot_unbind(&handler->binding);
    handler->taken = false;
}

/* ---- IoPort ---- */

static err_t check_port(const struct invocation *call)
{
    uint64_t port = call->arg[0], size = call->arg[1];
    uint64_t first = call->self->badge & 0xffff, last = call->self->badge >> 16;
    if (size != 1 && size != 2 && size != 4)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 2);
    if (port < first || port > last || port + size - 1 > last)
        return invocation_error(call, ERROR_OUT_OF_RANGE, 1);
    return 0;
}

err_t io_port_in(struct invocation *call)
{
    err_t error = check_port(call);
    uint16_t port = (uint16_t)call->arg[0];
    if (error)
        return error;
    call->result[0] = call->arg[1] == 1 ? inb(port) : call->arg[1] == 2 ? inw(port) : inl(port);
    return 0;
}

err_t io_port_out(struct invocation *call)
{
    err_t error = check_port(call);
    uint16_t port = (uint16_t)call->arg[0];
    uint32_t value = (uint32_t)call->arg[2];
    if (error)
        return error;
    if (call->arg[1] == 1)
        outb(port, (uint8_t)value);
    else if (call->arg[1] == 2)
        outw(port, (uint16_t)value);
    else
        outl(port, value);
    return 0;
}
