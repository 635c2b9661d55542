#include "turnpike/net/tls_session.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <new>

namespace turnpike::net {
namespace {

constexpr std::size_t kRecordMax = 16384;

// `own_direction` is what an operation of this kind normally waits for.
IoResult::State state_of(int error, int own_direction) {
  if (error == own_direction) return IoResult::State::blocked;
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return IoResult::State::wants_opposite;
  return IoResult::State::closed;
}

}  // namespace

TlsSession::TlsSession(const TlsContext& context, int fd) : ssl_(SSL_new(context.get())) {
  if (!ssl_ || SSL_set_fd(ssl_.get(), fd) != 1) throw std::bad_alloc();
  SSL_set_accept_state(ssl_.get());
}

IoResult TlsSession::read(MutableBytes out) {
  IoResult result;
  // The first read takes from the socket as much as OpenSSL's buffer holds, which saves system calls; the
  // others only finish what is in the buffer, so that this ends.
  SSL_set_read_ahead(ssl_.get(), 1);
  while (result.bytes < out.size()) {
    std::size_t count = 0;
    ERR_clear_error();
    const int ok = SSL_read_ex(ssl_.get(), out.data() + result.bytes, out.size() - result.bytes, &count);
    if (ok != 1) {
      result.state = state_after(ok, SSL_ERROR_WANT_READ);
      return result;
    }
    result.bytes += count;
    SSL_set_read_ahead(ssl_.get(), 0);
    if (SSL_has_pending(ssl_.get()) == 0) {
      result.state = IoResult::State::blocked;
      return result;
    }
  }
  return result;
}

IoResult TlsSession::write(Bytes in) {
  IoResult result;
  ERR_clear_error();
  const int ok = SSL_write_ex(ssl_.get(), in.data(), std::min(in.size(), kRecordMax), &result.bytes);
  if (ok != 1) result.state = state_after(ok, SSL_ERROR_WANT_WRITE);
  return result;
}

IoResult::State TlsSession::state_after(int ok, int own_direction) {
  const int error = SSL_get_error(ssl_.get(), ok);
  if (error == SSL_ERROR_SSL && !failed_) failure_ = handshake_failure_of(ERR_peek_error());
  failed_ = failed_ || error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL;
  return state_of(error, own_direction);
}

void TlsSession::shutdown() {
  if (failed_ || !handshake_done()) return;
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

}  // namespace turnpike::net
