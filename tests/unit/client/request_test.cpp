// Requests as attributes.
#include "turnpike/client/request.hpp"

#include <gtest/gtest.h>

namespace turnpike::client {
namespace {

using stun::Attr;
using stun::Method;

std::vector<Attr> attributes_of(const Request& request, const AllocateOptions& options) {
  std::vector<std::uint8_t> buffer(stun::kHeaderSize + attributes_size_max(request));
  stun::MessageBuilder builder(buffer, request.method, stun::Class::request, {});
  add_attributes(builder, request, options);
  EXPECT_FALSE(builder.overflowed());
  std::vector<Attr> types;
  stun::MessageView::parse(builder.bytes())->for_each([&](const stun::Attribute& attribute) {
    types.push_back(attribute.type);
  });
  return types;
}

TEST(Request, carries_the_attributes_of_its_method) {
  const Endpoint peer = *Endpoint::parse("[2001:db8::1]:9");
  const AllocateOptions everything{.lifetime_s = 900,
                                   .family = Family::ipv6,
                                   .additional_ipv6 = true,
                                   .even_port = EvenPort::even,
                                   .dont_fragment = true,
                                   .reservation_token = ReservationToken{}};
  struct {
    const char* name;
    Request request;
    AllocateOptions options;
    std::vector<Attr> expected;
  } const table[] = {
      {"binding", {}, everything, {}},
      {"allocate", {.method = Method::allocate}, {}, {Attr::requested_transport}},
      {"allocate with all options",
       {.method = Method::allocate},
       everything,
       {Attr::requested_transport, Attr::lifetime, Attr::requested_address_family,
        Attr::additional_address_family, Attr::even_port, Attr::dont_fragment, Attr::reservation_token}},
      {"refresh", {.method = Method::refresh}, everything, {}},
      {"refresh to end", {.method = Method::refresh, .lifetime_s = 0}, {}, {Attr::lifetime}},
      {"permission",
       {.method = Method::create_permission, .peers = {peer, peer}},
       {},
       {Attr::xor_peer_address, Attr::xor_peer_address}},
      {"channel",
       {.method = Method::channel_bind, .peers = {peer}, .channel = 0x4000},
       {},
       {Attr::channel_number, Attr::xor_peer_address}},
  };
  for (const auto& row : table) EXPECT_EQ(attributes_of(row.request, row.options), row.expected) << row.name;
}

TEST(Request, the_largest_permission_fits_a_message) {
  const Request request{.method = Method::create_permission,
                        .peers = std::vector(kPeersMax, *Endpoint::parse("[2001:db8::1]:9"))};
  EXPECT_EQ(attributes_of(request, {}).size(), kPeersMax);
}

}  // namespace
}  // namespace turnpike::client
