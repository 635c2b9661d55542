// Reason phrases.
#include "turnpike/stun/error_code.hpp"

#include <gtest/gtest.h>

namespace turnpike::stun {
namespace {

TEST(ErrorCode, every_code_has_the_phrase_of_its_rfc) {
  struct Case {
    int code;
    std::string_view phrase;
  };
  const Case cases[] = {
      {300, "Try Alternate"},
      {400, "Bad Request"},
      {401, "Unauthenticated"},
      {403, "Forbidden"},
      {405, "Mobility Forbidden"},
      {420, "Unknown Attribute"},
      {437, "Allocation Mismatch"},
      {438, "Stale Nonce"},
      {440, "Address Family not Supported"},
      {441, "Wrong Credentials"},
      {442, "Unsupported Transport Protocol"},
      {443, "Peer Address Family Mismatch"},
      {446, "Connection Already Exists"},
      {447, "Connection Timeout or Failure"},
      {486, "Allocation Quota Reached"},
      {500, "Server Error"},
      {508, "Insufficient Capacity"},
  };
  for (const auto& [code, phrase] : cases)
    EXPECT_EQ(reason_phrase(static_cast<ErrorCode>(code)), phrase) << code;
}

TEST(ErrorCode, a_code_of_nobodys_has_no_phrase) {
  EXPECT_EQ(reason_phrase(static_cast<ErrorCode>(499)), "");
}

}  // namespace
}  // namespace turnpike::stun
