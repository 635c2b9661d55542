// Who relays how much, by room and participant: for the log, for whoever asks the control socket, and for the
// rooms' byte budgets.
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

// On the main thread.
class Accounting {
 public:
  // Lets every worker report what its allocations have relayed; the reports have been taken when it returns.
  using ReadWorkers = std::function<boost::asio::awaitable<void>()>;

  // What it is given must outlive it.
  Accounting(const livekit::RoomRegistry& registry, const turn::Ledger& ledger, relay::Meters& meters,
             ReadWorkers read_workers);
  Accounting(const Accounting&) = delete;
  Accounting& operator=(const Accounting&) = delete;

  // GET /rooms.
  std::vector<http::Route> routes();
  // Reads again and again, for as long as the io_context runs.
  boost::asio::awaitable<void> run();
  // One reading, ahead of its time.
  boost::asio::awaitable<void> read();

  // A worker's.
  void take(relay::UsageReport report) { book_.apply(std::move(report)); }
  // The user has an allocation, or another room, from now on.
  void place(const std::string& user_id);
  // Of the rooms' byte budgets.
  const livekit::RoomNumbers& room_numbers() const { return room_numbers_; }
  // As of the last reading.
  livekit::UsageBook::Counts counts() const { return book_.counts(); }
  // Whose allocations have all ended: logs what they relayed, if anything.
  void on_left(const std::string& user_id, const livekit::Membership& was);
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
