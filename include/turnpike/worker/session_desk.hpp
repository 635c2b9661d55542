// Where a worker looks its allocations up for operators, some at a time.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "turnpike/worker/session.hpp"

namespace turnpike::worker {

// On the worker's thread, as everything that it calls. Questions are answered one after the other.
class SessionDesk {
 public:
  static constexpr std::size_t kSessionsPerTurn = 64;
  static constexpr std::size_t kRatesPerTurn = 256;

  struct Worker {
    std::function<std::vector<relay::AllocationId>(const SessionQuery&)> ids;  // ascending, behind `after`
    std::function<std::optional<std::uint64_t>(relay::AllocationId)> rate;     // bits per second
    std::function<std::optional<Session>(relay::AllocationId)> look;
  };
  using Done = std::function<void(SessionPage)>;

  explicit SessionDesk(Worker worker) : worker_(std::move(worker)) {}
  SessionDesk(const SessionDesk&) = delete;
  SessionDesk& operator=(const SessionDesk&) = delete;

  void ask(SessionQuery query, Done done) { waiting_.emplace_back(std::move(query), std::move(done)); }
  // Goes on with the questions. One turn is bounded; call it while there is_reading().
  void read_some();
  bool is_reading() const { return reading_ || !waiting_.empty(); }

 private:
  struct Open {
    SessionQuery query;
    Done done;
    std::vector<relay::AllocationId> ids;
    std::size_t next = 0;                                              // of `ids`
    std::vector<std::pair<std::uint64_t, relay::AllocationId>> rates;  // of `busiest`, until all are there
    bool is_rating = false;
    SessionPage page;
  };

  void rate_some(Open& open);
  bool look_at_some(Open& open);

  Worker worker_;
  std::deque<std::pair<SessionQuery, Done>> waiting_;
  std::optional<Open> reading_;
};

}  // namespace turnpike::worker
