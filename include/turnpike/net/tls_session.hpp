// The server side of TLS on a connected non-blocking socket.
#pragma once

#include <openssl/ssl.h>

#include <boost/system/error_code.hpp>
#include <cstdint>
#include <memory>

#include "turnpike/base/bytes.hpp"
#include "turnpike/net/alpn.hpp"
#include "turnpike/net/tls_context.hpp"

namespace turnpike::net {

// The outcome of a read or write that does not block.
struct IoResult {
  enum class State : std::uint8_t {
    ready,           // more may follow at once
    blocked,         // to be tried again when the socket is readable (a read) or writable (a write)
    wants_opposite,  // TLS: a read waits until the socket is writable, or a write until it is readable
    closed,          // the stream has ended or failed; nothing follows
  };
  std::size_t bytes = 0;
  State state = State::ready;
  boost::system::error_code error{};  // why it is closed; none: the other end has closed it
};

// Runs one TLS connection over a socket that somebody else owns.
class TlsSession {
 public:
  // Begins as the server on `fd`, which must outlive the session. Throws std::bad_alloc.
  TlsSession(const TlsContext& context, int fd);

  // Supplies the bytes that were read from the socket before the session began. Must be called before the
  // first read(). Throws std::bad_alloc.
  void begin_with(Bytes read_before);
  // Goes on with the handshake if needed, then fills `out` with what has arrived. After `blocked` no byte is
  // left in OpenSSL's buffers, so epoll reports whatever follows.
  IoResult read(MutableBytes out);
  // Writes one record of at most 16,384 bytes. After `blocked` the next write must begin with the same bytes
  // and may be longer.
  IoResult write(Bytes in);
  // Returns true once the handshake has succeeded, also if the session has failed since.
  bool handshake_done() const { return SSL_is_init_finished(ssl_.get()) == 1 || was_done(); }
  // Returns what ALPN has chosen, once the handshake is done.
  Alpn alpn() const;
  // Returns true once a byte of any kind has arrived.
  bool heard_anything() const { return begun_ || BIO_number_read(SSL_get_rbio(ssl_.get())) != 0; }
  // Sends close_notify if that needs no waiting.
  void shutdown();

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  void end_with(IoResult& result, int ok, int own_direction);
  bool go_on_with_socket(int ok);
  // A session that has failed, after its handshake.
  bool was_done() const;

  std::unique_ptr<SSL, Free> ssl_;
  bool failed_ = false;
  bool begun_ = false;            // begin_with() had bytes
  bool reads_beginning_ = false;  // reads still come from these bytes, not from the socket
};

}  // namespace turnpike::net
