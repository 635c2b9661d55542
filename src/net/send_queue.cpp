#include "turnpike/net/send_queue.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace turnpike::net {
namespace {

// Control messages one behind another; the caller's buffer holds the three there can be.
class ControlWriter {
 public:
  explicit ControlWriter(std::span<std::uint8_t> out) : out_(out) {}

  template <class T>
  void add(int level, int type, const T& value) {
    auto* message = reinterpret_cast<cmsghdr*>(out_.data() + size_);
    std::memset(message, 0, CMSG_SPACE(sizeof value));
    message->cmsg_level = level;
    message->cmsg_type = type;
    message->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(message), &value, sizeof value);
    size_ += CMSG_SPACE(sizeof value);
  }

  std::size_t size() const { return size_; }

 private:
  std::span<std::uint8_t> out_;
  std::size_t size_ = 0;
};

static_assert(CMSG_SPACE(sizeof(in6_pktinfo)) + 2 * CMSG_SPACE(sizeof(int)) <= 96);

// Which messages apply depends on the family of the packet, not of the socket: a dual-stack socket sends both.
std::size_t write_control(std::span<std::uint8_t> out, const IpAddress& to, const SendOptions& options) {
  ControlWriter control(out);
  const bool from = options.from.family() == to.family();
  const int tos = options.tos;
  if (to.is_v4()) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, options.from.bytes16().data() + 12, sizeof info.ipi_spec_dst);
    if (from) control.add(IPPROTO_IP, IP_PKTINFO, info);
    if (tos != 0) control.add(IPPROTO_IP, IP_TOS, tos);
  } else {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, options.from.bytes16().data(), sizeof info.ipi6_addr);
    if (from) control.add(IPPROTO_IPV6, IPV6_PKTINFO, info);
    if (tos != 0) control.add(IPPROTO_IPV6, IPV6_TCLASS, tos);
    if (options.dont_fragment) control.add(IPPROTO_IPV6, IPV6_DONTFRAG, 1);
  }
  return control.size();
}

// There is no control message for it in IPv4.
void set_dont_fragment_v4(int fd, bool on) {
  const int value = on ? IP_PMTUDISC_DO : IP_PMTUDISC_OMIT;  // OMIT: as udp_socket.cpp leaves it
  ::setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &value, sizeof value);
}

}  // namespace

SendQueue::SendQueue(std::size_t capacity) : slots_(capacity), order_(capacity), headers_(capacity) {}

void SendQueue::push(const UdpSocket& socket, Bytes payload, const Endpoint& to, const SendOptions& options) {
  if (used_ == slots_.size()) flush();
  Slot& slot = slots_[used_];
  slot.fd = socket.fd();
  slot.dont_fragment_v4 = options.dont_fragment && to.address.is_v4();
  slot.to = SockAddr(to, socket.family());
  slot.payload = {const_cast<std::uint8_t*>(payload.data()), payload.size()};
  slot.control_size = write_control(slot.control, to.address, options);
  order_[used_] = static_cast<std::uint64_t>(slot.fd) << 32 | used_;
  ++used_;
}

// Fills headers_ in the order of sending.
void SendQueue::gather() {
  const auto order = std::span(order_).first(used_);
  if (!std::ranges::is_sorted(order)) std::ranges::sort(order);
  for (std::size_t i = 0; i < used_; ++i) {
    Slot& slot = slots_[static_cast<std::uint32_t>(order[i])];
    headers_[i] = {.msg_hdr = {.msg_name = slot.to.get(),
                               .msg_namelen = slot.to.size(),
                               .msg_iov = &slot.payload,
                               .msg_iovlen = 1,
                               .msg_control = slot.control_size == 0 ? nullptr : slot.control.data(),
                               .msg_controllen = slot.control_size,
                               .msg_flags = 0},
                   .msg_len = 0};
  }
}

void SendQueue::flush() {
  gather();
  const auto slot_at = [this](std::size_t i) -> const Slot& { return slots_[static_cast<std::uint32_t>(order_[i])]; };
  for (std::size_t begin = 0, end = 0; begin < used_; begin = end) {
    const Slot& first = slot_at(begin);
    while (end < used_ && slot_at(end).fd == first.fd && slot_at(end).dont_fragment_v4 == first.dont_fragment_v4) ++end;
    if (first.dont_fragment_v4) set_dont_fragment_v4(first.fd, true);
    send_run(std::span(headers_).subspan(begin, end - begin), first.fd);
    if (first.dont_fragment_v4) set_dont_fragment_v4(first.fd, false);
  }
  used_ = 0;
}

void SendQueue::send_run(std::span<mmsghdr> run, int fd) {
  bool retried = false;
  while (!run.empty()) {
    const int sent = ::sendmmsg(fd, run.data(), static_cast<unsigned>(run.size()), MSG_DONTWAIT);
    ++counters_.calls;
    const bool buffers_full = sent < 0 && (errno == EAGAIN || errno == ENOBUFS);
    if (sent > 0) {
      counters_.sent += static_cast<std::uint64_t>(sent);
      run = run.subspan(static_cast<std::size_t>(sent));
    } else if (retried || buffers_full) {
      ++counters_.dropped;
      run = run.subspan(1);
    } else {
      // It may have been the pending ICMP error of an earlier datagram, which that call has cleared (ICMP-09).
      retried = true;
      continue;
    }
    retried = false;
  }
}

}  // namespace turnpike::net
