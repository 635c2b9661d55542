// What a check tells of a configuration that was read.
#include "turnpike/app/check_command.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "shell/support.hpp"
#include "temporary_folder.hpp"
#include "turnpike/net/clock.hpp"

namespace turnpike::app {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr UnixSeconds kNow = 1'800'000'000;

config::Loaded loaded() {
  config::Loaded loaded;
  loaded.config.relay.addresses = {IpAddress::v4(127, 0, 0, 1)};
  return loaded;
}

bool warns_of_credentials(const CheckReport& report) {
  return std::ranges::any_of(report.findings,
                             [](const config::Finding& f) { return f.key == "credentials"; });
}

TEST(CheckCommand, tells_what_livekits_file_said_and_what_of_it_is_ignored) {
  config::Loaded both = loaded();
  both.file = "turnpike.yaml";
  both.understood = {"keys: 1"};
  both.ignored = {"room"};
  const CheckReport report = check(both, kNow);
  EXPECT_THAT(report.understood, HasSubstr("# understood, from turnpike.yaml:\n"));
  EXPECT_THAT(report.understood, HasSubstr("# understood: keys: 1\n# ignored: room\n"));
}

TEST(CheckCommand, tells_for_which_names_which_quota_holds) {
  config::Loaded some = loaded();
  EXPECT_THAT(check(some, kNow).understood,
              HasSubstr("# understood: limits: each user has at most 12 allocations; a name that many share "
                        "(configured users, REST names without a user) has no limit of allocations\n"));
  some.config.limits.allocations_per_shared_user = 12;
  EXPECT_THAT(check(some, kNow).understood,
              HasSubstr("# understood: limits: each name has at most 12 allocations\n"));
}

TEST(CheckCommand, warns_where_there_are_no_credentials) {
  EXPECT_TRUE(warns_of_credentials(check(loaded(), kNow)));
  for (auto secrets : {&config::CredentialsConfig::users, &config::CredentialsConfig::user_keys,
                       &config::CredentialsConfig::livekit_keys}) {
    config::Loaded some = loaded();
    some.config.credentials.*secrets = {{"a", "b"}};
    EXPECT_FALSE(warns_of_credentials(check(some, kNow)));
  }
  config::Loaded unread = loaded();
  unread.findings = {{config::Severity::error, "credentials.users_file", "", "is not there"}};
  EXPECT_FALSE(warns_of_credentials(check(unread, kNow))) << "they may be in what was not read";
}

TEST(CheckCommand, has_no_summary_where_there_is_an_error) {
  config::Loaded wrong = loaded();
  wrong.findings = {{config::Severity::error, "", "", "is wrong"}};
  EXPECT_EQ(check(wrong, kNow).summary, "");
}

TEST(CheckCommand, names_relays_as_they_are_seen_outside_and_leaves_loopback_out_of_the_firewall) {
  config::Loaded some = loaded();
  some.config.relay.external = {
      {IpAddress::v4(127, 0, 0, 1), ExternalAddress(IpAddress::v4(203, 0, 113, 5))}};
  some.config.listen.udp = {{IpAddress::v4(127, 0, 0, 1), 3478}};
  some.config.listen.tcp = {{IpAddress::v4(0, 0, 0, 0), 443}};
  const std::string summary = check(some, kNow).summary;
  EXPECT_THAT(summary, HasSubstr("# relay addresses: 127.0.0.1 (outside 203.0.113.5)\n"));
  EXPECT_THAT(summary, HasSubstr("# open in the firewall: TCP 443; UDP 49152-65535 for relays\n"));
  EXPECT_THAT(summary, Not(HasSubstr("certificate")));
}

TEST(CheckCommand, tells_how_long_each_certificate_lasts) {
  const TemporaryFolder folder;
  const auto of_all = shell::make_certificate(folder, 1);
  const auto of_name = shell::make_certificate(folder, 2);
  config::Loaded some = loaded();
  some.config.listen.tls = {{IpAddress::v4(127, 0, 0, 1), 443}};
  some.config.tls.certificate = of_all.certificate;
  some.config.tls.key = of_all.key;
  some.config.tls.names["turn.example.org"] = {of_name.certificate, of_name.key};
  const CheckReport report = check(some, net::read_clock().unix_s);
  EXPECT_THAT(report.summary,
              ContainsRegex("\n# certificate: .*; expires .*, in 0 days\n"
                            "# certificate for turn.example.org: .*; expires .*, in 0 days\n"));
  some.config.tls.names["turn.example.org"].key = of_all.key;
  EXPECT_EQ(check(some, net::read_clock().unix_s).summary, "") << "it does not start";
}

}  // namespace
}  // namespace turnpike::app
