/*
 * The servers of perf/compare on the Linux kernel, with as few system calls as each kind of work can do with: a thread
 * each that blocks in echo, discard and chargen, which the client uses one connection at a time; epoll for the pages.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ECHO_PORT = 7,
    DISCARD_PORT = 9,
    CHARGEN_PORT = 19,
    HTTP_PORT = 80,
    CHUNK_BYTES = 256 << 10,
    EVENTS = 128,
    /* RFC 864: the lines until the first comes again. */
    LINES = 95,
    LINE_CHARACTERS = 72,
    LINE_BYTES = LINE_CHARACTERS + 2,
    PERIOD_BYTES = LINES * LINE_BYTES,
};

static const char page[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int bind_port(int type, int port)
{
    int one = 1;
    struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int made = socket(AF_INET, type, 0);
    if (made < 0 || setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
        bind(made, (struct sockaddr *)&local, sizeof local) < 0 || (type == SOCK_STREAM && listen(made, 512) < 0)) {
        fail("bind");
    }
    return made;
}

static int accept_one(int listener)
{
    int one = 1;
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection >= 0) {
            setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            return connection;
        }
        if (errno != EINTR && errno != ECONNABORTED) {
            fail("accept");
        }
    }
}

static int send_all(int socket, const uint8_t *bytes, size_t count)
{
    while (count > 0) {
        ssize_t sent = send(socket, bytes, count, MSG_NOSIGNAL);
        if (sent <= 0) {
            return -1;
        }
        bytes += sent;
        count -= (size_t)sent;
    }
    return 0;
}

static void *echo(void *unused)
{
    static uint8_t chunk[CHUNK_BYTES];
    int listener = bind_port(SOCK_STREAM, ECHO_PORT);
    for (;;) {
        ssize_t got;
        int connection = accept_one(listener);
        while ((got = recv(connection, chunk, sizeof chunk, 0)) > 0 && send_all(connection, chunk, (size_t)got) == 0) {
        }
        close(connection);
    }
    return unused;
}

static void *echo_datagrams(void *unused)
{
    static uint8_t datagram[65536];
    int socket = bind_port(SOCK_DGRAM, ECHO_PORT);
    for (;;) {
        struct sockaddr_in peer;
        socklen_t length = sizeof peer;
        ssize_t got = recvfrom(socket, datagram, sizeof datagram, 0, (struct sockaddr *)&peer, &length);
        if (got >= 0) {
            sendto(socket, datagram, (size_t)got, 0, (struct sockaddr *)&peer, length);
        }
    }
    return unused;
}

static void *discard(void *unused)
{
    static uint8_t chunk[CHUNK_BYTES];
    int listener = bind_port(SOCK_STREAM, DISCARD_PORT);
    for (;;) {
        int connection = accept_one(listener);
        while (recv(connection, chunk, sizeof chunk, 0) > 0) {
        }
        close(connection);
    }
    return unused;
}

static void *chargen(void *unused)
{
    enum { PERIODS = 32 };
    static uint8_t lines[PERIODS * PERIOD_BYTES];
    for (size_t i = 0; i < sizeof lines; i++) {
        size_t line = i / LINE_BYTES, column = i % LINE_BYTES;
        lines[i] = column < LINE_CHARACTERS ? (uint8_t)(' ' + (line + column) % LINES) : "\r\n"[column - LINE_CHARACTERS];
    }
    int listener = bind_port(SOCK_STREAM, CHARGEN_PORT);
    for (;;) {
        int connection = accept_one(listener);
        while (send_all(connection, lines, sizeof lines) == 0) {
        }
        close(connection);
    }
    return unused;
}

/* Answers each request whose end has come; the client sends whole requests. */
static void answer(int poller, int connection)
{
    char requests[4096], answers[EVENTS * sizeof page];
    size_t length = 0;
    ssize_t got = recv(connection, requests, sizeof requests, 0);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN) {
            epoll_ctl(poller, EPOLL_CTL_DEL, connection, NULL);
            close(connection);
        }
        return;
    }
    for (const char *next = requests, *end = requests + got; (next = memmem(next, (size_t)(end - next), "\r\n\r\n", 4)); next += 4) {
        if (length + sizeof page <= sizeof answers) {
            memcpy(answers + length, page, sizeof page - 1);
            length += sizeof page - 1;
        }
    }
    send_all(connection, (const uint8_t *)answers, length);
}

static void *serve_pages(void *unused)
{
    struct epoll_event events[EVENTS], event = { .events = EPOLLIN };
    int listener = bind_port(SOCK_STREAM, HTTP_PORT);
    int poller = epoll_create1(0);
    event.data.fd = listener;
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd != listener) {
                answer(poller, events[i].data.fd);
                continue;
            }
            event.data.fd = accept_one(listener);
            fcntl(event.data.fd, F_SETFL, O_NONBLOCK);
            epoll_ctl(poller, EPOLL_CTL_ADD, event.data.fd, &event);
        }
    }
    return unused;
}

int main(void)
{
    void *(*const services[])(void *) = { echo, echo_datagrams, discard, chargen };
    pthread_t thread;
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        if (pthread_create(&thread, NULL, services[i], NULL) != 0) {
            fail("pthread_create");
        }
    }
    puts("ready");
    fflush(stdout);
    serve_pages(NULL);
}
