// Secrets of examples, and where a configuration is warned of them.
#include "turnpike/config/example_secrets.hpp"

#include <gmock/gmock.h>

#include "unit/config/config_files.hpp"

namespace turnpike::config {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kTold =
    "stands in an example, so that everybody knows it: `openssl rand -hex 32` makes one";

TEST(ExampleSecrets, are_known_by_their_beginning_or_as_a_whole) {
  for (const char* known : {"replace-this-shared-secret", "replace-this-secret-of-at-least-32-characters",
                            "change-me", "a-long-password", "north"})
    EXPECT_TRUE(is_example_secret(known)) << known;
  for (const char* other : {"", "northern-lights", "do-not-replace-this", "f00d", "a-long-password-of-mine"})
    EXPECT_FALSE(is_example_secret(other)) << other;
}

class WarnedOf : public ConfigFiles {};

TEST_F(WarnedOf, each_key_that_holds_a_secret_of_an_example) {
  const std::pair<const char*, const char*> cases[] = {
      {"credentials: {users: {alice: a-long-password}}", "credentials.users: the secret of alice "},
      {"credentials: {rest_secrets: [mine, replace-this-shared-secret]}",
       "credentials.rest_secrets: the secret "},
      {"credentials: {livekit_keys: {APIa: replace-this-secret}}",
       "credentials.livekit_keys: the secret of APIa "},
      {"fleet: {secret: replace-this-secret-of-at-least-32-characters}", "fleet.secret: the secret "},
  };
  for (const auto& [yaml, told] : cases)
    EXPECT_THAT(load(yaml).warnings, ElementsAre(EndsWith(std::string(told) + kTold))) << yaml;
}

TEST_F(WarnedOf, none_that_is_nobodys_example) {
  EXPECT_THAT(load("credentials: {users: {alice: p}, rest_secrets: [q], livekit_keys: {APIa: r}}").warnings,
              IsEmpty());
}

// The line goes to the log as well.
TEST_F(WarnedOf, no_secret_is_in_the_warning) {
  const auto warnings = load("credentials: {rest_secrets: [replace-this-shared-secret]}").warnings;
  EXPECT_THAT(warnings, ElementsAre(Not(HasSubstr("replace-this"))));
}

}  // namespace
}  // namespace turnpike::config
