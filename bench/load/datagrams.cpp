// sendmmsg and recvmmsg: runs leave as one where asked for, arrivals are joined by the kernel wherever it
// can.
#include "load/datagrams.hpp"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "load/clock.hpp"

namespace turnpike::bench {
namespace {

constexpr int kSocketBuffer = 4 << 20;
constexpr int kAttemptsMax =
    2;  // a failed call may have been an ICMP error of an earlier packet, which it has cleared

void check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

bool same(const net::SockAddr* a, const net::SockAddr* b) {
  return a == b || (a != nullptr && b != nullptr && a->size() == b->size() &&
                    std::memcmp(a->get(), b->get(), a->size()) == 0);
}

}  // namespace

net::FileDescriptor open_udp(const Endpoint& local) {
  net::FileDescriptor fd(
      ::socket(net::socket_family(local.address), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  check(fd.get(), "socket");
  const int on = 1;
  check(::setsockopt(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on), "SO_TIMESTAMPNS");
  check(::setsockopt(fd.get(), SOL_UDP, UDP_GRO, &on, sizeof on), "UDP_GRO");
  enlarge_buffers(fd.get());
  bind_socket(fd.get(), local);
  return fd;
}

void enlarge_buffers(int fd) {
  for (const auto& [forced, capped] :
       {std::pair{SO_RCVBUFFORCE, SO_RCVBUF}, std::pair{SO_SNDBUFFORCE, SO_SNDBUF}}) {
    if (::setsockopt(fd, SOL_SOCKET, forced, &kSocketBuffer, sizeof kSocketBuffer) < 0) {
      check(::setsockopt(fd, SOL_SOCKET, capped, &kSocketBuffer, sizeof kSocketBuffer), "SO_RCVBUF");
    }
  }
}

void bind_socket(int fd, const Endpoint& local) {
  const net::SockAddr address(local, net::socket_family(local.address));
  check(::bind(fd, address.get(), address.size()), ("bind to " + local.to_string()).c_str());
}

void connect_socket(int fd, const Endpoint& to) {
  const net::SockAddr address(to, net::socket_family(to.address));
  check(::connect(fd, address.get(), address.size()), "connect");
}

SendBatch::SendBatch(bool segment) : segment_(segment), slots_(kBatch) {
  for (Slot& slot : slots_) fill_payload(MutableBytes(slot.bytes).subspan(kPrefixMax));
}

void SendBatch::push(int fd, Bytes bytes, const net::SockAddr* to) {
  if (used_ == kBatch || (used_ > 0 && fd != fd_)) flush();
  fd_ = fd;
  pieces_[used_] = {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  to_[used_++] = to;
}

void SendBatch::push_stamped(int fd, Bytes prefix, const Stamp& stamp, std::size_t size,
                             const net::SockAddr* to) {
  if (used_ == kBatch || (used_ > 0 && fd != fd_)) flush();
  std::uint8_t* const payload = slots_[used_].bytes.data() + kPrefixMax;
  std::ranges::copy(prefix, payload - prefix.size());
  write_stamp({payload, size}, stamp);
  push(fd, {payload - prefix.size(), prefix.size() + size}, to);
}

std::size_t SendBatch::gather() {
  std::size_t messages = 0;
  for (std::size_t i = 0, run = 1; i < used_; i += run, run = 1) {
    const std::size_t size = pieces_[i].iov_len;
    const std::size_t run_max = segment_ && size > 0 ? std::min(kBatch, 65'000 / size) : 1;
    while (run < run_max && i + run < used_ && pieces_[i + run].iov_len == size && same(to_[i], to_[i + run]))
      ++run;
    msghdr& header = headers_[messages].msg_hdr;
    header = {};
    if (to_[i] != nullptr) {
      header.msg_name = const_cast<sockaddr*>(to_[i]->get());
      header.msg_namelen = to_[i]->size();
    }
    header.msg_iov = &pieces_[i];
    header.msg_iovlen = run;
    if (run > 1) {
      header.msg_control = slots_[messages].control.data();
      header.msg_controllen = slots_[messages].control.size();
      cmsghdr* const control = CMSG_FIRSTHDR(&header);
      const auto segment = static_cast<std::uint16_t>(size);
      control->cmsg_level = SOL_UDP;
      control->cmsg_type = UDP_SEGMENT;
      control->cmsg_len = CMSG_LEN(sizeof segment);
      std::memcpy(CMSG_DATA(control), &segment, sizeof segment);
    }
    ++messages;
  }
  return messages;
}

void SendBatch::flush() {
  const std::size_t messages = gather();
  int attempts = 0;
  for (std::size_t done = 0; done < messages;) {
    const int sent = ::sendmmsg(fd_, &headers_[done], static_cast<unsigned>(messages - done), 0);
    if (sent > 0) {
      done += static_cast<std::size_t>(sent);
      attempts = 0;
    } else if (++attempts == kAttemptsMax) {
      refused_ += headers_[done++].msg_hdr.msg_iovlen;
      attempts = 0;
    }
  }
  used_ = 0;
}

ReceiveBuffers::ReceiveBuffers() : slots_(kMessages) { arrived_.reserve(kMessages); }

std::span<const Arrived> ReceiveBuffers::receive(int fd) {
  for (std::size_t i = 0; i < kMessages; ++i) {
    Slot& slot = slots_[i];
    slot.piece = {slot.bytes.data(), slot.bytes.size()};
    headers_[i].msg_hdr = {.msg_name = slot.from.get(),
                           .msg_namelen = net::SockAddr::kCapacity,
                           .msg_iov = &slot.piece,
                           .msg_iovlen = 1,
                           .msg_control = slot.control.data(),
                           .msg_controllen = slot.control.size(),
                           .msg_flags = 0};
  }
  int count = -1;
  for (int attempt = 0; count < 0 && attempt < kAttemptsMax; ++attempt) {
    count = ::recvmmsg(fd, headers_.data(), kMessages, MSG_DONTWAIT, nullptr);
    if (count < 0 && errno == EAGAIN) break;
  }
  arrived_.clear();
  for (int i = 0; i < count; ++i) take(static_cast<std::size_t>(i));
  return arrived_;
}

void ReceiveBuffers::take(std::size_t index) {
  Slot& slot = slots_[index];
  msghdr& header = headers_[index].msg_hdr;
  *slot.from.size_out() = header.msg_namelen;
  std::int64_t at_ns = 0;
  int segment = 0;
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
      timespec time;
      std::memcpy(&time, CMSG_DATA(c), sizeof time);
      at_ns = to_ns(time);
    } else if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
      std::memcpy(&segment, CMSG_DATA(c), sizeof segment);
    }
  }
  if (at_ns == 0) at_ns = realtime_ns();
  Bytes rest = Bytes(slot.bytes).first(headers_[index].msg_len);
  const std::size_t size = segment > 0 ? static_cast<std::size_t>(segment) : rest.size();
  do {  // an empty datagram is one, too
    const Bytes packet = rest.first(std::min(size, rest.size()));
    arrived_.push_back({packet, &slot.from, at_ns});
    rest = rest.subspan(packet.size());
  } while (!rest.empty());
}

}  // namespace turnpike::bench
