// HMACs, keys and CRC-32.
#include "turnpike/stun/integrity.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "messages.hpp"
#include "turnpike/crypto/hmac.hpp"
#include "vector_files.hpp"

namespace turnpike::stun {
namespace {

using test::binding_with;
using test::Buffer;
using turnpike::test::key_of;
using turnpike::test::known_key;
using turnpike::test::load_vector;

const std::string kMatrix =
    "\xE3\x83\x9E\xE3\x83\x88\xE3\x83\xAA\xE3\x83\x83\xE3\x82\xAF\xE3\x82\xB9";  // six katakana (RFC 8489
                                                                                 // B.1)

struct SignedVector {
  const char* name;
  bool sha1;    // its MESSAGE-INTEGRITY is there and right
  bool sha256;  // its MESSAGE-INTEGRITY-SHA256 is there and right
};

constexpr SignedVector kSigned[] = {
    {"rfc5769-2.1-request", true, false},          {"rfc5769-2.2-response-ipv4", true, false},
    {"rfc5769-2.3-response-ipv6", true, false},    {"rfc5769-2.4-request-long-term", true, false},
    {"rfc8489-B.1-corrected", false, true},        {"derived-allocate-md5", true, false},
    {"derived-allocate-sha256", false, true},      {"derived-allocate-userhash", false, true},
    {"derived-attr-after-integrity", true, false}, {"derived-both-integrity", true, true},
    {"derived-sha256-key-sha1-mac", true, false},  {"derived-sha256-truncated-16", false, false},
};

TEST(Integrity, every_signed_vector_is_verified_INT_01_INT_02) {
  for (const auto& [name, sha1, sha256] : kSigned) {
    const auto vector = load_vector(name);
    const auto key = key_of(vector);
    const auto view = MessageView::parse(vector.bytes);
    ASSERT_TRUE(view) << name;
    EXPECT_EQ(verify_sha1(*view, key), sha1) << name;
    EXPECT_EQ(verify_sha256(*view, key), sha256) << name;
    EXPECT_EQ(verify(*view, key), sha1 || sha256) << name;
    EXPECT_FALSE(verify(*view, as_bytes("wrong"))) << name;
    EXPECT_FALSE(verify(*view, {})) << name;
  }
}

TEST(Integrity, the_table_has_every_vector_with_a_key_INT_01_INT_02) {
  for (const std::string& name : turnpike::test::vector_names("stun")) {
    const bool listed =
        std::ranges::any_of(kSigned, [&](const SignedVector& entry) { return entry.name == name; });
    EXPECT_EQ(load_vector(name).header.contains("key"), listed) << name;
  }
}

TEST(Integrity, a_flipped_bit_anywhere_in_front_is_noticed_INT_01_INT_02) {
  for (const char* name : {"rfc5769-2.4-request-long-term", "rfc8489-B.1-corrected"}) {
    const auto vector = load_vector(name);
    const auto key = key_of(vector);
    int parsed = 0;
    for (std::size_t bit = 0; bit < vector.bytes.size() * 8; ++bit) {
      Buffer bytes = vector.bytes;
      bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1 << bit % 8);
      if (const auto view = MessageView::parse(bytes)) {
        EXPECT_FALSE(verify(*view, key)) << name << ", bit " << bit;
        ++parsed;
      }
    }
    EXPECT_GT(parsed, 400) << name;
  }
}

TEST(Integrity, another_length_is_refused_though_the_prefix_is_right_INT_03) {
  const Buffer whole = binding_with([](MessageBuilder& b) { b.add_integrity_sha256(as_bytes("key")); });
  EXPECT_TRUE(verify(*MessageView::parse(whole), as_bytes("key")));
  for (const std::size_t size : {0U, 12U, 16U, 20U, 28U, 31U, 33U, 36U}) {
    // The HMAC of a truncating sender covers the Length that its own attribute gives (RFC 8489 14.6).
    Buffer bytes =
        binding_with([&](MessageBuilder& b) { b.add(Attr::message_integrity_sha256, Buffer(size)); });
    const auto mac = crypto::hmac_sha256(as_bytes("key"), Bytes{bytes}.first(kHeaderSize));
    std::copy_n(mac.begin(), std::min(size, mac.size()), bytes.begin() + 24);
    const auto view = MessageView::parse(bytes);
    ASSERT_TRUE(view) << size;
    EXPECT_TRUE(view->has_integrity()) << size;
    EXPECT_FALSE(verify(*view, as_bytes("key"))) << size;
  }
  for (const std::size_t size : {0U, 16U, 19U, 21U, 32U}) {
    const Buffer bytes =
        binding_with([&](MessageBuilder& b) { b.add(Attr::message_integrity, Buffer(size)); });
    EXPECT_FALSE(verify(*MessageView::parse(bytes), as_bytes("key"))) << size;
  }
}

TEST(Integrity, of_both_only_the_sha256_one_is_checked_INT_06) {
  struct Case {
    const char* sha1_key;
    const char* sha256_key;
    bool good;
  };
  for (const auto& [sha1_key, sha256_key, good] :
       {Case{"key", "key", true}, {"wrong", "key", true}, {"key", "wrong", false}}) {
    const Buffer bytes = binding_with([a = sha1_key, b = sha256_key](MessageBuilder& builder) {
      builder.add_integrity_sha1(as_bytes(a)).add_integrity_sha256(as_bytes(b));
    });
    EXPECT_EQ(verify(*MessageView::parse(bytes), as_bytes("key")), good) << sha1_key << ", " << sha256_key;
  }
}

TEST(Integrity, the_fingerprints_of_rfc_5769_and_the_check_value_of_crc_32_INT_09) {
  EXPECT_EQ(fingerprint(as_bytes("123456789")), 0xCBF43926U ^ 0x5354554EU);
  EXPECT_EQ(fingerprint({}), 0x5354554EU);
  for (const char* name : {"rfc5769-2.1-request", "rfc5769-2.2-response-ipv4", "rfc5769-2.3-response-ipv6"}) {
    const auto bytes = load_vector(name).bytes;
    EXPECT_TRUE(MessageView::parse(bytes)->has_fingerprint()) << name;
    EXPECT_EQ(fingerprint(Bytes{bytes}.first(bytes.size() - 8)), load_be32(&bytes[bytes.size() - 4])) << name;
  }
}

TEST(Integrity, keys_are_those_of_the_list_AUTH_22_AUTH_23) {
  struct Case {
    const char* name;
    PasswordAlgorithm algorithm;
    std::string username, realm, password;
  };
  const Case cases[] = {
      {"md5(\"user:realm:pass\")", PasswordAlgorithm::md5, "user", "realm", "pass"},
      {"sha256(\"user:realm:pass\")", PasswordAlgorithm::sha256, "user", "realm", "pass"},
      {"md5(MTX:example.org:TheMatrIX)", PasswordAlgorithm::md5, kMatrix, "example.org", "TheMatrIX"},
      {"sha256(MTX:example.org:TheMatrIX)", PasswordAlgorithm::sha256, kMatrix, "example.org", "TheMatrIX"},
  };
  for (const auto& [name, algorithm, username, realm, password] : cases) {
    const Key key = long_term_key(algorithm, username, realm, password);
    EXPECT_EQ(test::copy(key.view()), known_key(name)) << name;
    EXPECT_EQ(key.size, algorithm == PasswordAlgorithm::md5 ? 16 : 32);
  }
}

TEST(Integrity, userhash_hides_the_name_and_not_the_key_AUTH_24) {
  EXPECT_EQ(test::copy(userhash("user", "realm")), known_key("userhash = sha256(\"user:realm\")"));
  EXPECT_EQ(test::copy(userhash(kMatrix, "example.org")),
            known_key("userhash(katakana MTX, \"example.org\")"));
  for (const char* name : {"derived-allocate-userhash", "rfc8489-B.1-corrected"}) {
    auto vector = load_vector(name);
    const auto view = MessageView::parse(vector.bytes);
    ASSERT_TRUE(view) << name;
    const auto expected = userhash(turnpike::test::username_of(vector), vector.header["realm"]);
    EXPECT_EQ(test::copy(view->find(Attr::userhash).value()), test::copy(expected)) << name;
    EXPECT_TRUE(verify_sha256(*view, key_of(vector))) << name;
  }
}

TEST(Integrity, threads_do_not_disturb_one_another) {
  const auto vector = load_vector("derived-both-integrity");
  const auto key = key_of(vector);
  const auto verify_often = [&](int& good) {
    for (int i = 0; i < 2000; ++i) {
      const auto view = MessageView::parse(vector.bytes);
      good += verify_sha1(*view, key) && verify_sha256(*view, key);
    }
  };
  int first = 0;
  int second = 0;
  std::thread other([&] { verify_often(first); });
  verify_often(second);
  other.join();
  EXPECT_EQ(first, 2000);
  EXPECT_EQ(second, 2000);
}

}  // namespace
}  // namespace turnpike::stun
