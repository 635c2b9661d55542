// Relays through a TURN server with pion's clients: prints what was sent and received, and exits with 1 unless both are equal.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

type options struct {
	host, transport, user, password, realm string
	port                                   int
}

const timeout = 10 * time.Second

// payloads are the messages that every exchange sends and wants back. They have more than 4 bytes: pion's stream reader waits for a 9th byte
// before it takes a frame, and would sit on shorter channel data.
func payloads() [][]byte {
	result := make([][]byte, 100)
	for n := range result {
		result[n] = make([]byte, n*37%1100+5)
		for at := range result[n] {
			result[n][at] = byte(n + at)
		}
	}
	return result
}

func main() {
	var o options
	client := flag.String("client", "turn", "turn or webrtc")
	flag.StringVar(&o.host, "host", "127.0.0.1", "address of the server")
	flag.IntVar(&o.port, "port", 3478, "port of the server")
	flag.StringVar(&o.transport, "transport", "udp", "udp, tcp or tls")
	flag.StringVar(&o.user, "user", "user", "user name")
	flag.StringVar(&o.password, "password", "", "password")
	flag.StringVar(&o.realm, "realm", "realm", "realm")
	flag.Parse()

	exchange := exchangeWithTurnClient
	if *client == "webrtc" {
		exchange = exchangeBetweenPeerConnections
	}
	sent, received, err := exchange(o)
	fmt.Printf("sent %d received %d\n", sent, received)
	if err != nil {
		fmt.Println(err)
	}
	if err != nil || sent != received {
		os.Exit(1)
	}
}
