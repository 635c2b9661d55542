// A fleet and its connections to Redis: what the one wants is carried out by the others.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "turnpike/base/tally.hpp"
#include "turnpike/fleet/fleet.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/redis/client.hpp"

namespace turnpike::node {

using Failures = Tally<redis::Cause, redis::kCauses>;

// On one thread. Kept by shared_ptr, for what is under way keeps it as well.
class Line : public std::enable_shared_from_this<Line> {
 public:
  struct Handlers {
    std::function<void()> connected;
    std::function<void(const redis::Failure&)> lost;     // at each attempt
    std::function<void(const redis::Failure&)> refused;  // of each write that Redis has not done
  };

  // `random` must outlive the context. Throws boost::system::system_error where TLS cannot be set up.
  Line(const boost::asio::any_io_executor& executor, const fleet::FleetOptions& options,
       const redis::Settings& settings, Random& random);

  fleet::Fleet& fleet() { return fleet_; }
  bool is_connected() const { return client_.is_connected(); }
  // Redis does not even tell who has the task, for it takes no writes, say: then nobody gets it.
  bool is_lease_refused() const { return is_lease_refused_; }
  // Commands without an answer, and those that wait to be sent.
  std::size_t outstanding() const;

  void start(Handlers handlers);
  void stop();
  // No handler is called any more, and it stops once what is to be sent has had half a second.
  void retire();
  // It was stopped or retired.
  bool is_over() const { return is_over_; }
  // Whatever the fleet wants is sent, in its order, as far as there is room for answers.
  void send();

 private:
  struct Errand {
    std::vector<redis::Command> commands;
    std::function<void(std::span<const redis::Outcome>)> done;
    std::size_t bytes = 0, answers = 0;
  };
  struct Reading;

  Errand errand_for(fleet::Command command);
  void add(Errand errand);
  void pump();
  static boost::asio::awaitable<void> stop_later(std::shared_ptr<Line> line);
  std::vector<Errand> take_errands();
  static boost::asio::awaitable<void> carry_out(std::shared_ptr<Line> line);
  void on_written(const std::string& key, const redis::Outcome& outcome);
  void on_claimed(std::uint64_t number, const redis::Outcome& outcome);
  void on_page(const fleet::Scan& scan, std::span<const redis::Outcome> outcomes);
  void read_on(const std::shared_ptr<Reading>& reading);
  void on_lost();

  boost::asio::any_io_executor executor_;
  fleet::Fleet fleet_;
  redis::Client client_;
  Handlers handlers_;
  bool is_over_ = false;
  bool is_lease_refused_ = false;
  bool is_starting_ = false;  // somebody who will take what stands first
  std::deque<Errand> errands_;
  std::size_t commands_under_way_ = 0;
  std::size_t bytes_under_way_ = 0;
  std::uint64_t connection_ = 0;  // which one: of the ones before it no answer counts
  std::vector<fleet::Scan> scans_to_repeat_;
  TimePoint repeat_at_;
};

}  // namespace turnpike::node
