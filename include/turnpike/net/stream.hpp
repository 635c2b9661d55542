// A TCP or TLS connection of a client that carries STUN messages and ChannelData.
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

// The configuration that all streams of a worker share.
struct StreamOptions {
  bool rfc5766_channels = false;
  // Relayed data that may wait for a client; beyond it frames are dropped whole.
  std::size_t queued_bytes_max = 1 << 20;
};

// Bytes that may wait to be written to a narrow stream (set_narrow()).
inline constexpr std::size_t kNarrowQueueMax = 16 * 1024;

// Memory that all streams of a worker share; must outlive them.
struct StreamMemory {
  StreamMemory() : scratch(128 * 1024) {}
  std::vector<std::uint8_t> scratch;
  BlockPool blocks;
};

enum class StreamState { open, closed };

// Owns the connection. On each readiness event call receive(), take frames, release() and then flush(); give
// interest() to the poller when it has changed. Destroy the stream after `closed`: the destructor writes what
// is queued and says goodbye, both as far as that needs no waiting, and closes the descriptor.
class Stream {
 public:
  // Takes over an accepted connection; with `tls` as the server side of TLS. Throws nothing but
  // std::bad_alloc.
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
  // Returns what ALPN has chosen, once the handshake is done; Alpn::none without TLS.
  Alpn alpn() const { return bytes_.is_tls() ? bytes_.tls().alpn() : Alpn::none; }

  // Returns why the connection is closed; no error if the client has closed it.
  const boost::system::error_code& error() const { return error_; }
  // Returns why the handshake failed. Only for a TLS connection that was closed before its handshake was
  // done.
  HandshakeFailure handshake_failure() const;

  // Does what ByteStream::begin_with() does.
  void begin_with(Bytes read_before) { bytes_.begin_with(read_before); }
  // Does what ByteStream::write_in_clear() does.
  void write_in_clear(std::string_view text) { bytes_.write_in_clear(text); }

  // Does what FrameAssembler::set_frame_limit() does. The initial limit is the largest possible frame.
  void set_frame_limit(std::size_t bytes) { frames_.set_frame_limit(bytes); }

  // Makes a stream narrow, or normal again; it begins as normal. A narrow stream is for a client of whom
  // nothing is known: at most kNarrowQueueMax bytes wait to be written, and the kernel's buffers are small.
  // Bytes that wait already are kept.
  void set_narrow(bool narrow);

  // The outcome of receive().
  struct Received {
    std::size_t bytes = 0;
    StreamState state = StreamState::open;
  };
  // Reads by one call, at most `bytes_max` and no more than an incomplete frame lacks or the scratch memory
  // holds. Reads nothing while holds_bytes(). The last bytes may come together with `closed`. A connection
  // that the client has half-closed counts as closed.
  [[nodiscard]] Received receive(std::size_t bytes_max);
  // Do what the functions of FrameAssembler do. Other streams may receive() only after release().
  auto front() { return frames_.front(); }
  void pop() { frames_.pop(); }
  void release() { frames_.release(); }
  bool holds_bytes() const { return frames_.holds_bytes(); }
  // Returns what has arrived and is no frame yet, as long as front() was not called; valid until front() or
  // release().
  Bytes held() const { return frames_.held(); }
  // Returns the connection for a user that cuts no frames, without the bytes that held() returns. The stream
  // may only be destroyed afterwards.
  ByteStream give_up() { return std::move(bytes_); }
  // Returns the socket for a user with a TLS of its own, as ByteStream::give_up_socket() does.
  FileDescriptor give_up_socket() { return bytes_.give_up_socket(); }
  // Returns true if the last receive() may have left bytes unread.
  bool may_have_more() const { return bytes_.may_have_more(); }
  // Returns true if frames, or bytes in the memory of TLS, wait that no poller reports.
  bool has_unseen() const { return holds_bytes() || bytes_.has_unseen(); }

  // Copies a frame, with its padding, for the next flush(). Returns false if the queue is full and the frame
  // was dropped.
  [[nodiscard]] bool queue_data(const Parts& frame);
  // Copies a response for the next flush(). Responses may exceed the bound of relayed data by 64 KiB unless
  // the stream is narrow. Returns false if that is not enough: the caller then closes the connection.
  [[nodiscard]] bool queue_control(Bytes message);
  // Writes what is queued and needs no waiting: TCP by one call, TLS in records of up to 16 KiB.
  [[nodiscard]] StreamState flush();
  // Returns true if something waits until the socket becomes writable; ask after flush().
  bool wants_write() const { return !queue_.empty() || bytes_.read_waits_for_write(); }
  // Returns what to poll for. Readability is left out while a read of TLS waits for writability, as it would
  // be reported without end.
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
