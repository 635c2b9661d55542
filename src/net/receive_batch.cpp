#include "turnpike/net/receive_batch.hpp"

#include <netinet/udp.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace turnpike::net {
namespace {

// A multiple of 64, not of the page size: so payloads do not all fall into the same sets of the processor's
// cache.
constexpr std::size_t kStride = (kDatagramMax + 63) / 64 * 64 + 64;
static_assert(kStride % 4096 != 0);

// Each failed call may have been a pending ICMP error of the socket, which that call has cleared.
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

// Returns the size of the datagrams that the kernel has joined; 0: there is only one.
std::size_t read_control(msghdr& header, Datagram& datagram) {
  std::size_t segment = 0;
  for (cmsghdr* message = CMSG_FIRSTHDR(&header); message != nullptr;
       message = CMSG_NXTHDR(&header, message)) {
    const auto is = [message](int level, int type) {
      return message->cmsg_level == level && message->cmsg_type == type;
    };
    if (is(IPPROTO_IP, IP_PKTINFO)) {
      datagram.to = address_of(read_data<in_pktinfo>(message).ipi_addr);
    } else if (is(IPPROTO_IP, IP_TOS)) {
      datagram.tos = read_data<std::uint8_t>(message);
    } else if (is(IPPROTO_IPV6, IPV6_PKTINFO)) {
      datagram.to = address_of(read_data<in6_pktinfo>(message).ipi6_addr);
    } else if (is(IPPROTO_IPV6, IPV6_TCLASS)) {
      datagram.tos = static_cast<std::uint8_t>(read_data<int>(message));
    } else if (is(IPPROTO_UDP, UDP_GRO)) {
      segment = static_cast<std::size_t>(std::max(read_data<int>(message), 0));
    }
  }
  return segment;
}

}  // namespace

ReceiveBatch::ReceiveBatch(std::size_t buffers) : slots_(buffers), headers_(buffers) {
  datagrams_.reserve(buffers * kSegmentsMax);
  void* memory = ::mmap(nullptr, buffers * kStride, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  arena_ = static_cast<std::uint8_t*>(memory);
  for (std::size_t i = 0; i < buffers; ++i) prepare(i);
}

ReceiveBatch::~ReceiveBatch() { ::munmap(arena_, slots_.size() * kStride); }

void ReceiveBatch::reset() {
  used_ = 0;
  datagrams_.clear();
}

std::uint8_t* ReceiveBatch::buffer(std::size_t index) const { return arena_ + index * kStride; }

void ReceiveBatch::prepare(std::size_t index) {
  Slot& slot = slots_[index];
  slot.payload = {buffer(index), kDatagramMax};
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
  Datagram datagram{.payload = {}, .from = slots_[index].from.endpoint(), .to = {}};
  const std::size_t segment = read_control(headers_[index].msg_hdr, datagram);
  Bytes rest{buffer(index), headers_[index].msg_len};
  std::size_t count = 0;
  do {
    datagram.payload = segment == 0 ? rest : rest.first(std::min(segment, rest.size()));
    datagrams_.push_back(datagram);
    rest = rest.subspan(datagram.payload.size());
  } while (!rest.empty() && ++count < kSegmentsMax);
}

std::span<const Datagram> ReceiveBatch::receive(const UdpSocket& socket, std::size_t buffers_max) {
  const std::size_t count = std::min(buffers_max, free_count());
  if (count == 0) return {};
  int received = -1;
  for (int attempt = 0; received < 0 && attempt < kAttemptsMax; ++attempt) {
    received = ::recvmmsg(socket.fd(), &headers_[used_], static_cast<unsigned>(count), MSG_DONTWAIT, nullptr);
    if (received < 0 && errno == EAGAIN) break;
  }
  const std::size_t known = datagrams_.size();
  for (int i = 0; i < received; ++i, ++used_) {
    take(used_);
    prepare(used_);  // for the next use: the kernel has changed the sizes
  }
  return std::span<const Datagram>(datagrams_).subspan(known);
}

}  // namespace turnpike::net
