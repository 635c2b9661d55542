// Fuzz harness: arbitrary attributes in the 300 of a server, and where they lead a client.
#include <algorithm>
#include <vector>

#include "harness.hpp"
#include "turnpike/client/explain.hpp"
#include "turnpike/client/itinerary.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace turnpike;
  using fuzz::require;
  const std::size_t size_of_attributes = std::min<std::size_t>(size, 4096) / 4 * 4;
  std::vector<std::uint8_t> bytes(stun::kHeaderSize);
  const stun::MessageBuilder header(bytes, stun::Method::allocate, stun::Class::error, {});
  bytes.insert(bytes.end(), data, data + size_of_attributes);
  store_be16(&bytes[2], static_cast<std::uint16_t>(size_of_attributes));
  const auto message = stun::MessageView::parse(bytes);
  if (!message) return 0;
  const auto redirection = client::read_redirection(*message);
  if (!redirection) return 0;
  require(!redirection->servers.empty() && redirection->servers.size() <= 2, "one server, or two");
  require(redirection->domain.size() <= 255, "a domain is short");
  const std::string text = client::describe(*redirection);
  require(std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }), "it can be shown");
  for (const char* first : {"192.0.2.1:3478", "[2001:db8::1]:3478"}) {
    client::Itinerary itinerary(*Endpoint::parse(first));
    const auto next = itinerary.follow(*redirection);
    if (!next) continue;
    require(next->family() == itinerary.server().family() && next->port != 0, "the family stays");
    require(!itinerary.follow(*redirection), "nobody goes to a server twice");
  }
  return 0;
}
