#include "turnpike/net/tls_session.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "turnpike/net/tls_error.hpp"

namespace turnpike::net {
namespace {

constexpr std::size_t kRecordMax = 16384;

// `own_direction` is what an operation of this kind normally waits for.
IoResult::State state_of(int error, int own_direction) {
  if (error == own_direction) return IoResult::State::blocked;
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return IoResult::State::wants_opposite;
  return IoResult::State::closed;
}

// Whoever ends TLS without its goodbye has ended it nonetheless.
boost::system::error_code error_of(int kind, int system_error) {
  if (kind == SSL_ERROR_SYSCALL) return {system_error, boost::system::system_category()};
  const unsigned long error = kind == SSL_ERROR_SSL ? ERR_peek_error() : 0;
  return tls_error(ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? 0 : error);
}

}  // namespace

TlsSession::TlsSession(const TlsContext& context, int fd) : ssl_(SSL_new(context.get())) {
  if (!ssl_ || SSL_set_fd(ssl_.get(), fd) != 1) throw std::bad_alloc();
  SSL_set_accept_state(ssl_.get());
}

void TlsSession::begin_with(Bytes read_before) {
  if (read_before.empty()) return;
  BIO* beginning = BIO_new(BIO_s_mem());
  if (beginning == nullptr) throw std::bad_alloc();
  SSL_set0_rbio(ssl_.get(), beginning);
  const auto size = static_cast<int>(read_before.size());
  if (BIO_write(beginning, read_before.data(), size) != size) throw std::bad_alloc();
  begun_ = reads_beginning_ = true;
}

// Where a read has failed for want of bytes and the socket may have them.
bool TlsSession::go_on_with_socket(int ok) {
  if (!reads_beginning_ || SSL_get_error(ssl_.get(), ok) != SSL_ERROR_WANT_READ) return false;
  BIO* const socket = SSL_get_wbio(ssl_.get());
  BIO_up_ref(socket);
  SSL_set0_rbio(ssl_.get(), socket);
  reads_beginning_ = false;
  return true;
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
      if (go_on_with_socket(ok)) continue;
      end_with(result, ok, SSL_ERROR_WANT_READ);
      return result;
    }
    result.bytes += count;
    SSL_set_read_ahead(ssl_.get(), 0);
    if (SSL_has_pending(ssl_.get()) == 0 && !reads_beginning_) {
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
  if (ok != 1) end_with(result, ok, SSL_ERROR_WANT_WRITE);
  return result;
}

void TlsSession::end_with(IoResult& result, int ok, int own_direction) {
  const int system_error = errno;
  const int kind = SSL_get_error(ssl_.get(), ok);
  failed_ = failed_ || kind == SSL_ERROR_SSL || kind == SSL_ERROR_SYSCALL;
  result.state = state_of(kind, own_direction);
  if (result.state == IoResult::State::closed) result.error = error_of(kind, system_error);
}

// An error puts OpenSSL back into the handshake, but the Finished of the client stays known.
bool TlsSession::was_done() const {
  std::uint8_t byte = 0;
  return failed_ && SSL_get_peer_finished(ssl_.get(), &byte, sizeof byte) > 0;
}

Alpn TlsSession::alpn() const {
  const unsigned char* label = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &label, &size);
  return alpn_of(as_text({label, size}));
}

void TlsSession::shutdown() {
  if (failed_ || !handshake_done()) return;
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

}  // namespace turnpike::net
