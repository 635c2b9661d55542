#include "turnpike/kernel/netlink_message.hpp"

#include "turnpike/base/check.hpp"

namespace turnpike::kernel {

NetlinkRequest& NetlinkRequest::add(std::uint16_t type, Bytes value) {
  [[maybe_unused]] const bool fits =
      mnl_attr_put_check(&message(), bytes_.size(), type, value.size(), value.data());
  TURNPIKE_CHECK(fits);
  return *this;
}

const nlmsghdr& NetlinkRequest::numbered(std::uint32_t sequence) {
  message().nlmsg_seq = sequence;
  return message();
}

}  // namespace turnpike::kernel
