// Requests into attributes.
#include "turnpike/client/request.hpp"

namespace turnpike::client {
namespace {

constexpr std::uint8_t kUdp = 17;  // REQUESTED-TRANSPORT carries IP protocol numbers (RFC 8656 18.7)

void add_allocate_attributes(stun::MessageBuilder& message, const AllocateOptions& options) {
  message.add_u8_of_4(stun::Attr::requested_transport, kUdp);
  if (options.lifetime_s) message.add_u32(stun::Attr::lifetime, *options.lifetime_s);
  if (options.family != Family::none) {
    message.add_u8_of_4(stun::Attr::requested_address_family, static_cast<std::uint8_t>(options.family));
  }
  if (options.additional_ipv6) {
    message.add_u8_of_4(stun::Attr::additional_address_family, static_cast<std::uint8_t>(Family::ipv6));
  }
  if (options.even_port != EvenPort::any) {
    const std::uint8_t reserve_bit = options.even_port == EvenPort::even_and_reserve_next ? 0x80 : 0;
    message.add(stun::Attr::even_port, Bytes{&reserve_bit, 1});
  }
  if (options.dont_fragment) message.add(stun::Attr::dont_fragment, Bytes{});
  if (options.reservation_token)
    message.add(stun::Attr::reservation_token, Bytes{*options.reservation_token});
}

}  // namespace

std::size_t attributes_size_max(const Request& request) {
  constexpr std::size_t kPeerAttribute = 4 + 20;
  constexpr std::size_t kAllocateAttributes = 5 * 8 + 4 + 12;
  return kAllocateAttributes + request.peers.size() * kPeerAttribute;
}

void add_attributes(stun::MessageBuilder& message, const Request& request, const AllocateOptions& options) {
  if (request.method == stun::Method::allocate) add_allocate_attributes(message, options);
  if (request.lifetime_s) message.add_u32(stun::Attr::lifetime, *request.lifetime_s);
  if (request.channel != 0) message.add_channel_number(request.channel);
  for (const Endpoint& peer : request.peers) message.add_xor_address(stun::Attr::xor_peer_address, peer);
}

}  // namespace turnpike::client
