// The path to clients over UDP: the listeners of one worker.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "turnpike/base/hash.hpp"
#include "turnpike/base/parts.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/net/poller.hpp"
#include "turnpike/net/receive_batch.hpp"
#include "turnpike/net/send_queue.hpp"
#include "turnpike/net/udp_socket.hpp"
#include "turnpike/path/inbound.hpp"

namespace turnpike::path {

// Serves the UDP listeners of one worker, on the worker's thread. ClientRef::path of its clients is the index
// of the listener. Routes keep that index, so it is never reused: a closed listener keeps its place of a few
// words, and what is sent through it is dropped because the kernel refuses its descriptor. So sending a
// packet needs no check.
//
// A datagram that was read cannot go back into its socket. So data is handed out first, and only a bounded
// number of requests in a turn; the others are dropped and counted, and the client retransmits (RFC 8489
// section 6.2.1). A bound on buffers alone would not do: with GRO the kernel joins up to 128 requests of one
// sender in a buffer. Requests of strangers, few and small, are copied and wait until strangers are served.
class UdpPath {
 public:
  static constexpr std::size_t kRequestsOfClientsPerTurn = 128;
  static constexpr std::size_t kRequestsOfStrangersPerTurn = 64;
  static constexpr std::size_t kRequestsOfStrangersMax = 2048;  // waiting at most
  static constexpr std::size_t kRequestMaxOfStranger = 4096;    // bytes

  // Takes the listeners of worker `worker`. `batch` and `sends` outlive the path. The caller flushes `sends`
  // before each next_batch(), which overwrites the memory of `batch`.
  UdpPath(std::uint32_t worker, std::vector<net::UdpSocket> listeners, net::ReceiveBatch& batch,
          net::SendQueue& sends);
  UdpPath(const UdpPath&) = delete;
  UdpPath& operator=(const UdpPath&) = delete;

  // How long a listener rests after the system had no memory to watch it.
  static constexpr Duration kRest = std::chrono::milliseconds(100);

  // Watches the listeners in `poller`, under the tokens `token` plus their index. Throws
  // boost::system::system_error.
  void watch(net::Poller& poller, std::uint64_t token);
  // Adds a listener after watch(). Returns why the poller does not watch the listener yet, which is tried
  // again every kRest.
  boost::system::error_code listen(net::UdpSocket listener);
  // Removes and returns the listener with this local address; nullopt if there is none. Strangers' requests
  // that came by it are dropped.
  std::optional<net::UdpSocket> close(const Endpoint& listener);
  // Returns whether packets of the client still arrive at the listener by which it came: false if that is
  // closed, or if it is a wildcard and another listener now has the client's server address.
  bool reaches(const relay::Client& client) const;
  // Tries again to watch listeners that are not watched.
  void on_deadline(TimePoint now);
  // Returns when on_deadline() must be called; nullopt: not at all.
  std::optional<TimePoint> next_deadline() const;

  // Renews the budgets.
  void begin_turn();
  // Notes that the poller reports a listener, by index.
  void note_ready(std::uint32_t listener) { ready_.push_back(listener); }
  // Returns a batch of frames of one ready listener; empty when there are no more this turn. The frames are
  // valid until the next call.
  std::span<const Inbound> next_batch();
  // Returns whether requests of strangers wait.
  bool has_waiting() const { return !waiting_.empty(); }
  // Returns whether requests of strangers wait and take_strangers() was not called this turn.
  bool has_strangers() const { return taken_.empty() && has_waiting(); }
  // Returns up to kRequestsOfStrangersPerTurn waiting requests of strangers, valid until the next turn
  // begins.
  std::span<const Inbound> take_strangers();

  // Notes that a client has got or lost its allocation, and so is no stranger or is one again.
  void note_allocation(const FiveTuple& client, bool holds_one);

  // Queues a datagram in `sends`. The parts are not copied and must live until `sends` is flushed.
  void send_data(const FiveTuple& client, std::uint32_t listener, const Parts& parts, std::uint8_t tos) {
    const net::UdpSocket& socket = listeners_[listener];
    sends_.push(socket, parts, client.client.plain(), options_of(socket, client, tos));
  }
  // Queues a response in `sends`, which keeps the bytes.
  void send_response(const relay::Client& client, std::vector<std::uint8_t> bytes);

  // Returns how many requests were dropped because a budget was used up or they were too large.
  std::uint64_t requests_dropped() const { return requests_dropped_; }

 private:
  // A response leaves from the address that its request came to, which the client knows (RFC 8489 6.3.1.2).
  static net::SendOptions options_of(const net::UdpSocket& socket, const FiveTuple& client,
                                     std::uint8_t tos) {
    return {.from = socket.wildcard() ? client.server.address : IpAddress{}, .tos = tos};
  }
  struct Kept {
    std::vector<std::uint8_t> frame;
    relay::Client client;
    std::uint8_t traffic_class;
  };

  boost::system::error_code watch(std::uint32_t listener);
  void receive(std::uint32_t listener);
  void judge_last();
  bool keep(const Inbound& request);

  std::uint32_t worker_;
  std::vector<net::UdpSocket> listeners_;
  net::ReceiveBatch& batch_;
  net::SendQueue& sends_;
  net::Poller* poller_ = nullptr;
  std::uint64_t token_ = 0;
  std::vector<std::uint32_t> unwatched_;  // listeners that are yet to be watched
  TimePoint rest_until_;
  boost::unordered_flat_set<FiveTuple, ByteHash> clients_;  // that hold an allocation
  std::vector<std::uint32_t> ready_;                        // listeners
  std::vector<Inbound> inbound_;
  std::deque<Kept> waiting_;  // requests of strangers
  std::vector<Kept> taken_;   // the same, of this turn
  std::size_t requests_left_ = 0;
  std::uint64_t requests_dropped_ = 0;
};

}  // namespace turnpike::path
