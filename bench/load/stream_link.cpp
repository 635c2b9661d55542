// Blocking until it is open, non-blocking from then on.
#include "load/stream_link.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "load/clock.hpp"
#include "turnpike/net/sockaddr.hpp"
#include "turnpike/probe/obstacle.hpp"
#include "turnpike/stun/framing.hpp"

namespace turnpike::bench {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;
constexpr std::size_t kRecordMax = 16 * 1024;
constexpr Duration kOpenWait = std::chrono::seconds(4);
constexpr Duration kWaitMin = std::chrono::milliseconds(1);  // nothing is no limit

using probe::Stage;

SSL_CTX* tls_context() {
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  static const std::unique_ptr<SSL_CTX, Free> context = [] {
    std::unique_ptr<SSL_CTX, Free> made(SSL_CTX_new(TLS_client_method()));
    if (!made) throw std::runtime_error("TLS cannot be used");
    SSL_CTX_set_verify(made.get(), SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_mode(made.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes with write(2)
    return made;
  }();
  return context.get();
}

void check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

[[noreturn]] void fail(const Endpoint& server, Stage stage, boost::system::error_code error) {
  const bool is_late = error == boost::asio::error::in_progress || error == boost::asio::error::would_block;
  if (is_late) error = boost::asio::error::timed_out;
  throw std::runtime_error(probe::obstacle(Transport::tcp, server, stage, error));
}

void set_wait(int fd, int option, Duration wait) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(wait).count();
  const timeval value{.tv_sec = us / 1'000'000, .tv_usec = us % 1'000'000};
  ::setsockopt(fd, SOL_SOCKET, option, &value, sizeof value);
}

}  // namespace

StreamLink::StreamLink(const Endpoint& server, const IpAddress& local, bool tls, const std::string& name)
    : fd_(::socket(net::socket_family(server.address), SOCK_STREAM | SOCK_CLOEXEC, 0)),
      in_(2 * kReadSize + stun::kFrameMax) {
  check(fd_.get(), "socket");
  const TimePoint deadline = monotonic() + kOpenWait;
  set_wait(fd_.get(), SO_SNDTIMEO, kOpenWait);  // of connect(), too
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (local != IpAddress{}) {
    const net::SockAddr from({local, 0}, net::socket_family(local));
    check(::bind(fd_.get(), from.get(), from.size()), "bind");
  }
  const net::SockAddr to(server, net::socket_family(server.address));
  if (::connect(fd_.get(), to.get(), to.size()) < 0)
    fail(server, Stage::connecting, {errno, boost::system::system_category()});
  set_wait(fd_.get(), SO_RCVTIMEO, std::max<Duration>(deadline - monotonic(), kWaitMin));
  if (tls) handshake(server, name);
  check(::fcntl(fd_.get(), F_SETFL, ::fcntl(fd_.get(), F_GETFL) | O_NONBLOCK), "O_NONBLOCK");
}

void StreamLink::handshake(const Endpoint& server, const std::string& name) {
  ssl_.reset(SSL_new(tls_context()));
  SSL_set_fd(ssl_.get(), fd_.get());
  if (!name.empty()) SSL_set_tlsext_host_name(ssl_.get(), name.c_str());
  ERR_clear_error();
  const int result = SSL_connect(ssl_.get());
  if (result == 1) return;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: fail(server, Stage::handshake, boost::asio::error::timed_out);
    case SSL_ERROR_SSL:
      fail(server, Stage::handshake,
           {static_cast<int>(ERR_get_error()), boost::asio::error::get_ssl_category()});
    default: fail(server, Stage::handshake, boost::asio::error::eof);
  }
}

void StreamLink::queue(Bytes bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }

void StreamLink::queue_stamped(Bytes prefix, const Stamp& stamp, std::size_t size) {
  queue(prefix);
  const std::size_t at = out_.size();
  out_.resize(at + padded4(size));
  const MutableBytes payload = MutableBytes(out_).subspan(at, size);
  fill_payload(payload);
  write_stamp(payload, stamp);
}

bool StreamLink::flush() {
  while (unsent()) {
    const long sent = send(Bytes(out_).subspan(sent_));
    if (sent <= 0) return false;
    sent_ += static_cast<std::size_t>(sent);
  }
  out_.clear();
  sent_ = 0;
  return true;
}

bool StreamLink::read(const std::function<void(Bytes frame)>& on_frame) {
  long count = 0;
  do {
    count = receive(MutableBytes(in_).subspan(received_, kReadSize));
    if (count < 0) return false;
    received_ += static_cast<std::size_t>(count);
    std::size_t at = 0;
    for (;;) {
      const auto frame = stun::next_frame(Bytes(in_).subspan(at, received_ - at), false);
      if (!frame) return false;
      if (!*frame || (*frame)->wire_size > received_ - at) break;
      on_frame(Bytes(in_).subspan(at, (*frame)->size));
      at += (*frame)->wire_size;
    }
    std::memmove(in_.data(), in_.data() + at, received_ - at);
    received_ -= at;
  } while (count > 0 && (ssl_ || static_cast<std::size_t>(count) == kReadSize));
  return true;
}

long StreamLink::receive(MutableBytes out) {
  if (!ssl_) {
    const long count = ::recv(fd_.get(), out.data(), out.size(), 0);
    if (count == 0) return -1;
    return count > 0 ? count : errno == EAGAIN || errno == EINTR ? 0 : -1;
  }
  const int count = SSL_read(ssl_.get(), out.data(), static_cast<int>(out.size()));
  if (count > 0) return count;
  const int error = SSL_get_error(ssl_.get(), count);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

long StreamLink::send(Bytes in) {
  if (!ssl_) {
    const long count = ::send(fd_.get(), in.data(), in.size(), MSG_NOSIGNAL);
    return count >= 0 ? count : errno == EAGAIN || errno == EINTR ? 0 : -1;
  }
  const int count = SSL_write(ssl_.get(), in.data(), static_cast<int>(std::min(in.size(), kRecordMax)));
  if (count > 0) return count;
  const int error = SSL_get_error(ssl_.get(), count);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

}  // namespace turnpike::bench
