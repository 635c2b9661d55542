// What the ledger asks on workers' threads: the sums of places that users hold on other nodes, as the main
// thread hears of them.
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

// Thread-safe. Its lock is held for one look or one change, never while a table is read.
class HeldByOthers final : public turn::HeldElsewhere {
 public:
  // In a fleet with this seal, of which nothing is known yet.
  void begin(const fleet::Seal& seal);
  void end();
  // All that the others hold of one digest: 0, nothing any more.
  void set(fleet::Who who, std::uint64_t places);

  std::uint32_t places_of(std::string_view user_id) const override;
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> size_ = 0;  // whoever is alone asks no further
  mutable std::mutex mutex_;
  std::optional<fleet::Seal> seal_;
  std::unordered_map<fleet::Who, std::uint64_t> places_;
};

}  // namespace turnpike::node
