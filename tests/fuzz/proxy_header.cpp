// Fuzz harness: arbitrary bytes at the beginning of a balancer's connection.
#include "harness.hpp"
#include "turnpike/net/proxy_protocol.hpp"

using namespace turnpike;
using fuzz::require;

constexpr std::size_t kHeaderMax = 16 + 65535;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input{data, size};
  std::size_t taken = 0;
  for (;;) {
    const auto wanted = net::proxy_header_wants(input.first(taken));
    if (!wanted) return 0;
    if (*wanted == 0) break;
    require(taken + *wanted <= kHeaderMax, "a header has an end");
    if (*wanted > size - taken) return 0;
    taken += *wanted;
  }
  const auto header = net::parse_proxy_header(input.first(taken));
  if (!header || !header->ends) return 0;
  require(header->ends->client.family() != Family::none, "a client has an address");
  require(data[0] != 'P' || taken <= 107, "a line is no longer than 107 bytes");
  return 0;
}
