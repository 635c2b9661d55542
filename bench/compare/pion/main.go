// A TURN server of pion's library with one user, for comparison: UDP, TCP and TLS, and nothing that it could do is logged.
package main

import (
	"crypto/tls"
	"flag"
	"log"
	"net"

	"github.com/pion/turn/v5"
)

type options struct {
	address, relay, port, tlsPort, certificate, key, user, password, realm string
}

func parse() (o options) {
	flag.StringVar(&o.address, "address", "127.0.0.1", "where clients come")
	flag.StringVar(&o.relay, "relay", "127.0.0.1", "where peers come")
	flag.StringVar(&o.port, "port", "3478", "of UDP and TCP")
	flag.StringVar(&o.tlsPort, "tls-port", "5349", "of TLS")
	flag.StringVar(&o.certificate, "certificate", "", "file, PEM")
	flag.StringVar(&o.key, "key", "", "file, PEM")
	flag.StringVar(&o.user, "user", "user", "user name")
	flag.StringVar(&o.password, "password", "pass", "password")
	flag.StringVar(&o.realm, "realm", "bench", "realm")
	flag.Parse()
	return o
}

func run(o options) error {
	udp, err := net.ListenPacket("udp4", net.JoinHostPort(o.address, o.port))
	if err != nil {
		return err
	}
	tcp, err := net.Listen("tcp4", net.JoinHostPort(o.address, o.port))
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(o.certificate, o.key)
	if err != nil {
		return err
	}
	secure, err := tls.Listen("tcp4", net.JoinHostPort(o.address, o.tlsPort), &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		return err
	}
	relays := &turn.RelayAddressGeneratorStatic{RelayAddress: net.ParseIP(o.relay), Address: o.relay}
	key := turn.GenerateAuthKey(o.user, o.realm, o.password)
	_, err = turn.NewServer(turn.ServerConfig{
		Realm: o.realm,
		AuthHandler: func(request *turn.RequestAttributes) (string, []byte, bool) {
			return request.Username, key, request.Username == o.user
		},
		PacketConnConfigs: []turn.PacketConnConfig{{PacketConn: udp, RelayAddressGenerator: relays}},
		ListenerConfigs: []turn.ListenerConfig{
			{Listener: tcp, RelayAddressGenerator: relays},
			{Listener: secure, RelayAddressGenerator: relays},
		},
	})
	return err
}

func main() {
	if err := run(parse()); err != nil {
		log.Fatal(err)
	}
	select {}
}
