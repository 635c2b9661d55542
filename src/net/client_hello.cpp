#include "turnpike/net/client_hello.hpp"

#include <algorithm>

#include "turnpike/net/dns_name.hpp"

namespace turnpike::net {
namespace {

constexpr std::uint8_t kHandshake = 22;
constexpr std::uint8_t kClientHello = 1;
constexpr std::uint8_t kMajorVersion = 3;
constexpr std::size_t kRecordMax = 1 << 14;
constexpr std::size_t kMessageHeaderSize = 4;  // kind, 24 bits of length
constexpr std::size_t kMessageMax = 1 << 14;
constexpr std::size_t kRandomSize = 32;
constexpr std::size_t kSessionIdMax = 32;

constexpr std::uint16_t kServerName = 0;
constexpr std::uint16_t kAlpn = 16;
constexpr std::uint16_t kEncryptedClientHello = 0xFE0D;
constexpr std::uint8_t kHostName = 0;

boost::system::error_code malformed() { return make_error_code(boost::system::errc::bad_message); }

// Takes fields off the front. One that does not fit is empty, as is everything after it.
class Fields {
 public:
  explicit Fields(Bytes bytes) : rest_(bytes) {}

  Bytes bytes(std::size_t size) {
    if (size > rest_.size()) {
      fit_ = false;
      rest_ = {};
    }
    const Bytes taken = rest_.first(fit_ ? size : 0);
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  std::uint8_t number8() {
    const Bytes taken = bytes(1);
    return taken.empty() ? 0 : taken[0];
  }
  std::uint16_t number16() {
    const Bytes taken = bytes(2);
    return taken.empty() ? 0 : load_be16(taken.data());
  }
  Bytes vector8() { return bytes(number8()); }
  Bytes vector16() { return bytes(number16()); }

  bool fit() const { return fit_; }
  bool are_left() const { return !rest_.empty(); }

 private:
  Bytes rest_;
  bool fit_ = true;
};

// RFC 6066 3: a kind of name that does not exist yet has a length of 16 bits as well.
bool read_server_name(Bytes extension, ClientHello& hello) {
  Fields fields(extension);
  Fields names(fields.vector16());
  if (!fields.fit() || fields.are_left() || !names.are_left()) return false;
  bool has_host_name = false;
  while (names.are_left()) {
    const bool is_host_name = names.number8() == kHostName;
    const Bytes name = names.vector16();
    if (!names.fit() || name.empty() || (is_host_name && has_host_name)) return false;
    if (!is_host_name) continue;
    has_host_name = true;
    hello.server_name = host_name_in(as_text(name));
  }
  return true;
}

bool read_alpn(Bytes extension, ClientHello& hello) {
  Fields fields(extension);
  Fields labels(fields.vector16());
  if (!fields.fit() || fields.are_left() || !labels.are_left()) return false;
  while (labels.are_left()) {
    const Bytes label = labels.vector8();
    if (label.empty()) return false;
    hello.alpn.emplace_back(as_text(label));
  }
  return true;
}

bool read_extensions(Fields extensions, ClientHello& hello) {
  std::vector<std::uint16_t> kinds;
  while (extensions.are_left()) {
    const std::uint16_t kind = extensions.number16();
    const Bytes content = extensions.vector16();
    if (!extensions.fit()) return false;
    if (kind == kServerName && !read_server_name(content, hello)) return false;
    if (kind == kAlpn && !read_alpn(content, hello)) return false;
    if (kind == kEncryptedClientHello) hello.has_ech = true;
    kinds.push_back(kind);
  }
  std::ranges::sort(kinds);
  return std::ranges::adjacent_find(kinds) == kinds.end();
}

Result<std::optional<ClientHello>> parse(Bytes body) {
  Fields fields(body);
  const auto major_version = fields.number16() >> 8;
  fields.bytes(kRandomSize);
  const Bytes session_id = fields.vector8();
  const Bytes cipher_suites = fields.vector16();
  const Bytes compression_methods = fields.vector8();
  const bool is_sound = major_version == kMajorVersion && session_id.size() <= kSessionIdMax &&
                        !cipher_suites.empty() && cipher_suites.size() % 2 == 0 &&
                        !compression_methods.empty();
  if (!is_sound) return malformed();
  ClientHello hello;
  if (!fields.are_left()) return std::optional(hello);  // TLS 1.2 does without extensions
  const Bytes extensions = fields.vector16();
  if (!fields.fit() || fields.are_left() || !read_extensions(Fields(extensions), hello)) return malformed();
  return std::optional(hello);
}

std::size_t message_size(Bytes begin) {
  return kMessageHeaderSize + (std::size_t{begin[1]} << 16 | load_be16(&begin[2]));
}

}  // namespace

bool ClientHelloReader::header_may_go_on() const {
  const std::size_t length = load_be16(&header_[3]);
  return header_[0] == kHandshake && (header_size_ < 2 || header_[1] == kMajorVersion) &&
         (header_size_ < header_.size() || (length > 0 && length <= kRecordMax));
}

bool ClientHelloReader::message_may_go_on() const {
  if (message_[0] != kClientHello) return false;
  if (message_.size() < kMessageHeaderSize) return true;
  const std::size_t size = message_size(message_);
  return size <= kMessageMax && message_.size() + record_left_ <= size;
}

bool ClientHelloReader::message_is_whole() const {
  return message_.size() >= kMessageHeaderSize && message_.size() == message_size(message_);
}

Result<std::optional<ClientHello>> ClientHelloReader::feed(Bytes more) {
  while (!more.empty()) {
    if (record_left_ == 0) {
      header_[header_size_++] = more.front();
      more = more.subspan(1);
      if (!header_may_go_on()) return malformed();
      if (header_size_ < header_.size()) continue;
      header_size_ = 0;
      record_left_ = load_be16(&header_[3]);
      continue;
    }
    const Bytes part = more.first(std::min(more.size(), record_left_));
    message_.insert(message_.end(), part.begin(), part.end());
    more = more.subspan(part.size());
    record_left_ -= part.size();
    if (!message_may_go_on()) return malformed();
    if (message_is_whole()) return parse(Bytes(message_).subspan(kMessageHeaderSize));
  }
  return std::optional<ClientHello>{};
}

}  // namespace turnpike::net
