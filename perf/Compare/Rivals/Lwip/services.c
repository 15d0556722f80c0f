/* What is served, by callbacks of the raw API. */
#include "services.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lwip/tcp.h"
#include "lwip/udp.h"

enum {
    ECHO_PORT = 7,
    DISCARD_PORT = 9,
    CHARGEN_PORT = 19,
    HTTP_PORT = 80,
    /* RFC 864: the lines until the first comes again. */
    LINES = 95,
    LINE_CHARACTERS = 72,
    LINE_BYTES = LINE_CHARACTERS + 2,
    PERIOD_BYTES = LINES * LINE_BYTES,
    PERIODS = 8,
};

static const char page[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";
static uint8_t lines[PERIODS * PERIOD_BYTES];

/* What is not yet taken by the send buffer: of the echo a chain of received packets, of chargen a place in the pattern. */
struct stream {
    struct pbuf *waiting;
    uint32_t offset;
    /* How much of the end of a request was seen. */
    int matched;
};

static void free_stream(struct stream *stream)
{
    if (stream->waiting) {
        pbuf_free(stream->waiting);
    }
    free(stream);
}

static void lost(void *argument, err_t error)
{
    (void)error;
    free_stream(argument);
}

static err_t end(struct tcp_pcb *pcb, struct stream *stream)
{
    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_sent(pcb, NULL);
    tcp_err(pcb, NULL);
    free_stream(stream);
    if (tcp_close(pcb) != ERR_OK) {
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    return ERR_OK;
}

static err_t accept_stream(struct tcp_pcb *pcb, tcp_recv_fn received, tcp_sent_fn sent)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream) {
        return ERR_MEM;
    }
    tcp_arg(pcb, stream);
    tcp_err(pcb, lost);
    tcp_recv(pcb, received);
    tcp_sent(pcb, sent);
    tcp_nagle_disable(pcb);
    return ERR_OK;
}

/* Sends back as much of what waits as there is room for, and opens the window by it. */
static void send_back(struct tcp_pcb *pcb, struct stream *stream)
{
    while (stream->waiting) {
        struct pbuf *first = stream->waiting;
        if (first->len > tcp_sndbuf(pcb) || tcp_write(pcb, first->payload, first->len, TCP_WRITE_FLAG_COPY) != ERR_OK) {
            break;
        }
        u16_t length = first->len;
        stream->waiting = first->next;
        if (first->next) {
            pbuf_ref(first->next);
        }
        pbuf_free(first);
        tcp_recved(pcb, length);
    }
    tcp_output(pcb);
}

static err_t echo_received(void *argument, struct tcp_pcb *pcb, struct pbuf *packet, err_t error)
{
    struct stream *stream = argument;
    (void)error;
    if (!packet) {
        return end(pcb, stream);
    }
    if (stream->waiting) {
        pbuf_cat(stream->waiting, packet);
    } else {
        stream->waiting = packet;
    }
    send_back(pcb, stream);
    return ERR_OK;
}

static err_t echo_sent(void *argument, struct tcp_pcb *pcb, u16_t length)
{
    struct stream *stream = argument;
    (void)length;
    if (stream->waiting) {
        send_back(pcb, stream);
    }
    return ERR_OK;
}

static err_t echo_accepted(void *argument, struct tcp_pcb *pcb, err_t error)
{
    (void)argument;
    return error == ERR_OK ? accept_stream(pcb, echo_received, echo_sent) : ERR_OK;
}

static err_t discard_received(void *argument, struct tcp_pcb *pcb, struct pbuf *packet, err_t error)
{
    (void)error;
    if (!packet) {
        return end(pcb, argument);
    }
    tcp_recved(pcb, packet->tot_len);
    pbuf_free(packet);
    return ERR_OK;
}

static err_t discard_accepted(void *argument, struct tcp_pcb *pcb, err_t error)
{
    (void)argument;
    return error == ERR_OK ? accept_stream(pcb, discard_received, NULL) : ERR_OK;
}

/* The pattern is constant memory: segments refer to it. */
static void generate(struct tcp_pcb *pcb, struct stream *stream)
{
    for (;;) {
        uint32_t room = tcp_sndbuf(pcb), rest = sizeof lines - stream->offset;
        uint32_t count = rest < room ? rest : room;
        if (count > UINT16_MAX) {
            count = UINT16_MAX;
        }
        if (count < TCP_MSS && count < rest) {
            break;
        }
        if (tcp_write(pcb, lines + stream->offset, (u16_t)count, 0) != ERR_OK) {
            break;
        }
        stream->offset = (stream->offset + count) % (uint32_t)sizeof lines;
    }
    tcp_output(pcb);
}

static err_t chargen_sent(void *argument, struct tcp_pcb *pcb, u16_t length)
{
    (void)length;
    generate(pcb, argument);
    return ERR_OK;
}

static err_t chargen_accepted(void *argument, struct tcp_pcb *pcb, err_t error)
{
    (void)argument;
    if (error != ERR_OK) {
        return ERR_OK;
    }
    error = accept_stream(pcb, discard_received, chargen_sent);
    if (error == ERR_OK) {
        generate(pcb, pcb->callback_arg);
    }
    return error;
}

static err_t http_received(void *argument, struct tcp_pcb *pcb, struct pbuf *packet, err_t error)
{
    static const char ending[] = "\r\n\r\n";
    struct stream *stream = argument;
    (void)error;
    if (!packet) {
        return end(pcb, stream);
    }
    for (const struct pbuf *part = packet; part; part = part->next) {
        const char *bytes = part->payload;
        for (int i = 0; i < part->len; i++) {
            stream->matched = bytes[i] == ending[stream->matched] ? stream->matched + 1 : bytes[i] == '\r';
            if (stream->matched == sizeof ending - 1) {
                stream->matched = 0;
                if (tcp_write(pcb, page, sizeof page - 1, TCP_WRITE_FLAG_COPY) != ERR_OK) {
                    pbuf_free(packet);
                    return end(pcb, stream);
                }
            }
        }
    }
    tcp_recved(pcb, packet->tot_len);
    pbuf_free(packet);
    tcp_output(pcb);
    return ERR_OK;
}

static err_t http_accepted(void *argument, struct tcp_pcb *pcb, err_t error)
{
    (void)argument;
    return error == ERR_OK ? accept_stream(pcb, http_received, NULL) : ERR_OK;
}

static void echo_datagram(void *argument, struct udp_pcb *pcb, struct pbuf *packet, const ip_addr_t *peer, u16_t port)
{
    (void)argument;
    udp_sendto(pcb, packet, peer, port);
    pbuf_free(packet);
}

static void listen_on(u16_t port, tcp_accept_fn accepted)
{
    struct tcp_pcb *pcb = tcp_new();
    if (!pcb || tcp_bind(pcb, IP_ADDR_ANY, port) != ERR_OK || !(pcb = tcp_listen(pcb))) {
        fprintf(stderr, "lwip: cannot listen on port %d\n", port);
        exit(1);
    }
    tcp_accept(pcb, accepted);
}

void start_services(void)
{
    struct udp_pcb *datagrams = udp_new();
    for (size_t i = 0; i < sizeof lines; i++) {
        size_t line = i / LINE_BYTES, column = i % LINE_BYTES;
        lines[i] = column < LINE_CHARACTERS ? (uint8_t)(' ' + (line + column) % LINES) : (uint8_t)"\r\n"[column - LINE_CHARACTERS];
    }
    if (!datagrams || udp_bind(datagrams, IP_ADDR_ANY, ECHO_PORT) != ERR_OK) {
        fprintf(stderr, "lwip: cannot bind the datagram echo\n");
        exit(1);
    }
    udp_recv(datagrams, echo_datagram, NULL);
    listen_on(ECHO_PORT, echo_accepted);
    listen_on(DISCARD_PORT, discard_accepted);
    listen_on(CHARGEN_PORT, chargen_accepted);
    listen_on(HTTP_PORT, http_accepted);
}
