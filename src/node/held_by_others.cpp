#include "turnpike/node/held_by_others.hpp"

#include <algorithm>
#include <limits>

namespace turnpike::node {

using Lock = std::lock_guard<std::mutex>;

void HeldByOthers::begin(const fleet::Seal& seal) {
  end();
  const Lock lock(mutex_);
  seal_ = seal;
}

void HeldByOthers::end() {
  const Lock lock(mutex_);
  seal_.reset();
  places_.clear();
  size_.store(0, std::memory_order_relaxed);
}

void HeldByOthers::set(fleet::Who who, std::uint64_t places) {
  const Lock lock(mutex_);
  if (places == 0) {
    places_.erase(who);
  } else {
    places_[who] = places;
  }
  size_.store(places_.size(), std::memory_order_relaxed);
}

std::uint32_t HeldByOthers::places_of(std::string_view user_id) const {
  if (size() == 0) return 0;
  const Lock lock(mutex_);
  if (!seal_) return 0;
  std::uint64_t sum = 0;
  for (const fleet::Who who : seal_->digests(user_id)) {
    if (const auto found = places_.find(who); found != places_.end()) sum += found->second;
  }
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace turnpike::node
