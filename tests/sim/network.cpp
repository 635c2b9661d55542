// Fates of datagrams and of pieces of streams.
#include "network.hpp"

#include <utility>

namespace turnpike::sim {

void Network::carry(const Parcel& parcel, const Arrive& arrive) {
  if (dice_.chance(weather_.lost_permille)) return;
  for (int copies = dice_.chance(weather_.doubled_permille) ? 2 : 1; copies > 0; --copies) {
    Duration delay = dice_.between(weather_.delay_min, weather_.delay_max);
    if (dice_.chance(weather_.late_permille)) delay += dice_.between({}, weather_.detour_max);
    Parcel copy = parcel;
    if (dice_.chance(weather_.damaged_permille)) damage(copy);
    timeline_.after(delay, [copy = std::move(copy), arrive] { arrive(copy); });
  }
}

void Network::damage(Parcel& parcel) {
  if (parcel.bytes.empty()) return;
  const auto whole = parcel.bytes;
  for (std::uint32_t flips = 1 + dice_.below(3); flips > 0; --flips) {
    dice_.pick(parcel.bytes) ^= static_cast<std::uint8_t>(1U << dice_.below(8));
  }
  parcel.damaged |= parcel.bytes != whole;
}

void Pipe::write(Bytes bytes) {
  if (finished_) return;
  under_way_.insert(under_way_.end(), bytes.begin(), bytes.end());
  plan();
}

void Pipe::finish() {
  finished_ = true;
  plan();
}

void Pipe::plan() {
  if (std::exchange(planned_, true)) return;
  const Duration delay = dice_.between(std::chrono::milliseconds(5), std::chrono::milliseconds(100));
  timeline_.after(delay, [self = shared_from_this()] { self->deliver(); });
}

void Pipe::deliver() {
  planned_ = false;
  const std::size_t size =
      dice_.chance(700) || under_way_.empty() ? under_way_.size() : 1 + dice_.below(under_way_.size());
  const std::vector<std::uint8_t> piece(under_way_.begin(),
                                        under_way_.begin() + static_cast<std::ptrdiff_t>(size));
  under_way_.erase(under_way_.begin(), under_way_.begin() + static_cast<std::ptrdiff_t>(size));
  if (!piece.empty()) reader_.arrive(piece);
  if (!under_way_.empty()) return plan();
  if (finished_ && !std::exchange(ended_, true)) reader_.end();
}

}  // namespace turnpike::sim
