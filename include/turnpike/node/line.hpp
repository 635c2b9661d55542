// A fleet with its connections to Redis: carries out the fleet's commands and hands it the answers.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "turnpike/base/tally.hpp"
#include "turnpike/fleet/fleet.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/node/redis_words.hpp"
#include "turnpike/redis/client.hpp"

namespace turnpike::node {

// Failures of connections, attempts and writes, by cause.
using Failures = Tally<redis::Cause, redis::kCauses>;

// Carries out the commands of one fleet on Redis. Used on one thread. Owned by std::shared_ptr, because
// pending operations own it too.
class Line : public std::enable_shared_from_this<Line> {
 public:
  // Functions that learn what becomes of the connection.
  struct Handlers {
    std::function<void()> connected;
    std::function<void(const redis::Failure&)> lost;     // connection or attempt failed
    std::function<void(const redis::Failure&)> refused;  // Redis answered a write with an error
  };

  // `random` must outlive the executor's context. Throws boost::system::system_error if TLS cannot be set up.
  Line(const boost::asio::any_io_executor& executor, const fleet::FleetOptions& options,
       const redis::Settings& settings, Random& random);

  fleet::Fleet& fleet() { return fleet_; }
  bool is_connected() const { return client_.is_connected(); }
  // Returns whether Redis answers the claim of the lease with an error, for example because it takes no
  // writes, so that no node gets the lease.
  bool is_lease_refused() const { return is_lease_refused_; }
  // Returns the number of commands that wait to be sent or for an answer.
  std::size_t outstanding() const;

  // Connects, and reconnects until stop() or retire().
  void start(Handlers handlers);
  // Closes the connection at once; no handler is called any more.
  void stop();
  // Stops half a second later, so that queued commands can still be sent. No handler is called any more.
  void retire();
  // Returns whether stop() or retire() was called.
  bool is_over() const { return is_over_; }
  // Sends the fleet's commands in order; those for which too many answers are outstanding wait.
  void send();

 private:
  struct Errand {
    std::vector<redis::Command> commands;
    std::function<void(std::span<const redis::Outcome>)> done;
    std::size_t bytes = 0, answers = 0;
  };
  // `took` hears of some keys after the other; `is_all`: of the last ones.
  using Took = std::function<void(const std::vector<fleet::Entry>& entries, bool is_all)>;
  struct Reading {
    std::vector<std::string> keys;
    bool is_all;
    Took took;
  };

  Errand errand_for(fleet::Command command);
  void add(Errand errand);
  void pump();
  bool has_room_for_next() const;
  static boost::asio::awaitable<void> stop_later(std::shared_ptr<Line> line);
  std::vector<Errand> take_errands();
  static boost::asio::awaitable<void> carry_out(std::shared_ptr<Line> line);
  void on_written(const std::string& key, const redis::Outcome& outcome);
  void on_claimed(std::uint64_t number, const redis::Outcome& outcome);
  void on_page(const fleet::Scan& scan, std::span<const redis::Outcome> outcomes);
  void read(const std::vector<std::string>& keys, const Took& took);
  void take_page();
  void read_on();
  void ask_for(Reading reading);
  void on_lost();

  boost::asio::any_io_executor executor_;
  fleet::Fleet fleet_;
  redis::Client client_;
  Handlers handlers_;
  bool is_over_ = false;
  bool is_lease_refused_ = false;
  std::size_t starting_ = 0;  // coroutines that will take the first errands
  std::deque<Errand> errands_;
  std::size_t commands_under_way_ = 0;
  std::size_t bytes_under_way_ = 0;
  std::deque<std::pair<fleet::Scan, Page>> pages_;  // not looked at yet
  std::deque<Reading> readings_;                    // not asked for yet
  std::size_t keys_under_way_ = 0;
  fleet::Pace pace_ = fleet::pace_of_values();
  std::uint64_t connection_ = 0;  // number of the connection; answers of earlier ones are ignored
  std::vector<fleet::Scan> scans_to_repeat_;
  TimePoint repeat_at_;
};

}  // namespace turnpike::node
