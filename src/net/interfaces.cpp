#include "turnpike/net/interfaces.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "turnpike/net/file_descriptor.hpp"
#include "turnpike/net/sockaddr.hpp"

namespace turnpike::net {
namespace {

struct ScopeRange {
  IpPrefix prefix;
  AddressScope scope;
};

const std::vector<ScopeRange>& scope_ranges() {
  static const std::vector<ScopeRange> ranges{
      {*IpPrefix::parse("127.0.0.0/8"), AddressScope::loopback},
      {*IpPrefix::parse("::1"), AddressScope::loopback},
      {*IpPrefix::parse("169.254.0.0/16"), AddressScope::link_local},
      {*IpPrefix::parse("fe80::/10"), AddressScope::link_local},
      {*IpPrefix::parse("10.0.0.0/8"), AddressScope::private_use},
      {*IpPrefix::parse("172.16.0.0/12"), AddressScope::private_use},
      {*IpPrefix::parse("192.168.0.0/16"), AddressScope::private_use},
      {*IpPrefix::parse("100.64.0.0/10"), AddressScope::private_use},
      {*IpPrefix::parse("fc00::/7"), AddressScope::private_use},
  };
  return ranges;
}

std::optional<IpAddress> interface_address(const ifaddrs& entry, unsigned flags) {
  if (entry.ifa_addr == nullptr || (entry.ifa_flags & flags) != flags) return std::nullopt;
  const auto family = entry.ifa_addr->sa_family;
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  SockAddr address;
  std::memcpy(address.get(), entry.ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
  return address.endpoint().address;
}

// The kernel's choice of a source for a destination that is reached by the default route; connecting a UDP
// socket sends nothing.
std::optional<IpAddress> source_towards(const IpAddress& destination) {
  const int family = socket_family(destination);
  const FileDescriptor fd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const SockAddr address(Endpoint{destination, 9}, family);
  if (!fd || ::connect(fd.get(), address.get(), address.size()) != 0) return std::nullopt;
  return local_endpoint(fd.get()).address;
}

}  // namespace

AddressScope scope_of(const IpAddress& address) {
  if (is_wildcard(address)) return AddressScope::unspecified;
  for (const auto& [prefix, scope] : scope_ranges()) {
    if (prefix.contains(address)) return scope;
  }
  return AddressScope::global;
}

namespace {

// Of interfaces that have all of these flags.
std::vector<IpAddress> addresses_of(unsigned flags) {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, &::freeifaddrs);
  std::vector<IpAddress> addresses;
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    const auto address = interface_address(*entry, flags);
    if (address && std::ranges::find(addresses, *address) == addresses.end()) addresses.push_back(*address);
  }
  return addresses;
}

}  // namespace

std::vector<IpAddress> local_addresses() { return addresses_of(IFF_UP); }
std::vector<IpAddress> configured_addresses() { return addresses_of(0); }

bool can_bind(const IpAddress& address) {
  const auto local = local_addresses();
  if (std::ranges::find(local, address) != local.end()) return true;
  const int family = socket_family(address);
  const FileDescriptor fd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return errno != EAFNOSUPPORT;  // for want of descriptors, which is not to say that it is not here
  const int no_port = 1;
  const SockAddr wanted(Endpoint{address, 0}, family);
  return ::setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &no_port, sizeof no_port) == 0 &&
         ::bind(fd.get(), wanted.get(), wanted.size()) == 0;
}

std::vector<IpAddress> default_route_addresses() {
  std::vector<IpAddress> addresses;
  for (const char* documentation : {"192.0.2.1", "2001:db8::1"}) {  // RFC 5737, RFC 3849
    const auto source = source_towards(*IpAddress::parse(documentation));
    if (source && scope_of(*source) != AddressScope::unspecified &&
        scope_of(*source) != AddressScope::loopback)
      addresses.push_back(*source);
  }
  return addresses;
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

}  // namespace turnpike::net
