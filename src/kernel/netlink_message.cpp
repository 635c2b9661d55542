#include "turnpike/kernel/netlink_message.hpp"

#include <linux/netlink.h>

#include <algorithm>

namespace turnpike::kernel {
namespace {

// What stands between the header at the front and the length that it names; `rest` goes on behind it and its
// padding, which the last one of all may lack.
std::optional<Bytes> take(Bytes& rest, std::size_t header_size, std::size_t length) {
  if (length < header_size || length > rest.size()) return std::nullopt;
  const Bytes content = rest.subspan(header_size, length - header_size);
  rest = rest.subspan(std::min(padded4(length), rest.size()));
  return content;
}

}  // namespace

std::optional<NetlinkMessage> take_message(Bytes& rest) {
  const auto header = load<nlmsghdr>(rest);
  if (!header) return std::nullopt;
  const auto body = take(rest, sizeof *header, header->nlmsg_len);
  if (!body) return std::nullopt;
  return NetlinkMessage{header->nlmsg_type, header->nlmsg_flags, header->nlmsg_seq, *body};
}

std::optional<NetlinkAttribute> take_attribute(Bytes& rest) {
  const auto header = load<nlattr>(rest);
  if (!header) return std::nullopt;
  const auto value = take(rest, sizeof *header, header->nla_len);
  if (!value) return std::nullopt;
  return NetlinkAttribute{static_cast<std::uint16_t>(header->nla_type & NLA_TYPE_MASK), *value};
}

NetlinkRequest::NetlinkRequest(std::uint16_t type, std::uint16_t flags) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
  append(bytes_of(header));
}

NetlinkRequest& NetlinkRequest::add(std::uint16_t type, Bytes value) {
  nlattr header{};
  header.nla_len = static_cast<std::uint16_t>(sizeof header + value.size());
  header.nla_type = type;
  append(bytes_of(header));
  append(value);
  return *this;
}

void NetlinkRequest::append(Bytes bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  bytes_.resize(padded4(bytes_.size()));
}

Bytes NetlinkRequest::bytes(std::uint32_t sequence) {
  nlmsghdr header;
  std::memcpy(&header, bytes_.data(), sizeof header);
  header.nlmsg_len = static_cast<std::uint32_t>(bytes_.size());
  header.nlmsg_seq = sequence;
  std::memcpy(bytes_.data(), &header, sizeof header);
  return bytes_;
}

}  // namespace turnpike::kernel
