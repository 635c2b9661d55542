// Base64 against the vectors of RFC 4648 section 10, and texts that no encoder writes.
#include "turnpike/crypto/base64.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace turnpike::crypto {
namespace {

struct Vector {
  std::string_view bytes, padded, url;
};

constexpr Vector kVectors[] = {{"", "", ""},
                               {"f", "Zg==", "Zg"},
                               {"fo", "Zm8=", "Zm8"},
                               {"foo", "Zm9v", "Zm9v"},
                               {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
                               {"\xfb\xff", "+/8=", "-_8"}};

TEST(Base64, both_forms_are_those_of_the_rfc) {
  for (const Vector& vector : kVectors) {
    EXPECT_EQ(base64_encode(as_bytes(vector.bytes)), vector.padded);
    EXPECT_EQ(base64url_encode(vector.bytes), vector.url);
    EXPECT_EQ(base64url_decode(vector.url), std::string(vector.bytes));
  }
}

TEST(Base64, each_byte_string_has_one_text) {
  for (const char* text : {"Zg==", "Zh", "Zm9", "A", "Zm9v\n", "+/8", " Zg", "Z\xc3"})
    EXPECT_FALSE(base64url_decode(text)) << text;
}

}  // namespace
}  // namespace turnpike::crypto
