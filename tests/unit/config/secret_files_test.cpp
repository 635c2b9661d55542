// Secrets from files: their forms, how they join those given inline, and who may read them.
#include "turnpike/config/secret_files.hpp"

#include <gmock/gmock.h>

#include "unit/config/config_files.hpp"

namespace turnpike::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ConfigSecrets : public ConfigFiles {
 protected:
  Config load_with_file(const std::string& key, const std::string& text,
                        const std::string& inline_yaml = "") {
    return load("credentials:\n  " + key + ": " + write("secrets", text) + "\n" + inline_yaml);
  }
};

TEST_F(ConfigSecrets, rest_secrets_are_a_list_or_lines) {
  for (const char* text :
       {"new\nold\n", "new\n\n  old \r\n", "- new\n- old", "[new, old]", "\n- \"new\"\n- 'old'\n"}) {
    EXPECT_THAT(load_with_file("rest_secrets_file", text).credentials.rest_secrets, ElementsAre("new", "old"))
        << text;
  }
}

TEST_F(ConfigSecrets, a_line_is_no_yaml) {
  EXPECT_THAT(load_with_file("rest_secrets_file", "a: b # c\n-x\n*y").credentials.rest_secrets,
              ElementsAre("a: b # c", "-x", "*y"));
}

TEST_F(ConfigSecrets, comments_and_what_editors_add_are_no_secrets) {
  for (const char* text :
       {"# the new one\nnew\n  # the old one\nold # 1\n", "\xef\xbb\xbfnew\r\n\r\n# x\r\nold # 1\r\n",
        "# a list\n- new\n# x\n- \"old # 1\"\n", "\xef\xbb\xbf---\n- new\n- \"old # 1\"",
        "\n# x\n[new, \"old # 1\"]"}) {
    EXPECT_THAT(load_with_file("rest_secrets_file", text).credentials.rest_secrets,
                ElementsAre("new", "old # 1"))
        << text;
  }
  EXPECT_EQ(load_with_file("users_file", "\xef\xbb\xbf# x\r\nalice: a\r\n\r\nbob: b\r\n").credentials.users,
            (auth::Secrets{{"alice", "a"}, {"bob", "b"}}));
}

TEST_F(ConfigSecrets, a_file_of_comments_alone_has_none) {
  for (const char* text : {"# none yet\n", "\xef\xbb\xbf", "\xef\xbb\xbf\r\n#\r\n"})
    EXPECT_THAT(load_with_file("rest_secrets_file", text).credentials.rest_secrets, IsEmpty()) << text;
}

TEST_F(ConfigSecrets, what_was_never_filled_in_is_refused_with_its_line) {
  EXPECT_EQ(error_of([&] { load_with_file("rest_secrets_file", "# x\nnew\n${TURN_SECRET}\n"); }),
            "secrets:3: credentials.rest_secrets: ${TURN_SECRET} was never filled in");
  EXPECT_EQ(error_of([&] { load_with_file("users_file", "a: b\nalice: \"${TURN_SECRET}\"\n"); }),
            "secrets:2: credentials.users: ${TURN_SECRET} was never filled in");
}

TEST_F(ConfigSecrets, a_file_in_another_encoding_is_no_file_of_secrets) {
  EXPECT_EQ(error_of([&] {
              load_with_file("rest_secrets_file", std::string("\xff\xfe"
                                                              "a\0\n\0",
                                                              6));
            }),
            "turnpike.yaml:2: credentials.rest_secrets_file: secrets: is no text in UTF-8");
}

TEST_F(ConfigSecrets, a_token_is_one_line_that_nobody_guesses) {
  const auto load_token = [&](const std::string& text) {
    return load("control: {token_file: " + write("token", text) + "}\n").control.token;
  };
  EXPECT_EQ(load_token("0123456789abcdef\n"), "0123456789abcdef");
  EXPECT_EQ(load_token("# of monitoring\n  0123456789abcdef \r\n\n"), "0123456789abcdef");
  EXPECT_EQ(load("realm: a\n").control.token, "");
  for (const char* text :
       {"", "# none\n", "0123456789abcdef\nfedcba9876543210\n", "0123456789abcde", "0123456789 abcdef",
        "0123456789abcde\xc3\xa9", "0123456789abcde\x7f", "${CONTROL_TOKEN_OF_THIS_HOST}"})
    EXPECT_THAT(error_of([&] { load_token(text); }), HasSubstr("token: control.token: ")) << text;
  EXPECT_THAT(error_of([&] { load("control: {token_file: none}\n"); }), HasSubstr("control.token_file"));
}

TEST_F(ConfigSecrets, of_a_fleet_are_one_line_each_and_not_given_twice) {
  const std::string secret(32, 's'), previous(32, 'p');
  const auto load_fleet = [&](const std::string& text, const std::string& more = "") {
    return load("fleet: {secret_file: " + write("secret", text) + more + "}\n").fleet;
  };
  EXPECT_EQ(load_fleet(secret + "\n").secret, secret);
  const FleetConfig both =
      load_fleet("# of all\n" + secret, ", secret_previous_file: " + write("previous", previous));
  EXPECT_EQ(both.secret, secret);
  EXPECT_EQ(both.secret_previous, previous);
  const struct {
    std::string text;
    std::string more;
    std::string error;
  } cases[] = {
      {"", "", "secret: fleet.secret: must be one line"},
      {secret + "\n" + previous, "", "secret: fleet.secret: must be one line"},
      {"${FLEET_SECRET_OF_ALL_THE_SERVERS}", "",
       "secret: fleet.secret: ${FLEET_SECRET_OF_ALL_THE_SERVERS} was never filled in"},
      {"short", "", "secret: fleet.secret: has fewer than 32 bytes: make one with `openssl rand -hex 32`"},
      {secret, ", secret: " + previous, "turnpike.yaml:1: fleet.secret_file: fleet.secret is given, too"},
      {secret, ", secret_previous_file: none",
       "turnpike.yaml:1: fleet.secret_previous_file: none: No such file or directory"},
  };
  for (const auto& [text, more, error] : cases)
    EXPECT_EQ(error_of([&, &given = text, &beside = more] { load_fleet(given, beside); }), error);
  overrides_.environment = {{"TURNPIKE_FLEET_SECRET", "# " + secret}};
  EXPECT_EQ(load("").fleet.secret, "# " + secret) << "byte for byte";
}

TEST_F(ConfigSecrets, users_and_keys_are_maps) {
  EXPECT_EQ(load_with_file("users_file", "alice: a\nbob: b\n").credentials.users,
            (auth::Secrets{{"alice", "a"}, {"bob", "b"}}));
  EXPECT_EQ(load_with_file("livekit_keys_file", "APIx: secret\n").credentials.livekit_keys,
            (auth::Secrets{{"APIx", "secret"}}));
}

TEST_F(ConfigSecrets, inline_and_file_are_joined_and_inline_comes_first) {
  EXPECT_THAT(load_with_file("rest_secrets_file", "b\na", "  rest_secrets: [c, b]").credentials.rest_secrets,
              ElementsAre("c", "b", "a"));
  EXPECT_EQ(
      load_with_file("users_file", "{alice: file, bob: file}", "  users: {alice: inline}").credentials.users,
      (auth::Secrets{{"alice", "inline"}, {"bob", "file"}}));
}

TEST_F(ConfigSecrets, a_variable_can_name_the_file) {
  overrides_.environment = {{"TURNPIKE_CREDENTIALS_REST_SECRETS_FILE", write("secrets", "a")}};
  EXPECT_THAT(load("").credentials.rest_secrets, ElementsAre("a"));
}

TEST_F(ConfigSecrets, an_empty_file_has_none) {
  EXPECT_THAT(load_with_file("rest_secrets_file", "\n \n").credentials.rest_secrets, IsEmpty());
  EXPECT_THAT(load_with_file("users_file", "").credentials.users, IsEmpty());
}

TEST_F(ConfigSecrets, mistakes_name_the_file_and_the_key) {
  EXPECT_EQ(error_of("credentials: {users_file: " + path("none") + "}"),
            "turnpike.yaml:1: credentials.users_file: none: No such file or directory");
  const struct {
    const char* key;
    const char* text;
    const char* error;
  } cases[] = {
      {"users_file", "alice", "secrets:1: credentials.users: must be a map"},
      {"users_file", "alice: a\nalice: b", "secrets:2: credentials.users: \"alice\" is there twice"},
      {"users_file", "alice: [a]", "secrets:1: credentials.users: must be one value, not a list"},
      {"rest_secrets_file", "- a\n- {b: c}",
       "secrets:2: credentials.rest_secrets: must be one value, not a map"},
  };
  for (const auto& c : cases) EXPECT_EQ(error_of([&] { load_with_file(c.key, c.text); }), c.error) << c.text;
  EXPECT_THAT(error_of([&] { load_with_file("users_file", "alice: \"\""); }),
              HasSubstr("secrets: credentials.users: "));
}

TEST_F(ConfigSecrets, everybodys_secrets_are_warned_about) {
  const std::string hidden = write("hidden", "a: b");
  const std::string open = write("open", "a: b", 0644);
  const auto warnings_of = [&](const std::string& yaml, unsigned mode) {
    return load_config(write("turnpike.yaml", yaml, mode), overrides_).warnings;
  };
  EXPECT_THAT(warnings_of("credentials: {users: {a: b}}", 0644), ElementsAre(HasSubstr("turnpike.yaml: ")));
  EXPECT_THAT(warnings_of("credentials: {users: {a: b}}", 0640), IsEmpty());
  EXPECT_THAT(warnings_of("realm: a", 0644), IsEmpty());
  const std::string fleet = "fleet: {secret: " + std::string(32, 's') + "}";
  EXPECT_THAT(warnings_of(fleet, 0644), ElementsAre(HasSubstr("turnpike.yaml: ")));
  EXPECT_THAT(
      warnings_of("fleet: {secret_file: " + write("open_secret", std::string(32, 's'), 0644) + "}", 0600),
      ElementsAre(HasSubstr("open_secret: ")));
  EXPECT_THAT(warnings_of("credentials: {livekit_keys_file: " + open + "}", 0600),
              ElementsAre(HasSubstr(open)));
  EXPECT_THAT(warnings_of("credentials: {livekit_keys_file: " + hidden + "}", 0644), IsEmpty());
  EXPECT_THAT(
      warnings_of("{tls: {certificate: " + hidden + ", key: " + open + "}, listen: {tls: [\"0.0.0.0:443\"]}}",
                  0600),
      ElementsAre(HasSubstr(open)));
}

}  // namespace
}  // namespace turnpike::config
