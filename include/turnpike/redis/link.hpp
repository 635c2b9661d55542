// The way to one Redis server that is taken again and again: a connection for commands, and one for messages.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/random.hpp"
#include "turnpike/redis/backoff.hpp"
#include "turnpike/redis/connection.hpp"
#include "turnpike/redis/names.hpp"
#include "turnpike/redis/target.hpp"

namespace turnpike::redis {

struct ClientLimits {
  Duration connect_max = std::chrono::milliseconds(1500);  // for a name, and again for TCP and TLS
  Duration retry_first = std::chrono::milliseconds(100);   // the bounds of Backoff
  Duration retry_longest = std::chrono::seconds(5);
  SessionLimits session{};
};

struct Settings {
  Target target{};
  std::string name = "turnpike";  // by which the server lists this client
  ClientLimits limits{};
};

using Outcome = Result<Reply, std::string>;

struct Handlers {
  std::function<void()> connected{};
  std::function<void(const Failure&)> lost{};
  std::function<void(std::string_view channel, std::string_view payload)> message{};
};

// Kept by shared_ptr, for what it has begun keeps it as well. Client is the handle on it.
class Link : public std::enable_shared_from_this<Link> {
 public:
  // `random` must outlive what runs.
  Link(const boost::asio::any_io_executor& executor, Settings settings, Random& random);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Before it runs.
  void set(Handlers handlers, std::vector<std::string> channels);

  static boost::asio::awaitable<void> run(std::shared_ptr<Link> link);
  static boost::asio::awaitable<std::vector<Outcome>> ask(std::shared_ptr<Link> link,
                                                          std::vector<Command> commands);
  void stop();

  const boost::asio::any_io_executor& executor() const { return executor_; }
  bool is_connected() const { return is_connected_ && !failure_of_either(); }
  const std::optional<Failure>& last_failure() const { return last_failure_; }
  std::size_t outstanding() const { return commands_ ? commands_->outstanding() : 0; }

 private:
  using Verdict = std::optional<Failure>;

  boost::asio::awaitable<void> run_once(Duration& lasted);
  boost::asio::awaitable<Verdict> open();
  boost::asio::awaitable<Verdict> open_by_sentinels();
  boost::asio::awaitable<Result<Place, Failure>> find_master(const Place& sentinel);
  boost::asio::awaitable<Verdict> open_at(const Place& place, Greeting::Role role);
  boost::asio::awaitable<Result<Destination, Failure>> look_up(const Place& place);
  boost::asio::awaitable<Verdict> open_connection(std::shared_ptr<Connection>& connection,
                                                  const Destination& to, const Greeting& greeting);
  Verdict failure_of_either() const;
  void drop(const Failure& failure);

  boost::asio::any_io_executor executor_;
  Settings settings_;
  Random& random_;
  Handlers handlers_;
  std::vector<std::string> channels_;
  boost::asio::ssl::context tls_;
  Names names_;
  Signal changed_;
  boost::asio::steady_timer pause_;
  std::size_t attempts_ = 0;
  std::size_t sentinel_ = 0;            // the one to be asked next
  std::shared_ptr<Connection> asking_;  // a sentinel
  std::shared_ptr<Connection> commands_;
  std::shared_ptr<Connection> messages_;
  bool is_connected_ = false;
  bool is_stopped_ = false;
  std::optional<Failure> last_failure_;
};

}  // namespace turnpike::redis
