// A side of a vchan by Xen's own library.
//
//     libvchan-peer server|client DOMAIN PATH echo [READ_BYTES WRITE_BYTES]
//     libvchan-peer server|client DOMAIN PATH stream BYTES [READ_BYTES WRITE_BYTES]
//
// echo sends back what comes until the peer leaves; stream sends a pattern and compares what comes back with it. The path is as the
// library takes it: a client's is whole. Ends with 0 where every byte was right.
#include <libxenvchan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { piece_bytes = 5000 };

static unsigned char pattern(unsigned long at)
{
    return (unsigned char)((at * 2654435761UL) >> 15);
}

static int echo(struct libxenvchan *channel)
{
    static char bytes[piece_bytes];
    unsigned long total = 0;
    channel->blocking = 1;
    for (;;) {
        int got = libxenvchan_read(channel, bytes, sizeof bytes);
        if (got <= 0)
            break;
        for (int sent = 0; sent < got;) {
            int put = libxenvchan_write(channel, bytes + sent, got - sent);
            if (put < 0)
                return 1;
            sent += put;
        }
        total += got;
    }
    printf("libvchan-peer: echoed %lu bytes\n", total);
    return 0;
}

static int stream(struct libxenvchan *channel, unsigned long bytes)
{
    static unsigned char piece[piece_bytes];
    unsigned long sent = 0, compared = 0;
    channel->blocking = 0;
    while (compared < bytes) {
        int moved = 0;
        if (sent < bytes) {
            unsigned long left = bytes - sent, length = left < piece_bytes ? left : piece_bytes;
            for (unsigned long i = 0; i < length; i++)
                piece[i] = pattern(sent + i);
            int put = libxenvchan_write(channel, piece, length);
            if (put < 0) {
                printf("libvchan-peer: writing failed after %lu bytes\n", sent);
                return 1;
            }
            sent += put;
            moved |= put;
        }
        int got = libxenvchan_read(channel, piece, sizeof piece);
        if (got < 0) {
            printf("libvchan-peer: the other side left after %lu bytes\n", compared);
            return 1;
        }
        for (int i = 0; i < got; i++)
            if (piece[i] != pattern(compared + i)) {
                printf("libvchan-peer: byte %lu is wrong\n", compared + i);
                return 1;
            }
        compared += got;
        moved |= got;
        if (!moved)
            libxenvchan_wait(channel);
    }
    printf("libvchan-peer: %lu bytes there and back\n", bytes);
    return 0;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 5) {
        fprintf(stderr, "libvchan-peer: server|client DOMAIN PATH echo|stream BYTES [READ_BYTES WRITE_BYTES]\n");
        return 2;
    }
    int is_stream = !strcmp(argv[4], "stream"), is_server = !strcmp(argv[1], "server"), sizes = is_stream ? 6 : 5;
    size_t read_bytes = argc > sizes ? strtoul(argv[sizes], NULL, 0) : 0;
    size_t write_bytes = argc > sizes + 1 ? strtoul(argv[sizes + 1], NULL, 0) : 0;
    struct libxenvchan *channel = is_server
        ? libxenvchan_server_init(NULL, atoi(argv[2]), argv[3], read_bytes, write_bytes)
        : libxenvchan_client_init(NULL, atoi(argv[2]), argv[3]);
    if (!channel) {
        perror("libvchan-peer: opening the channel");
        return 1;
    }
    printf("libvchan-peer: open\n");
    int status = is_stream ? stream(channel, strtoul(argv[5], NULL, 0)) : echo(channel);
    libxenvchan_close(channel);
    return status;
}
