#include "turnpike/http/forwarded.hpp"

#include <algorithm>
#include <optional>

namespace turnpike::http {
namespace {

std::string_view without(std::string_view text, std::string_view ends) {
  const auto first = text.find_first_not_of(ends);
  if (first == text.npos) return text.substr(text.size());
  return text.substr(first, text.find_last_not_of(ends) - first + 1);
}

// Some add the port, and brackets around IPv6.
std::optional<IpAddress> parse_hop(std::string_view hop) {
  if (const auto endpoint = Endpoint::parse(hop)) return endpoint->address.unmapped();
  const auto address = IpAddress::parse(without(hop, "[]"));
  return address ? std::optional(address->unmapped()) : std::nullopt;
}

}  // namespace

bool is_proxy(std::span<const IpPrefix> proxies, const IpAddress& address) {
  return std::ranges::any_of(proxies, [&](const IpPrefix& proxy) { return proxy.contains(address); });
}

IpAddress client_behind(std::span<const IpPrefix> proxies, const IpAddress& peer,
                        std::string_view forwarded_for) {
  IpAddress client = peer;
  while (is_proxy(proxies, client) && !forwarded_for.empty()) {
    const auto comma = forwarded_for.rfind(',');
    const bool is_last = comma == forwarded_for.npos;
    const auto hop = parse_hop(without(is_last ? forwarded_for : forwarded_for.substr(comma + 1), " \t"));
    if (!hop) break;
    client = *hop;
    forwarded_for = is_last ? "" : forwarded_for.substr(0, comma);
  }
  return client;
}

}  // namespace turnpike::http
