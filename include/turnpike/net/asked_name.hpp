// Reads the server name that a TLS client asks for, before TLS reads from the connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/net/client_hello.hpp"

namespace turnpike::net {

// Reads the server name that a TLS client asks for (SNI), and keeps all bytes that it has read for whoever
// serves the connection. MSG_PEEK would not do: a stranger's kernel buffer is smaller than the largest
// ClientHello, and a poller would report peeked bytes again and again.
class AskedName {
 public:
  // Bytes that are read at most: 16 KiB of ClientHello, in records of two bytes or more. A longer beginning
  // counts as one without a name.
  static constexpr std::size_t kBytesMax = 63 * 1024;

  // Reads by one call that does not wait. Returns true when the search is over, with or without a name, also
  // at the end of the connection; read() must not be called again then.
  bool read(int fd, MutableBytes scratch);

  // Returns the name once read() has returned true; none if the client gives no name or does not send a
  // ClientHello, which TLS then refuses.
  const std::optional<std::string>& name() const { return name_; }
  // Returns all that was read: the ClientHello and what came behind it.
  Bytes bytes() const { return bytes_; }

 private:
  ClientHelloReader reader_;
  std::vector<std::uint8_t> bytes_;
  std::optional<std::string> name_;
};

}  // namespace turnpike::net
