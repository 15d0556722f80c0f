/* Bytes as fast as they go: to the discard server, from the chargen server, and some through the echo server and back. */
#include "client.h"

#include <errno.h>
#include <linux/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CHUNK_BYTES = 256 << 10,
    CHECKED_BYTES = 4 << 20,
    /* RFC 864: the lines until the first comes again. */
    LINES = 95,
    LINE_CHARACTERS = 72,
    LINE_BYTES = LINE_CHARACTERS + 2,
    PERIOD_BYTES = LINES * LINE_BYTES,
    /* What is compared at each end of a read while the time counts. */
    PROBE_BYTES = 64,
};

static uint8_t chunk[CHUNK_BYTES];
static uint8_t answer[CHECKED_BYTES];
static uint8_t pattern[PERIOD_BYTES + CHUNK_BYTES];

static void fill_pattern(void)
{
    for (int line = 0; line < LINES; line++) {
        uint8_t *text = pattern + line * LINE_BYTES;
        for (int column = 0; column < LINE_CHARACTERS; column++) {
            text[column] = (uint8_t)(' ' + (line + column) % LINES);
        }
        text[LINE_CHARACTERS] = '\r';
        text[LINE_CHARACTERS + 1] = '\n';
    }
    for (size_t i = PERIOD_BYTES; i < sizeof pattern; i++) {
        pattern[i] = pattern[i - PERIOD_BYTES];
    }
}

static struct tcp_info tell(int socket)
{
    struct tcp_info info;
    socklen_t length = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) < 0) {
        fail("no TCP_INFO: %s", strerror(errno));
    }
    return info;
}

/* The stack receives; what counts is what it has acknowledged. */
void receive_bulk(void)
{
    int socket = connect_tcp(DISCARD_PORT);
    bool is_open = false;
    struct tcp_info first = tell(socket);
    fill_pattern();
    for (double end = now_seconds() + task.warm_up;;) {
        send_all(socket, pattern, CHUNK_BYTES);
        if (now_seconds() < end) {
            continue;
        }
        if (is_open) {
            break;
        }
        is_open = true;
        first = tell(socket);
        window_open();
        end = window.opened + task.seconds;
    }
    struct tcp_info last = tell(socket);
    window_close();
    window.bytes = last.tcpi_bytes_acked - first.tcpi_bytes_acked;
    window.retransmitted = last.tcpi_total_retrans - first.tcpi_total_retrans;
    if (window.bytes == 0) {
        fail("nothing was acknowledged");
    }
    close(socket);
}

static void compare(const uint8_t *bytes, uint64_t offset, size_t count)
{
    if (memcmp(bytes, pattern + offset % PERIOD_BYTES, count) != 0) {
        fail("wrong bytes in the stretch of %zu from byte %llu on", count, (unsigned long long)offset);
    }
}

/* The stack sends. Every byte is compared while warming up; then both ends of each read, which any gap would shift. */
void send_bulk(void)
{
    int socket = connect_tcp(CHARGEN_PORT);
    uint64_t offset = 0, first = 0;
    bool is_open = false;
    fill_pattern();
    for (double end = now_seconds() + task.warm_up;;) {
        ssize_t got = recv(socket, chunk, CHUNK_BYTES, 0);
        if (got <= 0) {
            fail("nothing comes after %llu bytes: %s", (unsigned long long)offset, got == 0 ? "the server closed" : strerror(errno));
        }
        size_t count = (size_t)got;
        if (!is_open || count <= 2 * PROBE_BYTES) {
            compare(chunk, offset, count);
        } else {
            compare(chunk, offset, PROBE_BYTES);
            compare(chunk + count - PROBE_BYTES, offset + count - PROBE_BYTES, PROBE_BYTES);
        }
        offset += count;
        if (now_seconds() < end) {
            continue;
        }
        if (is_open) {
            break;
        }
        is_open = true;
        first = offset;
        window_open();
        end = window.opened + task.seconds;
    }
    window_close();
    window.bytes = offset - first;
    close(socket);
}

/* Some megabytes through the echo server, every byte compared: whether the server does what it is measured for. */
void check_echo(void)
{
    static uint8_t sent[CHECKED_BYTES];
    int socket = connect_tcp(ECHO_PORT);
    size_t out = 0, in = 0;
    for (size_t i = 0; i < CHECKED_BYTES; i += MESSAGE_BYTES) {
        message_fill(sent + i, i + 1);
    }
    window_open();
    while (in < CHECKED_BYTES) {
        struct pollfd ready = { .fd = socket, .events = (short)(POLLIN | (out < CHECKED_BYTES ? POLLOUT : 0)) };
        if (poll(&ready, 1, 5000) <= 0) {
            fail("the echo stopped after %zu bytes", in);
        }
        if (ready.revents & POLLOUT) {
            ssize_t count = send(socket, sent + out, CHECKED_BYTES - out, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (count < 0 && errno != EAGAIN) {
                fail("cannot send: %s", strerror(errno));
            }
            out += count > 0 ? (size_t)count : 0;
        }
        if (ready.revents & (POLLIN | POLLHUP | POLLERR)) {
            ssize_t count = recv(socket, answer + in, CHECKED_BYTES - in, MSG_DONTWAIT);
            if (count == 0 || (count < 0 && errno != EAGAIN)) {
                fail("the echo ended after %zu bytes: %s", in, count == 0 ? "the server closed" : strerror(errno));
            }
            in += count > 0 ? (size_t)count : 0;
        }
    }
    window_close();
    if (memcmp(sent, answer, CHECKED_BYTES) != 0) {
        fail("the echo differs from what was sent");
    }
    window.bytes = in;
    close(socket);
}
