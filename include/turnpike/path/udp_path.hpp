// The way to clients over UDP: the listeners of one worker.
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

// ClientRef::path of its clients is the index of the listener. Routes have it, so it is never another's: one
// that is closed keeps its place, which is a few words, and what is sent by it is dropped where the kernel
// sees that there is no such descriptor. The way of a packet knows nothing of that.
//
// A datagram that was read cannot go back into its socket. So data is handed out first, and of the requests
// in a turn only so many; what is beyond is dropped and counted, and the client asks again as RFC 8489 6.2.1
// has it. The number of buffers alone would be no bound: the kernel joins up to 128 requests of one sender.
// Requests of strangers are copied, few and small as they are, and wait until strangers are served.
class UdpPath {
 public:
  static constexpr std::size_t kRequestsOfClientsPerTurn = 128;
  static constexpr std::size_t kRequestsOfStrangersPerTurn = 64;
  static constexpr std::size_t kRequestsOfStrangersMax = 2048;  // that wait
  static constexpr std::size_t kRequestMaxOfStranger = 4096;    // bytes, as over streams

  // Both outlive the path. `sends` is flushed before each next_batch(), which uses the memory of `batch`
  // again.
  UdpPath(std::uint32_t worker, std::vector<net::UdpSocket> listeners, net::ReceiveBatch& batch,
          net::SendQueue& sends);
  UdpPath(const UdpPath&) = delete;
  UdpPath& operator=(const UdpPath&) = delete;

  // How long a listener that the system lacks memory to watch is left alone.
  static constexpr Duration kRest = std::chrono::milliseconds(100);

  // The token of a listener is `token` plus its index. Throws boost::system::system_error.
  void watch(net::Poller& poller, std::uint64_t token);
  // After watch(). The error says why it is not watched yet: it is tried again.
  boost::system::error_code listen(net::UdpSocket listener);
  // Gives it out of hand, if there is one; what strangers have asked by it is dropped.
  std::optional<net::UdpSocket> close(const Endpoint& listener);
  // What the client sends still comes in by the listener that it came by: that is there, and is no wildcard
  // beside which another one has the client's server address.
  bool reaches(const relay::Client& client) const;
  void on_deadline(TimePoint now);
  std::optional<TimePoint> next_deadline() const;

  void begin_turn();
  void note_ready(std::uint32_t listener) { ready_.push_back(listener); }
  // Of what is ready, a batch; empty when there is no more this turn. Valid until the next call.
  std::span<const Inbound> next_batch();
  bool has_waiting() const { return !waiting_.empty(); }
  // Some wait, and this turn there was no call of take_strangers() yet.
  bool has_strangers() const { return taken_.empty() && has_waiting(); }
  // So many of the requests of strangers that wait; valid until the next turn begins.
  std::span<const Inbound> take_strangers();

  // A client with an allocation is no stranger.
  void note_allocation(const FiveTuple& client, bool holds_one);

  // Queued in `sends`, which must not outlive the parts.
  void send_data(const FiveTuple& client, std::uint32_t listener, const Parts& parts, std::uint8_t tos) {
    const net::UdpSocket& socket = listeners_[listener];
    sends_.push(socket, parts, client.client.plain(), options_of(socket, client, tos));
  }
  void send_response(const relay::Client& client, std::vector<std::uint8_t> bytes);

  // Requests that were beyond the budget of their turn.
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
