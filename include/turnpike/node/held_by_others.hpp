// Tells the ledger, on workers' threads, how many places users hold on other nodes; the main thread keeps the
// numbers current.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "turnpike/fleet/seal.hpp"
#include "turnpike/turn/held_elsewhere.hpp"

namespace turnpike::node {

// Holds the places that users have on other nodes. Thread-safe; the lock is held only for one look-up or
// change.
class HeldByOthers final : public turn::HeldElsewhere {
 public:
  // Starts empty, for a fleet with this seal.
  void begin(const fleet::Seal& seal);
  // Removes everything: until begin() nobody holds places elsewhere.
  void end();
  // Sets the places that all other nodes hold for one digest; 0 removes the digest.
  void set(fleet::Who who, std::uint64_t places);

  // Returns how many places the user holds on other nodes.
  std::uint32_t places_of(std::string_view user_id) const override;
  // Returns the number of digests with places.
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> size_ = 0;  // 0 lets a node that is alone skip the lock
  mutable std::mutex mutex_;
  std::optional<fleet::Seal> seal_;
  std::unordered_map<fleet::Who, std::uint64_t> places_;
};

}  // namespace turnpike::node
