// The user id of a room and an identity.
#include "turnpike/livekit/bound_user.hpp"

#include <gtest/gtest.h>

#include <set>

namespace turnpike::livekit {
namespace {

TEST(BoundUser, is_another_for_another_room_or_identity) {
  std::set<std::string> ids;
  const char* texts[] = {"", "a", "b", "ab", ":", "1", "1:a", "alice@example.com", "\xC3\xA9"};
  for (const char* room : texts) {
    for (const char* identity : texts) ids.insert(bound_user_id(room, identity));
  }
  EXPECT_EQ(ids.size(), std::size(texts) * std::size(texts));
}

TEST(BoundUser, is_short_and_of_plain_characters_whatever_it_is_made_of) {
  const std::string id = bound_user_id(std::string(256, ':'), std::string(256, '|'));
  EXPECT_TRUE(id.starts_with(kBoundUserPrefix));
  EXPECT_LE(id.size(), 30U);
  EXPECT_EQ(id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"),
            std::string::npos)
      << id;
}

// Credentials outlive an update of the server.
TEST(BoundUser, stays_the_same) { EXPECT_EQ(bound_user_id("r1", "alice"), "RI_gCL74WtLHSnoemoPbJp0VE"); }

}  // namespace
}  // namespace turnpike::livekit
