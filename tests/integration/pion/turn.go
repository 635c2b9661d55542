// pion's TURN client: indications to one peer, channel data to another one, each of which echoes.
package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"
)

// Over IPv4 whatever "localhost" stands for: the peer is an IPv4 one, and pion asks for a relay of the family of its connection.
func dial(o options) (net.PacketConn, error) {
	address := net.JoinHostPort(o.host, fmt.Sprint(o.port))
	switch o.transport {
	case "tcp":
		connection, err := net.DialTimeout("tcp4", address, timeout)
		if err != nil {
			return nil, err
		}
		return turn.NewSTUNConn(connection), nil
	case "tls":
		connection, err := tls.Dial("tcp4", address, nil)
		if err != nil {
			return nil, err
		}
		return turn.NewSTUNConn(connection), nil
	default:
		return net.ListenPacket("udp", net.JoinHostPort(o.host, "0"))
	}
}

// echoPeer answers every datagram until it is closed.
func echoPeer() (net.PacketConn, error) {
	peer, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		buffer := make([]byte, 2048)
		for {
			n, from, err := peer.ReadFrom(buffer)
			if err != nil {
				return
			}
			_, _ = peer.WriteTo(buffer[:n], from)
		}
	}()
	return peer, nil
}

// echo sends every payload to the peer and counts the bytes that come back unchanged.
func echo(relay net.PacketConn, peer net.Addr) (sent, received int, err error) {
	buffer := make([]byte, 2048)
	for _, payload := range payloads() {
		if _, err = relay.WriteTo(payload, peer); err != nil {
			return sent, received, err
		}
		sent += len(payload)
		_ = relay.SetReadDeadline(time.Now().Add(timeout))
		n, from, err := relay.ReadFrom(buffer)
		if err != nil {
			return sent, received, err
		}
		if from.String() == peer.String() && bytes.Equal(buffer[:n], payload) {
			received += n
		}
	}
	return sent, received, nil
}

func exchangeWithTurnClient(o options) (sent, received int, err error) {
	connection, err := dial(o)
	if err != nil {
		return 0, 0, err
	}
	defer connection.Close()
	address := net.JoinHostPort(o.host, fmt.Sprint(o.port))
	client, err := turn.NewClient(&turn.ClientConfig{
		STUNServerAddr: address, TURNServerAddr: address, Conn: connection, Username: o.user, Password: o.password, Realm: o.realm,
		LoggerFactory: logging.NewDefaultLoggerFactory(),
	})
	if err != nil {
		return 0, 0, err
	}
	defer client.Close()
	if err = client.Listen(); err != nil {
		return 0, 0, err
	}
	if _, err = client.SendBindingRequest(); err != nil {
		return 0, 0, fmt.Errorf("binding: %w", err)
	}
	relay, err := client.Allocate()
	if err != nil {
		return 0, 0, fmt.Errorf("allocate: %w", err)
	}
	defer relay.Close()
	// The client starts with indications and changes to a channel once its ChannelBind has been answered: both are used with each peer.
	for range 2 {
		peer, err := echoPeer()
		if err != nil {
			return sent, received, err
		}
		defer peer.Close()
		out, in, err := echo(relay, peer.LocalAddr())
		sent, received = sent+out, received+in
		if err != nil {
			return sent, received, err
		}
	}
	return sent, received, nil
}
