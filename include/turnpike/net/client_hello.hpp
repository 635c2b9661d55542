// The first message of a TLS client, read before anybody answers: for which name it asks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/result.hpp"

namespace turnpike::net {

struct ClientHello {
  // In the form of host_name_in(); none: there is no server_name extension, or it has no valid name of a
  // host.
  std::optional<std::string> server_name = {};
  bool has_ech = false;  // an encrypted ClientHello lies inside; the name is that of the outer one
  std::vector<std::string> alpn = {};  // as offered, not empty each
  bool operator==(const ClientHello&) const = default;
};

// Reads what a connection begins with, in pieces of any size (RFC 8446 4.1.2, 5.1; RFC 6066 3; RFC 7301 3.1):
//
//   record: 0x16 | version | length | part of the message      record: 0x16 | version | length | the rest
//
// The message has at most 16,384 bytes, with its own header. It costs as much memory, and time in proportion.
class ClientHelloReader {
 public:
  // `more` is what follows the bytes of the calls before. None: the message is not whole yet. Error
  // (bad_message), as soon as it is certain that this is no ClientHello: records of another kind, another
  // major version, none or more than 16,384 bytes; lengths that do not fit; an extension twice; two host
  // names; anything behind the message in its record. Records behind it are not looked at. Not to be called
  // again after the message or an error.
  Result<std::optional<ClientHello>> feed(Bytes more);

 private:
  bool header_may_go_on() const;
  bool message_may_go_on() const;
  bool message_is_whole() const;

  std::array<std::uint8_t, 5> header_{};  // of the record that begins
  std::size_t header_size_ = 0;
  std::size_t record_left_ = 0;  // bytes of the record that are yet to come
  std::vector<std::uint8_t> message_;
};

}  // namespace turnpike::net
