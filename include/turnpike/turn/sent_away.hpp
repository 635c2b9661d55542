// Whom this server has sent to another one lately: whoever comes back is served.
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

inline constexpr Duration kReturnsWithin = std::chrono::seconds(10);

// How many clients were sent to an address.
struct SentTo {
  Endpoint at;
  std::uint32_t clients = 0;

  bool operator==(const SentTo&) const = default;
};

// Two servers without room, each of which knows of the other's lack too late, must not send a client in a
// circle.
class SentAway {
 public:
  static constexpr std::size_t kSentToMax = 256;

  // Of more clients than `clients_max` the first one is forgotten.
  explicit SentAway(std::size_t clients_max) : clients_max_(clients_max) {}

  // A client is a user at an address, whichever its port; of IPv6 a /64 is one address.
  struct Asking {
    const std::string& user_id;
    const IpAddress& address;
    const stun::TransactionId& request;
  };
  // Where this very request was sent, if the client's latest one was: a repetition is sent there again,
  // whatever has changed since, for the client may have left already.
  std::optional<Detour> repeat(const Asking& asking, TimePoint now);
  // Whether the client may be sent there, which then counts: at most `times` within kReturnsWithin of the
  // first time.
  bool send(const Asking& asking, const Detour& detour, int times, TimePoint now);
  // Since the last call, by Detour::first; of more than kSentToMax addresses the later ones do not count.
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
  std::deque<Clients::iterator> in_order_;  // of their first time
  std::vector<SentTo> sent_;
};

}  // namespace turnpike::turn
