// Redis as a service has it: questions with answers, messages, and whether it is there.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/redis/link.hpp"

namespace turnpike::redis {

// On one thread, that of the executor. It may be destroyed at any time, also by a handler.
class Client {
 public:
  // `random` must outlive the executor's context. Throws boost::system::system_error where TLS cannot be set
  // up.
  Client(const boost::asio::any_io_executor& executor, Settings settings, Random& random);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // All before start(). Messages that are sent while there is no connection are lost: who needs them reads in
  // `connected` what they were about.
  void subscribe(std::vector<std::string> channels,
                 std::function<void(std::string_view channel, std::string_view payload)> handler);
  // Both connections are there, and no message is missed from now on. Again after each reconnection.
  void on_connected(std::function<void()> handler);
  // There is no connection, and why: it is lost, or an attempt has failed, and each attempt says so.
  void on_lost(std::function<void(const Failure&)> handler);

  // Once. Connects, and connects again whenever it has to. What a handler throws leaves the context's run().
  void start();
  // At once: no handler is called any more, and who waits for an answer gets none.
  void stop();

  // The error is the server's, or says why there is no answer. A command without an answer may have been
  // carried out or not. Nothing is asked twice. An answer of more than 1 MiB ends the connection, so who
  // lists something asks for it in parts.
  boost::asio::awaitable<Outcome> ask(Command command);
  // One outcome for each, in their order, with no other command of this client in between.
  boost::asio::awaitable<std::vector<Outcome>> ask_all(std::vector<Command> commands);

  bool is_connected() const { return link_->is_connected(); }
  // Of the connection, of an attempt, or of a server that is ill: it may be full, say, and answer that.
  const std::optional<Failure>& last_failure() const { return link_->last_failure(); }
  // Commands without an answer.
  std::size_t outstanding() const { return link_->outstanding(); }

 private:
  std::shared_ptr<Link> link_;
  Handlers handlers_;
  std::vector<std::string> channels_;
};

}  // namespace turnpike::redis
