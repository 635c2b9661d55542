// An HTTP server and its clients in one thread, on real sockets: what a client sends has been served as soon
// as send() returns.
#pragma once

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "temporary_folder.hpp"
#include "turnpike/http/server.hpp"

namespace turnpike::http {

// A client, which knows of HTTP as much as the test writes.
class RawClient {
 public:
  RawClient(boost::asio::io_context& context, const Endpoint& server);
  RawClient(boost::asio::io_context& context, const std::string& unix_path);
  RawClient(boost::asio::io_context& context, boost::asio::generic::stream_protocol::socket connected);

  // Everything that the server can do by now, it has done then. False: the connection is broken.
  bool send(std::string_view text);
  // "" if there is nothing.
  std::string received();
  // What comes until it ends so, within a time that only a test that fails needs.
  std::string received_up_to(std::string_view end);
  // All that comes until the server closes the connection, within a time that only a test that fails needs.
  std::string received_until_closed();
  bool is_closed() const { return closed_; }
  // Closed so that the client knows that something is missing.
  bool is_reset() const { return reset_; }
  void half_close();
  // At once: the server sees both together. The text is short.
  void send_and_half_close(std::string_view text);
  // Read at once, with a reset if something was not read.
  void vanish();

 private:
  void read();
  void settle();

  boost::asio::io_context& context_;
  boost::asio::generic::stream_protocol::socket socket_;
  std::string received_;
  bool closed_ = false;
  bool reset_ = false;
};

// All of loopback.
inline std::span<const IpPrefix> loopback_proxies() {
  static const IpPrefix all[] = {IpPrefix::parse("127.0.0.0/8").value()};
  return all;
}

struct HttpHarness {
  explicit HttpHarness(std::vector<Route> routes, Limits limits = {})
      : server(context, std::move(routes), limits,
               [this](std::string_view where, std::string_view what) { faults.emplace_back(where, what); }),
        endpoint(server.listen({IpAddress::v4(127, 0, 0, 1), 0}).value()) {}

  RawClient connect() { return RawClient(context, endpoint); }
  // All responses to what is sent at once; the client says that nothing follows.
  std::string exchange(std::string_view text);
  void settle();

  std::vector<std::pair<std::string, std::string>> faults{};
  boost::asio::io_context context{1};
  Server server;
  Endpoint endpoint;
};

// "404 Not Found" of each response in turn, whose lengths have to be right.
std::vector<std::string> statuses(std::string_view responses);
// The value of the first such field, "" if there is none.
std::string field(std::string_view response, std::string_view name);
std::string body(std::string_view response);

}  // namespace turnpike::http
