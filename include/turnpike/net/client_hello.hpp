// Reads the first message of a TLS client, before anybody answers, for the name that the client asks for.
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

// The offers of a ClientHello that the server needs before TLS begins.
struct ClientHello {
  // The asked host in the form of host_name_in(); none if there is no server_name extension or no valid host
  // name in it.
  std::optional<std::string> server_name = {};
  bool has_ech = false;  // an encrypted ClientHello lies inside; server_name is that of the outer one
  std::vector<std::string> alpn = {};  // the labels in the client's order, none of them empty
  bool operator==(const ClientHello&) const = default;
};

// Reads the ClientHello at the start of a connection, from pieces of any size (RFC 8446 4.1.2, 5.1; RFC 6066
// 3; RFC 7301 3.1). The message may be spread over several records:
//
//     record: 0x16 | version | length | part of the message      record: 0x16 | version | length | the rest
//
// The message has at most 16,384 bytes with its own header. The reader keeps one copy of the message, and its
// time grows linearly with it.
class ClientHelloReader {
 public:
  // Takes the bytes that follow those of earlier calls. Returns none while the message is incomplete. Returns
  // bad_message as soon as the bytes can be no ClientHello: a record of another type or major version, an
  // empty record or one above 16,384 bytes, lengths that do not fit, an extension or a host name twice, bytes
  // behind the message in its last record. Records behind the message are not looked at. feed() must not be
  // called again after a message or an error.
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
