// What is put under load, and how its clients reach it.
#pragma once

#include <string>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::bench {

struct Target {
  enum class Kind : std::uint8_t {
    turn,       // any TURN server
    forwarder,  // no TURN: what a client sends is handed to a fixed peer as it is, and back; on streams in
                // ChannelData
    direct,     // nothing in between: clients send to their peers, to see what the generator costs alone
  };

  Kind kind = Kind::turn;
  std::string name = {};            // of the server, where it was given by name
  Endpoint server = {};             // of `direct` unused
  Endpoint secure = {};             // where TLS is spoken
  IpAddress local = {};             // of clients; none: as the route to the server has it
  IpAddress peer_local = {};        // of peers; none: that of clients
  std::uint16_t peer_port = 0;      // 0: any free one
  Endpoint peer = {};               // of another process, which echoes; none (port 0): peers are this process
  std::string peer_namespace = {};  // where peers have their sockets; empty: where clients have theirs
  std::string username = {};
  std::string password = {};

  // "turn:turn.example.org:3478", "forwarder:192.0.2.1:9000", "direct". Of a name the first address counts
  // that is of `family`, if that is given. Throws std::invalid_argument, in words.
  static Target parse(const std::string& text, Family family = Family::none);
};

}  // namespace turnpike::bench
