// Records of nodes, for tests.
#pragma once

#include <fmt/format.h>

#include <string>

#include "turnpike/fleet/node_record.hpp"

namespace turnpike::fleet::test {

inline std::string node_id(unsigned number) { return fmt::format("{:032x}", number); }

// Node N has 192.0.2.N for UDP, TCP and TLS, and 2001:db8::N for UDP.
inline NodeRecord node(unsigned number, std::string region = "", std::uint32_t busy_permille = 0,
                       std::uint64_t seq = 1) {
  NodeRecord record;
  record.id = node_id(number);
  record.seq = seq;
  const auto v4 = *IpAddress::parse(fmt::format("192.0.2.{}", number));
  const auto v6 = *IpAddress::parse(fmt::format("2001:db8::{:x}", number));
  record.addresses = {{Transport::udp, {v4, 3478}},
                      {Transport::tcp, {v4, 3478}},
                      {Transport::tls, {v4, 443}},
                      {Transport::udp, {v6, 3478}}};
  record.certificate_name = fmt::format("n{}.example.org", number);
  record.region = std::move(region);
  record.urls = {fmt::format("turn:n{}.example.org", number)};
  record.load.busy_permille = busy_permille;
  record.load.ports_total = 1000;
  return record;
}

}  // namespace turnpike::fleet::test
