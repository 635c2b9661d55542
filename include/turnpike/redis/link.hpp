// Connects to a Redis server again and again: one connection for commands, and one for messages.
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

// Times of connecting.
struct ClientLimits {
  // for the look-up of the name, and again for TCP and TLS together
  Duration connect_max = std::chrono::milliseconds(1500);
  Duration retry_first = std::chrono::milliseconds(100);  // the bounds of Backoff
  Duration retry_longest = std::chrono::seconds(5);
  Duration look_first = std::chrono::seconds(5);  // at whom the sentinels name: until they agree
  Duration look_every = std::chrono::seconds(2);  // and again
  SessionLimits session{};
};

// The server to connect to, and how.
struct Settings {
  Target target{};
  std::string name = "turnpike";  // under which the server lists this client
  ClientLimits limits{};
};

// A reply, or the error in words for the log.
using Outcome = Result<Reply, std::string>;

// The callbacks of a Client's user; an empty function is not called.
struct Handlers {
  std::function<void()> connected{};
  std::function<void(const Failure&)> lost{};
  std::function<void(std::string_view channel, std::string_view payload)> message{};
};

// The shared state of a Client. Owned by shared_ptr, because its coroutines keep it alive as well.
class Link : public std::enable_shared_from_this<Link> {
 public:
  // `random` must outlive run(). Throws boost::system::system_error if TLS cannot be set up.
  Link(const boost::asio::any_io_executor& executor, Settings settings, Random& random);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Sets handlers and channels; call it before run().
  void set(Handlers handlers, std::vector<std::string> channels);

  // Keeps the link connected until stop().
  static boost::asio::awaitable<void> run(std::shared_ptr<Link> link);
  // Sends commands and returns one outcome for each, in order.
  static boost::asio::awaitable<std::vector<Outcome>> ask(std::shared_ptr<Link> link,
                                                          std::vector<Command> commands);
  // Ends both connections at once and drops the handlers.
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
  static boost::asio::awaitable<void> watch(std::shared_ptr<Link> link, std::shared_ptr<Connection> commands);
  boost::asio::awaitable<std::optional<Place>> find_successor();
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
  boost::asio::steady_timer look_;
  std::size_t attempts_ = 0;
  std::size_t sentinel_ = 0;  // index of the sentinel to ask next
  std::size_t looks_ = 0;
  Place master_{};                      // as a sentinel named it
  std::shared_ptr<Connection> asking_;  // to a sentinel
  std::shared_ptr<Connection> commands_;
  std::shared_ptr<Connection> messages_;
  bool is_connected_ = false;
  bool is_stopped_ = false;
  std::optional<Failure> last_failure_;
};

}  // namespace turnpike::redis
