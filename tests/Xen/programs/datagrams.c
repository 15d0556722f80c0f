// datagrams HOST PORT COUNT BYTES [PACE]: sends COUNT datagrams of BYTES, no more than PACE (16) of them unanswered for 200 ms,
// and compares what an echo server (RFC 862) sends back. Prints how many came back right; fails where one is missing or wrong.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void fill(unsigned char *bytes, size_t length, uint32_t number)
{
    memcpy(bytes, &number, sizeof number);
    for (size_t i = sizeof number; i < length; i++)
        bytes[i] = (unsigned char)(number * 31 + i);
}

int main(int count_of_arguments, char **arguments)
{
    if (count_of_arguments < 5) {
        fprintf(stderr, "usage: datagrams HOST PORT COUNT BYTES [PACE]\n");
        return 2;
    }

    uint32_t count = (uint32_t)atoi(arguments[3]);
    size_t length = (size_t)atoi(arguments[4]);
    uint32_t pace = count_of_arguments > 5 ? (uint32_t)atoi(arguments[5]) : 16;
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[2]))};
    static unsigned char sent[65536], received[65536];
    unsigned char *answered = calloc(count, 1);
    int udp = socket(AF_INET, SOCK_DGRAM, 0);
    // The kernel counts whole pages for a datagram of netback's: what waits here is more than a socket may hold else.
    int room = 64 << 20;
    setsockopt(udp, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    if (length < sizeof count || length > sizeof sent || inet_pton(AF_INET, arguments[1], &peer.sin_addr) != 1 || answered == NULL ||
        connect(udp, (struct sockaddr *)&peer, sizeof peer) != 0) {
        perror("datagrams");
        return 2;
    }

    uint32_t number = 0, right = 0, wrong = 0, repeated = 0, patience = 0;
    // Ten seconds of silence are the end.
    while (right + wrong < count && patience < 50) {
        while (number < count && number < right + wrong + pace * (patience + 1)) {
            fill(sent, length, number++);
            if (send(udp, sent, length, 0) < 0)
                perror("send");
        }

        struct pollfd ready = {.fd = udp, .events = POLLIN};
        if (poll(&ready, 1, 200) <= 0) {
            patience++;
            continue;
        }

        ssize_t got = recv(udp, received, sizeof received, 0);
        uint32_t echoed;
        memcpy(&echoed, received, sizeof echoed);
        fill(sent, length, echoed);
        if (got != (ssize_t)length || echoed >= count || memcmp(sent, received, length) != 0)
            wrong++;
        else if (answered[echoed]++ != 0)
            repeated++;
        else
            right++;
    }

    printf("%u datagrams of %zu bytes: %u came back, %u wrong, %u twice\n", count, length, right, wrong, repeated);
    return right == count && wrong == 0 && repeated == 0 ? 0 : 1;
}
