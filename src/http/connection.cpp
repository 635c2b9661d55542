#include "turnpike/http/connection.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "turnpike/http/forwarded.hpp"
#include "turnpike/http/round_trip.hpp"
#include "turnpike/net/clock.hpp"
#include "turnpike/net/sockaddr.hpp"

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
  if (error == beast_http::error::header_limit || error == beast_http::error::buffer_overflow) return 431;
  if (error == beast_http::error::body_limit) return 413;
  return error.category() == make_error_code(beast_http::error::bad_method).category() ? 400 : 0;
}

// What is wrong with a head that can be read, as a status; 0 if nothing is.
template <class Fields>
unsigned fault_of(const beast_http::request<beast_http::string_body, Fields>& head) {
  // RFC 9112 3.2: exactly one Host in HTTP/1.1.
  const auto hosts = head.count(beast_http::field::host);
  if (hosts > 1 || (hosts == 0 && head.version() == 11)) return 400;
  // RFC 9112 6.1: with a coding that we cannot take off, nobody knows where the body ends.
  const auto coding = head.find(beast_http::field::transfer_encoding);
  if (coding != head.end() && !boost::iequals(coding->value(), "chunked")) return 501;
  return 0;
}

// The path and query of a target that may be a whole URI (RFC 9112 3.2.2).
std::pair<std::string_view, std::string_view> split_target(std::string_view target) {
  if (const auto scheme_end = target.find("://"); !target.starts_with('/') && scheme_end != target.npos) {
    const auto path_start = target.find_first_of("/?", scheme_end + 3);
    target = path_start == target.npos ? "/" : target.substr(path_start);
  }
  const auto mark = target.find('?');
  if (mark == target.npos) return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

template <class Fields>
std::string all_values(const Fields& fields, std::string_view name) {
  std::string joined;
  for (auto [field, end] = fields.equal_range(name); field != end; ++field) {
    if (!joined.empty()) joined += ',';
    joined += std::string_view(field->value().data(), field->value().size());
  }
  return joined;
}

template <class Fields>
Request to_request(const beast_http::request<beast_http::string_body, Fields>& head, const IpAddress& peer,
                   const Limits& limits) {
  const auto [path, query] = split_target({head.target().data(), head.target().size()});
  Request request;
  request.method = std::string(head.method_string());
  request.path = path;
  request.query = query;
  request.authorization = std::string(head[beast_http::field::authorization]);
  request.content_type = std::string(head[beast_http::field::content_type]);
  request.origin = std::string(head[beast_http::field::origin]);
  request.host = std::string(head[beast_http::field::host]);
  request.from = client_behind(proxies_of(limits), peer, all_values(head, "X-Forwarded-For"));
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

Connection::Connection(Socket socket, std::shared_ptr<const Service> service)
    : service_(std::move(service)),
      stream_(std::move(socket)),
      buffer_(service_->limits.header_bytes_max + kReadSize),
      peer_(net::peer_endpoint(stream_.socket().native_handle()).address),
      idle_since_(net::read_clock().monotonic) {}

asio::awaitable<void> Connection::serve() {
  bool goes_on = true;
  while (goes_on) {
    goes_on = co_await wait_for_request();
    if (goes_on) goes_on = co_await serve_request();
  }
  co_await linger();
}

asio::awaitable<bool> Connection::wait_for_request() {
  if (buffer_.size() > 0) co_return true;  // the next request came with the one before
  stream_.expires_after(service_->limits.idle_max);
  const auto [error, size] = co_await stream_.async_read_some(buffer_.prepare(kReadSize), kAwait);
  buffer_.commit(size);
  co_return !error;
}

// Whether another request may follow.
asio::awaitable<bool> Connection::serve_request() {
  Parser parser;
  parser.header_limit(service_->limits.header_bytes_max);
  parser.body_limit(boost::none);  // the route's, which is not known yet
  stream_.expires_after(service_->limits.request_max);
  const auto [error, size] = co_await beast_http::async_read_header(stream_, buffer_, parser, kAwait);
  if (error) co_return co_await refuse(status_of(error));
  if (const unsigned fault = fault_of(parser.get()); fault != 0) co_return co_await refuse(fault);

  Request request = to_request(parser.get(), peer_, service_->limits);
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
  const bool keep_alive = parser.is_done() && parser.keep_alive();
  co_return co_await respond(response, {.keep_alive = keep_alive, .with_body = request.method != "HEAD"});
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
