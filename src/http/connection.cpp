#include "turnpike/http/connection.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "turnpike/http/forwarded.hpp"
#include "turnpike/http/head.hpp"
#include "turnpike/http/round_trip.hpp"
#include "turnpike/net/clock.hpp"

namespace turnpike::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kReadSize = 4096;
constexpr Duration kLingerMax = std::chrono::seconds(2);
constexpr std::size_t kLingerBytesMax = 1 << 20;

// What the client is told of a request that cannot be read; 0: nobody is there to be told.
unsigned status_of(error_code error) {
  if (error == beast_http::error::end_of_stream || error == beast_http::error::partial_message) return 0;
  if (error == beast_http::error::body_limit) return 413;
  return error.category() == make_error_code(beast_http::error::bad_method).category() ? 400 : 0;
}

Request to_request(const RequestHead& head, const Adopted& who, const Limits& limits) {
  const Target target = split_target(head.target);
  const auto value = [&](std::string_view name) { return std::string(value_of(head.fields, name)); };
  Request request;
  request.method = head.method;
  request.path = target.path;
  request.query = target.query;
  request.authorization = value("Authorization");
  request.content_type = value("Content-Type");
  request.origin = value("Origin");
  request.host = value("Host");
  request.authority = target.authority;
  request.fetch_site = value("Sec-Fetch-Site");
  request.from =
      client_behind(proxies_of(limits), who.client.address, all_values(head.fields, "X-Forwarded-For"));
  request.by_tls = who.by_tls;
  return request;
}

bool is_called_right(const Route& route, const Request& request, const Limits& limits) {
  return route.any_host || !limits.allows_host || limits.allows_host(request.host);
}

// While it lives.
class Busy {
 public:
  explicit Busy(bool& busy) : busy_(busy) { busy_ = true; }
  ~Busy() { busy_ = false; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  bool& busy_;
};

}  // namespace

Connection::Connection(Socket socket, std::shared_ptr<const Service> service, const Adopted& who)
    : service_(std::move(service)),
      stream_(std::move(socket)),
      buffer_(service_->limits.header_bytes_max + kReadSize),
      who_(who),
      idle_since_(net::read_clock().monotonic) {}

asio::awaitable<void> Connection::serve() {
  bool goes_on = true;
  while (goes_on) {
    goes_on = co_await wait_for_request();
    if (goes_on) goes_on = co_await serve_request();
  }
  co_await linger();
}

void Connection::close() {
  stream_.close();
  if (proxy_) proxy_->close();
}

asio::awaitable<bool> Connection::wait_for_request() {
  if (buffer_.size() > 0) co_return true;  // the next request came with the one before
  stream_.expires_after(service_->limits.idle_max);
  const auto [error, size] = co_await stream_.async_read_some(buffer_.prepare(kReadSize), kAwait);
  buffer_.commit(size);
  co_return !error;
}

asio::awaitable<Connection::HeadRead> Connection::read_head() {
  const std::size_t size_max = service_->limits.header_bytes_max;
  stream_.expires_after(service_->limits.request_max);
  for (std::size_t seen = 0;;) {
    const HeadEnd end = find_head_end(unread().substr(0, size_max), seen);
    if (end.is_malformed) co_return HeadRead{.refusal = 400};
    if (end.size > 0) co_return HeadRead{.size = end.size};
    seen = buffer_.size();
    if (seen >= size_max) co_return HeadRead{.refusal = 431};
    const auto [error, size] = co_await stream_.async_read_some(buffer_.prepare(kReadSize), kAwait);
    buffer_.commit(size);
    if (error) co_return HeadRead{};
  }
}

// Whether another request may follow.
asio::awaitable<bool> Connection::serve_request() {
  const auto [head_size, refusal] = co_await read_head();
  if (head_size == 0) co_return co_await refuse(refusal);
  const auto head = parse_request_head(unread().substr(0, head_size));
  if (!head) co_return co_await refuse(head.error());
  Request request = to_request(*head, who_, service_->limits);
  if (const Upstream* const upstream = upstream_of(request); upstream != nullptr)
    co_return co_await pass_on(*upstream, *head, head_size, request);

  Parser parser;
  parser.header_limit(service_->limits.header_bytes_max);
  parser.body_limit(boost::none);  // the route's, which is not known yet
  error_code error;
  buffer_.consume(parser.put(asio::buffer(buffer_.data(), head_size), error));
  if (error) co_return co_await refuse(status_of(error));
  Response response;
  if (const Route* const route = service_->router.find(request.method, request.path); route == nullptr) {
    response = service_->router.answer_unrouted(request);
  } else if (!is_called_right(*route, request, service_->limits)) {
    response = {.status = 421, .body = "the Host field is no name of this server\n"};
  } else {
    const error_code body_error = co_await serve_route(*route, parser, request, response);
    if (body_error) co_return co_await refuse(status_of(body_error));
    if (!is_open()) co_return false;  // closed while the request was on its way
  }
  idle_since_ = net::read_clock().monotonic;
  // A body that was not read would be taken for the next request.
  const bool keep_alive = parser.is_done() && parser.keep_alive() && service_->limits.keeps_alive;
  co_return co_await respond(response, {.keep_alive = keep_alive, .with_body = request.method != "HEAD"});
}

// Null: this server answers by itself. A path that it knows is its own whatever the method, and nobody gets a
// tunnel to where he names it.
const Upstream* Connection::upstream_of(const Request& request) const {
  if (!service_->upstreams || request.method == "CONNECT" || service_->router.knows(request.path))
    return nullptr;
  return service_->upstreams->find(request.host, request.path);
}

asio::awaitable<bool> Connection::pass_on(const Upstream& upstream, const RequestHead& head,
                                          std::size_t head_size, const Request& request) {
  // RFC 9112 3.2.2 has the target win, and the Host field is what the upstream will read.
  const std::string_view authority = split_target(head.target).authority;
  if (!authority.empty() && !names_equal(authority, request.host)) co_return co_await refuse(400);
  const Busy busy(busy_);
  if (!proxy_) proxy_.emplace(stream_.socket(), buffer_, *service_);
  // A proxy does not say from which port it was asked.
  const Endpoint client = request.from == peer() ? who_.client : Endpoint{request.from, 0};
  const Sender sender{
      .peer = who_, .is_proxy = is_proxy(proxies_of(service_->limits), peer()), .client = client};
  const auto [page, goes_on] = co_await proxy_->pass_on(upstream, head, head_size, sender);
  idle_since_ = net::read_clock().monotonic;
  if (page == 0 || !is_open()) co_return is_open() && goes_on;
  co_return co_await respond(upstream_page(page),
                             {.keep_alive = goes_on, .with_body = request.method != "HEAD"});
}

// The error is that of a body which cannot be read.
asio::awaitable<error_code> Connection::serve_route(const Route& route, Parser& parser, Request& request,
                                                    Response& response) {
  std::optional<Busy> busy;
  if (route.vouch && route.vouch(request)) busy.emplace(busy_);
  if (busy || !route.vouch) {
    const error_code error = co_await read_body(parser, route.body_bytes_max);
    if (error || !is_open()) co_return error;
    request.body = std::move(parser.get().body());
  }
  if (!busy) busy.emplace(busy_);
  response = co_await handle(route, request);
  co_return error_code{};
}

asio::awaitable<error_code> Connection::read_body(Parser& parser, std::size_t body_bytes_max) {
  if (parser.is_done()) co_return error_code{};
  // Refused before it is sent: Beast itself would judge a length that is told only while it reads the head.
  if (parser.content_length().value_or(0) > body_bytes_max) co_return beast_http::error::body_limit;
  parser.body_limit(body_bytes_max);
  if (boost::iequals(parser.get()[beast_http::field::expect], "100-continue")) {
    const beast_http::response<beast_http::empty_body> go_on(beast_http::status::continue_, 11);
    const auto [unsent, size] = co_await beast_http::async_write(stream_, go_on, kAwait);
    if (unsent) co_return unsent;
  }
  const auto [error, size] = co_await beast_http::async_read(stream_, buffer_, parser, kAwait);
  co_return error;
}

asio::awaitable<Response> Connection::handle(const Route& route, const Request& request) const {
  Response response = http_error(500);
  try {
    if (const auto* at_once = std::get_if<Handler>(&route.handler)) {
      response = (*at_once)(request);
    } else {
      response = co_await std::get<Task>(route.handler)(request);
    }
  } catch (const std::exception& exception) {
    report_fault(route.path, exception.what());
  } catch (...) {
    report_fault(route.path, "an exception of no known type");
  }
  add_cors_fields(route.cors, request, response);
  co_return response;
}

void Connection::report_fault(std::string_view where, std::string_view what) const {
  if (service_->on_fault && is_open()) service_->on_fault(where, what);
}

asio::awaitable<bool> Connection::respond(const Response& response, ResponseFraming framing) {
  const WireResponse wire = to_wire(response, framing, net::read_clock().unix_s);
  stream_.expires_after(service_->limits.write_max);
  const auto [error, size] = co_await beast_http::async_write(stream_, wire, kAwait);
  co_return !error && framing.keep_alive;
}

asio::awaitable<bool> Connection::refuse(unsigned status) {
  if (status == 0) co_return false;
  co_return co_await respond(http_error(status), {.keep_alive = false});
}

// Says that nothing follows, and waits until the client has read so far: closed with bytes unread, the
// connection would be reset and the last response lost (RFC 9112 9.6).
asio::awaitable<void> Connection::linger() {
  error_code failed;
  stream_.socket().shutdown(Socket::shutdown_send, failed);
  if (failed) co_return;
  stream_.expires_after(kLingerMax);
  buffer_.clear();
  for (std::size_t total = 0; total < kLingerBytesMax;) {
    const auto [error, size] = co_await stream_.async_read_some(buffer_.prepare(kReadSize), kAwait);
    if (error) co_return;
    total += size;
  }
}

}  // namespace turnpike::http
