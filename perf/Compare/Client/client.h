/*
 * The client of perf/compare: one program over kernel sockets, the same for every server. It does one kind of work for a
 * time, checks every answer, and prints one JSON object.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ECHO_PORT = 7,
    DISCARD_PORT = 9,
    CHARGEN_PORT = 19,
    HTTP_PORT = 80,
    /* Of a request and its answer over TCP and UDP. */
    MESSAGE_BYTES = 64,
};

struct task {
    const char *work;
    struct in_addr target;
    double seconds;
    double warm_up;
    /* The process whose CPU time is told beside ours, and the core that both share; -1 for none. */
    int server;
    int core;
};

/* What was done between window_open and window_close. */
struct window {
    double opened, seconds;
    uint64_t count, bytes;
    uint64_t lost, retransmitted;
    double client_cpu, server_cpu, core_busy;
};

extern struct task task;
extern struct window window;

/* A task of its own for each kind of work. Each returns when it is done, and calls fail() for a wrong answer. */
void check_echo(void);
void receive_bulk(void);
void send_bulk(void);
void exchange_tcp(void);
void exchange_udp(void);
void flood_udp(void);
void open_connections(void);
void request_pages(int pipelined);

/* One line on standard error, and the end with exit code 1. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

double now_seconds(void);
uint64_t now_nanoseconds(void);
void window_open(void);
void window_close(void);

/* Prints what was measured. */
void print_report(void);

/* Times of single exchanges, in nanoseconds. */
void latency_add(uint64_t nanoseconds);
void latency_clear(void);

int connect_tcp(int port);
int connect_udp(int port);
/* Gives a blocking socket up after a while without progress. */
void limit_waiting(int socket, int milliseconds);
void send_all(int socket, const void *bytes, size_t count);
void receive_all(int socket, void *bytes, size_t count);

/* Fills a message that differs from all others by its number. */
void message_fill(uint8_t *message, uint64_t number);

#endif
