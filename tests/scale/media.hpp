// What rooms relay by way of one node, by the meters and the shares of a server.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/fleet/shared_budgets.hpp"
#include "turnpike/node/budget_shares.hpp"
#include "turnpike/relay/meter.hpp"

namespace turnpike::scale {

class Media {
 public:
  static constexpr std::uint32_t kRoomsMax = 64;
  static constexpr std::size_t kPacketBytes = 1000;

  // `shared` must outlive it, and has the limit.
  explicit Media(fleet::SharedBudgets& shared);

  // The room has so much to relay from now on. False: there are kRoomsMax already.
  bool talk(std::string_view room, std::uint64_t bytes_per_second);
  // Ten times a second.
  void tick(std::size_t nodes, TimePoint now);
  // Bytes that went through.
  std::uint64_t relayed(std::string_view room) const;

 private:
  struct Talk {
    std::string room;
    std::uint64_t bytes_per_second = 0;
    std::uint64_t relayed = 0;
    std::uint64_t owed = 0;  // of a packet
  };

  relay::Meters meters_;
  node::BudgetShares shares_;
  std::vector<Talk> talks_;  // that of meter and room 1 first
};

}  // namespace turnpike::scale
