// A client of Redis for a service: commands with answers, published messages, and whether Redis can be
// reached.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/redis/link.hpp"

namespace turnpike::redis {

// Keeps itself connected. All calls are on the thread of the executor. The client may be destroyed at any
// time, also by a handler.
class Client {
 public:
  // `random` must outlive the executor's context. Throws boost::system::system_error if TLS cannot be set up.
  Client(const boost::asio::any_io_executor& executor, Settings settings, Random& random);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Sets the channels whose messages `handler` gets; call it before start(). Messages that are published
  // without a connection are lost: a handler of on_connected() has to read the state that they were about.
  void subscribe(std::vector<std::string> channels,
                 std::function<void(std::string_view channel, std::string_view payload)> handler);
  // Sets the handler for each connection: commands can be asked, and no message is missed from then on. Call
  // it before start().
  void on_connected(std::function<void()> handler);
  // Sets the handler for each loss of the connection and for each attempt that has failed. Call it before
  // start().
  void on_lost(std::function<void(const Failure&)> handler);

  // Connects, and connects again whenever needed. Call it once. An exception of a handler leaves the
  // context's run().
  void start();
  // Ends at once: no handler is called any more, and commands without an answer fail.
  void stop();

  // Sends a command and returns its answer. The error is the server's, or says why there is no answer; then
  // the command may have been carried out or not, and is never sent again. An answer above 1 MiB ends the
  // connection: read long lists in parts.
  boost::asio::awaitable<Outcome> ask(Command command);
  // Sends commands with no other command of this client in between, and returns one outcome for each, in
  // order.
  boost::asio::awaitable<std::vector<Outcome>> ask_all(std::vector<Command> commands);

  bool is_connected() const { return link_->is_connected(); }
  // Returns the last failure of the connection, of an attempt, or of a server that answers but is ill, for
  // example full.
  const std::optional<Failure>& last_failure() const { return link_->last_failure(); }
  // Returns how many commands have no answer yet.
  std::size_t outstanding() const { return link_->outstanding(); }

 private:
  std::shared_ptr<Link> link_;
  Handlers handlers_;
  std::vector<std::string> channels_;
};

}  // namespace turnpike::redis
