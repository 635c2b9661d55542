// Other servers that clients can be sent to (RFC 8489 10), and whether they are sent there now.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::turn {

// Holds how clients reach one other server. Addresses are those that clients see.
struct AlternateServer {
  struct Way {
    Transport transport = Transport::udp;
    Endpoint at;
    bool operator==(const Way&) const = default;
  };
  std::vector<Way> ways;  // the first of each transport and family counts
  // Name in the other server's certificate; empty if the certificate has this server's names.
  std::string domain = {};
  // The other server redirects clients too, so only clients that get nothing here are sent there. A server
  // that drains is not listed at all.
  bool has_enough = false;

  bool operator==(const AlternateServer&) const = default;
};

// Holds what decides where a client can be sent.
struct Arrival {
  Transport transport = Transport::udp;
  Family family = Family::ipv4;
  Endpoint here;              // this server's address as the client sees it
  bool reads_domain = false;  // the client understands ALTERNATE-DOMAIN (RFC 8489 10)
  bool may_stay = true;       // the client is served here if no other server takes it
};

// Holds where one client is sent: the contents of a 300 response (RFC 8489 10).
struct Detour {
  Endpoint first;                       // ALTERNATE-SERVER, in the client's family
  std::optional<Endpoint> second = {};  // ALTERNATE-SERVER, in the other family
  std::string domain = {};              // ALTERNATE-DOMAIN; empty: none

  bool operator==(const Detour&) const = default;
};

// Lists the other servers that clients can be sent to. Immutable: a change makes a new list.
class Alternates {
 public:
  static constexpr std::size_t kServersMax = 16;
  static constexpr std::size_t kWaysMax = 16;  // of each server

  Alternates() = default;
  // `redirects`: this server has enough clients and sends new ones away even while it does not drain.
  // `servers`: the least loaded first, without this one. A client that is sent back ends its search (RFC 8489
  // 10), so the list should be as recent as possible. Only the first kServersMax servers count. Unusable
  // addresses are left out, and TLS and DTLS addresses where `domain` is not a valid name.
  Alternates(bool redirects, std::vector<AlternateServer> servers);

  bool redirects() const { return redirects_; }
  const std::vector<AlternateServer>& servers() const { return servers_; }
  // Returns the first server that serves the client's transport and family, has room, and has a certificate
  // that the client can verify; nullopt if there is none. Never returns a server that has the address `here`.
  std::optional<Detour> detour(const Arrival& arrival) const;

  bool operator==(const Alternates&) const = default;

 private:
  bool redirects_ = false;
  std::vector<AlternateServer> servers_;
};

}  // namespace turnpike::turn
