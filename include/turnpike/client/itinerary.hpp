// The servers that a client has asked on its way to an allocation, each of them once.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/client/output.hpp"

namespace turnpike::client {

// Decides which redirections a client follows.
class Itinerary {
 public:
  // Most redirections that are followed: no site has a reason for more.
  static constexpr std::size_t kRedirectionsMax = 3;

  explicit Itinerary(const Endpoint& first) : servers_{first} {}

  // Returns the latest server.
  const Endpoint& server() const { return servers_.back(); }
  std::size_t redirections() const { return servers_.size() - 1; }
  // Returns the server to ask next, over the same transport and with the same credentials: the one of the
  // family of the current server (RFC 8489 10). Returns nullopt if that server was asked before, must not be
  // asked (port 0, the client's own host), or kRedirectionsMax is reached: the redirection is then a refusal.
  std::optional<Endpoint> follow(const Redirection& redirection);

 private:
  bool may_follow_to(const Endpoint& server) const;

  std::vector<Endpoint> servers_;
};

}  // namespace turnpike::client
