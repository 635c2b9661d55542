// Responses and indications as the client reports them.
#include "turnpike/client/output.hpp"

#include <gtest/gtest.h>

#include "server_answers.hpp"

namespace turnpike::client {
namespace {

using stun::Attr;
using stun::Class;
using stun::MessageBuilder;
using stun::Method;
using test::Buffer;

const Endpoint kA = *Endpoint::parse("192.0.2.15:50000");
const Endpoint kB = *Endpoint::parse("[2001:db8::15]:50002");

Buffer build(Method method, Class cls, const test::Fill& fill) {
  Buffer buffer(512);
  MessageBuilder message(buffer, method, cls, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  fill(message);
  buffer.resize(message.bytes().size());
  return buffer;
}

Output success_of(Method method, const test::Fill& fill) {
  return read_success({.method = method, .peers = {kA}, .channel = 0x4001},
                      test::view(build(method, Class::success, fill)));
}

TEST(ReadSuccess, tells_what_each_method_brought) {
  const ReservationToken token{8, 7, 6, 5, 4, 3, 2, 1};
  struct {
    const char* name;
    Method method;
    test::Fill fill;
    Output expected;
  } const table[] = {
      {"binding", Method::binding, [](auto& m) { m.add_xor_address(Attr::xor_mapped_address, kA); },
       MappedAddress{kA}},
      {"old binding", Method::binding, [](auto& m) { m.add_address(Attr::mapped_address, kA); },
       MappedAddress{kA}},
      {"allocate of two families with a reservation", Method::allocate,
       [&](auto& m) {
         m.add_xor_address(Attr::xor_relayed_address, kA).add_xor_address(Attr::xor_relayed_address, kB);
         m.add_u32(Attr::lifetime, 600)
             .add_xor_address(Attr::xor_mapped_address, kB)
             .add(Attr::reservation_token, Bytes{token});
       },
       Allocated{{kA, kB}, kB, 600, token}},
      {"refresh", Method::refresh, [](auto& m) { m.add_u32(Attr::lifetime, 777); }, Refreshed{777}},
      {"permission", Method::create_permission, [](auto&) {}, PermissionCreated{{kA}}},
      {"channel", Method::channel_bind, [](auto&) {}, ChannelBound{kA, 0x4001}},
  };
  for (const auto& row : table) EXPECT_EQ(success_of(row.method, row.fill), row.expected) << row.name;
}

TEST(ReadSuccess, is_a_failure_without_what_it_must_carry_or_with_an_unknown_required_attribute) {
  struct {
    const char* name;
    Method method;
    test::Fill fill;
  } const table[] = {
      {"binding without address", Method::binding, [](auto&) {}},
      {"allocate without relayed address", Method::allocate,
       [](auto& m) { m.add_u32(Attr::lifetime, 600).add_xor_address(Attr::xor_mapped_address, kA); }},
      {"allocate without lifetime", Method::allocate,
       [](auto& m) {
         m.add_xor_address(Attr::xor_relayed_address, kA).add_xor_address(Attr::xor_mapped_address, kA);
       }},
      {"refresh without lifetime", Method::refresh, [](auto&) {}},
      {"unknown attribute", Method::create_permission,
       [](auto& m) { m.add_u32(static_cast<Attr>(0x7F01), 0); }},
  };
  for (const auto& row : table) {
    const Output output = success_of(row.method, row.fill);
    ASSERT_TRUE(std::holds_alternative<Failed>(output)) << row.name;
    EXPECT_EQ(std::get<Failed>(output).code, 0) << row.name;
  }
}

TEST(ReadError, has_code_and_reason) {
  const Request request{.method = Method::allocate};
  const Buffer quota = build(Method::allocate, Class::error,
                             [](auto& m) { m.add_error(stun::ErrorCode::allocation_quota_reached, "full"); });
  EXPECT_EQ(read_error(request, test::view(quota)), (Failed{request, 486, "full"}));
  const Buffer empty = build(Method::allocate, Class::error, [](auto&) {});
  EXPECT_EQ(read_error(request, test::view(empty)).code, 0);
}

TEST(ReadIndication, is_data_or_icmp_or_nothing) {
  const Buffer payload{1, 2, 3};
  struct {
    const char* name;
    Method method;
    test::Fill fill;
    std::optional<Output> expected;
  } const table[] = {
      {"data", Method::data,
       [&](auto& m) { m.add_xor_address(Attr::xor_peer_address, kB).add(Attr::data, Bytes{payload}); },
       Data{kB, payload, false}},
      {"empty data", Method::data,
       [](auto& m) { m.add_xor_address(Attr::xor_peer_address, kA).add(Attr::data, Bytes{}); },
       Data{kA, {}, false}},
      {"icmp", Method::data,
       [](auto& m) { m.add_xor_address(Attr::xor_peer_address, kA).add_icmp(3, 4, 1400); },
       IcmpReported{kA, 3, 4, 1400}},
      {"no peer", Method::data, [&](auto& m) { m.add(Attr::data, Bytes{payload}); }, std::nullopt},
      {"neither data nor icmp", Method::data, [](auto& m) { m.add_xor_address(Attr::xor_peer_address, kA); },
       std::nullopt},
      {"another method", Method::send,
       [&](auto& m) { m.add_xor_address(Attr::xor_peer_address, kA).add(Attr::data, Bytes{payload}); },
       std::nullopt},
      {"unknown required attribute", Method::data,
       [&](auto& m) {
         m.add_xor_address(Attr::xor_peer_address, kA)
             .add(Attr::data, Bytes{payload})
             .add_u32(static_cast<Attr>(0x7F01), 0);
       },
       std::nullopt},
  };
  for (const auto& row : table)
    EXPECT_EQ(read_indication(test::view(build(row.method, Class::indication, row.fill))), row.expected)
        << row.name;
}

std::optional<Redirection> redirection_of(const test::Fill& fill) {
  return read_redirection(test::view(build(Method::allocate, Class::error, fill)));
}

TEST(ReadRedirection, has_the_servers_in_their_order_and_the_domain_ALT_03) {
  const auto both = [](MessageBuilder& m) {
    m.add_address(Attr::alternate_server, kB).add_address(Attr::alternate_server, kA);
  };
  EXPECT_EQ(redirection_of(both), (Redirection{{kB, kA}, ""}));
  EXPECT_EQ(redirection_of([&](MessageBuilder& m) {
              both(m);
              m.add(Attr::alternate_domain, "b.example");
            }),
            (Redirection{{kB, kA}, "b.example"}));
}

TEST(ReadRedirection, is_nothing_without_a_server_or_with_a_domain_that_is_no_name) {
  EXPECT_FALSE(redirection_of([](MessageBuilder&) {}));
  EXPECT_FALSE(redirection_of([](MessageBuilder& m) { m.add(Attr::alternate_server, "short"); }));
  for (const std::string& domain :
       {std::string(), std::string(256, 'a'), std::string("a b"), std::string("\x1b[2J")}) {
    EXPECT_FALSE(redirection_of([&](MessageBuilder& m) {
      m.add_address(Attr::alternate_server, kA).add(Attr::alternate_domain, domain);
    }));
  }
}

TEST(ReadRedirection, of_many_servers_two_are_read) {
  const auto many = redirection_of([](MessageBuilder& m) {
    for (int i = 0; i < 10; ++i) m.add_address(Attr::alternate_server, kA);
  });
  EXPECT_EQ(many, (Redirection{{kA, kA}, ""}));
}

}  // namespace
}  // namespace turnpike::client
