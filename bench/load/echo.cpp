// recvfrom and sendto for single datagrams, recvmmsg and sendmmsg for batches, both on a socket that blocks.
#include "load/echo.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace turnpike::bench {

Echo::Echo(const Endpoint& local, bool batch) : batch_(batch), slots_(batch ? kBatch : 1) {
  fd_ = net::FileDescriptor(::socket(net::socket_family(local.address), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd_) throw std::system_error(errno, std::generic_category(), "socket");
  enlarge_buffers(fd_.get());
  bind_socket(fd_.get(), local);
  headers_.resize(slots_.size());
}

Endpoint Echo::local() const { return net::local_endpoint(fd_.get()); }

std::size_t Echo::turn() { return batch_ ? turn_batch() : turn_single(); }

std::size_t Echo::turn_single() {
  Slot& slot = slots_.front();
  *slot.from.size_out() = net::SockAddr::kCapacity;
  const long size =
      ::recvfrom(fd_.get(), slot.bytes.data(), slot.bytes.size(), 0, slot.from.get(), slot.from.size_out());
  if (size < 0) return 0;
  ::sendto(fd_.get(), slot.bytes.data(), static_cast<std::size_t>(size), 0, slot.from.get(),
           slot.from.size());
  return 1;
}

std::size_t Echo::turn_batch() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    slot.piece = {slot.bytes.data(), slot.bytes.size()};
    headers_[i] = {};
    headers_[i].msg_hdr.msg_name = slot.from.get();
    headers_[i].msg_hdr.msg_namelen = net::SockAddr::kCapacity;
    headers_[i].msg_hdr.msg_iov = &slot.piece;
    headers_[i].msg_hdr.msg_iovlen = 1;
  }
  const int got =
      ::recvmmsg(fd_.get(), headers_.data(), static_cast<unsigned>(headers_.size()), MSG_WAITFORONE, nullptr);
  const auto count = static_cast<std::size_t>(std::max(got, 0));
  for (std::size_t i = 0; i < count; ++i) slots_[i].piece.iov_len = headers_[i].msg_len;
  for (std::size_t done = 0; done < count;) {
    const int sent = ::sendmmsg(fd_.get(), &headers_[done], static_cast<unsigned>(count - done), 0);
    done += static_cast<std::size_t>(std::max(sent, 1));
  }
  return count;
}

}  // namespace turnpike::bench
