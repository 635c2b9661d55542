// Accounts for the traffic of rooms and participants: for the log, the control socket and the rooms' byte
// budgets.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "turnpike/http/router.hpp"
#include "turnpike/livekit/room_numbers.hpp"
#include "turnpike/livekit/room_registry.hpp"
#include "turnpike/livekit/usage_book.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/relay/meter.hpp"
#include "turnpike/relay/usage.hpp"
#include "turnpike/turn/ledger.hpp"

namespace turnpike::sfu {

// Keeps the accounts of all users, on the main thread.
class Accounting {
 public:
  // Has every worker report its usage; returns when the reports have been taken.
  using ReadWorkers = std::function<boost::asio::awaitable<void>()>;

  // All arguments must outlive this object.
  Accounting(const livekit::RoomRegistry& registry, const turn::Ledger& ledger, relay::Meters& meters,
             ReadWorkers read_workers);
  Accounting(const Accounting&) = delete;
  Accounting& operator=(const Accounting&) = delete;

  // Returns the route of GET /rooms.
  std::vector<http::Route> routes();
  // Reads the usage at an interval for as long as the io_context runs.
  boost::asio::awaitable<void> run();
  // Reads the usage once, without waiting for the interval.
  boost::asio::awaitable<void> read();

  // Takes a worker's report.
  void take(relay::UsageReport report) { book_.apply(std::move(report)); }
  // Notes that the user has got an allocation or has changed the room, and charges the room's budget from now
  // on.
  void place(const std::string& user_id);
  // Returns the numbers of the rooms that have byte budgets.
  const livekit::RoomNumbers& room_numbers() const { return room_numbers_; }
  // Returns the counts of the last reading.
  livekit::UsageBook::Counts counts() const { return book_.counts(); }
  // Logs what the user's allocations, which must all have ended, have relayed, if anything. `was` names the
  // room that the participant has left.
  void on_left(const std::string& user_id, const livekit::Membership& was);
  // Logs what the participants of a closed room have relayed, if anything.
  void on_room_over(const std::string& name);

 private:
  boost::asio::awaitable<http::Response> answer();

  const livekit::RoomRegistry& registry_;
  const turn::Ledger& ledger_;
  relay::Meters& meters_;
  ReadWorkers read_workers_;
  livekit::UsageBook book_;
  livekit::RoomNumbers room_numbers_;
};

}  // namespace turnpike::sfu
