// One accepted TCP or TLS connection that carries STUN messages and ChannelData.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/parts.hpp"
#include "turnpike/net/frame_assembler.hpp"
#include "turnpike/net/listener.hpp"
#include "turnpike/net/poller.hpp"
#include "turnpike/net/tls_session.hpp"
#include "turnpike/net/write_queue.hpp"

namespace turnpike::net {

struct StreamOptions {
  bool rfc5766_channels = false;
  std::size_t queued_bytes_max =
      1 << 20;  // of relayed data that the client has not taken yet; beyond it frames are dropped whole
};

// Memory that all streams of a worker share; outlives them.
struct StreamMemory {
  StreamMemory() : scratch(128 * 1024) {}
  std::vector<std::uint8_t> scratch;
  BlockPool blocks;
};

enum class StreamState { open, closed };

// On each readiness event call read() and then flush(); give interest() to the poller when it has changed.
// After `closed` destroy it: the destructor writes what is queued and says goodbye, both as far as that needs
// no waiting, and closes the descriptor.
class Stream {
 public:
  // TLS if `tls` is given. Never throws but std::bad_alloc.
  Stream(Accepted connection, StreamMemory& memory, const StreamOptions& options,
         std::shared_ptr<const TlsContext> tls = nullptr);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  int fd() const { return fd_.get(); }
  const Endpoint& client() const { return client_; }
  const Endpoint& server() const { return server_; }
  Transport transport() const { return tls_ ? Transport::tls : Transport::tcp; }
  bool handshake_done() const { return !tls_ || tls_->handshake_done(); }

  // A longer frame closes the stream before memory is spent on it (FRM-09, FRM-11). Initially the largest
  // there is.
  void set_frame_limit(std::size_t bytes) { frames_.set_frame_limit(bytes); }

  // Hands out the frames that have arrived, up to a bounded amount of work; what is left is reported by the
  // poller again. The stream must not be destroyed by the handler. A half-closed connection is closed
  // (TCPC-04).
  StreamState read(FrameHandler& handler);

  // Copies a frame, with its padding, to be written by the next flush(). False: it was dropped (TCPC-06).
  bool queue_data(const Parts& frame);
  // The same for responses, which have 64 KiB more. False: close the connection (TCPC-07).
  bool queue_control(Bytes message);
  // Writes what is queued and can be written: TCP by one call, TLS in records of up to 16 KiB.
  StreamState flush();
  // Something waits until the socket becomes writable; to be asked after flush().
  bool wants_write() const { return !queue_.empty() || read_waits_for_write_; }
  // While a read waits for writing (TLS), readable would be reported without end.
  Interest interest() const { return {.readable = !read_waits_for_write_, .writable = wants_write()}; }
  std::size_t queued_bytes() const { return queue_.size(); }

 private:
  IoResult receive(MutableBytes out);
  IoResult send();
  bool queue(const Parts& frame, std::size_t limit);

  FileDescriptor fd_;
  Endpoint client_;
  Endpoint server_;
  StreamMemory& memory_;
  std::shared_ptr<const TlsContext> context_;
  std::optional<TlsSession> tls_;
  FrameAssembler frames_;
  WriteQueue queue_;
  std::size_t queued_bytes_max_;
  bool read_waits_for_write_ = false;
};

}  // namespace turnpike::net
