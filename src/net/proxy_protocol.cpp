#include "turnpike/net/proxy_protocol.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/crc.hpp>
#include <cerrno>
#include <charconv>
#include <ranges>
#include <string_view>

namespace turnpike::net {
namespace {

constexpr std::array<std::uint8_t, 12> kSignature = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D,
                                                     0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
constexpr std::size_t kFixedSize =
    16;  // version 2: signature, version and command, family and protocol, length
constexpr std::string_view kWord = "PROXY ";
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kLineMin = std::string_view("PROXY UNKNOWN\r\n").size();
constexpr std::size_t kLineMax = 107;

constexpr std::uint8_t kVersion = 0x2;
constexpr std::uint8_t kLocal = 0x0;
constexpr std::uint8_t kProxy = 0x1;
constexpr std::uint8_t kTlvCrc32c = 0x03;
constexpr std::size_t kTlvHeaderSize = 3;
constexpr std::size_t kCrcSize = 4;

using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

boost::system::error_code malformed() { return make_error_code(boost::system::errc::bad_message); }

bool begins_like(Bytes begin, Bytes pattern) {
  const std::size_t size = std::min(begin.size(), pattern.size());
  return std::ranges::equal(begin.first(size), pattern.first(size));
}

// Version 2: what follows the first 16 bytes, by family and protocol.
struct AddressBlock {
  std::uint8_t family_and_protocol;
  std::size_t size;
  std::size_t
      address_size;  // of IP addresses: the client's, the server's, then both ports; 0: of another kind
};
constexpr AddressBlock kBlocks[] = {{0x00, 0, 0},   {0x11, 12, 4},  {0x12, 12, 4}, {0x21, 36, 16},
                                    {0x22, 36, 16}, {0x31, 216, 0}, {0x32, 216, 0}};

// Of the whole header, with the checksum's own place as zeros.
bool checksum_matches(Bytes header, Bytes checksum) {
  constexpr std::array<std::uint8_t, kCrcSize> kZeros{};
  const auto before = static_cast<std::size_t>(checksum.data() - header.data());
  Crc32c crc;
  crc.process_bytes(header.data(), before);
  crc.process_bytes(kZeros.data(), kZeros.size());
  crc.process_bytes(checksum.data() + kCrcSize, header.size() - before - kCrcSize);
  return crc.checksum() == load_be32(checksum.data());
}

// Type, 16 bits of length, value.
bool extensions_are_sound(Bytes header, Bytes extensions) {
  while (!extensions.empty()) {
    if (extensions.size() < kTlvHeaderSize) return false;
    const std::uint8_t type = extensions[0];
    const std::size_t size = load_be16(&extensions[1]);
    extensions = extensions.subspan(kTlvHeaderSize);
    if (size > extensions.size()) return false;
    if (type == kTlvCrc32c && (size != kCrcSize || !checksum_matches(header, extensions.first(size))))
      return false;
    extensions = extensions.subspan(size);
  }
  return true;
}

Result<ProxyHeader> parse_binary(Bytes header) {
  const std::uint8_t command = header[12] & 0xF;
  const auto* const block = std::ranges::find(kBlocks, header[13], &AddressBlock::family_and_protocol);
  if (block == std::end(kBlocks)) return malformed();
  if (command == kLocal || block->size == 0) return ProxyHeader{};
  const Bytes body = header.subspan(kFixedSize);
  if (body.size() < block->size || !extensions_are_sound(header, body.subspan(block->size)))
    return malformed();
  if (block->address_size == 0) return ProxyHeader{};
  const auto end = [&](std::size_t number) {
    const Bytes address = body.subspan(number * block->address_size, block->address_size);
    return Endpoint{IpAddress::from_bytes(address).unmapped(),
                    load_be16(&body[2 * block->address_size + number * sizeof(std::uint16_t)])};
  };
  return ProxyHeader{ProxiedEnds{ClientEndpoint(end(0)), ServerEndpoint(end(1))}};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool has_leading_zero = text.size() > 1 && text[0] == '0';
  if (error != std::errc() || end != text.data() + text.size() || has_leading_zero) return std::nullopt;
  return port;
}

// "TCP4 192.0.2.1 198.51.100.7 56324 3478"; what follows "UNKNOWN" means nothing.
Result<ProxyHeader> parse_text(std::string_view line) {
  std::vector<std::string_view> words;
  for (const auto word : line | std::views::split(' ')) words.emplace_back(word.begin(), word.end());
  if (words[0] == "UNKNOWN") return ProxyHeader{};
  if (words.size() != 5) return malformed();
  const Family family = words[0] == "TCP4" ? Family::ipv4 : words[0] == "TCP6" ? Family::ipv6 : Family::none;
  const auto client = IpAddress::parse(words[1]);
  const auto server = IpAddress::parse(words[2]);
  const auto client_port = parse_port(words[3]);
  const auto server_port = parse_port(words[4]);
  const bool sound = client && server && client_port && server_port && client->family() == family &&
                     server->family() == family;
  if (!sound) return malformed();
  return ProxyHeader{ProxiedEnds{{client->unmapped(), *client_port}, {server->unmapped(), *server_port}}};
}

}  // namespace

Result<std::size_t> proxy_header_wants(Bytes begin) {
  const std::size_t size = begin.size();
  if (begins_like(begin, kSignature)) {
    if (size < kLineMin) return kLineMin - size;  // it may still be either
    if (begin[12] != (kVersion << 4 | kLocal) && begin[12] != (kVersion << 4 | kProxy)) return malformed();
    if (size < kFixedSize) return kFixedSize - size;
    return kFixedSize + load_be16(&begin[14]) - size;
  }
  if (!begins_like(begin, as_bytes(kWord))) return malformed();
  if (size < kLineMin) return kLineMin - size;
  if (as_text(begin).ends_with(kLineEnd)) return 0;
  const std::size_t rest = begin.back() == kLineEnd[0] ? 1 : kLineEnd.size();
  if (size + rest > kLineMax) return malformed();
  return rest;
}

Result<ProxyHeader> parse_proxy_header(Bytes header) {
  if (header[0] == kSignature[0]) return parse_binary(header);
  const std::string_view line = as_text(header);
  return parse_text(line.substr(kWord.size(), line.size() - kWord.size() - kLineEnd.size()));
}

std::vector<std::uint8_t> make_proxy_header(const ProxyHeader& header) {
  std::vector<std::uint8_t> bytes(kSignature.begin(), kSignature.end());
  const auto append = [&](Bytes more) { bytes.insert(bytes.end(), more.begin(), more.end()); };
  const auto append_number = [&](std::uint16_t number) {
    std::array<std::uint8_t, sizeof number> wire{};
    store_be16(wire.data(), number);
    append(wire);
  };
  const bool is_v4 =
      header.ends && header.ends->client.address.is_v4() && header.ends->server.address.is_v4();
  const AddressBlock& block = !header.ends ? kBlocks[0] : is_v4 ? kBlocks[1] : kBlocks[3];
  bytes.push_back(kVersion << 4 | (header.ends ? kProxy : kLocal));
  bytes.push_back(block.family_and_protocol);
  append_number(static_cast<std::uint16_t>(block.size));
  if (!header.ends) return bytes;
  const auto wire = [&](const IpAddress& address) {
    return is_v4 ? address.wire() : Bytes{address.bytes16()};
  };
  append(wire(header.ends->client.address));
  append(wire(header.ends->server.address));
  append_number(header.ends->client.port);
  append_number(header.ends->server.port);
  return bytes;
}

Result<std::optional<ProxyHeader>> ProxyHeaderReader::read(int fd) {
  for (;;) {
    const auto wanted = proxy_header_wants(bytes_);
    if (!wanted) return wanted.error();
    if (*wanted == 0) break;
    const std::size_t before = bytes_.size();
    bytes_.resize(before + *wanted);
    const auto count = ::recv(fd, &bytes_[before], *wanted, MSG_DONTWAIT);
    bytes_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0 && errno == EAGAIN) return std::optional<ProxyHeader>{};
    if (count == 0 || (count < 0 && errno != EINTR))
      return make_error_code(boost::system::errc::connection_aborted);
  }
  auto header = parse_proxy_header(bytes_);
  if (!header) return header.error();
  return std::optional(*header);
}

}  // namespace turnpike::net
