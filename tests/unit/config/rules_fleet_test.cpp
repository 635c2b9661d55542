// What servers of a fleet share: secrets, names and addresses in their forms.
#include <gmock/gmock.h>

#include "turnpike/config/rules.hpp"
#include "unit/config/config_files.hpp"

namespace turnpike::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class FleetRules : public ConfigFiles {};

TEST_F(FleetRules, secrets_are_long_and_differ) {
  const struct {
    const char* yaml;
    const char* error;
  } cases[] = {
      {"fleet: {secret: 0123456789012345678901234567890}",
       "fleet.secret: has fewer than 32 bytes: make one with `openssl rand -hex 32`"},
      {"fleet: {secret_previous: 01234567890123456789012345678901}",
       "fleet.secret_previous: needs fleet.secret"},
      {"fleet: {secret: 01234567890123456789012345678901, secret_previous: short}",
       "fleet.secret_previous: has fewer than 32 bytes: make one with `openssl rand -hex 32`"},
      {"fleet: {secret: 01234567890123456789012345678901, secret_previous: 01234567890123456789012345678901}",
       "fleet.secret_previous: is the same as fleet.secret"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(error_of(c.yaml), std::string("turnpike.yaml:1: ") + c.error) << c.yaml;
}

TEST_F(FleetRules, what_servers_of_a_fleet_share_has_a_form) {
  const std::string url = "fleet.redis.url: ";
  const std::string region = "fleet.region: must have letters, digits, '-', '.' and '_' alone, 64 at most";
  const std::string prefix =
      "fleet.redis.prefix: must have 1 to 64 visible ASCII characters, no space among them";
  const std::string high_water = "fleet.high_water: must be above 0 and at most 1";
  const struct {
    std::string yaml;
    std::string error;
  } cases[] = {
      {"region: \"a b\"", region},
      {"region: " + std::string(65, 'a'), region},
      {"regions: {10.0.0.0/33: eu}", "fleet.regions: \"10.0.0.0/33\" is not a CIDR prefix"},
      {"regions: [10.0.0.0/8]", "fleet.regions: must be a map"},
      {"regions: {10.0.0.0/8: \"a b\"}",
       "fleet.regions: 10.0.0.0/8: \"a b\" must have letters, digits, '-', '.' and '_' alone, 1 to 64 of "
       "them"},
      {"regions: {10.0.0.0/8: \"\"}", "fleet.regions: 10.0.0.0/8: \"\" must have letters"},
      {"regions: {10.0.0.1/8: eu, 10.0.0.0/8: us}", "fleet.regions: 10.0.0.0/8 is there twice"},
      {"high_water: 0", high_water},
      {"high_water: 1.01", high_water},
      {"high_water: -1", high_water},
      {"high_water: nan", "fleet.high_water: \"nan\" is not a number, such as 0.8"},
      {"high_water: 80%", "fleet.high_water: \"80%\" is not a number, such as 0.8"},
      {"redis: {url: \"localhost:6379\"}", url + "is neither redis:, rediss: nor unix:"},
      {"redis: {url: \"redis://\"}", url + "names no server"},
      {"redis: {url: \"redis://localhost:0\"}", url + "has no port of a server"},
      {"redis: {url: \"redis://localhost:6379/x\"}", url + "has a path that is no number of a database"},
      {"redis: {url: \"redis://localhost:6379/1?a=b\"}", url + "has a query or a fragment"},
      {"redis: {url: \"redis://::1:6379\"}", url + "names no server"},
      {"redis: {url: \"unix:redis.sock\"}", url + "names no absolute path behind unix:"},
      {"redis: {url: \"redis://master:6379\", sentinel: [a]}", url + "has a port, but names a master"},
      {"redis: {prefix: \"\"}", prefix},
      {"redis: {prefix: \"a b\"}", prefix},
      {"redis: {prefix: " + std::string(65, 'a') + "}", prefix},
      {"redis: {url: \"unix:/a\", tls: true}",
       "fleet.redis.tls: is not to be had over the Unix socket of fleet.redis.url"},
      {"redis: {sentinel: [a]}", "fleet.redis.sentinel: needs fleet.redis.url with the name of the master"},
      {"redis: {password_file: /nowhere/file}",
       "fleet.redis.password_file: the file with the password cannot"},
      {"redis: {sentinel: [\"a:1\", \"a:1/2\"]}",
       "fleet.redis.sentinel: \"a:1/2\" is not HOST:PORT, such as sentinel.example.org:26379"},
  };
  for (const auto& c : cases)
    EXPECT_THAT(error_of("fleet: {" + c.yaml + "}"), StartsWith("turnpike.yaml:1: " + c.error)) << c.yaml;
  EXPECT_THAT(
      error_of("fleet: {redis: {url: \"redis://:hidden@localhost:6379\"}}"),
      AllOf(StartsWith("turnpike.yaml:1: fleet.redis.url: must hold no password"), Not(HasSubstr("hidden"))));
}

TEST_F(FleetRules, regions_of_clients_go_by_their_prefixes) {
  const Config config = load("fleet: {regions: {10.0.0.1/8: eu, \"2001:db8::/32\": us-1}}");
  const RegionsByPrefix wanted{{*IpPrefix::parse("10.0.0.0/8"), "eu"},
                               {*IpPrefix::parse("2001:db8::/32"), "us-1"}};
  EXPECT_EQ(config.fleet.regions, wanted);
  EXPECT_TRUE(load("fleet: {regions: {}}").fleet.regions.empty());
}

TEST_F(FleetRules, what_is_well_formed_is_taken) {
  const std::string secret(32, 's'), previous(32, 'p');
  const Config config = load("fleet: {secret: " + secret + ", secret_previous: " + previous + "}");
  EXPECT_EQ(config.fleet.secret, secret);
  EXPECT_EQ(config.fleet.secret_previous, previous);
  for (const char* yaml :
       {"region: eu-1", "high_water: 1", "high_water: 0.5", "redirects: false",
        "redis: {url: \"redis://localhost\"}", "redis: {url: \"redis://user@localhost:6379\"}",
        "redis: {url: \"redis://[::1]:6379/15\"}", "redis: {url: \"rediss://10.0.0.1:6380/0\"}",
        "redis: {url: \"unix:/run/redis/redis.sock\"}", "redis: {prefix: \"a:\"}",
        "redis: {url: \"redis://a\", tls: true}",
        "redis: {url: \"redis://mymaster\", sentinel: [\"a.example:26379\", \"[::1]:1\", a]}"})
    EXPECT_EQ(error_of(std::string("fleet: {") + yaml + "}"), "") << yaml;
}

TEST_F(FleetRules, what_does_not_go_together_is_a_warning) {
  const std::string secret = "secret: " + std::string(32, 's');
  const std::string file = write("password", "p\n");
  const struct {
    std::string yaml;
    std::string warning;
  } cases[] = {
      {"redis: {url: \"redis://a\"}", "fleet.redis.url: is used without fleet.secret"},
      {"redis: {password_file: " + file + "}",
       "fleet.redis.password_file: is of no use without fleet.redis.url"},
      {"redis: {tls: true}", "fleet.redis.tls: is of no use without fleet.redis.url"},
      {secret + ", redis: {url: \"redis://a\", tls: true, password_file: " + file + "}", ""},
  };
  for (const auto& c : cases) {
    const auto warnings = load("fleet: {" + c.yaml + "}").warnings;
    if (c.warning.empty()) {
      EXPECT_THAT(warnings, IsEmpty()) << c.yaml;
    } else {
      EXPECT_THAT(warnings, ElementsAre(HasSubstr(c.warning))) << c.yaml;
    }
  }
}

}  // namespace
}  // namespace turnpike::config
