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

// What became of a read or write that does not block.
struct IoResult {
  enum class State : std::uint8_t {
    ready,           // more may follow at once
    blocked,         // wait until the socket is readable (a read) or writable (a write)
    wants_opposite,  // TLS: a read waits until the socket is writable, a write until it is readable
    closed,          // end of the stream or an error: nothing follows
  };
  std::size_t bytes = 0;
  State state = State::ready;
  boost::system::error_code error{};  // where it is closed; none: by the other end
};

class TlsSession {
 public:
  // Does not own `fd`. Throws std::bad_alloc.
  TlsSession(const TlsContext& context, int fd);

  // Before the first read(): what was read from the socket already. Throws std::bad_alloc.
  void begin_with(Bytes read_before);
  // Handshakes as needed, then fills `out` with what has arrived. `blocked` leaves nothing decrypted or
  // buffered that epoll cannot see.
  IoResult read(MutableBytes out);
  // One record of at most 16,384 bytes. After `blocked`, the next write must begin with the same bytes and
  // may be longer.
  IoResult write(Bytes in);
  // Whatever came behind it.
  bool handshake_done() const { return SSL_is_init_finished(ssl_.get()) == 1 || was_done(); }
  // What was agreed on, once the handshake is done.
  Alpn alpn() const;
  // A byte has arrived, of whatever kind.
  bool heard_anything() const { return begun_ || BIO_number_read(SSL_get_rbio(ssl_.get())) != 0; }
  // Says goodbye if that needs no waiting.
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
  bool begun_ = false;            // with bytes that came before
  bool reads_beginning_ = false;  // and not from the socket yet
};

}  // namespace turnpike::net
