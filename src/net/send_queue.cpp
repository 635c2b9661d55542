#include "turnpike/net/send_queue.hpp"

#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "turnpike/base/check.hpp"
#include "turnpike/base/hash.hpp"

namespace turnpike::net {
namespace {

constexpr std::size_t kRunMax = 64;  // datagrams: what every kernel takes
constexpr std::size_t kRunBytesMax =
    65507;  // a run is one UDP payload until it is cut; IPv6 would take 20 more
constexpr std::size_t kPiecesOfDatagram = std::tuple_size_v<decltype(Parts{}.in_order())>;

// Control messages one behind another; the caller's buffer holds the four there can be.
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

static_assert(CMSG_SPACE(sizeof(in6_pktinfo)) + 2 * CMSG_SPACE(sizeof(int)) +
                  CMSG_SPACE(sizeof(std::uint16_t)) <=
              120);

// Which messages apply depends on the family of the packet, not of the socket: a dual-stack socket sends
// both.
std::size_t write_control(std::span<std::uint8_t> out, const IpAddress& to, const SendOptions& options,
                          std::size_t segment_bytes) {
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
  if (segment_bytes != 0) control.add(IPPROTO_UDP, UDP_SEGMENT, static_cast<std::uint16_t>(segment_bytes));
  return control.size();
}

// There is no control message for it in IPv4.
void set_dont_fragment_v4(int fd, bool on) {
  const int value = on ? IP_PMTUDISC_DO : IP_PMTUDISC_OMIT;  // OMIT: as udp_socket.cpp leaves it
  ::setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &value, sizeof value);
}

// The kernel does not cut runs into datagrams that need fragments, nor for devices that do not compute
// checksums.
bool refuses_to_cut(int error) { return error == EMSGSIZE || error == EINVAL || error == EIO; }

}  // namespace

SendQueue::SendQueue(std::size_t capacity)
    : slots_(capacity),
      order_(capacity),
      messages_(capacity),
      headers_(capacity),
      pieces_(capacity * kPiecesOfDatagram) {
  TURNPIKE_CHECK(capacity <= 65536);
}

// Three datagrams of a peer become one run to its client, and no byte of a payload moves:
//
//   buffer of ReceiveBatch   | payload 1 | payload 2 | payload 3 |    as the kernel joined them (UDP_GRO)
//                                 ^           ^           ^
//   slots_                   | parts     | parts     | parts     |           |
//     each with 48 bytes     | header 1  | header 2  | header 3  |           |
//                                                                 ^ header_space(): slots_[used_].header
//   pieces_                  | h 1 | p 1 | h 2 | p 2 | h 3 | p 3 |
//                            |<---- one message of sendmmsg() -->|    UDP_SEGMENT = bytes of h 1 and p 1
//
// A header that is written and not pushed, because the packet was dropped or went to a stream, is overwritten
// by the next one.
std::span<std::uint8_t, SendQueue::kHeaderMax> SendQueue::header_space() {
  if (used_ == slots_.size()) flush();
  return slots_[used_].header;
}

void SendQueue::push(const UdpSocket& socket, const Parts& parts, const Endpoint& to,
                     const SendOptions& options) {
  if (used_ == slots_.size()) flush();
  Slot& slot = slots_[used_++];
  slot.fd = socket.fd();
  slot.family = socket.family();
  slot.to = to;
  slot.options = options;
  slot.parts = parts;
  order_[used_ - 1] = place_of_last();
}

void SendQueue::push_kept(const UdpSocket& socket, std::vector<std::uint8_t> payload, const Endpoint& to,
                          const SendOptions& options) {
  if (used_ == slots_.size()) flush();
  kept_.push_back(std::move(payload));
  push(socket, Bytes(kept_.back()), to, options);
}

// 24 bits of the socket, 24 of a hash of the destination, 16 of the slot. Where two of a kind fall together,
// runs get shorter, no more.
std::uint64_t SendQueue::place_of_last() const {
  const std::size_t index = used_ - 1;
  const Slot& last = slots_[index];
  const bool as_before = index > 0 && slots_[index - 1].fd == last.fd && slots_[index - 1].to == last.to;
  const std::uint64_t way =
      as_before ? order_[index - 1] >> 16
                : static_cast<std::uint64_t>(last.fd) << 24 | (ByteHash{}(last.to) & 0xFFFFFF);
  return way << 16 | index;
}

// How many of the first datagrams leave as one message: all of one size, the last may be shorter. An empty
// one would vanish in a run.
std::size_t SendQueue::run_length(Order order) {
  const Slot& first = slot(order[0]);
  const std::size_t segment = first.parts.size();
  if (segment == 0 || !limits_.allows(first.to.address, segment)) return 1;
  const std::size_t max = std::min({order.size(), kRunMax, kRunBytesMax / segment});
  std::size_t length = 1;
  for (bool ends = false; !ends && length < max; ++length) {
    const Slot& next = slot(order[length]);
    const std::size_t size = next.parts.size();
    if (size == 0 || size > segment || next.to != first.to || next.options != first.options) break;
    ends = size < segment;
  }
  return length;
}

// The datagrams, which have one socket, as messages.
std::span<mmsghdr> SendQueue::gather(Order order) {
  std::size_t count = 0;
  iovec* piece = pieces_.data();
  while (!order.empty()) {
    const Slot& first = slot(order[0]);
    Message& message = messages_[count];
    message.to = SockAddr(first.to, first.family);
    message.datagrams = run_length(order);
    message.segment_bytes = message.datagrams == 1 ? 0 : first.parts.size();
    iovec* const begin = piece;
    for (const std::uint64_t place : order.first(message.datagrams)) {
      for (const Bytes part : slot(place).parts.in_order()) {
        if (!part.empty()) *piece++ = {const_cast<std::uint8_t*>(part.data()), part.size()};
      }
    }
    msghdr& header = headers_[count].msg_hdr;
    header.msg_name = message.to.get();
    header.msg_namelen = message.to.size();
    header.msg_iov = begin;
    header.msg_iovlen = static_cast<std::size_t>(piece - begin);
    header.msg_controllen =
        write_control(message.control, first.to.address, first.options, message.segment_bytes);
    header.msg_control = header.msg_controllen == 0 ? nullptr : message.control.data();
    order = order.subspan(message.datagrams);
    ++count;
  }
  return std::span(headers_).first(count);
}

void SendQueue::flush() {
  const auto order = std::span(order_).first(used_);
  if (!std::ranges::is_sorted(order)) std::ranges::sort(order);
  for (std::size_t begin = 0, end = 0; begin < used_; begin = end) {
    const Slot& first = slot(order[begin]);
    const bool dont_fragment = first.dont_fragment_v4();
    while (end < used_ && slot(order[end]).fd == first.fd &&
           slot(order[end]).dont_fragment_v4() == dont_fragment)
      ++end;
    if (dont_fragment) set_dont_fragment_v4(first.fd, true);
    for (Order rest = order.subspan(begin, end - begin); !rest.empty();) rest = rest.subspan(send(rest));
    if (dont_fragment) set_dont_fragment_v4(first.fd, false);
  }
  used_ = 0;
  kept_.clear();
}

// Datagrams of one socket. Returns how many are dealt with: not all where a run was refused, whose datagrams
// are then to be sent singly.
std::size_t SendQueue::send(Order order) {
  const int fd = slot(order[0]).fd;
  const auto headers = gather(order);
  std::size_t done = 0;  // datagrams
  bool retried = false;
  for (std::size_t first = 0; first < headers.size();) {
    const int sent =
        ::sendmmsg(fd, &headers[first], static_cast<unsigned>(headers.size() - first), MSG_DONTWAIT);
    ++counters_.calls;
    if (sent > 0) {
      done += take_sent(static_cast<std::size_t>(sent), first);
      first += static_cast<std::size_t>(sent);
      retried = false;
      continue;
    }
    const Message& refused = messages_[first];
    const bool buffers_full = errno == EAGAIN || errno == ENOBUFS;
    if (!buffers_full && !retried) {
      // It may have been the pending ICMP error of an earlier datagram, which that call has cleared.
      retried = true;
      continue;
    }
    if (refused.datagrams > 1 && refuses_to_cut(errno)) {
      limits_.refuse(slot(order[done]).to.address, refused.segment_bytes);
      return done;
    }
    counters_.dropped += refused.datagrams;
    done += refused.datagrams;
    ++first;
    retried = false;
  }
  return done;
}

std::size_t SendQueue::take_sent(std::size_t messages, std::size_t first) {
  std::size_t datagrams = 0;
  for (const Message& message : std::span(messages_).subspan(first, messages)) datagrams += message.datagrams;
  counters_.messages += messages;
  counters_.sent += datagrams;
  return datagrams;
}

}  // namespace turnpike::net
