package main

import (
	"bytes"
	"net"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

const (
	echoPort    = 7
	discardPort = 9
	chargenPort = 19
	httpPort    = 80
	chunkBytes  = 256 << 10

	// RFC 864: the lines until the first comes again.
	lines          = 95
	lineCharacters = 72
	periods        = 32
)

const page = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!"

func echo(connection net.Conn) {
	chunk := make([]byte, chunkBytes)
	for {
		count, err := connection.Read(chunk)
		if err != nil {
			return
		}
		if _, err = connection.Write(chunk[:count]); err != nil {
			return
		}
	}
}

func discard(connection net.Conn) {
	chunk := make([]byte, chunkBytes)
	for {
		if _, err := connection.Read(chunk); err != nil {
			return
		}
	}
}

func makePattern() []byte {
	var pattern []byte
	for period := 0; period < periods; period++ {
		for line := 0; line < lines; line++ {
			for column := 0; column < lineCharacters; column++ {
				pattern = append(pattern, byte(' '+(line+column)%lines))
			}
			pattern = append(pattern, '\r', '\n')
		}
	}
	return pattern
}

var pattern = makePattern()

func chargen(connection net.Conn) {
	for {
		if _, err := connection.Write(pattern); err != nil {
			return
		}
	}
}

// Answers each request whose end has come.
func servePages(connection net.Conn) {
	ending := []byte("\r\n\r\n")
	chunk := make([]byte, 4096)
	answers := make([]byte, 0, 4096)
	held := 0
	for {
		count, err := connection.Read(chunk[held:])
		if err != nil {
			return
		}
		rest := chunk[:held+count]
		answers = answers[:0]
		for {
			end := bytes.Index(rest, ending)
			if end < 0 {
				break
			}
			answers = append(answers, page...)
			rest = rest[end+len(ending):]
		}
		held = copy(chunk, rest)
		if held == len(chunk) {
			return
		}
		if len(answers) > 0 {
			if _, err = connection.Write(answers); err != nil {
				return
			}
		}
	}
}

func listen(on *stack.Stack, port uint16, serve func(net.Conn)) {
	listener, err := gonet.ListenTCP(on, tcpip.FullAddress{NIC: nic, Port: port}, ipv4.ProtocolNumber)
	if err != nil {
		fail("listen", err)
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				fail("accept", err)
			}
			go func() {
				serve(connection)
				connection.Close()
			}()
		}
	}()
}

func echoDatagrams(on *stack.Stack) {
	local := tcpip.FullAddress{NIC: nic, Port: echoPort}
	socket, err := gonet.DialUDP(on, &local, nil, ipv4.ProtocolNumber)
	if err != nil {
		fail("bind", err)
	}
	datagram := make([]byte, 65536)
	for {
		count, peer, err := socket.ReadFrom(datagram)
		if err != nil {
			fail("datagram echo", err)
		}
		// What cannot be sent is lost, as datagrams may be.
		_, _ = socket.WriteTo(datagram[:count], peer)
	}
}

func startServices(on *stack.Stack) {
	listen(on, echoPort, echo)
	listen(on, discardPort, discard)
	listen(on, chargenPort, chargen)
	listen(on, httpPort, servePages)
	go echoDatagrams(on)
}
