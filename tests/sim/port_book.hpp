// Which relay ports are leased and which rest, kept from what the server does: who may be given which.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "referee.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/turn/port_pool.hpp"
#include "turnpike/turn/tenant.hpp"

namespace turnpike::sim {

class PortBook {
 public:
  PortBook(turn::PortRange range, Duration quiet, Referee& referee)
      : range_(range), quiet_(quiet), referee_(referee) {}

  // The server is about to open it. `is_redeemed`: the token says which port it must be.
  void leased(const RelayEndpoint& relay, turn::Parity parity, const turn::Tenant& tenant, bool is_redeemed,
              TimePoint now);
  // The system did not open it: it is nobody's when it is released.
  void failed(const RelayEndpoint& relay);
  void released(const RelayEndpoint& relay, TimePoint now);
  // A new process knows what is leased, and has been told nothing of what rests.
  void restart(const std::set<RelayEndpoint>& leased);

 private:
  struct Resting {
    RelayEndpoint relay;
    std::string owner;
    TimePoint since;
  };

  bool is_free(const RelayEndpoint& relay) const;
  bool fits(const RelayEndpoint& relay, turn::Parity parity) const;
  bool any_free_fits(const RelayEndpoint& like, turn::Parity parity) const;
  void judge(const RelayEndpoint& relay, turn::Parity parity, const turn::Tenant& tenant, TimePoint now);
  void take(const RelayEndpoint& relay, const std::string& owner);

  turn::PortRange range_;
  Duration quiet_;
  Referee& referee_;
  std::vector<Resting> resting_;                 // the longest first
  std::map<RelayEndpoint, std::string> leased_;  // by whom
};

}  // namespace turnpike::sim
