// Two peer connections of pion that may use nothing but relays: a data channel between them echoes.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/pion/webrtc/v4"
)

func relayOnly(o options) (*webrtc.PeerConnection, error) {
	scheme, transport := "turn", o.transport
	if transport == "tls" {
		scheme, transport = "turns", "tcp"
	}
	url := fmt.Sprintf("%s:%s:%d?transport=%s", scheme, o.host, o.port, transport)
	var engine webrtc.SettingEngine
	engine.SetIncludeLoopbackCandidate(true)
	engine.SetDTLSInsecureSkipHelloVerify(true)
	configuration := webrtc.Configuration{
		ICEServers:         []webrtc.ICEServer{{URLs: []string{url}, Username: o.user, Credential: o.password}},
		ICETransportPolicy: webrtc.ICETransportPolicyRelay,
	}
	return webrtc.NewAPI(webrtc.WithSettingEngine(engine)).NewPeerConnection(configuration)
}

// negotiate carries the offer to the callee and the answer back, each with all candidates in it.
func negotiate(caller, callee *webrtc.PeerConnection) error {
	gathered := webrtc.GatheringCompletePromise(caller)
	offer, err := caller.CreateOffer(nil)
	if err != nil {
		return err
	}
	if err = caller.SetLocalDescription(offer); err != nil {
		return err
	}
	<-gathered
	if err = callee.SetRemoteDescription(*caller.LocalDescription()); err != nil {
		return err
	}
	gathered = webrtc.GatheringCompletePromise(callee)
	answer, err := callee.CreateAnswer(nil)
	if err != nil {
		return err
	}
	if err = callee.SetLocalDescription(answer); err != nil {
		return err
	}
	<-gathered
	return caller.SetRemoteDescription(*callee.LocalDescription())
}

func exchangeBetweenPeerConnections(o options) (sent, received int, err error) {
	caller, err := relayOnly(o)
	if err != nil {
		return 0, 0, err
	}
	defer caller.Close()
	callee, err := relayOnly(o)
	if err != nil {
		return 0, 0, err
	}
	defer callee.Close()
	callee.OnDataChannel(func(channel *webrtc.DataChannel) {
		channel.OnMessage(func(message webrtc.DataChannelMessage) { _ = channel.Send(message.Data) })
	})
	channel, err := caller.CreateDataChannel("echo", nil)
	if err != nil {
		return 0, 0, err
	}
	opened, echoed := make(chan struct{}), make(chan []byte, 16)
	channel.OnOpen(func() { close(opened) })
	channel.OnMessage(func(message webrtc.DataChannelMessage) { echoed <- message.Data })
	if err = negotiate(caller, callee); err != nil {
		return 0, 0, err
	}
	select {
	case <-opened:
	case <-time.After(timeout):
		return 0, 0, errors.New("the data channel did not open")
	}
	for _, payload := range payloads() {
		if err = channel.Send(payload); err != nil {
			return sent, received, err
		}
		sent += len(payload)
		select {
		case back := <-echoed:
			if bytes.Equal(back, payload) {
				received += len(back)
			}
		case <-time.After(timeout):
			return sent, received, errors.New("an echo is missing")
		}
	}
	return sent, received, nil
}
