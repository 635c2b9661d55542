// Responses: what stands in them before and after authentication.
#include "turnpike/turn/exchange.hpp"

#include <gtest/gtest.h>

#include "rfc/answer.hpp"

namespace turnpike::turn {
namespace {

using stun::Attr;
using stun::ErrorCode;
using test::Answer;
using test::Signed;

const stun::Key kKey = stun::long_term_key(stun::PasswordAlgorithm::sha256, "user", "realm", "pass");

Exchange exchange(stun::Method method, bool is_signed, bool sha256 = true, bool fingerprint = false) {
  Exchange made;
  made.method = method;
  made.transaction = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  made.fingerprint = fingerprint;
  if (is_signed) made.signature = Signature{kKey, sha256};
  return made;
}

TEST(Exchange, an_unsigned_error_says_no_more_than_its_code_SEC_02) {
  const Answer answer(error_response(exchange(stun::Method::allocate, false), ErrorCode::bad_request));
  EXPECT_EQ(answer.code(), 400);
  EXPECT_EQ(answer.bytes().size(), 28U);
}

TEST(Exchange, a_signed_error_has_its_reason_and_ends_with_integrity_and_fingerprint_INT_14_INT_15_INT_16) {
  for (const bool sha256 : {false, true}) {
    const Answer answer(
        error_response(exchange(stun::Method::create_permission, true, sha256, true), ErrorCode::forbidden));
    EXPECT_EQ(answer.string(Attr::error_code).substr(4), "Forbidden");
    EXPECT_EQ(answer.how_signed(kKey), sha256 ? Signed::sha256 : Signed::sha1);
    const Attr integrity = sha256 ? Attr::message_integrity_sha256 : Attr::message_integrity;
    EXPECT_EQ(answer.types(), (std::vector{Attr::error_code, integrity, Attr::fingerprint}));
  }
}

TEST(Exchange, software_without_a_version_in_signed_allocate_and_refresh_responses_ERR_02_ERR_03) {
  using stun::Method;
  for (const Method method : {Method::binding, Method::allocate, Method::refresh, Method::create_permission,
                              Method::channel_bind}) {
    for (const bool is_signed : {false, true}) {
      const Exchange about = exchange(method, is_signed);
      const Answer answer(ResponseBuilder(about, stun::Class::success).finish());
      const bool expected = is_signed && (method == Method::allocate || method == Method::refresh);
      EXPECT_EQ(answer.string(Attr::software), expected ? "turnpike" : "");
    }
  }
}

// MAPPED-ADDRESS's form, with the port and the address as they are.
TEST(Exchange, a_detour_is_not_xored_byte_for_byte_ALT_03) {
  for (const bool sha256 : {false, true}) {
    const Answer answer(
        detour_response(exchange(stun::Method::allocate, true, sha256),
                        {test::at("192.0.2.1:3478"), test::at("[2001:db8::1]:5349"), "b.example"}));
    const std::vector<std::uint8_t> attributes = {
        0x00, 0x09, 0x00, 0x11, 0x00, 0x00, 0x03, 0x00,                           // ERROR-CODE 300
        'T',  'r',  'y',  ' ',  'A',  'l',  't',  'e',  'r', 'n', 'a', 't', 'e',  // and its reason
        0x00, 0x00, 0x00,                                                         //
        0x80, 0x23, 0x00, 0x08, 0x00, 0x01, 0x0D, 0x96, 192, 0,   2,   1,         // ALTERNATE-SERVER
        0x80, 0x23, 0x00, 0x14, 0x00, 0x02, 0x14, 0xE5,                           // the other family's
        0x20, 0x01, 0x0D, 0xB8, 0,    0,    0,    0,    0,   0,   0,   0,   0,   0, 0, 1,
        0x80, 0x03, 0x00, 0x09, 'b',  '.',  'e',  'x',  'a', 'm', 'p', 'l', 'e', 0, 0, 0,  // ALTERNATE-DOMAIN
    };
    ASSERT_GT(answer.bytes().size(), stun::kHeaderSize + attributes.size());
    const Bytes begin = Bytes{answer.bytes()}.subspan(stun::kHeaderSize, attributes.size());
    EXPECT_TRUE(std::ranges::equal(begin, attributes));
    EXPECT_EQ(answer.how_signed(kKey), sha256 ? Signed::sha256 : Signed::sha1);
    EXPECT_EQ(answer.code(), 300);
  }
}

TEST(Exchange, the_longest_detour_fits_MSG_25) {
  const Answer answer(
      detour_response(exchange(stun::Method::allocate, true, true, true),
                      {test::at("192.0.2.1:3478"), test::at("[2001:db8::1]:5349"), std::string(253, 'a')}));
  EXPECT_LE(answer.bytes().size(), kResponseSizeMax);
  EXPECT_EQ(answer.string(Attr::alternate_domain), std::string(253, 'a'));
}

TEST(Exchange, the_longest_challenge_fits_MSG_25) {
  const std::string realm(kRealmSizeMax, 'r');
  const std::string nonce(40, 'n');
  const Answer answer(challenge_response(exchange(stun::Method::allocate, true, true, true),
                                         ErrorCode::stale_nonce, {realm, nonce}));
  EXPECT_LE(answer.bytes().size(), kResponseSizeMax);
  EXPECT_EQ(answer.string(Attr::realm), realm);
  EXPECT_EQ(answer.string(Attr::nonce), nonce);
  EXPECT_EQ(answer.string(Attr::password_algorithms), as_text(test::kAlgorithmList));
}

}  // namespace
}  // namespace turnpike::turn
