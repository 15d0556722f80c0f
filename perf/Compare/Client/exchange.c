/* Small messages through the echo servers: one at a time, many at once, and one for each connection. */
#include "client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    IN_FLIGHT = 64,
    /* A datagram that has not come back by then is lost. */
    PATIENCE_MS = 200,
};

/* Opens the window when it is time; tells when it is over. */
static bool is_over(uint64_t now, uint64_t *end, bool *is_open)
{
    if (now < *end) {
        return false;
    }
    if (*is_open) {
        return true;
    }
    *is_open = true;
    window_open();
    *end = now_nanoseconds() + (uint64_t)(task.seconds * 1e9);
    return false;
}

static uint64_t warm_up_end(void)
{
    return now_nanoseconds() + (uint64_t)(task.warm_up * 1e9);
}

void exchange_tcp(void)
{
    uint8_t request[MESSAGE_BYTES], answer[MESSAGE_BYTES];
    uint64_t end = warm_up_end();
    bool is_open = false;
    int socket = connect_tcp(ECHO_PORT);
    for (uint64_t number = 1;; number++) {
        message_fill(request, number);
        uint64_t start = now_nanoseconds();
        if (is_over(start, &end, &is_open)) {
            break;
        }
        start = now_nanoseconds();
        send_all(socket, request, MESSAGE_BYTES);
        receive_all(socket, answer, MESSAGE_BYTES);
        latency_add(now_nanoseconds() - start);
        window.count++;
        if (memcmp(request, answer, MESSAGE_BYTES) != 0) {
            fail("exchange %llu: the answer is not the request", (unsigned long long)number);
        }
    }
    window_close();
    close(socket);
}

void exchange_udp(void)
{
    uint8_t request[MESSAGE_BYTES], answer[MESSAGE_BYTES + 1];
    uint64_t end = warm_up_end();
    bool is_open = false;
    int socket = connect_udp(ECHO_PORT);
    limit_waiting(socket, PATIENCE_MS);
    for (uint64_t number = 1;; number++) {
        message_fill(request, number);
        uint64_t start = now_nanoseconds();
        if (is_over(start, &end, &is_open)) {
            break;
        }
        start = now_nanoseconds();
        if (send(socket, request, MESSAGE_BYTES, 0) != MESSAGE_BYTES) {
            fail("cannot send: %s", strerror(errno));
        }
        ssize_t got = recv(socket, answer, sizeof answer, 0);
        if (got < 0) {
            if (errno != EAGAIN) {
                fail("no answer: %s", strerror(errno));
            }
            window.lost++;
            continue;
        }
        latency_add(now_nanoseconds() - start);
        window.count++;
        if (got != MESSAGE_BYTES || memcmp(request, answer, MESSAGE_BYTES) != 0) {
            fail("exchange %llu: the answer is not the request", (unsigned long long)number);
        }
    }
    window_close();
    if (window.count == 0) {
        fail("no datagram came back");
    }
    close(socket);
}

static uint64_t numbers[IN_FLIGHT];

/* Sends the next datagram of a place; the place stands in the lowest bits of its number. */
static void send_datagram(int socket, uint64_t place)
{
    uint8_t message[MESSAGE_BYTES];
    numbers[place] += IN_FLIGHT;
    message_fill(message, numbers[place]);
    if (send(socket, message, MESSAGE_BYTES, 0) != MESSAGE_BYTES) {
        fail("cannot send: %s", strerror(errno));
    }
}

static void send_all_places(int socket)
{
    for (uint64_t place = 0; place < IN_FLIGHT; place++) {
        send_datagram(socket, place);
    }
}

void flood_udp(void)
{
    uint8_t answer[MESSAGE_BYTES + 1], expected[MESSAGE_BYTES];
    uint64_t end = warm_up_end();
    bool is_open = false;
    int socket = connect_udp(ECHO_PORT);
    limit_waiting(socket, PATIENCE_MS);
    for (uint64_t place = 0; place < IN_FLIGHT; place++) {
        numbers[place] = place;
    }
    send_all_places(socket);
    while (!is_over(now_nanoseconds(), &end, &is_open)) {
        ssize_t got = recv(socket, answer, sizeof answer, 0);
        if (got < 0) {
            if (errno != EAGAIN) {
                fail("no answer: %s", strerror(errno));
            }
            window.lost += IN_FLIGHT;
            send_all_places(socket);
            continue;
        }
        uint64_t number;
        memcpy(&number, answer, sizeof number);
        message_fill(expected, number);
        if (got != MESSAGE_BYTES || memcmp(answer, expected, MESSAGE_BYTES) != 0) {
            fail("an answer was never asked for");
        }
        /* Else it comes late, after it was given up. */
        if (numbers[number % IN_FLIGHT] == number) {
            window.count++;
            send_datagram(socket, number % IN_FLIGHT);
        }
    }
    window_close();
    if (window.count == 0) {
        fail("no datagram came back");
    }
    close(socket);
}

void open_connections(void)
{
    uint8_t request[MESSAGE_BYTES], answer[MESSAGE_BYTES];
    uint64_t end = warm_up_end();
    bool is_open = false;
    const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
    for (uint64_t number = 1;; number++) {
        message_fill(request, number);
        uint64_t start = now_nanoseconds();
        if (is_over(start, &end, &is_open)) {
            break;
        }
        start = now_nanoseconds();
        int socket = connect_tcp(ECHO_PORT);
        send_all(socket, request, MESSAGE_BYTES);
        receive_all(socket, answer, MESSAGE_BYTES);
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(socket);
        latency_add(now_nanoseconds() - start);
        window.count++;
        if (memcmp(request, answer, MESSAGE_BYTES) != 0) {
            fail("connection %llu: the answer is not the request", (unsigned long long)number);
        }
    }
    window_close();
}
