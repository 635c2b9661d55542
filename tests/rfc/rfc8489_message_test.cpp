// RFC 8489 sections 5, 6 and 14 as the server sees them: which messages it answers, and how it reads
// attributes.
#include "rfc/test_client.hpp"

#include <algorithm>

namespace turnpike::test {
namespace {

constexpr int kBadRequest = 400;

TEST(Rfc8489Message, unknown_methods_are_not_answered_MSG_04) {
  World world;
  TestClient client(world);
  // SharedSecret, three numbers of nobody's, and the TCP methods of RFC 6062, which are not built.
  for (const unsigned method : {0x002U, 0x005U, 0x00DU, 0x0FFU, 0xFFFU, 0x00AU, 0x00BU}) {
    EXPECT_FALSE(client.ask(request(static_cast<Method>(method))).came()) << method;
    EXPECT_FALSE(client.ask(client.make(static_cast<Method>(method), {})).came()) << method;
  }
  EXPECT_EQ(client.ask(request(Method::binding)).code(), 0);
}

TEST(Rfc8489Message, only_requests_of_request_methods_are_answered_MSG_05_MSG_06_ERR_07) {
  World world;
  TestClient client(world);
  constexpr Method kRequests[] = {Method::binding, Method::allocate, Method::refresh,
                                  Method::create_permission, Method::channel_bind};
  for (unsigned number = 1; number <= 0x0C; ++number) {
    for (const auto cls :
         {stun::Class::request, stun::Class::indication, stun::Class::success, stun::Class::error}) {
      const auto method = static_cast<Method>(number);
      const bool is_request =
          cls == stun::Class::request && std::ranges::find(kRequests, method) != std::end(kRequests);
      const Attributes attributes{transport(17), peer("20.0.2.1:5000"), data("x"),
                                  raw(Attr::error_code, {0, 0, 4, 1})};
      EXPECT_EQ(client.ask(message(method, cls, next_id(), attributes)).came(), is_request)
          << number << "/" << static_cast<int>(cls);
    }
  }
}

TEST(Rfc8489Message, of_two_attributes_of_a_kind_the_first_counts_MSG_09) {
  World world;
  TestClient client(world);
  ASSERT_EQ(client.allocate({lifetime(900), lifetime(3000)}).lifetime_s(), 900U);
  EXPECT_EQ(client.refresh({lifetime(600), lifetime(0)}).lifetime_s(), 600U);
  EXPECT_EQ(world.server().allocation_count(), 1U);

  const Signing signing = client.signing();
  EXPECT_EQ(client
                .ask(message(Method::refresh, stun::Class::request, next_id(),
                             {raw(Attr::username, text("nobody"))}, &signing))
                .code(),
            401);
  const auto second = [](stun::MessageBuilder& builder) { builder.add(Attr::username, "nobody"); };
  Signing by_hand = signing;
  by_hand.sha256 = false;
  const auto sign = [&](stun::MessageBuilder& builder) { builder.add_integrity_sha256(signing.key.view()); };
  EXPECT_EQ(
      client.ask(message(Method::refresh, stun::Class::request, next_id(), {}, &by_hand, {second, sign}))
          .code(),
      0);
}

TEST(Rfc8489Message,
     what_need_not_be_understood_or_is_out_of_place_is_ignored_MSG_10_MSG_11_MSG_22_TTC_02_TTC_03) {
  World world;
  TestClient client(world);
  ASSERT_EQ(client.allocate().code(), 0);
  const struct {
    const char* name;
    Attribute attribute;
  } cases[] = {
      {"0x8FFF", raw(0x8FFF, {1, 2, 3})},
      {"0xC057", raw(0xC057, {0, 0, 0, 1})},
      {"0xFFFF", raw(0xFFFF, {})},
      {"transmit counter", raw(0x8025, {255, 255, 1, 255})},
      {"MAPPED-ADDRESS", raw(Attr::mapped_address, {0, 1, 0, 1, 1, 2, 3, 4})},
      {"ERROR-CODE", raw(Attr::error_code, {0, 0, 4, 1})},
      {"LIFETIME", lifetime(0)},
      {"DATA", data("x")},
      {"PRIORITY", raw(Attr::priority, {1, 2, 3, 4})},
      {"USE-CANDIDATE", raw(Attr::use_candidate, {})},
  };
  for (const auto& [name, attribute] : cases) {
    EXPECT_EQ(client.ask(request(Method::binding, {attribute})).code(), 0) << name;
    EXPECT_EQ(client.request(Method::create_permission, {peer("20.0.2.1:1"), attribute}).code(), 0) << name;
  }
  EXPECT_EQ(world.server().allocation_count(), 1U);
}

TEST(Rfc8489Message, unknown_required_attributes_are_each_listed_once_MSG_12_MSG_13) {
  World world;
  TestClient client(world);
  const Answer two = client.ask(
      request(Method::binding, {raw(0x7F01, {}), raw(0x7F02, {1}), raw(0x7F01, {}), raw(0x8FFF, {})}));
  EXPECT_EQ(two.code(), 420);
  EXPECT_EQ(two.unknown(), (std::vector{0x7F01U, 0x7F02U}));
  const Answer one = client.ask(request(Method::binding, {raw(0x7F01, {})}));
  EXPECT_EQ(one.view().find(Attr::unknown_attributes)->size(), 2U);
  // Known numbers whose features are not built, and those of RFC 3489 and BANDWIDTH and TIMER-VAL, are
  // unknown here.
  for (const unsigned type :
       {0x0002U, 0x0003U, 0x0004U, 0x0005U, 0x0007U, 0x000BU, 0x0010U, 0x001BU, 0x0021U, 0x0026U, 0x0027U}) {
    EXPECT_EQ(client.ask(request(Method::binding, {raw(type, {0, 0, 0, 2})})).unknown(), std::vector{type})
        << type;
  }
}

TEST(Rfc8489Message, a_long_list_still_fits_its_packet_MSG_12) {
  World world;
  TestClient client(world);
  Attributes many;
  for (unsigned type = 0x7000; type < 0x7200; ++type) many.push_back(raw(type, {}));
  EXPECT_EQ(client.ask(request(Method::binding, many)).code(), 420);
  EXPECT_EQ(client.request(Method::allocate, many).code(), 420);
}

TEST(Rfc8489Message, unknown_attributes_are_named_to_authenticated_clients_only_MSG_14_TURN_ALLOC_34) {
  World world;
  TestClient client(world);
  EXPECT_EQ(client.ask(request(Method::allocate, {transport(17), raw(0x7F01, {})})).code(), 401);
  const Answer answer =
      client.request(Method::allocate, {transport(17), raw(0x7F01, {}), raw(0x7F03, {}), raw(0x7F02, {})});
  EXPECT_EQ(answer.code(), 420);
  EXPECT_EQ(answer.unknown(), (std::vector{0x7F01U, 0x7F03U, 0x7F02U}));
  EXPECT_EQ(answer.how_signed(client.key()), Signed::sha256);
  EXPECT_EQ(static_cast<int>(world.take_log<turn::RequestRefused>().back().refusal.code()), 420);
}

TEST(Rfc8489Message, an_indication_with_an_unknown_required_attribute_is_dropped_MSG_15) {
  World world;
  TestClient client(world);
  client.allocate();
  client.permit("20.0.2.1:5000");
  const Attributes send{peer("20.0.2.1:5000"), data("hello")};
  client.send(indication(Method::send, send + Attributes{raw(0x7F01, {})}));
  client.send(indication(Method::send, Attributes{raw(0x7F01, {})} + send));
  EXPECT_TRUE(world.take_arrived().empty());
  client.send(indication(Method::send, send + Attributes{raw(0x8F01, {})}));
  EXPECT_EQ(world.take_arrived().size(), 1U);
}

TEST(Rfc8489Message, a_binding_indication_is_accepted_in_silence_MSG_16_BIND_06) {
  World world;
  TestClient client(world);
  EXPECT_FALSE(client.ask(indication(Method::binding, {})).came());
  client.allocate();
  EXPECT_FALSE(client.ask(indication(Method::binding, {})).came());
  EXPECT_EQ(client.refresh().code(), 0);
}

TEST(Rfc8489Message, server_indications_have_fresh_random_ids_MSG_17) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate().relay();
  client.permit("20.0.2.1:5000");
  std::set<stun::TransactionId> ids;
  for (int i = 0; i < 100; ++i) {
    ids.insert(Answer(*world.peer_sends(relay, "20.0.2.1:5000", "hello")).view().transaction_id());
    world.icmp(relay, {at("20.0.2.1:5000"), 3, 3, 0});
    world.advance(seconds(1));
  }
  for (const Buffer& bytes : world.take_inbox(client.id())) ids.insert(Answer(bytes).view().transaction_id());
  EXPECT_EQ(ids.size(), 200U);
}

TEST(Rfc8489Message, the_first_byte_of_an_address_is_ignored_MSG_20) {
  World world;
  TestClient client(world);
  client.allocate();
  Buffer packet = indication(Method::send, {peer("20.0.2.1:5000"), data("hello")});
  client.permit("20.0.2.1:5000");
  packet[stun::kHeaderSize + 4] = 0xFF;
  client.send(packet);
  EXPECT_EQ(world.take_arrived().size(), 1U);
}

TEST(Rfc8489Message, a_wrong_family_or_address_length_is_400_in_a_request_and_drops_an_indication_MSG_21) {
  World world;
  TestClient client(world);
  client.allocate();
  const Buffer cases[] = {
      {0, 3, 0x32, 0x9A, 1, 2, 3, 4},                                                 // family 3
      {0, 0, 0x32, 0x9A, 1, 2, 3, 4},                                                 // family 0
      {0, 2, 0x32, 0x9A, 1, 2, 3, 4},                                                 // IPv6 in 8 bytes
      {0, 1, 0x32, 0x9A, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},      // IPv4 in 20 bytes
      {0, 1, 0x32, 0x9A, 1, 2, 3},                                                    //
      {0, 1, 0x32, 0x9A, 1, 2, 3, 4, 5},                                              //
      {0, 1, 0x32},                                                                   //
      {},                                                                             //
      {0, 2, 0x32, 0x9A, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17},  //
  };
  for (const Buffer& value : cases) {
    const Attribute address = raw(Attr::xor_peer_address, value);
    EXPECT_EQ(client.request(Method::create_permission, {address}).code(), kBadRequest);
    EXPECT_EQ(client.request(Method::create_permission, {peer("20.0.2.1:1"), address}).code(), kBadRequest);
    EXPECT_EQ(client.request(Method::channel_bind, {channel(0x4000), address}).code(), kBadRequest);
    client.send(indication(Method::send, {address, data("hello")}));
  }
  EXPECT_TRUE(world.routes().empty());
  EXPECT_TRUE(world.take_arrived().empty());
}

TEST(Rfc8489Message, names_realms_and_nonces_of_763_bytes_are_parsed_MSG_23_MSG_24) {
  World world;
  TestClient client(world);
  const Buffer longest(763, 'x');
  const Buffer too_long(764, 'x');
  const struct {
    std::optional<Buffer> Signing::*attribute;
    int code;
  } cases[] = {{&Signing::username, 401}, {&Signing::realm, 401}, {&Signing::nonce, 438}};
  for (const auto& [attribute, code] : cases) {
    Signing signing = client.signing();
    signing.*attribute = longest;
    EXPECT_EQ(client.ask(client.make(Method::allocate, {transport(17)}, signing)).code(), code);
    signing.*attribute = too_long;
    EXPECT_EQ(client.ask(client.make(Method::allocate, {transport(17)}, signing)).code(), kBadRequest);
  }
}

TEST(Rfc8489Message, every_challenge_with_the_longest_realm_fits_an_unfragmented_packet_MSG_25) {
  World world({.realm = std::string(turn::kRealmSizeMax, 'r'), .fleet_secrets = {"north"}});
  TestClient client(world);
  EXPECT_LT(client.ask(request(Method::allocate, {fingerprint()})).bytes().size(), 548U);
  const Signing signing = client.signing();
  const Buffer old =
      message(Method::allocate, stun::Class::request, next_id(), {transport(17)}, &signing, {fingerprint()});
  world.advance(seconds(3600));
  const Answer stale = client.ask(old);
  EXPECT_EQ(stale.code(), 438);
  EXPECT_EQ(stale.how_signed(client.key()), Signed::sha256);
  EXPECT_LT(stale.bytes().size(), 548U);
  EXPECT_LT(stale.string(Attr::nonce).size(), 128U);
}

TEST(Rfc8489Message, fixed_sizes_are_exact_in_requests_MSG_28_TURN_ALLOC_08) {
  World world;
  TestClient fresh(world, "198.51.100.1:1");
  TestClient client(world, "198.51.100.1:2");
  client.allocate();
  const struct {
    Attr type;
    std::size_t size;
  } in_allocate[] = {
      {Attr::requested_transport, 0},
      {Attr::requested_transport, 1},
      {Attr::requested_transport, 5},
      {Attr::lifetime, 0},
      {Attr::lifetime, 3},
      {Attr::lifetime, 8},
      {Attr::even_port, 0},
      {Attr::even_port, 4},
      {Attr::reservation_token, 7},
      {Attr::reservation_token, 9},
      {Attr::requested_address_family, 1},
      {Attr::requested_address_family, 8},
      {Attr::dont_fragment, 4},
      {Attr::additional_address_family, 3},
      {Attr::additional_address_family, 5},
  };
  for (const auto& [type, size] : in_allocate) {
    const Attribute first = raw(type, Buffer(size, 1));
    EXPECT_EQ(fresh.request(Method::allocate, {first, transport(17)}).code(), kBadRequest)
        << static_cast<int>(type) << "/" << size;
  }
  for (const std::size_t size : {0, 3, 5})
    EXPECT_EQ(client.refresh({raw(Attr::lifetime, Buffer(size))}).code(), kBadRequest) << size;
  for (const std::size_t size : {0, 1, 5}) {
    EXPECT_EQ(client.refresh({raw(Attr::requested_address_family, Buffer(size, 1))}).code(), kBadRequest)
        << size;
  }
  for (const std::size_t size : {0, 2, 8}) {
    const Attribute number = raw(Attr::channel_number, Buffer(size, 0x40));
    EXPECT_EQ(client.request(Method::channel_bind, {number, peer("20.0.2.1:5000")}).code(), kBadRequest)
        << size;
  }
  EXPECT_EQ(world.server().allocation_count(), 1U);
}

TEST(Rfc8489Message, reserved_bits_are_ignored_MSG_29) {
  World world;
  TestClient client(world);
  const Answer answer = client.request(
      Method::allocate, {raw(Attr::requested_transport, {17, 255, 255, 255}), raw(Attr::even_port, {0x7F}),
                         raw(Attr::requested_address_family, {1, 255, 255, 255})});
  EXPECT_EQ(answer.code(), 0);
  EXPECT_EQ(answer.relay().port % 2, 0);
  EXPECT_FALSE(answer.token());
  EXPECT_EQ(client
                .request(Method::channel_bind,
                         {raw(Attr::channel_number, {0x40, 1, 255, 255}), peer("20.0.2.1:5000")})
                .code(),
            0);
  EXPECT_TRUE(client.reaches_on(0x4001, "20.0.2.1:5000"));
  EXPECT_EQ(client.refresh({raw(Attr::requested_address_family, {1, 255, 255, 255})}).code(), 0);
}

// Requests with some bytes changed: whatever comes, each answer is one well-formed response to one request
// (ask() checks it).
TEST(Rfc8489Message,
     bent_requests_get_well_formed_answers_or_none_MSG_07_MSG_18_MSG_30_MSG_31_ERR_01_ERR_07) {
  World world;
  TestClient client(world);
  client.allocate({additional_family(2)});
  client.bind(0x4000, "20.0.2.1:5000");
  const Buffer originals[] = {
      request(Method::binding, {fingerprint()}),
      request(Method::binding, {raw(0x7F01, {})}),
      client.make(Method::allocate, {transport(17), even_port(true), lifetime(700)}),
      client.make(Method::refresh, {lifetime(700), family(1)}),
      client.make(Method::create_permission, {peer("20.0.2.1:1"), peer("[2a00:db8:5::1]:1")}),
      client.make(Method::channel_bind, {channel(0x4000), peer("20.0.2.1:5000")}),
      indication(Method::send, {peer("20.0.2.1:5000"), data("hello")}),
      channel_data(0x4000, as_bytes("hello")),
  };
  SeededRandom random(7);
  int answered = 0;
  for (int round = 0; round < 4000; ++round) {
    Buffer bent = originals[random.below(std::size(originals))];
    for (std::uint32_t changes = random.below(4); changes > 0; --changes) {
      bent[random.below(static_cast<std::uint32_t>(bent.size()))] = static_cast<std::uint8_t>(random.u32());
    }
    if (random.below(8) == 0) bent.resize(random.below(static_cast<std::uint32_t>(bent.size() + 1)));
    const Answer answer = client.ask(bent);
    if (!answer.came()) continue;
    ++answered;
    EXPECT_EQ(stun::MessageView::parse(bent)->cls(), stun::Class::request);
  }
  EXPECT_GT(answered, 1000);
}

}  // namespace
}  // namespace turnpike::test
