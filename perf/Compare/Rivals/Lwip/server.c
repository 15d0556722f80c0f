/*
 * The servers of perf/compare on lwIP: raw API, no system layer, one thread, a TAP of our own with one read or write a
 * frame. Arguments: the TAP, the address, the length of its prefix, the gateway.
 */
#include "services.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/netif.h"
#include "lwip/timeouts.h"
#include "netif/ethernet.h"

enum {
    BURST = 64,
    FRAME_BYTES = 1514,
    MTU_BYTES = 1500,
};

static int tap;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "lwip: %s: %s\n", what, strerror(errno));
    exit(1);
}

u32_t sys_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (u32_t)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static int open_tap(const char *name)
{
    struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
    int made = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    if (made < 0 || ioctl(made, TUNSETIFF, &request) < 0) {
        fail(name);
    }
    return made;
}

/* A frame in pieces is gathered first: at this size that costs less than a writev. */
static err_t write_frame(struct netif *netif, struct pbuf *packet)
{
    static unsigned char frame[FRAME_BYTES];
    const void *bytes = packet->payload;
    (void)netif;
    if (packet->next) {
        pbuf_copy_partial(packet, frame, packet->tot_len, 0);
        bytes = frame;
    }
    return write(tap, bytes, packet->tot_len) == packet->tot_len ? ERR_OK : ERR_IF;
}

static err_t attach(struct netif *netif)
{
    static const unsigned char address[] = { 0x02, 0, 0, 0, 0, 0x02 };
    netif->name[0] = 't';
    netif->name[1] = 'p';
    netif->mtu = MTU_BYTES;
    netif->hwaddr_len = sizeof address;
    memcpy(netif->hwaddr, address, sizeof address);
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
    netif->output = etharp_output;
    netif->linkoutput = write_frame;
    return ERR_OK;
}

static void read_burst(struct netif *netif)
{
    for (int i = 0; i < BURST; i++) {
        struct pbuf *packet = pbuf_alloc(PBUF_RAW, FRAME_BYTES, PBUF_POOL);
        if (!packet) {
            return;
        }
        ssize_t got = read(tap, packet->payload, FRAME_BYTES);
        if (got <= 0) {
            pbuf_free(packet);
            if (got < 0 && errno != EAGAIN && errno != EINTR) {
                fail("read");
            }
            return;
        }
        pbuf_realloc(packet, (u16_t)got);
        if (netif->input(packet, netif) != ERR_OK) {
            pbuf_free(packet);
        }
    }
}

int main(int count, char **arguments)
{
    static struct netif netif;
    ip4_addr_t address, mask, gateway;
    if (count != 5 || !ip4addr_aton(arguments[2], &address) || !ip4addr_aton(arguments[4], &gateway)) {
        fprintf(stderr, "usage: lwip-server TAP ADDRESS PREFIX GATEWAY\n");
        return 2;
    }
    mask.addr = htonl(~0u << (32 - atoi(arguments[3])));
    tap = open_tap(arguments[1]);
    lwip_init();
    netif_add(&netif, &address, &mask, &gateway, NULL, attach, ethernet_input);
    netif_set_default(&netif);
    netif_set_up(&netif);
    start_services();
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct pollfd ready = { .fd = tap, .events = POLLIN };
        u32_t sleep = sys_timeouts_sleeptime();
        poll(&ready, 1, sleep > 1000 ? 1000 : (int)sleep);
        read_burst(&netif);
        sys_check_timeouts();
    }
}
