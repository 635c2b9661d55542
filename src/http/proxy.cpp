#include "turnpike/http/proxy.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "turnpike/http/proxy_upload.hpp"
#include "turnpike/http/round_trip.hpp"
#include "turnpike/net/proxy_protocol.hpp"
#include "turnpike/net/sockaddr.hpp"

namespace turnpike::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// RFC 9110 9.2.2.
constexpr std::string_view kIdempotent[] = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};

void close_socket(Socket& socket) {
  error_code ignored;
  socket.close(ignored);
}

}  // namespace

Response upstream_page(unsigned status) {
  Response page = http_error(status);
  page.body.pop_back();  // the end of the line
  page.body = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>" + page.body +
              "</title><h1>" + page.body + "</h1>\n";
  page.content_type = "text/html; charset=utf-8";
  page.fields.emplace_back("Content-Security-Policy", "default-src 'none'");
  if (status == 502 || status == 504) page.fields.emplace_back("Retry-After", "5");
  return page;
}

Proxy::Asked::Asked(const RequestHead& request, bool with_query)
    : is_head(request.method == "HEAD"),
      is_http_1_0(request.is_http_1_0),
      keep_alive(request.keep_alive()),
      web_socket(asks_for_web_socket(request)),
      wants_100(has_token(request.fields, "Expect", "100-continue")),
      may_be_sent_twice(request.body.is_empty() &&
                        std::ranges::find(kIdempotent, request.method) != std::end(kIdempotent)),
      query(with_query && web_socket ? split_target(request.target).query : std::string_view()),
      body(request.body) {}

// Whether it is open and nothing has come that nobody asked for.
bool Proxy::Link::is_quiet() {
  char next = 0;
  return socket.is_open() && block.is_empty() &&
         ::recv(socket.native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

Proxy::Proxy(Socket& client, boost::beast::flat_buffer& unread, const Service& service)
    : client_(client),
      unread_(unread),
      service_(service),
      watch_(client.get_executor(),
             [this] {
               close();
               error_code ignored;
               client_.cancel(ignored);
             }),
      hang_up_(client, [this] {
        close();
        close_socket(client_);
      }) {
  error_code ignored;
  client_.non_blocking(true, ignored);
}

void Proxy::close() {
  if (link_) close_socket(link_->socket);
}

asio::awaitable<Passed> Proxy::pass_on(const Upstream& upstream, const RequestHead& request,
                                       std::size_t head_size, const Sender& sender) {
  const Asked asked(request, service_.on_passed != nullptr);
  const std::string head = head_for_upstream(request, sender);
  unread_.consume(head_size);
  hang_up_.watch();
  tell_passed(asked, 0);
  const Passed passed = co_await ask(upstream, asked, head, sender.client);
  watch_.rest();
  hang_up_.rest();
  if (link_ && (!passed.goes_on || !link_->block.is_empty())) link_.reset();
  if (link_) link_->block.clear_if_empty();
  if (passed.goes_on) put_back();
  from_client_.consume(from_client_.text().size());
  from_client_.clear_if_empty();
  co_return passed;
}

asio::awaitable<Passed> Proxy::ask(const Upstream& asked_of, const Asked& asked, const std::string& head,
                                   const Endpoint& client) {
  const bool is_kept = link_ && &upstream() == &asked_of && link_->is_quiet() &&
                       (link_->client == client || !options().proxy_protocol);
  for (bool keeps = is_kept;; keeps = false) {
    std::string opening;
    if (!keeps) {
      link_.emplace(client_.get_executor(), asked_of, client);
      const auto unconnected = co_await connect();
      if (unconnected) co_return co_await refuse(asked, nullptr, *unconnected);
      if (options().proxy_protocol) opening = proxy_header();
    }
    link_->is_kept = keeps;
    std::shared_ptr<Upload> upload;
    if (!asked.body.is_empty()) {
      upload = start_upload(asked, opening + head);
    } else {
      watch_.allow(options().head_max);
      co_await send(link_->socket, opening + head);  // where this fails there may be an answer all the same
    }
    ResponseHead response;
    std::size_t size = 0;
    const auto fault = co_await read_last_head(asked, response, size);
    if (!fault) tell_passed(asked, response.status);
    if (!fault && response.status == 101) co_return co_await join_both(response, size);
    if (!fault) co_return co_await pass_back(asked, upload.get(), response, size);
    const bool is_stale = fault->failure == UpstreamFailure::closed && link_->is_kept;
    if (!is_stale || !asked.may_be_sent_twice || !client_.is_open())
      co_return co_await refuse(asked, upload.get(), *fault);
  }
}

Proxy::MayFail Proxy::connect() {
  const Endpoint& server = upstream().rule.server;
  const int family = net::socket_family(server.address);
  const net::SockAddr address(server, family);
  Socket& socket = link_->socket;
  error_code error;
  socket.open(asio::generic::stream_protocol(family, IPPROTO_TCP), error);
  if (error) co_return Fault{UpstreamFailure::refused, error.message()};
  socket.non_blocking(true, error);
  socket.set_option(asio::ip::tcp::no_delay(true), error);
  socket.set_option(asio::socket_base::keep_alive(true), error);
  watch_.allow(options().connect_max);
  const asio::generic::stream_protocol::endpoint endpoint(address.get(), address.size());
  const auto [failed] = co_await socket.async_connect(endpoint, kAwait);
  if (!failed) co_return std::nullopt;
  if (watch_.is_late()) co_return Fault{UpstreamFailure::connect_timed_out, "no answer to the connection"};
  co_return Fault{UpstreamFailure::refused, failed.message()};
}

std::string Proxy::proxy_header() const {
  net::ProxyHeader header;
  if (link_->client.family() != Family::none)
    header.ends = net::ProxiedEnds{ClientEndpoint(link_->client), ServerEndpoint(upstream().rule.server)};
  return std::string(as_text(net::make_proxy_header(header)));
}

asio::awaitable<Passed> Proxy::refuse(const Asked& asked, Upload* upload, const Fault& fault) {
  const bool is_late = watch_.is_late();
  const bool is_clients = upload != nullptr && (is_late || upload->end);
  co_await stop(upload);
  if (is_clients && upload->end == PassEnd::malformed) co_return Passed{.page = 400};
  if (is_clients && upload->end == PassEnd::cut) co_return Passed{.page = is_late ? 408U : 0U};
  note(fault);
  const bool is_504 =
      fault.failure == UpstreamFailure::connect_timed_out || fault.failure == UpstreamFailure::head_timed_out;
  link_.reset();
  const bool is_read = asked.body.is_empty() || (upload != nullptr && upload->end == PassEnd::whole);
  co_return Passed{.page = is_504 ? 504U : 502U, .goes_on = asked.keep_alive && is_read};
}

void Proxy::note(const Fault& fault) {
  if (!client_.is_open()) return;  // ended from here
  const bool is_news = upstream().health->note_failure(fault.failure, fault.what);
  if (!is_news || !service_.on_fault) return;
  service_.on_fault(upstream().rule.server.to_string(),
                    std::string(to_string(fault.failure)) + ": " + fault.what);
}

void Proxy::tell_passed(const Asked& asked, unsigned status) const {
  if (!asked.query.empty()) service_.on_passed(asked.query, status);
}

void Proxy::take_unread(std::uint64_t most) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(most, unread_.size()));
  unread_.consume(from_client_.append({static_cast<const char*>(unread_.data().data()), size}));
}

// What was read from behind a body is the beginning of the next request.
void Proxy::put_back() {
  const std::string_view rest = from_client_.text();
  if (rest.empty()) return;
  const auto place = unread_.prepare(rest.size());
  std::copy(rest.begin(), rest.end(), static_cast<char*>(place.data()));
  unread_.commit(rest.size());
}

}  // namespace turnpike::http
