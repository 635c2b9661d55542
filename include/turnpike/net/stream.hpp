// One accepted TCP or TLS connection that carries STUN messages and ChannelData.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/parts.hpp"
#include "turnpike/net/frame_assembler.hpp"
#include "turnpike/net/handshake_failure.hpp"
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

// So much may wait for a narrow stream.
inline constexpr std::size_t kNarrowQueueMax = 16 * 1024;

// Memory that all streams of a worker share; outlives them.
struct StreamMemory {
  StreamMemory() : scratch(128 * 1024) {}
  std::vector<std::uint8_t> scratch;
  BlockPool blocks;
};

enum class StreamState { open, closed };

// On each readiness event call receive(), take frames, release() and then flush(); give interest() to the
// poller when it has changed. After `closed` destroy it: the destructor writes what is queued and says
// goodbye, both as far as that needs no waiting, and closes the descriptor.
class Stream {
 public:
  // TLS if `tls` is given. Never throws but std::bad_alloc.
  Stream(Accepted connection, StreamMemory& memory, const StreamOptions& options,
         std::shared_ptr<const TlsContext> tls = nullptr);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  int fd() const { return fd_.get(); }
  const ClientEndpoint& client() const { return client_; }
  const ServerEndpoint& server() const { return server_; }
  Transport transport() const { return tls_ ? Transport::tls : Transport::tcp; }
  bool handshake_done() const { return !tls_ || tls_->handshake_done(); }

  // Why it is closed; none: the client has closed it.
  const boost::system::error_code& error() const { return error_; }
  // Of a TLS connection that has closed before its handshake was done.
  HandshakeFailure handshake_failure() const;

  // See FrameAssembler. Initially the largest there is.
  void set_frame_limit(std::size_t bytes) { frames_.set_frame_limit(bytes); }

  // A narrow one is for somebody of whom nothing is known: little may wait to be written, here and in the
  // kernel. Initially it is not. What waits already stays.
  void set_narrow(bool narrow);

  struct Received {
    std::size_t bytes = 0;
    StreamState state = StreamState::open;
  };
  // Reads at most `bytes_max` and at most what an incomplete frame misses or the scratch memory holds, by one
  // call; nothing while frames wait. The end may come together with the last bytes. A half-closed connection
  // is closed (TCPC-04).
  [[nodiscard]] Received receive(std::size_t bytes_max);
  // As those of FrameAssembler. Other streams may receive() only after release().
  auto front() { return frames_.front(); }
  void pop() { frames_.pop(); }
  void release() { frames_.release(); }
  bool holds_bytes() const { return frames_.holds_bytes(); }
  // The last receive() got all that it asked for: another one may find more.
  bool may_have_more() const { return filled_; }
  // Something waits that the poller cannot see: frames, or bytes in the memory of TLS.
  bool has_unseen() const { return holds_bytes() || (tls_ && filled_); }

  // Copies a frame, with its padding, to be written by the next flush(). False: it was dropped (TCPC-06).
  [[nodiscard]] bool queue_data(const Parts& frame);
  // The same for responses, which have 64 KiB more unless the stream is narrow. False: close the connection
  // (TCPC-07).
  [[nodiscard]] bool queue_control(Bytes message);
  // Writes what is queued and can be written: TCP by one call, TLS in records of up to 16 KiB.
  [[nodiscard]] StreamState flush();
  // Something waits until the socket becomes writable; to be asked after flush().
  bool wants_write() const { return !queue_.empty() || read_waits_for_write_; }
  // While a read waits for writing (TLS), readable would be reported without end.
  Interest interest() const { return {.readable = !read_waits_for_write_, .writable = wants_write()}; }
  std::size_t queued_bytes() const { return queue_.size(); }

 private:
  IoResult read(MutableBytes out);
  IoResult send();
  bool queue(const Parts& frame, std::size_t limit);

  FileDescriptor fd_;
  ClientEndpoint client_;
  ServerEndpoint server_;
  StreamMemory& memory_;
  std::shared_ptr<const TlsContext> context_;
  std::optional<TlsSession> tls_;
  FrameAssembler frames_;
  WriteQueue queue_;
  std::size_t queued_bytes_max_;
  boost::system::error_code error_;
  bool narrow_ = false;
  bool read_waits_for_write_ = false;
  bool filled_ = false;  // see may_have_more()
};

}  // namespace turnpike::net
