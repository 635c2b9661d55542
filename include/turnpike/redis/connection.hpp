// A Session over a socket of TCP, TLS or a Unix path, by coroutines on one thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/net/asio.hpp"
#include "turnpike/redis/session.hpp"
#include "turnpike/redis/signal.hpp"

namespace turnpike::redis {

// The address of a server.
struct Destination {
  std::vector<boost::asio::generic::stream_protocol::endpoint> endpoints{};  // tried in this order
  std::string host{};  // the name that the certificate must have
  bool is_secure = false;
};

// Returns TLS settings. If `is_secure`, reads the system's certificate authorities (SSL_CERT_FILE and
// SSL_CERT_DIR override them), which takes about 0.1 s; otherwise trusts nobody. Throws
// boost::system::system_error.
boost::asio::ssl::context make_client_tls(bool is_secure);

// One connection from open() to its end. Owned by shared_ptr, because its coroutines keep it alive as well.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // Called for the events of the session; each may call end() or anything else.
  struct Handlers {
    std::function<void(const Message&)> message{};
    std::function<void(const Failure&)> troubled{};
    std::function<void()> ended{};
  };

  // `tls` must outlive the connection.
  Connection(const boost::asio::any_io_executor& executor, boost::asio::ssl::context& tls,
             const SessionLimits& limits, Handlers handlers);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Connects and greets the server; call it once. Returns none when the connection is ready for commands or
  // messages, otherwise why it has ended. Connecting may take `connect_max`, each later step
  // SessionLimits::answer_max.
  boost::asio::awaitable<std::optional<Failure>> open(Destination to, Greeting greeting,
                                                      Duration connect_max);

  // Sends commands and returns one reply for each, or why some are missing.
  boost::asio::awaitable<Result<std::vector<Reply>, Failure>> ask(std::vector<Command> commands);

  // Ends the connection at once: nothing is read or sent any more, and open ask() calls fail.
  void end(const Failure& failure);
  // Returns why the connection has ended; none while it has not.
  const std::optional<Failure>& failure() const { return failure_; }
  std::size_t outstanding() const { return session_ ? session_->outstanding() : 0; }

 private:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using Verdict = std::optional<Failure>;
  struct Waiting {
    Signal signal;
    std::size_t left;
    std::vector<Reply> replies{};
  };

  boost::asio::awaitable<Verdict> reach(const Destination& to);
  boost::asio::awaitable<Verdict> shake_hands(const std::string& host);
  boost::asio::awaitable<void> read();
  boost::asio::awaitable<void> write();
  void arm(TimePoint deadline);
  void on_timer();

  void settle();
  void on(const Ready& event);
  void on(Answered&& event);
  void on(const Message& event);
  void on(const Troubled& event);
  void on(const Ended& event);
  void close(const Failure& failure);

  boost::asio::any_io_executor executor_;
  SessionLimits limits_;
  Handlers handlers_;
  // Without TLS only the layer below is used.
  boost::asio::ssl::stream<Socket> stream_;
  bool is_secure_ = false;
  const char* slow_step_ = "it takes too long to connect";  // the message of a timeout while connecting
  std::optional<Session> session_;                          // from when the server is reached
  std::optional<Failure> failure_;
  Signal changed_;
  boost::asio::steady_timer timer_;
  std::optional<TimePoint> armed_;  // when the timer fires
  bool is_forgiven_ = false;        // the timer came late and has been set once more
  std::string being_sent_;
  bool is_sending_ = false;
  Ticket last_ticket_ = 0;
  std::map<Ticket, std::shared_ptr<Waiting>> waiting_;
};

}  // namespace turnpike::redis
