// The servers that a client has asked on its way to an allocation: redirections lead to each of them once.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/client/output.hpp"

namespace turnpike::client {

class Itinerary {
 public:
  // Redirections in all: a site has no reason for more.
  static constexpr std::size_t kRedirectionsMax = 3;

  explicit Itinerary(const Endpoint& first) : servers_{first} {}

  const Endpoint& server() const { return servers_.back(); }
  // How often the client was sent on.
  std::size_t redirections() const { return servers_.size() - 1; }
  // Where to ask next, over the same transport and with the same credentials: a server of the family of the
  // one that sends the client away (RFC 8489 10). Nothing: that was asked already, or is none that a client
  // may be sent to, or there were enough; then the redirection is a refusal.
  std::optional<Endpoint> follow(const Redirection& redirection);

 private:
  bool may_follow_to(const Endpoint& server) const;

  std::vector<Endpoint> servers_;
};

}  // namespace turnpike::client
