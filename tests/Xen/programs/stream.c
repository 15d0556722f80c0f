// stream HOST PORT BYTES [SECONDS]: sends BYTES of the stream to an echo server over TCP while it reads them back, compares, and
// closes in order. After SIGTERM it sends two megabytes more and no other. Prints a line for each megabyte that came back, so that
// others see how far it is. SECONDS (120) without progress are the end.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "stream.h"

enum { MEGABYTE = 1 << 20 };

static volatile sig_atomic_t told_to_end;

static void end(int signal)
{
    (void)signal;
    told_to_end = 1;
}

static int fail(const char *what, uint64_t sent, uint64_t received)
{
    fprintf(stderr, "stream: %s after %llu bytes sent and %llu received: %s\n", what, (unsigned long long)sent,
            (unsigned long long)received, strerror(errno));
    return 1;
}

int main(int count_of_arguments, char **arguments)
{
    if (count_of_arguments < 4) {
        fprintf(stderr, "usage: stream HOST PORT BYTES [SECONDS]\n");
        return 2;
    }

    uint64_t length = strtoull(arguments[3], NULL, 10), sent = 0, received = 0, told = 0;
    int patience = (count_of_arguments > 4 ? atoi(arguments[4]) : 120) * 1000;
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[2]))};
    static uint64_t outgoing[PIECE / 8], expected[PIECE / 8];
    static unsigned char incoming[PIECE];
    int tcp = socket(AF_INET, SOCK_STREAM, 0);
    if (inet_pton(AF_INET, arguments[1], &peer.sin_addr) != 1 || connect(tcp, (struct sockaddr *)&peer, sizeof peer) != 0)
        return fail("no connection", 0, 0);
    signal(SIGTERM, end);
    fcntl(tcp, F_SETFL, O_NONBLOCK);
    fill(outgoing, 0);
    fill(expected, 0);

    for (;;) {
        if (told_to_end == 1 && length > sent + 2 * MEGABYTE) {
            length = sent + 2 * MEGABYTE;
            told_to_end = 2;
        }

        struct pollfd ready = {.fd = tcp, .events = (short)(POLLIN | (sent < length ? POLLOUT : 0))};
        int news = poll(&ready, 1, patience);
        if (news < 0 && errno == EINTR)
            continue;
        if (news <= 0) {
            errno = ETIMEDOUT;
            return fail("no progress", sent, received);
        }

        if (ready.revents & POLLOUT) {
            uint64_t offset = sent % PIECE, rest = PIECE - offset;
            if (rest > length - sent)
                rest = length - sent;
            ssize_t done = send(tcp, (char *)outgoing + offset, rest, MSG_NOSIGNAL);
            if (done < 0 && errno != EAGAIN)
                return fail("cannot send", sent, received);
            sent += done > 0 ? (uint64_t)done : 0;
            if (done > 0 && sent % PIECE == 0)
                fill(outgoing, sent);
            if (sent == length)
                shutdown(tcp, SHUT_WR);
        }

        if (ready.revents & (POLLIN | POLLHUP | POLLERR)) {
            uint64_t offset = received % PIECE;
            ssize_t got = recv(tcp, incoming, PIECE - offset, 0);
            if (got < 0 && errno != EAGAIN)
                return fail("cannot receive", sent, received);
            if (got == 0)
                break;
            if (got > 0 && memcmp(incoming, (char *)expected + offset, (size_t)got) != 0)
                return errno = EILSEQ, fail("wrong bytes", sent, received);
            received += got > 0 ? (uint64_t)got : 0;
            if (got > 0 && received % PIECE == 0)
                fill(expected, received);
        }

        if (received >= told + MEGABYTE) {
            told = received;
            printf("%llu bytes\n", (unsigned long long)received);
            fflush(stdout);
        }
    }

    printf("%llu bytes there and %llu back\n", (unsigned long long)sent, (unsigned long long)received);
    return received == length ? 0 : 1;
}
