#include "turnpike/net/stream.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "turnpike/net/bound_socket.hpp"
#include "turnpike/net/kernel_buffers.hpp"

namespace turnpike::net {
namespace {

constexpr std::size_t kControlReserve = 64 * 1024;  // so far responses may exceed the bound of relayed data

constexpr std::size_t kPiecesMax = 80;  // blocks of a full queue

IoResult result_of_errno() {
  if (errno == EAGAIN) return {.state = IoResult::State::blocked};
  if (errno == EINTR) return {};
  return {.state = IoResult::State::closed, .error = last_error()};
}

IoResult receive_plain(int fd, MutableBytes out) {
  const auto count = ::recv(fd, out.data(), out.size(), MSG_DONTWAIT);
  if (count < 0) return result_of_errno();
  if (count == 0) return {.bytes = 0, .state = IoResult::State::closed};
  const auto bytes = static_cast<std::size_t>(count);
  return {.bytes = bytes, .state = bytes < out.size() ? IoResult::State::blocked : IoResult::State::ready};
}

IoResult send_plain(int fd, const WriteQueue& queue) {
  std::array<iovec, kPiecesMax> pieces;
  msghdr header{};
  header.msg_iov = pieces.data();
  header.msg_iovlen = queue.pieces(pieces);
  const auto count = ::sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count < 0) return result_of_errno();
  return {.bytes = static_cast<std::size_t>(count), .state = IoResult::State::ready};
}

}  // namespace

Stream::Stream(Accepted connection, StreamMemory& memory, const StreamOptions& options,
               std::shared_ptr<const TlsContext> tls)
    : fd_(std::move(connection.fd)),
      client_(connection.client),
      server_(connection.server),
      memory_(memory),
      context_(std::move(tls)),
      frames_(options.rfc5766_channels),
      queue_(memory.blocks),
      queued_bytes_max_(options.queued_bytes_max) {
  if (context_) tls_.emplace(*context_, fd_.get());
}

Stream::~Stream() {
  (void)flush();  // answers to what came before the end
  if (tls_) tls_->shutdown();
}

IoResult Stream::read(MutableBytes out) { return tls_ ? tls_->read(out) : receive_plain(fd_.get(), out); }

IoResult Stream::send() { return tls_ ? tls_->write(queue_.front()) : send_plain(fd_.get(), queue_); }

Stream::Received Stream::receive(std::size_t bytes_max) {
  if (holds_bytes()) return {};
  const MutableBytes target = frames_.target(memory_.scratch);
  const IoResult got = read(target.first(std::min(bytes_max, target.size())));
  frames_.commit(got.bytes);
  filled_ = got.state == IoResult::State::ready;
  read_waits_for_write_ = got.state == IoResult::State::wants_opposite;
  const bool closed = got.state == IoResult::State::closed;
  if (closed) error_ = got.error;
  return {.bytes = got.bytes, .state = closed ? StreamState::closed : StreamState::open};
}

HandshakeFailure Stream::handshake_failure() const {
  return tls_->heard_anything() ? handshake_failure_of(error_) : HandshakeFailure::nothing_sent;
}

bool Stream::queue(const Parts& frame, std::size_t limit) {
  if (queue_.size() + frame.size() > limit) return false;
  for (const Bytes part : frame.in_order()) queue_.append(part);
  return true;
}

void Stream::set_narrow(bool narrow) {
  narrow_ = narrow;
  set_kernel_buffers(fd_.get(), narrow ? KernelBuffers::small : KernelBuffers::normal);
}

bool Stream::queue_data(const Parts& frame) {
  return queue(frame, narrow_ ? kNarrowQueueMax : queued_bytes_max_);
}

bool Stream::queue_control(Bytes message) {
  return queue({{}, message, {}}, narrow_ ? kNarrowQueueMax : queued_bytes_max_ + kControlReserve);
}

StreamState Stream::flush() {
  if (!handshake_done()) return StreamState::open;
  while (!queue_.empty()) {
    const IoResult sent = send();
    queue_.consume(sent.bytes);
    if (sent.state == IoResult::State::closed) {
      error_ = sent.error;
      return StreamState::closed;
    }
    if (sent.state != IoResult::State::ready) break;
  }
  return StreamState::open;
}

}  // namespace turnpike::net
