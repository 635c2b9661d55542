// Queue of operators' queries for a worker's allocations, answered some allocations a turn.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "turnpike/worker/session.hpp"

namespace turnpike::worker {

// Answers queries in the order in which they were asked, a bounded amount each turn. Used on the worker's
// thread only, where it also calls its functions.
class SessionDesk {
 public:
  static constexpr std::size_t kSessionsPerTurn = 64;
  static constexpr std::size_t kRatesPerTurn = 256;

  // What the desk asks of its worker. `rate` and `look` return nullopt if the allocation has ended.
  struct Worker {
    std::function<std::vector<relay::AllocationId>(const SessionQuery&)> ids;  // ascending, above `after`
    std::function<std::optional<std::uint64_t>(relay::AllocationId)> rate;     // bits per second
    std::function<std::optional<Session>(relay::AllocationId)> look;
  };
  using Done = std::function<void(SessionPage)>;

  explicit SessionDesk(Worker worker) : worker_(std::move(worker)) {}
  SessionDesk(const SessionDesk&) = delete;
  SessionDesk& operator=(const SessionDesk&) = delete;

  // Queues a query; `done` is called on the worker's thread in a later turn.
  void ask(SessionQuery query, Done done) { waiting_.emplace_back(std::move(query), std::move(done)); }
  // Looks at up to kSessionsPerTurn sessions and kRatesPerTurn rates of the query in progress. Call it once a
  // turn while is_reading().
  void read_some();
  bool is_reading() const { return reading_ || !waiting_.empty(); }

 private:
  struct Open {
    SessionQuery query;
    Done done;
    std::vector<relay::AllocationId> ids;
    std::size_t next = 0;                                              // index into `ids`
    std::vector<std::pair<std::uint64_t, relay::AllocationId>> rates;  // for `busiest`, until all are known
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
