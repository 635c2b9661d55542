// Lets one node of the fleet at a time do a task.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/fleet/command.hpp"

namespace turnpike::fleet {

// Holds a key in Redis that expires unless renewed. The life counts from when a renewal was sent, so the
// holder's lease is over before Redis gives the key to another node, and nothing is held that Redis has not
// confirmed. Two nodes hold the lease only if Redis has lost the key, for kLife at most. Not thread-safe.
class Lease {
 public:
  static constexpr Duration kLife = std::chrono::seconds(10);
  // for clocks that run at different rates
  static constexpr Duration kMargin = std::chrono::milliseconds(500);
  static constexpr Duration kRenewEvery = std::chrono::seconds(3);
  static constexpr Duration kClaimEvery = std::chrono::seconds(2);  // plus up to a second at random

  // Makes a lease that is not held.
  Lease(std::string key, Random& random);

  // Begins to claim the key at the next tick().
  void on_connected(TimePoint now);
  // Tells that no answer comes any more; a lease that is held stays held until its time is over.
  void on_disconnected();
  // Takes the answer to the Claim or Renew of this number: whether Redis has done it.
  void on_answer(std::uint64_t number, bool is_done, TimePoint now);
  // Gives the lease up; nothing is claimed until the next on_connected().
  void give_up();
  // Claims or renews the key when that is due.
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
  bool may_have_ = false;  // Redis may have the key with this token
  std::uint64_t number_ = 0;
  std::optional<Asked> asked_;
  std::optional<TimePoint> held_until_;
  TimePoint next_;
  Commands commands_;
};

}  // namespace turnpike::fleet
