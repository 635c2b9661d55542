// The header by which a balancer says for whom it connects (PROXY protocol, versions 1 and 2).
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/result.hpp"

namespace turnpike::net {

// The ends of the connection that the balancer passes on.
struct ProxiedEnds {
  ClientEndpoint client;
  ServerEndpoint server;
  bool operator==(const ProxiedEnds&) const = default;
};

struct ProxyHeader {
  std::optional<ProxiedEnds>
      ends;  // none: the connection is the balancer's own (LOCAL), or it does not say (UNKNOWN, UNSPEC, UNIX)
  bool operator==(const ProxyHeader&) const = default;
};

// How many bytes certainly follow in a header that begins with these; 0: it is whole. Error: it is none
// (bad_message).
Result<std::size_t> proxy_header_wants(Bytes begin);

// Of a whole header. Errors (bad_message): a version, command or family there is not, a block too short for
// its family, a CRC32C that does not match; in version 1 anything but the one way to write it.
Result<ProxyHeader> parse_proxy_header(Bytes header);

// In version 2. Ends of different families become IPv6 (::ffff:a.b.c.d), as parse_proxy_header() takes them.
std::vector<std::uint8_t> make_proxy_header(const ProxyHeader& header);

// Reads a header from the beginning of a connection, and no byte behind it, which may be TLS.
class ProxyHeaderReader {
 public:
  // None: the rest has not arrived. Errors: no header (bad_message), or the
  // connection has ended (connection_aborted).
  Result<std::optional<ProxyHeader>> read(int fd);
  // A byte has arrived.
  bool has_begun() const { return !bytes_.empty(); }

 private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace turnpike::net
