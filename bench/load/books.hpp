// What was sent and what became of it: received, lost, duplicated, reordered, corrupt.
#pragma once

#include <array>
#include <cstdint>

namespace turnpike::bench {

struct Totals {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;  // each packet once, those out of order included
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;  // came after a later one of its flow
  std::uint64_t corrupt = 0;    // came with other bytes than it left with
  std::uint64_t refused = 0;  // of those sent: not taken by this host's own kernel, so no fault of the server

  // Neither received nor arrived in a state that does not tell which packet it was.
  std::uint64_t lost() const {
    return sent > received + corrupt + refused ? sent - received - corrupt - refused : 0;
  }
  bool operator==(const Totals&) const = default;
};

// One flow. Sequence numbers begin at 0.
class FlowBook {
 public:
  // Enters a packet as sent; returns its number.
  std::uint64_t send() { return totals_.sent++; }
  // False if no such packet was ever sent or it came already. Of packets that are more than 1,023 behind,
  // copies are not recognised.
  bool receive(std::uint64_t sequence);

  const Totals& totals() const { return totals_; }

 private:
  static constexpr std::uint64_t kWindow = 1024;

  void advance(std::uint64_t to);
  // True if it was marked before.
  bool mark(std::uint64_t sequence);

  Totals totals_;
  std::uint64_t next_ = 0;                          // one past the highest number that has come
  std::array<std::uint64_t, kWindow / 64> seen_{};  // of the numbers next_ - kWindow to next_ - 1
};

}  // namespace turnpike::bench
