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

// Closes the descriptor in the end. One that was moved from may only be destroyed.
class ByteStream {
 public:
  // The server side of TLS if `tls` is given. `fd` is non-blocking. Never throws but std::bad_alloc.
  explicit ByteStream(FileDescriptor fd, std::shared_ptr<const TlsContext> tls = nullptr);

  int fd() const { return fd_.get(); }
  bool is_tls() const { return tls_.has_value(); }
  // TLS only.
  const TlsSession& tls() const { return *tls_; }
  bool handshake_done() const { return !tls_ || tls_->handshake_done(); }

  // TLS only: as TlsSession::begin_with().
  void begin_with(Bytes read_before) { tls_->begin_with(read_before); }
  // The socket without TLS, which has neither read nor written. This stream may only be destroyed then.
  FileDescriptor give_up_socket() { return std::move(fd_); }

  // As TlsSession::read(); without TLS by one call.
  IoResult read(MutableBytes out);
  // Writes the oldest bytes, TLS in one record of up to 16 KiB, and takes what was written from the queue.
  IoResult write(WriteQueue& queue);
  struct Flushed {
    bool closed = false;
    boost::system::error_code error{};  // where it is closed; none: by the other end
  };
  // Writes what is queued as far as that needs no waiting.
  [[nodiscard]] Flushed flush(WriteQueue& queue);
  // The other end is closed, or says that it is lost: what is written from now on reaches nobody.
  bool takes_nothing() const;
  // Tells the other end that nothing follows, as far as that needs no waiting; reading goes on.
  void end_writing();
  // Past TLS, to a client whose handshake has failed for want of it; what needs waiting is left out.
  void write_in_clear(std::string_view text);
  // The goodbye of TLS, as far as that needs no waiting.
  void say_goodbye();

  // The last read stopped because of the memory it was given: another one may find more.
  bool may_have_more() const { return filled_; }
  // The same where no poller sees it, as it lies in the memory of TLS.
  bool has_unseen() const { return tls_ && filled_; }
  // A read of TLS waits until the socket is writable; while it does, `readable` would be reported without
  // end.
  bool read_waits_for_write() const { return read_waits_for_write_; }

 private:
  FileDescriptor fd_;
  std::shared_ptr<const TlsContext> context_;
  std::optional<TlsSession> tls_;
  bool filled_ = false;
  bool read_waits_for_write_ = false;
};

}  // namespace turnpike::net
