// The framing of netlink: messages in a datagram, attributes in a message, requests. All numbers are in host
// order.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>
#include <vector>

#include "turnpike/base/bytes.hpp"

namespace turnpike::kernel {

struct NetlinkMessage {
  std::uint16_t type = 0;
  std::uint16_t flags = 0;
  std::uint32_t sequence = 0;
  Bytes body;  // behind the header, without padding
};

struct NetlinkAttribute {
  std::uint16_t type = 0;  // without the flags that may stand in its upper two bits
  Bytes value;
};

// Take the first one off `rest`; nothing, and `rest` as it was, where none is well-formed.
std::optional<NetlinkMessage> take_message(Bytes& rest);
std::optional<NetlinkAttribute> take_attribute(Bytes& rest);

// Each in turn. False: what follows the last one that was visited is not well-formed.
template <class Visit>
bool for_each_message(Bytes datagram, Visit visit) {
  while (!datagram.empty()) {
    const auto message = take_message(datagram);
    if (!message) return false;
    visit(*message);
  }
  return true;
}

template <class Visit>
bool for_each_attribute(Bytes attributes, Visit visit) {
  while (!attributes.empty()) {
    const auto attribute = take_attribute(attributes);
    if (!attribute) return false;
    visit(*attribute);
  }
  return true;
}

// A number, or the fixed struct that a body begins with; nothing if there are too few bytes.
template <class Value>
  requires std::is_trivially_copyable_v<Value>
std::optional<Value> load(Bytes bytes) {
  if (bytes.size() < sizeof(Value)) return std::nullopt;
  Value value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// The attributes behind the fixed struct `Header`; none if there are too few bytes.
template <class Header>
Bytes attributes_behind(Bytes body) {
  constexpr std::size_t offset = padded4(sizeof(Header));
  return body.size() > offset ? body.subspan(offset) : Bytes{};
}

template <class Value>
Bytes bytes_of(const Value& value) {
  return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

// A request to the kernel.
class NetlinkRequest {
 public:
  // `header` is the fixed struct that the body of this type begins with; NLM_F_REQUEST is among the flags in
  // any case.
  template <class Header>
  NetlinkRequest(std::uint16_t type, std::uint16_t flags, const Header& header)
      : NetlinkRequest(type, flags) {
    append(bytes_of(header));
  }
  NetlinkRequest& add(std::uint16_t type, Bytes value);

  // As it is sent, under this number.
  Bytes bytes(std::uint32_t sequence);

 private:
  NetlinkRequest(std::uint16_t type, std::uint16_t flags);
  void append(Bytes bytes);  // and padding

  std::vector<std::uint8_t> bytes_;
};

}  // namespace turnpike::kernel
