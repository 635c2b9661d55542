// One accepted TCP or TLS connection that carries STUN messages and ChannelData.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/parts.hpp"
#include "turnpike/net/alpn.hpp"
#include "turnpike/net/byte_stream.hpp"
#include "turnpike/net/frame_assembler.hpp"
#include "turnpike/net/handshake_failure.hpp"
#include "turnpike/net/listener.hpp"
#include "turnpike/net/poller.hpp"
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

  int fd() const { return bytes_.fd(); }
  const ClientEndpoint& client() const { return client_; }
  const ServerEndpoint& server() const { return server_; }
  Transport transport() const { return bytes_.is_tls() ? Transport::tls : Transport::tcp; }
  bool handshake_done() const { return bytes_.handshake_done(); }
  // What was agreed on, once the handshake is done; without TLS there is nothing to agree on.
  Alpn alpn() const { return bytes_.is_tls() ? bytes_.tls().alpn() : Alpn::none; }

  // Why it is closed; none: the client has closed it.
  const boost::system::error_code& error() const { return error_; }
  // Of a TLS connection that has closed before its handshake was done.
  HandshakeFailure handshake_failure() const;

  // As ByteStream::begin_with().
  void begin_with(Bytes read_before) { bytes_.begin_with(read_before); }
  // As ByteStream::write_in_clear().
  void write_in_clear(std::string_view text) { bytes_.write_in_clear(text); }

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
  // is closed.
  [[nodiscard]] Received receive(std::size_t bytes_max);
  // As those of FrameAssembler. Other streams may receive() only after release().
  auto front() { return frames_.front(); }
  void pop() { frames_.pop(); }
  void release() { frames_.release(); }
  bool holds_bytes() const { return frames_.holds_bytes(); }
  // What has arrived and is no frame yet, as long as no frame was asked for; valid until front() or
  // release().
  Bytes held() const { return frames_.held(); }
  // For one who does not cut frames: the connection as it is, without what is held. This stream may only be
  // destroyed then.
  ByteStream give_up() { return std::move(bytes_); }
  // The same for one who has TLS of its own: as ByteStream::give_up_socket().
  FileDescriptor give_up_socket() { return bytes_.give_up_socket(); }
  // The last receive() got all that it asked for: another one may find more.
  bool may_have_more() const { return bytes_.may_have_more(); }
  // Something waits that the poller cannot see: frames, or bytes in the memory of TLS.
  bool has_unseen() const { return holds_bytes() || bytes_.has_unseen(); }

  // Copies a frame, with its padding, to be written by the next flush(). False: it was dropped.
  [[nodiscard]] bool queue_data(const Parts& frame);
  // The same for responses, which have 64 KiB more unless the stream is narrow. False: close the
  // connection.
  [[nodiscard]] bool queue_control(Bytes message);
  // Writes what is queued and can be written: TCP by one call, TLS in records of up to 16 KiB.
  [[nodiscard]] StreamState flush();
  // Something waits until the socket becomes writable; to be asked after flush().
  bool wants_write() const { return !queue_.empty() || bytes_.read_waits_for_write(); }
  // While a read waits for writing (TLS), readable would be reported without end.
  Interest interest() const {
    return {.readable = !bytes_.read_waits_for_write(), .writable = wants_write()};
  }
  std::size_t queued_bytes() const { return queue_.size(); }

 private:
  bool queue(const Parts& frame, std::size_t limit);

  ByteStream bytes_;
  ClientEndpoint client_;
  ServerEndpoint server_;
  StreamMemory& memory_;
  FrameAssembler frames_;
  WriteQueue queue_;
  std::size_t queued_bytes_max_;
  boost::system::error_code error_;
  bool narrow_ = false;
};

}  // namespace turnpike::net
