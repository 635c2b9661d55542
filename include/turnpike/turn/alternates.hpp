// Other servers that clients can be sent to (RFC 8489 10), and whether they are sent there now.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::turn {

// One other server. Addresses are as clients see them.
struct AlternateServer {
  struct Way {
    Transport transport = Transport::udp;
    Endpoint at;
    bool operator==(const Way&) const = default;
  };
  std::vector<Way> ways;  // of each transport and family the first one counts
  // In its certificate, where this server's own names are not. Empty: they are.
  std::string domain = {};
  // It redirects, too: only for who gets nothing here, as while this server drains. One that drains is no
  // alternate at all.
  bool has_enough = false;

  bool operator==(const AlternateServer&) const = default;
};

// How a client came here, as far as that decides where it can be sent.
struct Arrival {
  Transport transport = Transport::udp;
  Family family = Family::ipv4;
  Endpoint here;              // that the client was served at, as it sees it
  bool reads_domain = false;  // it knows ALTERNATE-DOMAIN
  bool may_stay = true;       // it is served here if there is no other server for it
};

// Where one client is sent.
struct Detour {
  Endpoint first;                       // of the client's family
  std::optional<Endpoint> second = {};  // of the other one
  std::string domain = {};              // to be told with them; empty: none

  bool operator==(const Detour&) const = default;
};

// Immutable: whoever watches the other servers makes a new one when anything has changed.
class Alternates {
 public:
  static constexpr std::size_t kServersMax = 16;
  static constexpr std::size_t kWaysMax = 16;  // of each server

  Alternates() = default;
  // `redirects`: this server has enough clients; while it drains, clients are sent away in any case.
  // `servers`: the least loaded first, without this one. A client ends its search where it is sent back (RFC
  // 8489 10), so what is said of the others should be as new as can be. Of more than kServersMax the first
  // ones count. An address that no client could use is left out, and so is TLS where the domain is no name.
  Alternates(bool redirects, std::vector<AlternateServer> servers);

  bool redirects() const { return redirects_; }
  const std::vector<AlternateServer>& servers() const { return servers_; }
  // The first server that serves the client's family over its transport, and that the client can be expected
  // to verify. None: there is no such server. Never `here`.
  std::optional<Detour> detour(const Arrival& arrival) const;

  bool operator==(const Alternates&) const = default;

 private:
  bool redirects_ = false;
  std::vector<AlternateServer> servers_;
};

}  // namespace turnpike::turn
