// A session over a socket: TCP, TLS or Unix. It does what the session says, by coroutines on one thread.
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

struct Destination {
  std::vector<boost::asio::generic::stream_protocol::endpoint> endpoints{};  // tried in this order
  std::string host{};  // whom the certificate is to name
  bool is_secure = false;
};

// Trusts the system's authorities (SSL_CERT_FILE and SSL_CERT_DIR say otherwise), which it takes a tenth of a
// second to read; nobody, at once, if it is not to be secure. Throws boost::system::system_error.
boost::asio::ssl::context make_client_tls(bool is_secure);

// Kept by shared_ptr, for what it has begun keeps it as well.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // Each may call end(), and whatever else.
  struct Handlers {
    std::function<void(const Message&)> message{};
    std::function<void(const Failure&)> troubled{};
    std::function<void()> ended{};
  };

  // `tls` must outlive it.
  Connection(const boost::asio::any_io_executor& executor, boost::asio::ssl::context& tls,
             const SessionLimits& limits, Handlers handlers);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Once: until it is ready for commands or messages, or has ended. The way to the server may take
  // `connect_max`, and then each step its own time.
  boost::asio::awaitable<std::optional<Failure>> open(Destination to, Greeting greeting,
                                                      Duration connect_max);

  // One reply to each command, or why there are not all of them.
  boost::asio::awaitable<Result<std::vector<Reply>, Failure>> ask(std::vector<Command> commands);

  // At once: nobody hears of anything more.
  void end(const Failure& failure);
  // Why it has ended; none: it has not.
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
  boost::asio::ssl::stream<Socket> stream_;  // what is below TLS serves a server that is not secure, too
  bool is_secure_ = false;
  const char* slow_step_ = "it takes too long to connect";  // what is said of a timeout on the way
  std::optional<Session> session_;                          // once the server is reached
  std::optional<Failure> failure_;
  Signal changed_;
  boost::asio::steady_timer timer_;
  std::optional<TimePoint> armed_;  // for when the timer is set
  bool is_forgiven_ = false;        // once, that the timer was late
  std::string being_sent_;
  bool is_sending_ = false;
  Ticket last_ticket_ = 0;
  std::map<Ticket, std::shared_ptr<Waiting>> waiting_;
};

}  // namespace turnpike::redis
