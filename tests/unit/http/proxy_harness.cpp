// What the tests of the proxy share.
#include "proxy_harness.hpp"

#include <poll.h>

#include <chrono>

namespace turnpike::http {
namespace {

namespace asio = boost::asio;

constexpr auto kPatience = std::chrono::seconds(10);  // only a test that fails waits so long

}  // namespace

ScriptedUpstream::ScriptedUpstream(asio::io_context& context)
    : context_(context), acceptor_(context, {asio::ip::address_v4::loopback(), 0}) {
  acceptor_.non_blocking(true);
}

Endpoint ScriptedUpstream::endpoint() const {
  return {IpAddress::v4(127, 0, 0, 1), acceptor_.local_endpoint().port()};
}

bool ScriptedUpstream::is_asked() {
  context_.restart();
  context_.poll();
  pollfd waiting{.fd = acceptor_.native_handle(), .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, 0) == 1;
}

std::unique_ptr<RawClient> ScriptedUpstream::accept() {
  auto socket = accept_socket();
  return socket ? std::make_unique<RawClient>(context_, std::move(*socket)) : nullptr;
}

std::optional<asio::ip::tcp::socket> ScriptedUpstream::accept_socket() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    context_.restart();
    context_.poll();
    boost::system::error_code error;
    asio::ip::tcp::socket socket = acceptor_.accept(error);
    if (!error) {
      socket.set_option(asio::ip::tcp::no_delay(true));
      return socket;
    }
    context_.restart();
    context_.run_one_for(std::chrono::milliseconds(5));
  }
  ADD_FAILURE() << "nobody connects to the upstream";
  return std::nullopt;
}

ProxyHarness::ProxyHarness(UpstreamOptions options, Limits limits, std::vector<Route> routes)
    : upstreams(std::make_shared<const Upstreams>(
          std::vector<UpstreamRule>{{.server = upstream.endpoint(), .options = options}})),
      server(
          context, std::move(routes), std::move(limits),
          [this](std::string_view where, std::string_view what) { faults.emplace_back(where, what); },
          upstreams, [this](std::string_view query, unsigned status) { passed.emplace_back(query, status); }),
      endpoint(server.listen({IpAddress::v4(127, 0, 0, 1), 0}).value()) {}

void ProxyHarness::settle() {
  context.restart();
  context.poll();
}

std::string passed_on(std::string_view start, std::string_view fields, std::string_view rest) {
  std::string text(start);
  text.append(" HTTP/1.1\r\nHost: a\r\n").append(fields);
  text.append("X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\n");
  return text.append(rest).append("\r\n");
}

std::string get(std::string_view path, std::string_view fields) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

}  // namespace turnpike::http
