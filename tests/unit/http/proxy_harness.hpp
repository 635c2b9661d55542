// An HTTP server that passes on to an upstream, which does what the test says, all in one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness.hpp"
#include "turnpike/http/upstreams.hpp"

namespace turnpike::http {

class ScriptedUpstream {
 public:
  explicit ScriptedUpstream(boost::asio::io_context& context);
  Endpoint endpoint() const;
  // The next connection, within a time that only a test that fails needs: then there is none.
  std::unique_ptr<RawClient> accept();
  // The same, which reads nothing by itself.
  std::optional<boost::asio::ip::tcp::socket> accept_socket();
  // Whether there is one.
  bool is_asked();
  void stop_listening() { acceptor_.close(); }

 private:
  boost::asio::io_context& context_;
  boost::asio::ip::tcp::acceptor acceptor_;
};

struct ProxyHarness {
  explicit ProxyHarness(UpstreamOptions options = {}, Limits limits = {}, std::vector<Route> routes = {});

  RawClient connect() { return RawClient(context, endpoint); }
  const UpstreamHealth& health() const { return *upstreams->all().front().health; }
  void settle();

  boost::asio::io_context context{1};
  std::vector<std::pair<std::string, std::string>> faults{};
  std::vector<std::pair<std::string, unsigned>> passed{};  // as PassedLog is told
  ScriptedUpstream upstream{context};
  std::shared_ptr<const Upstreams> upstreams;
  Server server;
  Endpoint endpoint;
};

// What the upstream gets of "METHOD path" to the host a, from 127.0.0.1.
std::string passed_on(std::string_view start, std::string_view fields = "", std::string_view rest = "");
std::string get(std::string_view path, std::string_view fields = "");

}  // namespace turnpike::http
