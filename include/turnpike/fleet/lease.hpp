// A task that one node of the fleet has at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/fleet/command.hpp"

namespace turnpike::fleet {

// The holder renews a key that would expire. It counts from when a renewal was sent, so that by its own clock
// the lease is over before Redis gives it to somebody else; and it holds nothing that was not confirmed. Two
// nodes hold it only where Redis has lost the key: for kLife, at most. Not thread-safe.
class Lease {
 public:
  static constexpr Duration kLife = std::chrono::seconds(10);
  static constexpr Duration kMargin = std::chrono::milliseconds(500);  // for clocks that do not run alike
  static constexpr Duration kRenewEvery = std::chrono::seconds(3);
  static constexpr Duration kClaimEvery = std::chrono::seconds(2);  // and up to a second more

  Lease(std::string key, Random& random);

  void on_connected(TimePoint now);
  void on_disconnected();
  // Of a Claim or Renew with this number: whether Redis did it.
  void on_answer(std::uint64_t number, bool is_done, TimePoint now);
  // Gives it up, and claims it no more until the next on_connected().
  void give_up();
  void tick(TimePoint now);
  Commands take_commands() { return std::exchange(commands_, {}); }

  bool is_held(TimePoint now) const { return held_until_ && now < *held_until_; }

 private:
  struct Asked {
    std::uint64_t number;
    TimePoint sent;
    bool is_renewal;
  };

  void ask(bool is_renewal, TimePoint now);

  std::string key_, token_;
  Random& random_;
  bool is_connected_ = false;
  bool may_have_ = false;  // Redis may have the key by our token
  std::uint64_t number_ = 0;
  std::optional<Asked> asked_;
  std::optional<TimePoint> held_until_;
  TimePoint next_;
  Commands commands_;
};

}  // namespace turnpike::fleet
