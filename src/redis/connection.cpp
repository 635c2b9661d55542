#include "turnpike/redis/connection.hpp"

#include <array>
#include <utility>

#include "turnpike/net/clock.hpp"

namespace turnpike::redis {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);  // errors come as values
constexpr std::size_t kPieceBytes = 16384;
constexpr Duration kLate = std::chrono::milliseconds(100);
constexpr Duration kGrace = std::chrono::milliseconds(200);

TimePoint now() { return net::read_clock().monotonic; }

Failure lost(error_code error) {
  if (error == asio::error::eof) return {Cause::closed, "the server has closed it"};
  return {Cause::closed, error.message()};
}

}  // namespace

asio::ssl::context make_client_tls(bool is_secure) {
  asio::ssl::context tls(asio::ssl::context::tls_client);
  tls.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  tls.set_verify_mode(asio::ssl::verify_peer);
  if (is_secure) tls.set_default_verify_paths();
  return tls;
}

Connection::Connection(const asio::any_io_executor& executor, asio::ssl::context& tls,
                       const SessionLimits& limits, Handlers handlers)
    : executor_(executor),
      limits_(limits),
      handlers_(std::move(handlers)),
      stream_(executor, tls),
      changed_(executor),
      timer_(executor) {}

asio::awaitable<std::optional<Failure>> Connection::open(Destination to, Greeting greeting,
                                                         Duration connect_max) {
  const auto self = shared_from_this();
  arm(now() + connect_max);
  is_secure_ = to.is_secure;
  const Verdict unreached = co_await reach(to);
  if (unreached) end(*unreached);
  if (failure_) co_return failure_;
  session_.emplace(greeting, limits_, now());
  asio::co_spawn(executor_, read(), rethrow);
  settle();
  while (!failure_ && !session_->is_ready()) co_await changed_.wait();
  co_return failure_;
}

asio::awaitable<Connection::Verdict> Connection::reach(const Destination& to) {
  Socket& socket = stream_.next_layer();
  error_code error = asio::error::host_not_found;
  for (const auto& endpoint : to.endpoints) {
    error_code ignored;
    socket.close(ignored);
    const auto [unconnected] = co_await socket.async_connect(endpoint, kAwait);
    error = unconnected;
    if (!error || failure_) break;
  }
  if (error) co_return Failure{Cause::unreachable, error.message()};
  error_code not_tcp;
  socket.set_option(tcp::no_delay(true), not_tcp);
  if (!is_secure_) co_return std::nullopt;
  co_return co_await shake_hands(to.host);
}

asio::awaitable<Connection::Verdict> Connection::shake_hands(const std::string& host) {
  slow_step_ = "its TLS does not answer";
  SSL* const ssl = stream_.native_handle();
  if (error_code not_address; asio::ip::make_address(host, not_address), not_address)
    SSL_set_tlsext_host_name(ssl, host.c_str());
  if (SSL_set1_host(ssl, host.c_str()) != 1) co_return Failure{Cause::tls, "nobody can be called so"};
  const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::client, kAwait);
  if (!error) co_return std::nullopt;
  // OpenSSL says of every bad certificate only that it is one; what is wrong with it is kept apart.
  const long verdict = SSL_get_verify_result(ssl);
  if (verdict == X509_V_OK) co_return Failure{Cause::tls, error.message()};
  co_return Failure{Cause::tls,
                    std::string("the certificate is refused, ") + X509_verify_cert_error_string(verdict)};
}

asio::awaitable<Result<std::vector<Reply>, Failure>> Connection::ask(std::vector<Command> commands) {
  const auto self = shared_from_this();
  if (failure_ || !session_) co_return Failure{Cause::no_connection, ""};
  if (commands.empty()) co_return std::vector<Reply>();
  const Ticket ticket = ++last_ticket_;
  if (auto refused = session_->ask(ticket, commands, now())) co_return std::move(*refused);
  const auto waiting = std::make_shared<Waiting>(Waiting{Signal(executor_), commands.size()});
  waiting_.emplace(ticket, waiting);
  settle();
  while (!failure_ && waiting->left > 0) co_await waiting->signal.wait();
  if (waiting->left > 0) co_return *failure_;
  co_return std::move(waiting->replies);
}

asio::awaitable<void> Connection::read() {
  const auto self = shared_from_this();
  std::array<char, kPieceBytes> piece;
  while (!failure_) {
    error_code error;
    std::size_t size = 0;
    if (is_secure_) {
      std::tie(error, size) = co_await stream_.async_read_some(asio::buffer(piece), kAwait);
    } else {
      std::tie(error, size) = co_await stream_.next_layer().async_read_some(asio::buffer(piece), kAwait);
    }
    if (failure_) co_return;
    if (error) {
      end(lost(error));
    } else {
      session_->on_bytes({piece.data(), size}, now());
      settle();
    }
  }
}

// What is asked for meanwhile goes with the next turn.
asio::awaitable<void> Connection::write() {
  const auto self = shared_from_this();
  while (!failure_ && session_->has_unsent()) {
    being_sent_ = session_->take_unsent();
    error_code error;
    std::size_t size = 0;
    if (is_secure_) {
      std::tie(error, size) = co_await asio::async_write(stream_, asio::buffer(being_sent_), kAwait);
    } else {
      std::tie(error, size) =
          co_await asio::async_write(stream_.next_layer(), asio::buffer(being_sent_), kAwait);
    }
    // What the server says before it closes is worth more than that it has: reading tells both.
    if (error) break;
  }
  is_sending_ = false;
}

void Connection::arm(TimePoint deadline) {
  if (armed_ && *armed_ <= deadline) return;
  armed_ = deadline;
  timer_.expires_after(deadline - now());
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error) self->on_timer();
  });
}

// A timer that comes late tells that this process has stood still: what has come meanwhile is to be read
// first, and what was to be sent has not even left.
void Connection::on_timer() {
  const bool is_late = armed_ && now() - *armed_ > kLate;
  armed_.reset();
  if (failure_) return;
  if (is_late && !std::exchange(is_forgiven_, true)) return arm(now() + kGrace);
  is_forgiven_ = false;
  if (!session_) return end({Cause::timed_out, slow_step_});
  session_->on_time(now());
  settle();
}

void Connection::settle() {
  while (auto event = session_->next_event()) {
    std::visit([&](auto& each) { on(std::move(each)); }, *event);
  }
  if (failure_) return;
  if (session_->has_unsent() && !std::exchange(is_sending_, true))
    asio::co_spawn(executor_, write(), rethrow);
  if (const auto deadline = session_->next_deadline()) arm(*deadline);
}

void Connection::on(const Ready&) { changed_.raise(); }

void Connection::on(Answered&& event) {
  const auto found = waiting_.find(event.ticket);
  if (found == waiting_.end()) return;
  Waiting& waiting = *found->second;
  waiting.replies.push_back(std::move(event.reply));
  if (--waiting.left > 0) return;
  waiting.signal.raise();
  waiting_.erase(found);
}

void Connection::on(const Message& event) {
  if (!failure_ && handlers_.message) handlers_.message(event);
}

void Connection::on(const Troubled& event) {
  if (!failure_ && handlers_.troubled) handlers_.troubled(event.failure);
}

void Connection::on(const Ended& event) { close(event.failure); }

void Connection::end(const Failure& failure) {
  if (failure_) return;
  if (session_) session_->end(failure);
  close(failure);
}

void Connection::close(const Failure& failure) {
  if (failure_) return;
  failure_ = failure;
  timer_.cancel();
  error_code ignored;
  stream_.next_layer().close(ignored);
  for (const auto& [ticket, waiting] : waiting_) waiting->signal.raise();
  waiting_.clear();
  changed_.raise();
  if (handlers_.ended) handlers_.ended();
}

}  // namespace turnpike::redis
