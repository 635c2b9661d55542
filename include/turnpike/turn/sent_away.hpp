// Clients that this server has sent to another one lately. A client that comes back is served.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/stun/attribute.hpp"
#include "turnpike/turn/alternates.hpp"

namespace turnpike::turn {

// How long a client that was sent away is remembered.
inline constexpr Duration kReturnsWithin = std::chrono::seconds(10);

// Counts the clients that were sent to one address.
struct SentTo {
  Endpoint at;
  std::uint32_t clients = 0;

  bool operator==(const SentTo&) const = default;
};

// Remembers clients that were sent away, so that two full servers do not send a client in a circle. Not
// thread-safe.
class SentAway {
 public:
  // Most addresses that are counted between two calls of take_sent().
  static constexpr std::size_t kSentToMax = 256;

  // `clients_max`: most clients remembered; one more removes the oldest.
  explicit SentAway(std::size_t clients_max) : clients_max_(clients_max) {}

  // Names a client by user and address, without the port; of an IPv6 address the first 64 bits count. Refers
  // to its arguments.
  struct Asking {
    const std::string& user_id;
    const IpAddress& address;
    const stun::TransactionId& request;
  };
  // Returns where the client was sent if `request` is its latest redirected request, else nullopt. A
  // retransmission thus gets the same answer, because the client may have left already.
  std::optional<Detour> repeat(const Asking& asking, TimePoint now);
  // Returns whether the client may be sent to `detour`, and counts it if so: at most `times` within
  // kReturnsWithin of the client's first time.
  bool send(const Asking& asking, const Detour& detour, int times, TimePoint now);
  // Returns how many clients were sent where since the last call, by Detour::first. Addresses beyond
  // kSentToMax are not counted.
  std::vector<SentTo> take_sent();

  std::size_t size() const { return clients_.size(); }

 private:
  using Key = std::pair<IpAddress, std::string>;
  struct Client {
    TimePoint since;
    stun::TransactionId latest{};
    Detour detour = {};
    int times = 0;
  };
  using Clients = std::map<Key, Client>;

  void expire(TimePoint now);
  void count(const Endpoint& at);
  Client& find_or_add(const Key& key, TimePoint now);
  void forget_first();

  std::size_t clients_max_;
  Clients clients_;
  std::deque<Clients::iterator> in_order_;  // the order of Client::since
  std::vector<SentTo> sent_;
};

}  // namespace turnpike::turn
