#include "turnpike/kernel/xdp_features.hpp"

#include <linux/genetlink.h>

#include <optional>
#include <string_view>

namespace turnpike::kernel {
namespace {

// The protocol "netdev", which is newer than the headers of Linux 6.1.
constexpr std::string_view kFamilyName("netdev\0", 7);
constexpr std::uint8_t kGetDevice = 1;
constexpr std::uint16_t kIndex = 1, kXdpFeatures = 3;
constexpr std::uint64_t kTakesFrames = 1 << 2;  // NETDEV_XDP_ACT_NDO_XMIT

genlmsghdr command(std::uint8_t number) { return {.cmd = number, .version = 1, .reserved = 0}; }

// The number in one attribute of the answer; nothing if there is none.
template <class Number>
std::optional<Number> ask_number(NetlinkSocket& socket, const NetlinkRequest& request, std::uint16_t type) {
  std::optional<Number> number;
  bool whole = true;
  const bool answered = socket.ask(request, [&](const nlmsghdr& message) {
    whole &= for_each_attribute(attributes_behind<genlmsghdr>(message), [&](const nlattr& attribute) {
      if (Number value; mnl_attr_get_type(&attribute) == type && read_value(attribute, value)) number = value;
    });
  });
  return answered && whole ? number : std::nullopt;
}

}  // namespace

XdpFeatures::XdpFeatures() : questions_({}, NetlinkFamily::generic) {
  NetlinkRequest request(GENL_ID_CTRL, 0, command(CTRL_CMD_GETFAMILY));
  request.add(CTRL_ATTR_FAMILY_NAME, as_bytes(kFamilyName));
  family_ = ask_number<std::uint16_t>(questions_, request, CTRL_ATTR_FAMILY_ID).value_or(0);
}

bool XdpFeatures::takes_frames(std::uint32_t interface) {
  if (family_ == 0) return false;
  NetlinkRequest request(family_, 0, command(kGetDevice));
  request.add(kIndex, bytes_of(interface));
  return (ask_number<std::uint64_t>(questions_, request, kXdpFeatures).value_or(0) & kTakesFrames) != 0;
}

}  // namespace turnpike::kernel
