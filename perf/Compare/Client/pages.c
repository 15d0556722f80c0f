/* Requests for a short page over connections that stay open, one or several at a time on each. */
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS = 64,
    MOST_PIPELINED = 16,
    MOST_ANSWER_BYTES = 1024,
    PATIENCE_MS = 5000,
};

static const char request[] = "GET /plaintext HTTP/1.1\r\nHost: 10.9.0.2\r\n\r\n";
static const char status[] = "HTTP/1.1 200 OK\r\n";
static const char ending[] = "\r\n\r\nHello, World!";

struct connection {
    int socket;
    uint64_t asked;
    size_t held;
    uint8_t bytes[MOST_PIPELINED * MOST_ANSWER_BYTES];
};

static struct connection connections[CONNECTIONS];
static char batch[MOST_PIPELINED * sizeof request];
static size_t batch_bytes;
/* All answers of a server are of one length: that of the first, which ends where the page does. */
static size_t answer_bytes;

static void ask(struct connection *connection)
{
    connection->asked = now_nanoseconds();
    connection->held = 0;
    ssize_t sent = send(connection->socket, batch, batch_bytes, MSG_NOSIGNAL);
    if (sent != (ssize_t)batch_bytes) {
        fail("cannot send %zu bytes at once: %s", batch_bytes, sent < 0 ? strerror(errno) : "only some were taken");
    }
}

static void measure_answer(const struct connection *connection)
{
    const uint8_t *end = memmem(connection->bytes, connection->held, ending, sizeof ending - 1);
    if (end) {
        answer_bytes = (size_t)(end - connection->bytes) + sizeof ending - 1;
        if (answer_bytes > MOST_ANSWER_BYTES) {
            fail("an answer of %zu bytes is more than is expected", answer_bytes);
        }
    } else if (connection->held >= MOST_ANSWER_BYTES) {
        fail("%zu bytes came and no page: %.40s", connection->held, connection->bytes);
    }
}

static void compare_answer(const uint8_t *bytes)
{
    if (memcmp(bytes, status, sizeof status - 1) != 0 ||
        memcmp(bytes + answer_bytes - (sizeof ending - 1), ending, sizeof ending - 1) != 0) {
        fail("a wrong answer: %.*s", (int)answer_bytes, bytes);
    }
}

/* Reads what there is; true when all answers of the batch are here and right. */
static bool is_answered(struct connection *connection, int pipelined)
{
    size_t room = sizeof connection->bytes - connection->held;
    ssize_t got = recv(connection->socket, connection->bytes + connection->held, room, 0);
    if (got <= 0) {
        if (got < 0 && errno == EAGAIN) {
            return false;
        }
        fail("no answer: %s", got == 0 ? "the server closed" : strerror(errno));
    }
    connection->held += (size_t)got;
    if (answer_bytes == 0) {
        measure_answer(connection);
    }
    if (answer_bytes == 0 || connection->held < answer_bytes * (size_t)pipelined) {
        return false;
    }
    if (connection->held > answer_bytes * (size_t)pipelined) {
        fail("more came than was asked for");
    }
    for (int i = 0; i < pipelined; i++) {
        compare_answer(connection->bytes + (size_t)i * answer_bytes);
    }
    return true;
}

static void open_all(int poller)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = &connections[i] };
        connections[i].socket = connect_tcp(HTTP_PORT);
        fcntl(connections[i].socket, F_SETFL, O_NONBLOCK);
        epoll_ctl(poller, EPOLL_CTL_ADD, connections[i].socket, &event);
    }
}

void request_pages(int pipelined)
{
    struct epoll_event events[CONNECTIONS];
    int poller = epoll_create1(0);
    bool is_open = false;
    for (int i = 0; i < pipelined; i++, batch_bytes += sizeof request - 1) {
        memcpy(batch + batch_bytes, request, sizeof request - 1);
    }
    open_all(poller);
    for (int i = 0; i < CONNECTIONS; i++) {
        ask(&connections[i]);
    }
    for (double end = now_seconds() + task.warm_up;;) {
        double now = now_seconds();
        if (now >= end) {
            if (is_open) {
                break;
            }
            is_open = true;
            window_open();
            end = window.opened + task.seconds;
        }
        int ready = epoll_wait(poller, events, CONNECTIONS, PATIENCE_MS);
        if (ready <= 0) {
            fail("no answer within %d ms", PATIENCE_MS);
        }
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            if (is_answered(connection, pipelined)) {
                latency_add(now_nanoseconds() - connection->asked);
                window.count += (uint64_t)pipelined;
                ask(connection);
            }
        }
    }
    window_close();
    for (int i = 0; i < CONNECTIONS; i++) {
        close(connections[i].socket);
    }
    close(poller);
}
