// What a client puts in front of payloads, and what it takes for one.
#include "load/client.hpp"

#include <gtest/gtest.h>

#include <array>

#include "load/datagrams.hpp"
#include "turnpike/stun/builder.hpp"

namespace turnpike::bench {
namespace {

const Endpoint kPeer{IpAddress::v4(192, 0, 2, 7), 4000};

struct Fixture {
  Target target = Target::parse("turn:127.0.0.1:9");
  SeededRandom random{1};
  Client client{target, Transport::udp, random};
};

std::vector<std::uint8_t> message(stun::Method method, stun::Class cls, std::size_t data_size) {
  std::vector<std::uint8_t> buffer(1500);
  stun::MessageBuilder builder(buffer, method, cls, {});
  builder.add_xor_address(stun::Attr::xor_peer_address, kPeer);
  if (data_size > 0) builder.add(stun::Attr::data, std::vector<std::uint8_t>(data_size, 0x55));
  buffer.resize(builder.bytes().size());
  return buffer;
}

TEST(Client, the_prefix_of_an_indication_makes_a_send_indication) {
  const Fixture f;
  for (const Endpoint& peer : {kPeer, *Endpoint::parse("[2001:db8::1]:4000")}) {
    auto sent = f.client.prefix(Framing::indication, peer, 160);
    ASSERT_LE(sent.size(), kPrefixMax);
    sent.insert(sent.end(), 160, 0x55);
    const auto view = stun::MessageView::parse(sent);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->type(), stun::message_type(stun::Method::send, stun::Class::indication));
    EXPECT_EQ(stun::read_xor_address(*view->find(stun::Attr::xor_peer_address), view->transaction_id()),
              peer);
    EXPECT_EQ(view->find(stun::Attr::data)->size(), 160U);
  }
}

TEST(Client, the_prefix_of_a_channel_is_its_header) {
  const Fixture f;
  EXPECT_EQ(f.client.prefix(Framing::channel, kPeer, 0x0123),
            (std::vector<std::uint8_t>{0, 0, 0x01, 0x23}));  // no channel is bound
}

TEST(Client, payloads_come_by_channel_and_by_indication) {
  const Fixture f;
  const std::array<std::uint8_t, 8> channel_data{0x40, 0x01, 0, 3, 7, 8, 9, 0};
  const auto by_channel = f.client.payload_of(channel_data);
  ASSERT_TRUE(by_channel);
  EXPECT_EQ((std::vector<std::uint8_t>(by_channel->begin(), by_channel->end())),
            (std::vector<std::uint8_t>{7, 8, 9}));

  const auto indication = message(stun::Method::data, stun::Class::indication, 160);
  ASSERT_TRUE(f.client.payload_of(indication));
  EXPECT_EQ(f.client.payload_of(indication)->size(), 160U);
}

TEST(Client, answers_are_no_payload_and_what_is_broken_is_handed_out_whole) {
  const Fixture f;
  EXPECT_FALSE(f.client.payload_of(message(stun::Method::channel_bind, stun::Class::success, 0)));
  const std::array<std::uint8_t, 6> too_long{0x40, 0x01, 0, 3, 7, 8};
  EXPECT_EQ(f.client.payload_of(too_long)->data(), too_long.data());
  const std::array<std::uint8_t, 3> nothing{0xFF, 1, 2};
  EXPECT_EQ(f.client.payload_of(nothing)->size(), 3U);
  EXPECT_EQ(f.client.payload_of({})->size(), 0U);
}

TEST(Client, that_needs_no_server_is_ready_at_once) {
  Target target = Target::parse("direct");
  target.server = {IpAddress::v4(127, 0, 0, 1), 9};
  SeededRandom random(1);
  Client client(target, Transport::udp, random);
  client.allocate(TimePoint{});
  EXPECT_FALSE(client.busy());
  EXPECT_EQ(client.error(), "");
  EXPECT_EQ(client.relayed().address, target.local);
  EXPECT_TRUE(client.prefix(Framing::channel, kPeer, 160).empty());
}

}  // namespace
}  // namespace turnpike::bench
