/*
 * Sends the datagrams that come by a TAP back to where they came from, with as little as that takes: read a burst until the
 * TAP is dry, swap stations, addresses and ports in place, write it, poll where it was dry. What perf/Reflector does by the
 * device of ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    BURST_FRAMES = 64,
    SLOT_BYTES = 2048,
    STATION_BYTES = 6,
    SOURCE_ADDRESS = 14 + 12,
    SOURCE_PORT = 14 + 20,
    END_OF_PORTS = SOURCE_PORT + 4,
};

static uint8_t slots[BURST_FRAMES][SLOT_BYTES] __attribute__((aligned(4096)));
static size_t lengths[BURST_FRAMES];

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int open_tap(const char *name)
{
    struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
    int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tap < 0) {
        fail("/dev/net/tun");
    }
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (ioctl(tap, TUNSETIFF, &request) < 0) {
        fail(name);
    }
    return tap;
}

static void swap(uint8_t *left, uint8_t *right, size_t count)
{
    uint8_t kept[STATION_BYTES];
    memcpy(kept, left, count);
    memcpy(left, right, count);
    memcpy(right, kept, count);
}

static void turn_round(uint8_t *frame, size_t length)
{
    if (length < END_OF_PORTS) {
        return;
    }
    swap(frame, frame + STATION_BYTES, STATION_BYTES);
    swap(frame + SOURCE_ADDRESS, frame + SOURCE_ADDRESS + 4, 4);
    swap(frame + SOURCE_PORT, frame + SOURCE_PORT + 2, 2);
}

static int receive(int tap)
{
    int count = 0;
    while (count < BURST_FRAMES) {
        /* As an IP header should lie: behind the 14 bytes of Ethernet. */
        ssize_t length = read(tap, slots[count] + 2, SLOT_BYTES - 2);
        if (length < 0) {
            if (errno == EINTR) {
                continue;
            }
            if (errno != EAGAIN) {
                fail("read");
            }
            break;
        }
        lengths[count++] = (size_t)length;
    }
    return count;
}

static void transmit(int tap, int count)
{
    for (int i = 0; i < count;) {
        if (write(tap, slots[i] + 2, lengths[i]) >= 0) {
            i++;
        } else if (errno == EAGAIN) {
            struct pollfd room = { .fd = tap, .events = POLLOUT };
            poll(&room, 1, 1);
        } else if (errno != EINTR) {
            fail("write");
        }
    }
}

int main(int count, char **arguments)
{
    if (count != 2) {
        fprintf(stderr, "usage: reflector TAP\n");
        return 2;
    }
    int tap = open_tap(arguments[1]);
    puts("ready");
    fflush(stdout);
    for (;;) {
        int frames = receive(tap);
        for (int i = 0; i < frames; i++) {
            turn_round(slots[i] + 2, lengths[i]);
        }
        transmit(tap, frames);
        if (frames < BURST_FRAMES) {
            struct pollfd more = { .fd = tap, .events = POLLIN };
            poll(&more, 1, -1);
        }
    }
}
