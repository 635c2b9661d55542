#include "turnpike/net/byte_stream.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "turnpike/net/bound_socket.hpp"

namespace turnpike::net {
namespace {

constexpr std::size_t kPiecesMax = 80;  // blocks of a full queue
constexpr int kReadsBeforeGoodbye = 4;

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

ByteStream::ByteStream(FileDescriptor fd, std::shared_ptr<const TlsContext> tls)
    : fd_(std::move(fd)), context_(std::move(tls)) {
  if (context_) tls_.emplace(*context_, fd_.get());
}

IoResult ByteStream::read(MutableBytes out) {
  const IoResult got = tls_ ? tls_->read(out) : receive_plain(fd_.get(), out);
  filled_ = got.state == IoResult::State::ready;
  read_waits_for_write_ = got.state == IoResult::State::wants_opposite;
  return got;
}

IoResult ByteStream::write(WriteQueue& queue) {
  const IoResult sent = tls_ ? tls_->write(queue.front()) : send_plain(fd_.get(), queue);
  queue.consume(sent.bytes);
  return sent;
}

ByteStream::Flushed ByteStream::flush(WriteQueue& queue) {
  while (!queue.empty()) {
    const IoResult sent = write(queue);
    if (sent.state == IoResult::State::closed) return {true, sent.error};
    if (sent.state != IoResult::State::ready) break;
  }
  return {};
}

bool ByteStream::is_dead() const {
  pollfd polled{.fd = fd_.get(), .events = 0, .revents = 0};
  return ::poll(&polled, 1, 0) == 1 && (polled.revents & (POLLHUP | POLLERR)) != 0;
}

void ByteStream::end_writing() {
  if (tls_) {
    tls_->shutdown();
  } else {
    static_cast<void>(::shutdown(fd_.get(), SHUT_WR));
  }
}

void ByteStream::write_in_clear(std::string_view text) {
  // With bytes unread the connection would be reset, and the text be lost: OpenSSL 3.5 takes the first five
  // alone.
  std::array<std::uint8_t, 4096> unread;
  for (int i = 0; i < kReadsBeforeGoodbye && receive_plain(fd_.get(), unread).state == IoResult::State::ready;
       ++i) {
  }
  static_cast<void>(::send(fd_.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

void ByteStream::say_goodbye() {
  if (fd_ && tls_) tls_->shutdown();
}

}  // namespace turnpike::net
