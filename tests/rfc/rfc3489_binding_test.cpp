// RFC 8489 section 12: Binding for clients of RFC 3489, where the configuration asks for it.
#include "rfc/test_client.hpp"

namespace turnpike::test {
namespace {

WorldOptions with_legacy() {
  WorldOptions options;
  options.server.rfc3489 = true;
  return options;
}

constexpr std::size_t kIdAt = 4;

Buffer without_cookie(Buffer message) {
  store_be32(&message[kIdAt], 0x0BADF00D);
  return message;
}

// The answer as one with the cookie; empty if nothing came. Checks that the whole id came back.
Answer ask(World& world, const Buffer& legacy, std::string_view source = "198.51.100.1:4000") {
  const TestClient client(world, source);
  auto answers = world.send(legacy, client.id());
  if (answers.empty()) return {};
  Buffer answer = answers.front();
  EXPECT_TRUE(std::equal(answer.begin() + kIdAt, answer.begin() + 20, legacy.begin() + kIdAt));
  store_be32(&answer[kIdAt], stun::kMagicCookie);
  return Answer(answer);
}

std::optional<Endpoint> mapped(const Answer& answer) {
  return stun::read_address(answer.view().find(Attr::mapped_address).value_or(Bytes{}));
}

TEST(Rfc3489Binding, the_answer_is_the_address_of_the_source_as_it_stands_LEG_01_LEG_05) {
  World world(with_legacy());
  for (const auto* source : {"198.51.100.1:4000", "[2a00:db8:7::1]:4000"}) {
    const Answer answer = ask(world, without_cookie(request(Method::binding)), source);
    ASSERT_EQ(answer.code(), 0);
    EXPECT_EQ(mapped(answer), at(source));
    EXPECT_EQ(answer.types(), std::vector{Attr::mapped_address});
  }
}

TEST(Rfc3489Binding, a_client_that_asks_for_no_change_is_answered) {
  World world(with_legacy());
  const Attributes none{raw(Attr::change_request, {0, 0, 0, 0})};
  EXPECT_EQ(ask(world, without_cookie(request(Method::binding, none))).code(), 0);
  EXPECT_EQ(TestClient(world).ask(request(Method::binding, none)).code(), 0);
}

TEST(Rfc3489Binding, what_cannot_be_done_is_listed_in_an_even_number_LEG_02_LEG_03_LEG_04_LEG_07) {
  World world(with_legacy());
  const Attributes asks{raw(Attr::change_request, {0, 0, 0, 6}), raw(0x0002, {0, 1, 0, 80, 192, 0, 2, 1})};
  const Answer two = ask(world, without_cookie(request(Method::binding, asks)));
  EXPECT_EQ(two.code(), 420);
  EXPECT_EQ(copy(*two.view().find(Attr::unknown_attributes)), (Buffer{0, 3, 0, 2}));
  const Answer one =
      ask(world, without_cookie(request(Method::binding, {raw(0x0002, {0, 1, 0, 80, 192, 0, 2, 1})})));
  EXPECT_EQ(copy(*one.view().find(Attr::unknown_attributes)), (Buffer{0, 2, 0, 2}));
  EXPECT_EQ(one.view().find(Attr::error_code)->size() % 4, 0U);
}

TEST(Rfc3489Binding, other_methods_and_what_is_malformed_meet_silence_LEG_06_TURN_GEN_06) {
  World world(with_legacy());
  Buffer indication = without_cookie(request(Method::binding));
  store_be16(indication.data(), stun::message_type(Method::binding, stun::Class::indication));
  Buffer wrong_length = without_cookie(request(Method::binding));
  store_be16(&wrong_length[2], 4);
  const Buffer long_one = without_cookie(request(Method::binding, {raw(0xC057, Buffer(1000))}));
  const Buffer allocate = without_cookie(request(Method::allocate, {transport(17)}));
  for (const Buffer& each : {indication, wrong_length, long_one, allocate})
    EXPECT_FALSE(ask(world, each).came());
}

TEST(Rfc3489Binding, without_the_switch_there_is_no_answer_LEG_08) {
  World world;
  EXPECT_FALSE(ask(world, without_cookie(request(Method::binding))).came());
}

TEST(Rfc3489Binding, answers_are_limited_like_those_of_other_bindings_SEC_01) {
  WorldOptions options = with_legacy();
  options.server.unauthenticated_per_second = 10;
  World world(options);
  int answered = 0;
  for (int i = 0; i < 100; ++i)
    answered += ask(world, without_cookie(request(Method::binding))).came() ? 1 : 0;
  EXPECT_EQ(answered, 10);
}

}  // namespace
}  // namespace turnpike::test
