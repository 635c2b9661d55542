#include "turnpike/net/receive_batch.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace turnpike::net {
namespace {

// A multiple of 64, not of the page size: so payloads do not all fall into the same sets of the processor's cache.
constexpr std::size_t kStride = (kHeadroom + kDatagramMax + kTailroom + 63) / 64 * 64;
static_assert(kStride % 4096 != 0);

// Each failed call may have been a pending ICMP error of the socket, which that call has cleared (ICMP-09).
constexpr int kAttemptsMax = 4;

// Aligned or not, as CMSG_DATA gives it.
template <class T>
T read_data(cmsghdr* message) {
  T value;
  std::memcpy(&value, CMSG_DATA(message), sizeof value);
  return value;
}

template <class Address>
IpAddress address_of(const Address& address) {
  return IpAddress::from_bytes({reinterpret_cast<const std::uint8_t*>(&address), sizeof address}).unmapped();
}

void read_control(cmsghdr* message, Datagram& datagram) {
  if (message->cmsg_level == IPPROTO_IP && message->cmsg_type == IP_PKTINFO) {
    datagram.to = address_of(read_data<in_pktinfo>(message).ipi_addr);
  } else if (message->cmsg_level == IPPROTO_IP && message->cmsg_type == IP_TOS) {
    datagram.tos = read_data<std::uint8_t>(message);
  } else if (message->cmsg_level == IPPROTO_IPV6 && message->cmsg_type == IPV6_PKTINFO) {
    datagram.to = address_of(read_data<in6_pktinfo>(message).ipi6_addr);
  } else if (message->cmsg_level == IPPROTO_IPV6 && message->cmsg_type == IPV6_TCLASS) {
    datagram.tos = static_cast<std::uint8_t>(read_data<int>(message));
  }
}

}  // namespace

ReceiveBatch::ReceiveBatch(std::size_t capacity) : datagrams_(capacity), slots_(capacity), headers_(capacity) {
  void* memory = ::mmap(nullptr, capacity * kStride, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  arena_ = static_cast<std::uint8_t*>(memory);
  for (std::size_t i = 0; i < capacity; ++i) prepare(i);
}

ReceiveBatch::~ReceiveBatch() { ::munmap(arena_, datagrams_.size() * kStride); }

std::uint8_t* ReceiveBatch::payload_at(std::size_t index) const { return arena_ + index * kStride + kHeadroom; }

void ReceiveBatch::prepare(std::size_t index) {
  Slot& slot = slots_[index];
  slot.payload = {payload_at(index), kDatagramMax};
  msghdr& header = headers_[index].msg_hdr;
  header.msg_name = slot.from.get();
  header.msg_namelen = SockAddr::kCapacity;
  header.msg_iov = &slot.payload;
  header.msg_iovlen = 1;
  header.msg_control = slot.control.data();
  header.msg_controllen = slot.control.size();
  header.msg_flags = 0;
}

void ReceiveBatch::take(std::size_t index) {
  Datagram& datagram = datagrams_[index];
  mmsghdr& received = headers_[index];
  datagram = {.payload = {payload_at(index), received.msg_len}, .from = slots_[index].from.endpoint(), .to = {}};
  for (cmsghdr* message = CMSG_FIRSTHDR(&received.msg_hdr); message != nullptr; message = CMSG_NXTHDR(&received.msg_hdr, message)) {
    read_control(message, datagram);
  }
}

std::span<Datagram> ReceiveBatch::receive(const UdpSocket& socket, std::size_t max) {
  const std::size_t count = std::min(max, free_count());
  if (count == 0) return {};
  int received = -1;
  for (int attempt = 0; received < 0 && attempt < kAttemptsMax; ++attempt) {
    received = ::recvmmsg(socket.fd(), &headers_[used_], static_cast<unsigned>(count), MSG_DONTWAIT, nullptr);
    if (received < 0 && errno == EAGAIN) break;
  }
  if (received <= 0) return {};
  const auto first = used_;
  used_ += static_cast<std::size_t>(received);
  for (std::size_t i = first; i < used_; ++i) {
    take(i);
    prepare(i);  // for the next use: the kernel has changed the sizes
  }
  return std::span(datagrams_).subspan(first, used_ - first);
}

}  // namespace turnpike::net
