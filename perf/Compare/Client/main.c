/* What is asked for, and the sockets that all kinds of work share. */
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct task task = { .seconds = 2, .warm_up = 0.3, .server = -1, .core = -1 };
struct window window;

static void request_pages_singly(void) { request_pages(1); }

static void request_pages_pipelined(void) { request_pages(16); }

static const struct {
    const char *name;
    void (*run)(void);
} works[] = {
    { "check", check_echo },
    { "receive", receive_bulk },
    { "send", send_bulk },
    { "tcp-rr", exchange_tcp },
    { "udp-rr", exchange_udp },
    { "udp-echo", flood_udp },
    { "reflect", flood_udp },
    { "connect", open_connections },
    { "http", request_pages_singly },
    { "http-pipelined", request_pages_pipelined },
};

void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "client: %s: ", task.work);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static struct sockaddr_in endpoint(int port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = task.target };
}

void limit_waiting(int socket, int milliseconds)
{
    struct timeval time = { .tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000 };
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

static int connect_socket(int type, int port)
{
    struct sockaddr_in target = endpoint(port);
    int made = socket(AF_INET, type, 0);
    if (made < 0) {
        fail("no socket: %s", strerror(errno));
    }
    limit_waiting(made, 5000);
    if (connect(made, (struct sockaddr *)&target, sizeof target) < 0) {
        fail("cannot connect to port %d: %s", port, strerror(errno));
    }
    return made;
}

int connect_tcp(int port)
{
    int one = 1;
    int made = connect_socket(SOCK_STREAM, port);
    setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return made;
}

int connect_udp(int port)
{
    return connect_socket(SOCK_DGRAM, port);
}

void send_all(int socket, const void *bytes, size_t count)
{
    for (const char *next = bytes; count > 0;) {
        ssize_t sent = send(socket, next, count, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            fail("cannot send: %s", strerror(errno));
        }
        next += sent;
        count -= (size_t)sent;
    }
}

void receive_all(int socket, void *bytes, size_t count)
{
    for (char *next = bytes; count > 0;) {
        ssize_t got = recv(socket, next, count, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            fail("no answer: %s", got == 0 ? "the server closed" : strerror(errno));
        }
        next += got;
        count -= (size_t)got;
    }
}

void message_fill(uint8_t *message, uint64_t number)
{
    memcpy(message, &number, sizeof number);
    for (size_t i = sizeof number; i < MESSAGE_BYTES; i += sizeof number) {
        number = number * 6364136223846793005u + 1442695040888963407u;
        memcpy(message + i, &number, sizeof number);
    }
}

static bool read_arguments(int count, char **arguments)
{
    for (int i = 1; i + 1 < count; i += 2) {
        const char *name = arguments[i], *value = arguments[i + 1];
        if (strcmp(name, "--work") == 0) {
            task.work = value;
        } else if (strcmp(name, "--to") == 0) {
            if (inet_pton(AF_INET, value, &task.target) != 1) {
                return false;
            }
        } else if (strcmp(name, "--seconds") == 0) {
            task.seconds = atof(value);
        } else if (strcmp(name, "--warm-up") == 0) {
            task.warm_up = atof(value);
        } else if (strcmp(name, "--server") == 0) {
            task.server = atoi(value);
        } else if (strcmp(name, "--core") == 0) {
            task.core = atoi(value);
        } else {
            return false;
        }
    }
    return task.work && task.target.s_addr && count % 2 == 1;
}

int main(int count, char **arguments)
{
    if (!read_arguments(count, arguments)) {
        fprintf(stderr, "usage: client --work NAME --to ADDRESS [--seconds S] [--warm-up S] [--server PROCESS] [--core N]\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
        if (strcmp(works[i].name, task.work) == 0) {
            latency_clear();
            works[i].run();
            print_report();
            return 0;
        }
    }
    fprintf(stderr, "client: there is no work %s\n", task.work);
    return 2;
}
