// Reads and makes netlink messages and attributes, by libmnl. All numbers are in host order.
#pragma once

#include <libmnl/libmnl.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>

#include "turnpike/base/bytes.hpp"

namespace turnpike::kernel {

// Calls `visit` with each message in turn. Returns false if the bytes behind the last visited message are
// malformed.
template <class Visit>
[[nodiscard]] bool for_each_message(Bytes datagram, Visit visit) {
  const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data());
  auto rest = static_cast<int>(datagram.size());
  // libmnl 1.0.4 takes a length of 2^31 or more for a negative one, which fits.
  const auto is_whole = [&] { return mnl_nlmsg_ok(message, rest) && message->nlmsg_len <= datagram.size(); };
  for (; is_whole(); message = mnl_nlmsg_next(message, &rest)) visit(*message);
  return rest <= 0;
}

// Calls `visit` with each attribute in turn. Returns false if the bytes behind the last visited one are
// malformed.
template <class Visit>
[[nodiscard]] bool for_each_attribute(Bytes attributes, Visit visit) {
  const auto* attribute = reinterpret_cast<const nlattr*>(attributes.data());
  auto rest = static_cast<int>(attributes.size());
  while (mnl_attr_ok(attribute, rest)) {
    visit(*attribute);
    rest -= MNL_ALIGN(attribute->nla_len);
    attribute = mnl_attr_next(attribute);
  }
  return rest <= 0;
}

inline Bytes value_of(const nlattr& attribute) {
  return {static_cast<const std::uint8_t*>(mnl_attr_get_payload(&attribute)),
          mnl_attr_get_payload_len(&attribute)};
}

// Copies the value of an attribute; returns false if the attribute has another size.
template <class Value>
  requires std::is_trivially_copyable_v<Value>
[[nodiscard]] bool read_value(const nlattr& attribute, Value& out) {
  if (mnl_attr_validate2(&attribute, MNL_TYPE_BINARY, sizeof out) != 0) return false;
  std::memcpy(&out, mnl_attr_get_payload(&attribute), sizeof out);
  return true;
}

inline Bytes body_of(const nlmsghdr& message) {
  return {static_cast<const std::uint8_t*>(mnl_nlmsg_get_payload(&message)),
          mnl_nlmsg_get_payload_len(&message)};
}

// Returns the fixed struct at the start of the body; none if the body is too short.
template <class Header>
std::optional<Header> header_of(const nlmsghdr& message) {
  const Bytes body = body_of(message);
  if (body.size() < sizeof(Header)) return std::nullopt;
  Header header;
  std::memcpy(&header, body.data(), sizeof header);
  return header;
}

// Returns the bytes of the attributes behind the fixed struct; empty if the body is too short.
template <class Header>
Bytes attributes_behind(const nlmsghdr& message) {
  constexpr std::size_t offset = MNL_ALIGN(sizeof(Header));
  const Bytes body = body_of(message);
  return body.size() > offset ? body.subspan(offset) : Bytes{};
}

template <class Value>
Bytes bytes_of(const Value& value) {
  return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

// A request to the kernel of at most kSizeMax bytes.
class NetlinkRequest {
 public:
  static constexpr std::size_t kSizeMax = 256;

  // `header` is the fixed struct that the body of this message type begins with. NLM_F_REQUEST is added to
  // `flags`.
  template <class Header>
  NetlinkRequest(std::uint16_t type, std::uint16_t flags, const Header& header) {
    static_assert(sizeof(nlmsghdr) + sizeof header <= kSizeMax);
    auto* message = mnl_nlmsg_put_header(bytes_.data());
    message->nlmsg_type = type;
    message->nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
    std::memcpy(mnl_nlmsg_put_extra_header(message, sizeof header), &header, sizeof header);
  }
  // Appends an attribute. The request must have room for it.
  NetlinkRequest& add(std::uint16_t type, Bytes value);

  // Returns the message to send, with this sequence number.
  const nlmsghdr& numbered(std::uint32_t sequence);

 private:
  nlmsghdr& message() { return *reinterpret_cast<nlmsghdr*>(bytes_.data()); }

  alignas(nlmsghdr) std::array<std::uint8_t, kSizeMax> bytes_{};
};

}  // namespace turnpike::kernel
