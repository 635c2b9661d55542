#include "turnpike/base/endpoint.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "turnpike/base/check.hpp"

namespace turnpike {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<unsigned> parse_number(std::string_view text, unsigned max) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

}  // namespace

IpAddress IpAddress::v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  const std::array<std::uint8_t, 4> wire{a, b, c, d};
  return from_bytes(wire);
}

IpAddress IpAddress::from_bytes(Bytes wire) {
  TURNPIKE_CHECK(wire.size() == 4 || wire.size() == 16);
  IpAddress result;
  if (wire.size() == 4) {
    std::ranges::copy(kMappedPrefix, result.bytes_.begin());
    std::ranges::copy(wire, result.bytes_.begin() + 12);
    result.family_ = Family::ipv4;
  } else {
    std::ranges::copy(wire, result.bytes_.begin());
    result.family_ = Family::ipv6;
  }
  return result;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  char terminated[INET6_ADDRSTRLEN] = {};
  if (text.size() >= sizeof terminated) return std::nullopt;
  std::memcpy(terminated, text.data(), text.size());
  if (std::strlen(terminated) != text.size()) return std::nullopt;
  std::array<std::uint8_t, 16> wire;
  if (inet_pton(AF_INET, terminated, wire.data()) == 1) return from_bytes(Bytes{wire}.first(4));
  if (inet_pton(AF_INET6, terminated, wire.data()) == 1) return from_bytes(wire);
  return std::nullopt;
}

IpAddress IpAddress::unmapped() const {
  if (is_v6() && std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin()))
    return from_bytes(Bytes{bytes_}.subspan(12));
  return *this;
}

std::string IpAddress::to_string() const {
  if (family_ == Family::none) return "none";
  char text[INET6_ADDRSTRLEN];
  inet_ntop(is_v4() ? AF_INET : AF_INET6, wire().data(), text, sizeof text);
  return text;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  const auto port = parse_number(text.substr(colon + 1), 65535);
  if (!address || !port || address->is_v6() != bracketed) return std::nullopt;
  return Endpoint{*address, static_cast<std::uint16_t>(*port)};
}

std::string Endpoint::to_string() const {
  return address.is_v6() ? fmt::format("[{}]:{}", address.to_string(), port)
                         : fmt::format("{}:{}", address.to_string(), port);
}

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const unsigned full = address->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return IpPrefix{*address, static_cast<std::uint8_t>(full)};
  const auto bits = parse_number(text.substr(slash + 1), full);
  if (!bits) return std::nullopt;
  std::array<std::uint8_t, 16> masked{};
  const Bytes wire = address->wire();
  for (std::size_t i = 0; i < wire.size(); ++i) {
    const int kept = std::clamp(static_cast<int>(*bits) - static_cast<int>(i) * 8, 0, 8);
    masked[i] = static_cast<std::uint8_t>(wire[i] & (0xff00 >> kept));
  }
  return IpPrefix{IpAddress::from_bytes(Bytes{masked}.first(wire.size())), static_cast<std::uint8_t>(*bits)};
}

bool IpPrefix::contains(const IpAddress& other) const {
  if (other.family() != address.family()) return false;
  const Bytes mine = address.wire();
  const Bytes theirs = other.wire();
  const std::size_t whole = bits / 8;
  if (!std::equal(mine.begin(), mine.begin() + static_cast<std::ptrdiff_t>(whole), theirs.begin()))
    return false;
  const int rest = bits % 8;
  return rest == 0 || ((mine[whole] ^ theirs[whole]) & (0xff00 >> rest) & 0xff) == 0;
}

std::string IpPrefix::to_string() const { return fmt::format("{}/{}", address.to_string(), bits); }

std::string_view to_string(Transport t) {
  constexpr std::string_view names[] = {"udp", "tcp", "tls", "dtls"};
  return names[static_cast<std::size_t>(t)];
}

}  // namespace turnpike
