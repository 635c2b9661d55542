// Fuzz harness: arbitrary bytes at the beginning of a TLS client's connection, whole and in two pieces.
#include "turnpike/net/client_hello.hpp"
#include "harness.hpp"
#include "turnpike/net/dns_name.hpp"

using namespace turnpike;
using fuzz::require;

constexpr std::size_t kMessageMax = 16384;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input{data, size};
  const auto whole = net::ClientHelloReader().feed(input);
  net::ClientHelloReader reader;
  const std::size_t split = size == 0 ? 0 : (data[size - 1] << 8 | data[size / 2]) % size;
  auto pieces = reader.feed(input.first(split));
  if (pieces && !*pieces) pieces = reader.feed(input.subspan(split));
  require(whole == pieces, "pieces say what the whole says");
  if (!whole) {
    require(whole.error() == boost::system::errc::bad_message, "there is one error");
    return 0;
  }
  if (!*whole) {
    require(size < 6 * kMessageMax, "it comes to an end");
    return 0;
  }
  const net::ClientHello& hello = **whole;
  require(!hello.server_name || net::host_name_in(*hello.server_name) == hello.server_name,
          "a name has its one form");
  for (const std::string& label : hello.alpn)
    require(!label.empty() && label.size() < 256, "a label is not empty");
  return 0;
}
