// What the server may not do once it has given up its privileges is told before.
#include "turnpike/config/rights.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "unit/config/config_files.hpp"

namespace turnpike::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Rights : public ConfigFiles {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    std::filesystem::permissions(path(""), std::filesystem::perms(0755));
    for (const char* name : {"key.pem", "log"}) write(name, "text", 0600);
    write("certificate.pem", "text", 0644);
  }
  Config config(const std::string& user) const {
    Config config;
    config.user = user;
    config.tls.certificate = path("certificate.pem");
    config.tls.key = path("key.pem");
    config.tls.names["a.example"] = {path("certificate.pem"), path("key.pem")};
    config.log.file = path("log");
    return config;
  }
  static std::vector<std::string> lines(const Findings& findings) {
    std::vector<std::string> lines;
    for (const Finding& finding : findings)
      lines.push_back((finding.severity == Severity::error ? "error: " : "warning: ") + finding.line());
    return lines;
  }
};

TEST_F(Rights, of_another_user_are_judged_as_that_user) {
  EXPECT_THAT(
      lines(judge_rights(config("nobody"), {}, write("turnpike.yaml", "", 0600))),
      ElementsAre(
          HasSubstr("turnpike.yaml: cannot be read (by the user nobody, who serves: reloads "
                    "will be refused)"),
          HasSubstr("warning: tls.key: " + path("key.pem") + ": cannot be read (by the user nobody"),
          HasSubstr("warning: tls.names: " + path("key.pem") + ": cannot be read (by the user nobody"),
          HasSubstr("warning: log.file: " + path("log") + ": cannot be written")));
  for (const char* name : {"key.pem", "log", "turnpike.yaml"})
    std::filesystem::permissions(path(name), std::filesystem::perms(0666));
  EXPECT_THAT(judge_rights(config("nobody"), {}, path("turnpike.yaml")), IsEmpty());
}

TEST_F(Rights, a_folder_of_challenges_has_to_be_one_that_the_user_may_enter) {
  Config config;
  config.user = "nobody";
  config.http.acme_webroot = path("www");
  EXPECT_THAT(judge_rights(config, {}, ""), IsEmpty()) << "one that is not there is for others to judge";
  std::filesystem::create_directory(path("www"));
  std::filesystem::permissions(path("www"), std::filesystem::perms(0700));
  EXPECT_THAT(lines(judge_rights(config, {}, "")),
              ElementsAre("warning: http.acme_webroot: " + path("www") +
                          ": cannot be entered (by the user nobody, who serves: challenges will not be "
                          "answered)"));
  std::filesystem::permissions(path("www"), std::filesystem::perms(0711));
  EXPECT_THAT(judge_rights(config, {}, ""), IsEmpty()) << "its names need not be listed";
}

TEST_F(Rights, of_root_are_judged_without_its_privileges) {
  EXPECT_THAT(judge_rights(config(""), {}, ""), IsEmpty()) << "they are root's own";
  ASSERT_EQ(::chown(path("key.pem").c_str(), 65534, 65534), 0);
  EXPECT_THAT(lines(judge_rights(config(""), {}, "")),
              ElementsAre(HasSubstr("key.pem: cannot be read (by root without its privileges, who serves"),
                          HasSubstr("tls.names: " + path("key.pem") + ": cannot be read")));
}

TEST_F(Rights, files_that_are_not_there_are_for_others_to_judge) {
  Config missing = config("nobody");
  for (const char* name : {"key.pem", "log"}) std::filesystem::remove(path(name));
  missing.log.file.clear();
  EXPECT_THAT(judge_rights(missing, {}, path("none.yaml")), IsEmpty());
}

TEST_F(Rights, a_user_that_this_host_lacks_is_an_error) {
  const Origins origins{{"user", "turnpike.yaml:1: user"}};
  EXPECT_THAT(lines(judge_rights(config("no-such-user"), origins, "")),
              ElementsAre("error: turnpike.yaml:1: user: this host has no user no-such-user"));
}

}  // namespace
}  // namespace turnpike::config
