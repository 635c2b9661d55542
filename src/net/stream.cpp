#include "turnpike/net/stream.hpp"

#include <algorithm>
#include <utility>

#include "turnpike/net/kernel_buffers.hpp"

namespace turnpike::net {
namespace {

constexpr std::size_t kControlReserve = 64 * 1024;  // so far responses may exceed the bound of relayed data

}  // namespace

Stream::Stream(Accepted connection, StreamMemory& memory, const StreamOptions& options,
               std::shared_ptr<const TlsContext> tls)
    : bytes_(std::move(connection.fd), std::move(tls)),
      client_(connection.client),
      server_(connection.server),
      memory_(memory),
      frames_(options.rfc5766_channels),
      queue_(memory.blocks),
      queued_bytes_max_(options.queued_bytes_max) {}

Stream::~Stream() {
  (void)flush();  // answers to what came before the end
  bytes_.say_goodbye();
}

Stream::Received Stream::receive(std::size_t bytes_max) {
  if (holds_bytes()) return {};
  const MutableBytes target = frames_.target(memory_.scratch);
  const IoResult got = bytes_.read(target.first(std::min(bytes_max, target.size())));
  frames_.commit(got.bytes);
  const bool closed = got.state == IoResult::State::closed;
  if (closed) error_ = got.error;
  return {.bytes = got.bytes, .state = closed ? StreamState::closed : StreamState::open};
}

HandshakeFailure Stream::handshake_failure() const {
  return bytes_.tls().heard_anything() ? handshake_failure_of(error_) : HandshakeFailure::nothing_sent;
}

bool Stream::queue(const Parts& frame, std::size_t limit) {
  if (queue_.size() + frame.size() > limit) return false;
  for (const Bytes part : frame.in_order()) queue_.append(part);
  return true;
}

void Stream::set_narrow(bool narrow) {
  narrow_ = narrow;
  set_kernel_buffers(fd(), narrow ? KernelBuffers::small : KernelBuffers::normal);
}

bool Stream::queue_data(const Parts& frame) {
  return queue(frame, narrow_ ? kNarrowQueueMax : queued_bytes_max_);
}

bool Stream::queue_control(Bytes message) {
  return queue({{}, message, {}}, narrow_ ? kNarrowQueueMax : queued_bytes_max_ + kControlReserve);
}

StreamState Stream::flush() {
  if (queue_.empty() || !handshake_done()) return StreamState::open;
  const auto flushed = bytes_.flush(queue_);
  if (!flushed.closed) return StreamState::open;
  error_ = flushed.error;
  return StreamState::closed;
}

}  // namespace turnpike::net
