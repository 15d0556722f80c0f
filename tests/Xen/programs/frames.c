// frames OUR-SOCKET QEMU-SOCKET TARGET COUNT: raw Ethernet frames of this machine through QEMU's datagrams into dom0's bridge, from
// a station of our own with the address 10.9.0.77: asks for TARGET's link address (RFC 826), then sends COUNT echo requests
// (RFC 792), each when the last was answered, and compares the answers. Fails where one is missing or wrong. Where TARGET is a group
// it sends COUNT echo requests to it (RFC 1112) and awaits nothing.
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { HEADER = 14, ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_ARP = 0x0806, PAYLOAD = 56, ECHO = HEADER + 20 + 8 + PAYLOAD };

static const unsigned char station[6] = {0x02, 0, 0, 0, 0, 0x77}, address[4] = {10, 9, 0, 77};
static unsigned char target_station[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, target[4];
static int socket_of_frames;
static struct sockaddr_un qemu = {.sun_family = AF_UNIX};

static void put16(unsigned char *at, unsigned value)
{
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
}

static unsigned checksum(const unsigned char *bytes, size_t length)
{
    unsigned sum = 0;
    for (size_t i = 0; i + 1 < length; i += 2)
        sum += (unsigned)bytes[i] << 8 | bytes[i + 1];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

static void transmit(const unsigned char *frame, size_t length)
{
    if (sendto(socket_of_frames, frame, length, 0, (struct sockaddr *)&qemu, sizeof qemu) < 0)
        perror("sendto");
}

static void put_header(unsigned char *frame, unsigned type)
{
    memcpy(frame, target_station, 6);
    memcpy(frame + 6, station, 6);
    put16(frame + 12, type);
}

// RFC 826's packet: hardware and protocol, operation, sender, target.
static void send_arp(unsigned operation)
{
    unsigned char frame[60] = {0};
    put_header(frame, ETHERTYPE_ARP);
    memcpy(frame + 14, (unsigned char[]){0, 1, 8, 0, 6, 4}, 6);
    put16(frame + 20, operation);
    memcpy(frame + 22, station, 6);
    memcpy(frame + 28, address, 4);
    memcpy(frame + 32, target_station, operation == 1 ? 0 : 6);
    memcpy(frame + 38, target, 4);
    transmit(frame, sizeof frame);
}

static size_t make_echo(unsigned char *frame, unsigned type, unsigned number)
{
    memset(frame, 0, ECHO);
    put_header(frame, ETHERTYPE_IPV4);
    unsigned char *ip = frame + HEADER, *icmp = ip + 20;
    ip[0] = 0x45;
    put16(ip + 2, ECHO - HEADER);
    put16(ip + 4, number);
    ip[8] = 64;
    ip[9] = 1;
    memcpy(ip + 12, address, 4);
    memcpy(ip + 16, target, 4);
    put16(ip + 10, checksum(ip, 20));
    icmp[0] = (unsigned char)type;
    put16(icmp + 4, 0x4e53);
    put16(icmp + 6, number);
    for (int i = 0; i < PAYLOAD; i++)
        icmp[8 + i] = (unsigned char)(number + (unsigned)i);
    put16(icmp + 2, checksum(icmp, 8 + PAYLOAD));
    return ECHO;
}

// await_frame: the next frame to our station, or -1 after so many milliseconds of silence. Questions for our address are answered.
static ssize_t await_frame(unsigned char *frame, size_t size, int milliseconds)
{
    for (;;) {
        struct pollfd ready = {.fd = socket_of_frames, .events = POLLIN};
        if (poll(&ready, 1, milliseconds) <= 0)
            return -1;
        ssize_t length = recv(socket_of_frames, frame, size, 0);
        if (length >= 42 && frame[12] == 0x08 && frame[13] == 0x06 && frame[21] == 1 && memcmp(frame + 38, address, 4) == 0)
            send_arp(2);
        else if (length >= HEADER && memcmp(frame, station, 6) == 0)
            return length;
    }
}

static int resolve(void)
{
    unsigned char frame[65536];
    for (int attempt = 0; attempt < 20; attempt++) {
        send_arp(1);
        ssize_t length = await_frame(frame, sizeof frame, 1000);
        if (length >= 42 && frame[13] == 0x06 && frame[21] == 2 && memcmp(frame + 28, target, 4) == 0) {
            memcpy(target_station, frame + 22, 6);
            return 1;
        }
    }
    return 0;
}

// ping: whether the answer to one echo request came and is right; asked again where it is lost, as the bridge may drop.
static int ping(unsigned number)
{
    unsigned char request[ECHO], answer[65536], expected[ECHO];
    size_t length = make_echo(request, 8, number);
    make_echo(expected, 0, number);
    for (int attempt = 0; attempt < 5; attempt++) {
        transmit(request, length);
        ssize_t got;
        while ((got = await_frame(answer, sizeof answer, 2000)) >= 0) {
            if (got < ECHO || answer[13] != 0 || memcmp(answer + 40, expected + 40, 2) != 0)
                continue;
            return got == ECHO && checksum(answer + HEADER, 20) == 0 && memcmp(answer + 26, target, 4) == 0 &&
                   memcmp(answer + 30, address, 4) == 0 && memcmp(answer + 34, expected + 34, ECHO - 34) == 0;
        }
    }
    return 0;
}

static void send_to_group(unsigned count)
{
    unsigned char frame[ECHO];
    memcpy(target_station, (unsigned char[]){0x01, 0x00, 0x5e, target[1] & 0x7f, target[2], target[3]}, 6);
    for (unsigned number = 1; number <= count; number++) {
        transmit(frame, make_echo(frame, 8, number));
        usleep(20000);
    }
}

int main(int count_of_arguments, char **arguments)
{
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    if (count_of_arguments < 5 || inet_pton(AF_INET, arguments[3], target) != 1) {
        fprintf(stderr, "usage: frames OUR-SOCKET QEMU-SOCKET TARGET COUNT\n");
        return 2;
    }

    strncpy(own.sun_path, arguments[1], sizeof own.sun_path - 1);
    strncpy(qemu.sun_path, arguments[2], sizeof qemu.sun_path - 1);
    unlink(own.sun_path);
    socket_of_frames = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (bind(socket_of_frames, (struct sockaddr *)&own, sizeof own) != 0) {
        perror(arguments[1]);
        return 2;
    }

    unsigned count = (unsigned)atoi(arguments[4]), right = 0;
    if ((target[0] & 0xf0) == 0xe0) {
        send_to_group(count);
        unlink(own.sun_path);
        return 0;
    }

    int resolved = resolve();
    for (unsigned number = 1; resolved && number <= count; number++)
        right += (unsigned)ping(number);
    unlink(own.sun_path);
    printf("frames: %s, %u of %u echo requests answered rightly\n", resolved ? "the address was resolved" : "nobody has the address", right,
           count);
    return resolved && right == count ? 0 : 1;
}
