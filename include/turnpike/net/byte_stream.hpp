// A connected stream socket, with TLS or without: bytes that are read and written without waiting.
#pragma once

#include <boost/system/error_code.hpp>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "turnpike/base/bytes.hpp"
#include "turnpike/net/file_descriptor.hpp"
#include "turnpike/net/tls_session.hpp"
#include "turnpike/net/write_queue.hpp"

namespace turnpike::net {

// Owns a connected socket and its TLS session, and closes the descriptor in its destructor. A ByteStream that
// was moved from may only be destroyed.
class ByteStream {
 public:
  // Takes over `fd`, which is non-blocking. With `tls` the connection is the server side of TLS. Throws
  // nothing but std::bad_alloc.
  explicit ByteStream(FileDescriptor fd, std::shared_ptr<const TlsContext> tls = nullptr);

  int fd() const { return fd_.get(); }
  bool is_tls() const { return tls_.has_value(); }
  // Returns the session of a stream with TLS; undefined without TLS.
  const TlsSession& tls() const { return *tls_; }
  bool handshake_done() const { return !tls_ || tls_->handshake_done(); }

  // Does what TlsSession::begin_with() does; only for a stream with TLS.
  void begin_with(Bytes read_before) { tls_->begin_with(read_before); }
  // Returns the socket of a stream without TLS that has neither read nor written. The stream may only be
  // destroyed afterwards.
  FileDescriptor give_up_socket() { return std::move(fd_); }

  // Reads as TlsSession::read() does; without TLS by one system call.
  IoResult read(MutableBytes out);
  // Writes the oldest bytes of the queue, with TLS one record of up to 16 KiB, and removes what was written.
  IoResult write(WriteQueue& queue);
  // The outcome of flush().
  struct Flushed {
    bool closed = false;
    boost::system::error_code error{};  // why it is closed; none: the other end has closed it
  };
  // Writes the queue until it is empty or a write would block.
  [[nodiscard]] Flushed flush(WriteQueue& queue);
  // Returns true if the connection is closed in both directions or broken: further bytes reach nobody.
  bool is_dead() const;
  // Tells the other end, without waiting, that nothing follows (close_notify or FIN); reading goes on.
  void end_writing();
  // Writes text past TLS, to a client whose handshake has failed because it speaks no TLS. Does not wait:
  // what the kernel does not take at once is lost.
  void write_in_clear(std::string_view text);
  // Sends the close_notify of TLS if that needs no waiting; does nothing without TLS.
  void say_goodbye();

  // Returns true if the last read has filled the memory it was given: another read may find more.
  bool may_have_more() const { return filled_; }
  // Returns true if TLS may hold decrypted bytes, which no poller reports.
  bool has_unseen() const { return tls_ && filled_; }
  // Returns true if a read of TLS waits until the socket is writable. Do not poll for readability meanwhile:
  // a level-triggered poller would report it without end.
  bool read_waits_for_write() const { return read_waits_for_write_; }

 private:
  FileDescriptor fd_;
  std::shared_ptr<const TlsContext> context_;
  std::optional<TlsSession> tls_;
  bool filled_ = false;
  bool read_waits_for_write_ = false;
};

}  // namespace turnpike::net
