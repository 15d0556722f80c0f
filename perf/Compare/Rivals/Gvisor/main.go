// The servers of perf/compare on gVisor's netstack: a TAP of our own behind its fdbased link endpoint, a goroutine for each
// connection. Arguments: the TAP, the address, the length of its prefix, the gateway.
package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"gvisor.dev/gvisor/pkg/log"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/fdbased"
	"gvisor.dev/gvisor/pkg/tcpip/link/tun"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
)

const (
	nic         = 1
	mtuBytes    = 1500
	bufferBytes = 768 << 10
	linkAddress = "\x02\x00\x00\x00\x00\x02"
)

// The adapter logs each reset of a connection, which would be measured, too.
type silence struct{}

func (silence) Emit(int, log.Level, time.Time, string, ...interface{}) {}

func fail(what string, problem interface{}) {
	fmt.Fprintf(os.Stderr, "gvisor: %s: %v\n", what, problem)
	os.Exit(1)
}

func must(what string, problem tcpip.Error) {
	if problem != nil {
		fail(what, problem)
	}
}

func openStack(tap string, address tcpip.AddressWithPrefix, gateway tcpip.Address) *stack.Stack {
	descriptor, err := tun.OpenTAP(tap)
	if err != nil {
		fail(tap, err)
	}
	link, err := fdbased.New(&fdbased.Options{
		FDs:            []int{descriptor},
		MTU:            mtuBytes,
		EthernetHeader: true,
		Address:        linkAddress,
	})
	if err != nil {
		fail(tap, err)
	}
	made := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, arp.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol, udp.NewProtocol, icmp.NewProtocol4},
	})
	sack := tcpip.TCPSACKEnabled(true)
	must("SACK", made.SetTransportProtocolOption(tcp.ProtocolNumber, &sack))
	receive := tcpip.TCPReceiveBufferSizeRangeOption{Min: 4096, Default: bufferBytes, Max: bufferBytes}
	must("receive buffer", made.SetTransportProtocolOption(tcp.ProtocolNumber, &receive))
	send := tcpip.TCPSendBufferSizeRangeOption{Min: 4096, Default: bufferBytes, Max: bufferBytes}
	must("send buffer", made.SetTransportProtocolOption(tcp.ProtocolNumber, &send))
	must("NIC", made.CreateNIC(nic, link))
	must("address", made.AddProtocolAddress(nic,
		tcpip.ProtocolAddress{Protocol: ipv4.ProtocolNumber, AddressWithPrefix: address}, stack.AddressProperties{}))
	made.SetRouteTable([]tcpip.Route{
		{Destination: address.Subnet(), NIC: nic},
		{Destination: header.IPv4EmptySubnet, Gateway: gateway, NIC: nic},
	})
	return made
}

func parseAddress(text string) tcpip.Address {
	parsed := net.ParseIP(text).To4()
	if parsed == nil {
		fail(text, "not an IPv4 address")
	}
	return tcpip.Address(parsed)
}

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: gvisor-server TAP ADDRESS PREFIX GATEWAY")
		os.Exit(2)
	}
	log.SetTarget(silence{})
	prefix, err := strconv.Atoi(os.Args[3])
	if err != nil {
		fail(os.Args[3], err)
	}
	address := tcpip.AddressWithPrefix{Address: parseAddress(os.Args[2]), PrefixLen: prefix}
	startServices(openStack(os.Args[1], address, parseAddress(os.Args[4])))
	fmt.Println("ready")
	select {}
}
