#include "turnpike/http/client.hpp"

#include <fmt/format.h>

#include <chrono>
#include <future>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "turnpike/http/message.hpp"
#include "turnpike/http/round_trip.hpp"

namespace turnpike::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kLook = std::chrono::milliseconds(10);  // for the answer of a name's look-up

using WireRequest = beast_http::request<beast_http::string_body>;

WireRequest to_wire(const Url& server, Post&& post) {
  WireRequest wire(beast_http::verb::post, server.base + post.path, 11);
  wire.set(beast_http::field::host, server.authority());
  wire.set(beast_http::field::authorization, post.authorization);
  wire.set(beast_http::field::user_agent, "turnpike");
  wire.set(beast_http::field::accept, "application/json");
  wire.set(beast_http::field::content_type, "application/json");
  wire.body() = std::move(post.json);
  wire.prepare_payload();
  return wire;
}

struct Found {
  error_code error;
  std::vector<tcp::endpoint> endpoints;
};

// Blocks for as long as the system's resolver does.
Found look_up(const std::string& host, const std::string& port) {
  asio::io_context context;
  Found found;
  const auto results = tcp::resolver(context).resolve(host, port, found.error);
  found.endpoints.assign(results.begin(), results.end());
  return found;
}

// On a thread that is left to itself if it hangs: Asio's own would hold up the end of its context, and so
// that of the process, until DNS has given up.
asio::awaitable<Found> resolve(const Url& server, Duration patience) {
  error_code error;
  if (const auto address = asio::ip::make_address(server.host, error); !error)
    co_return Found{error, {tcp::endpoint(address, server.port)}};
  std::packaged_task<Found()> task(
      [host = server.host, port = std::to_string(server.port)] { return look_up(host, port); });
  auto answer = task.get_future();
  try {
    std::thread(std::move(task)).detach();
  } catch (const std::system_error&) {  // no more threads
    co_return Found{asio::error::no_memory, {}};
  }
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto until = std::chrono::steady_clock::now() + patience;
  while (answer.wait_for(Duration::zero()) != std::future_status::ready) {
    if (std::chrono::steady_clock::now() >= until) co_return Found{asio::error::timed_out, {}};
    timer.expires_after(kLook);
    if (const auto [stopped] = co_await timer.async_wait(kAwait); stopped) co_return Found{stopped, {}};
  }
  co_return answer.get();
}

}  // namespace

asio::ssl::context make_client_tls(const Url& server) {
  asio::ssl::context tls(asio::ssl::context::tls_client);
  tls.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  tls.set_verify_mode(asio::ssl::verify_peer);
  if (server.is_secure) tls.set_default_verify_paths();
  return tls;
}

Client::Client(Url server, asio::ssl::context& tls, ClientLimits limits)
    : server_(std::move(server)), tls_(tls), limits_(limits) {}

asio::awaitable<Result<Answer, std::string>> Client::post(Post request) {
  const WireRequest wire = to_wire(server_, std::move(request));
  bool is_reused = stream_.has_value();
  std::optional<Parser> parser;
  error_code error;
  while (true) {
    parser.emplace();
    error = co_await ask(wire, *parser);
    if (!error || !is_reused || parser->got_some() || error == boost::beast::error::timeout) break;
    stream_.reset();
    is_reused = false;
  }
  const std::string fault = error ? describe(error) : "";
  if (error || !parser->keep_alive() || buffer_.size() > 0) stream_.reset();
  if (error) co_return fault;
  const auto& head = parser->get();
  if (head.result_int() != 200)
    co_return fmt::format("status {} {}", head.result_int(),
                          std::string(beast_http::obsolete_reason(head.result())));
  const auto date = head[beast_http::field::date];
  co_return Answer{parse_date({date.data(), date.size()}), std::move(parser->get().body())};
}

asio::awaitable<error_code> Client::ask(const WireRequest& request, Parser& parser) {
  parser.header_limit(limits_.header_bytes_max);
  parser.body_limit(limits_.body_bytes_max);
  if (!stream_) {
    const error_code error = co_await connect();
    if (error) co_return error;
  } else {
    stream_->next_layer().expires_after(limits_.request_max);
  }
  if (server_.is_secure) co_return co_await round_trip(*stream_, request, buffer_, parser);
  co_return co_await round_trip(stream_->next_layer(), request, buffer_, parser);
}

asio::awaitable<error_code> Client::connect() {
  buffer_.clear();
  const auto [unknown, endpoints] = co_await resolve(server_, limits_.request_max);
  if (unknown) co_return unknown;
  Tcp& socket = stream_.emplace(co_await asio::this_coro::executor, tls_).next_layer();
  socket.expires_after(limits_.request_max);
  const auto [error, endpoint] = co_await socket.async_connect(endpoints, kAwait);
  if (error || !server_.is_secure) co_return error;

  SSL* const ssl = stream_->native_handle();
  if (error_code not_address; asio::ip::make_address(server_.host, not_address), not_address) {
    SSL_set_tlsext_host_name(ssl, server_.host.c_str());
  }
  SSL_set1_host(ssl, server_.host.c_str());
  const auto [refused] = co_await stream_->async_handshake(asio::ssl::stream_base::client, kAwait);
  co_return refused;
}

std::string Client::describe(error_code error) {
  if (error == boost::beast::error::timeout) {
    return fmt::format("no answer within {} s", std::chrono::duration<double>(limits_.request_max).count());
  }
  if (error == beast_http::error::body_limit)
    return fmt::format("an answer of more than {} bytes", limits_.body_bytes_max);
  // OpenSSL says of every bad certificate only that it is one; what is wrong with it is kept apart.
  const long verdict =
      stream_ && server_.is_secure ? SSL_get_verify_result(stream_->native_handle()) : X509_V_OK;
  if (verdict != X509_V_OK)
    return fmt::format("the certificate is refused: {}", X509_verify_cert_error_string(verdict));
  return error.message();
}

}  // namespace turnpike::http
