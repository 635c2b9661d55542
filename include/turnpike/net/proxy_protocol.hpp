// The header by which a load balancer tells for whom it connects (PROXY protocol, versions 1 and 2).
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/result.hpp"

namespace turnpike::net {

// Both ends of the connection that the balancer has accepted from a client.
struct ProxiedEnds {
  ClientEndpoint client;
  ServerEndpoint server;
  bool operator==(const ProxiedEnds&) const = default;
};

// The content of a header.
struct ProxyHeader {
  // none: the balancer's own connection (LOCAL), or one whose ends it does not tell (UNKNOWN, UNSPEC, UNIX)
  std::optional<ProxiedEnds> ends;
  bool operator==(const ProxyHeader&) const = default;
};

// Returns how many bytes of a header certainly follow after `begin`; 0 if the header is complete. Returns
// bad_message if this is not the start of a header.
Result<std::size_t> proxy_header_wants(Bytes begin);

// Parses a header that is complete by proxy_header_wants(). Returns bad_message for an unknown version,
// command or family, a block that is too short for its family, or a CRC32C that does not match; in version 1
// for anything but the canonical form.
Result<ProxyHeader> parse_proxy_header(Bytes header);

// Returns a header of version 2. Ends of different families become IPv6 (::ffff:a.b.c.d), which
// parse_proxy_header() turns back.
std::vector<std::uint8_t> make_proxy_header(const ProxyHeader& header);

// Reads a header from the start of a connection, and no byte behind it, which may belong to TLS.
class ProxyHeaderReader {
 public:
  // Reads what has arrived, without waiting. Returns none while the header is incomplete, bad_message if
  // there is none, and connection_aborted if the connection has ended.
  Result<std::optional<ProxyHeader>> read(int fd);
  // Returns true once a byte has arrived.
  bool has_begun() const { return !bytes_.empty(); }

 private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace turnpike::net
