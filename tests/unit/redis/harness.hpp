// A server that answers what the test says, and its client in the same thread, on real sockets.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/redis/client.hpp"

namespace turnpike::redis {

// False: it was in vain. Only a test that fails waits so long.
bool run_until(boost::asio::io_context& context, const std::function<bool()>& holds,
               Duration patience = std::chrono::seconds(10));
void run_for(boost::asio::io_context& context, Duration time);

// What it gives, within a time that only a test that fails needs.
template <class T>
T run(boost::asio::io_context& context, boost::asio::awaitable<T> task) {
  std::optional<T> result;
  boost::asio::co_spawn(context, std::move(task),
                        [&](std::exception_ptr, T value) { result.emplace(std::move(value)); });
  if (!run_until(context, [&] { return result.has_value(); })) throw std::runtime_error("in vain");
  return std::move(*result);
}

inline const std::string kMaster = "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n";
inline const std::string kReplica = "*5\r\n$5\r\nslave\r\n$1\r\na\r\n:1\r\n$9\r\nconnected\r\n:0\r\n";
inline const std::string kClose = "close";

// A bulk string.
std::string bulk(const std::string& text);
std::string message(const std::string& channel, const std::string& payload);

class FakeServer {
 public:
  // The bytes of the answer to a command, "" for silence, kClose to close the connection; no value: as a
  // master would, as far as greetings go.
  using Answer = std::function<std::optional<std::string>(const Command&)>;

  explicit FakeServer(boost::asio::io_context& context);
  ~FakeServer();

  Answer answer{};
  std::vector<std::string> seen{};  // commands, their words with spaces between them
  int connections = 0;              // that there ever were
  std::size_t living() const { return connections_.size(); }

  Place place() const { return {"127.0.0.1", acceptor_.local_endpoint().port()}; }
  // To every connection.
  void push(const std::string& bytes);
  void drop_all();
  void stop_listening() { acceptor_.close(); }

 private:
  struct Peer;
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(std::shared_ptr<Peer> peer);
  std::string answer_to(const Command& command);

  boost::asio::io_context& context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::list<std::shared_ptr<Peer>> connections_;
};

// Without patience for tests that wait.
ClientLimits short_limits();
Settings settings_for(const Place& place);

}  // namespace turnpike::redis
