// One client of the generator: its connection, its TURN transactions until it can send, and what its packets
// are framed with.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "load/scenario.hpp"
#include "load/stream_link.hpp"
#include "load/target.hpp"
#include "turnpike/client/turn_client.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::bench {

class Client {
 public:
  // Opens and connects the socket; `random` outlives the client. Throws std::runtime_error.
  Client(const Target& target, Transport transport, Random& random);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  int fd() const { return stream_ ? stream_->fd() : udp_.get(); }
  StreamLink* stream() const { return stream_.get(); }

  // Each begins a transaction; it is over when busy() is false again. Of targets that are no TURN server, at
  // once.
  void allocate(TimePoint now);
  void permit(const Endpoint& peer, TimePoint now);
  void bind(const Endpoint& peer, TimePoint now);
  void release(TimePoint now);
  bool busy() const { return busy_; }
  // Why the last transaction failed; empty if it did not.
  const std::string& error() const { return error_; }
  // Another client of the same user would meet the same: nobody is there, or the server does not want it.
  bool is_hopeless() const { return hopeless_; }
  // The user has no more allocations (486).
  bool is_over_quota() const { return over_quota_; }
  bool is_allocated() const { return relayed_.port != 0; }
  // "UDP 192.0.2.1:3478 does not answer": what it means if nothing has come for long.
  std::string silence() const;

  void on_readable(TimePoint now);
  void on_deadline(TimePoint now);
  std::optional<TimePoint> next_deadline() const;

  // Once allocated: where peers reach this client.
  const Endpoint& relayed() const { return relayed_; }
  // What stands in front of each payload of that size to that peer, which is permitted or bound.
  std::vector<std::uint8_t> prefix(Framing framing, const Endpoint& peer, std::size_t payload_bytes) const;
  // The payload of a datagram or frame from the server; nothing of an answer to a request. What cannot be
  // understood is handed out whole, to be found corrupt.
  std::optional<Bytes> payload_of(Bytes received) const;

 private:
  void flush();
  void note(const client::Output& output);
  void finish(std::string error = {}, bool hopeless = false);
  const Endpoint& server() const;
  std::string nobody_there() const;
  bool is_turn() const { return target_.kind == Target::Kind::turn; }
  bool is_framed() const { return is_turn() || stream_; }

  const Target& target_;
  Transport transport_;
  net::FileDescriptor udp_;  // or
  std::unique_ptr<StreamLink> stream_;
  client::TurnClient turn_;
  Endpoint relayed_;
  std::optional<std::uint16_t> channel_;
  bool busy_ = false;
  std::string error_;
  bool hopeless_ = false;
  bool over_quota_ = false;
};

}  // namespace turnpike::bench
