// Exit codes and what is printed, command by command.
#include "turnpike/app/cli.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <sstream>

#include "shell/support.hpp"
#include "turnpike/config/print.hpp"
#include "turnpike/log/log.hpp"

namespace turnpike::app {
namespace {

using namespace shell;

struct Outcome {
  int code;
  std::string out;
  std::string err;
};

const std::vector<std::vector<std::string>> kHelps{
    {"--help"},          {"--help-all"},          {"serve", "--help"},    {"serve", "--help-all"},
    {"check", "--help"}, {"check", "--help-all"}, {"mint", "--help"},     {"mint", "--help-all"},
    {"probe", "-h"},     {"status", "--help"},    {"sessions", "-h"},     {"top", "--help"},
    {"explain", "-h"},   {"end", "--help"},       {"bar", "-h"},          {"drain", "--help"},
    {"reload", "-h"},    {"log-level", "--help"}, {"certificates", "-h"}, {"import-coturn", "-h"}};

class Cli : public ::testing::Test {
 protected:
  ~Cli() override { log::open({log::Level::error, log::Format::text, ""}); }

  Outcome run(std::vector<std::string> arguments, const std::vector<std::string>& environment = {}) const {
    std::vector<const char*> argv{"turnpike"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    std::vector<const char*> envp;
    for (const std::string& variable : environment) envp.push_back(variable.c_str());
    envp.push_back(nullptr);
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Outcome outcome{.code = run_command_line(static_cast<int>(argv.size()), argv.data(), envp.data()),
                    .out = {},
                    .err = {}};
    outcome.out = ::testing::internal::GetCapturedStdout();
    outcome.err = ::testing::internal::GetCapturedStderr();
    return outcome;
  }

  std::string file(const std::string& yaml) const { return folder_.write("turnpike.yaml", yaml); }

  TemporaryFolder folder_;
};

TEST_F(Cli, where_the_server_is_is_not_guessed_where_the_file_cannot_be_read) {
  const Outcome outcome = run({"status", "-c", file("control: {socket: [}\n")});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("turnpike.yaml:1"), std::string::npos) << outcome.err;
}

TEST_F(Cli, wrong_options_and_configuration_give_2_and_one_line) {
  const std::string good = file("realm: example\n");
  folder_.write("unknown.yaml", "realm: example\nrelm: other\n");
  folder_.write("bad.yaml", "relay: {ports: 7-6}\n");
  const struct {
    const char* name;
    std::vector<std::string> arguments;
    std::vector<std::string> environment;
    std::vector<std::string> expected;  // parts of the line
  } table[] = {
      {"no such command", {"srve"}, {}, {"srve"}},
      {"no such option", {"check", "--relm", "x"}, {}, {"--relm"}},
      {"no such file", {"check", "--config", "/nowhere/x.yaml"}, {}, {"/nowhere/x.yaml"}},
      {"an unknown key", {"check", "-c", folder_.path("unknown.yaml")}, {}, {"unknown.yaml:2", "relm"}},
      {"an unknown key, served",
       {"serve", "-c", folder_.path("unknown.yaml")},
       {},
       {"unknown.yaml:2", "relm"}},
      {"an unknown key, without a command",
       {"-c", folder_.path("unknown.yaml")},
       {},
       {"unknown.yaml:2", "relm"}},
      {"a bad value in the file",
       {"check", "-c", folder_.path("bad.yaml")},
       {},
       {"bad.yaml:1", "relay.ports"}},
      {"a bad value of a flag", {"check", "-c", good, "--workers", "many"}, {}, {"workers", "many"}},
      {"a bad value of a variable",
       {"check", "-c", good},
       {"TURNPIKE_WORKERS=many"},
       {"TURNPIKE_WORKERS", "many"}},
      {"a feature that is not built", {"check", "-c", good, "--relay.tcp", "true"}, {}, {"relay.tcp"}},
      {"mint for nobody", {"mint", "-c", good}, {}, {"--participant"}},
      {"mint for no time",
       {"mint", "-c", good, "-p", "PA_1", "--url", "turn:a", "--ttl", "0"},
       {},
       {"--ttl"}},
      {"mint for all time",
       {"mint", "-c", good, "-p", "PA_1", "--url", "turn:a", "--ttl", "9223372036854775807"},
       {},
       {"--ttl"}},
      {"mint in no known format",
       {"mint", "-c", good, "-p", "PA_1", "--url", "turn:a", "--format", "x"},
       {},
       {"--format"}},
      {"probe of nothing", {"probe"}, {}, {"uri", "--config", "--livekit-config"}},
      {"probe without a credential", {"probe", "-c", good}, {}, {"credentials", "--username"}},
      {"probe with two passwords",
       {"probe", "turn:a", "--password", "x", "--password-file", good},
       {},
       {"--password"}},
      {"probe with no password in the file",
       {"probe", "turn:a", "--password-file", "/nowhere/p"},
       {},
       {"/nowhere/p"}},
  };
  for (const auto& row : table) {
    const Outcome outcome = run(row.arguments, row.environment);
    EXPECT_EQ(outcome.code, 2) << row.name;
    const bool is_check = row.arguments.front() == "check";
    EXPECT_EQ(outcome.out.starts_with("# understood"),
              is_check && outcome.err.find("turnpike: error: ") != outcome.err.npos)
        << row.name << ": " << outcome.out;
    EXPECT_TRUE(outcome.err.starts_with("turnpike: ") &&
                (is_check || std::ranges::count(outcome.err, '\n') == 1))
        << row.name << ": " << outcome.err;
    for (const std::string& part : row.expected)
      EXPECT_NE(outcome.err.find(part), std::string::npos) << row.name << ": " << outcome.err;
  }
}

TEST_F(Cli, check_finds_everything_after_it_has_told_what_it_understood) {
  const std::string config = file(
      "realm: here\nrelay: {prots: 1, addresses: [192.0.2.9]}\nlisten: {udp: [\"192.0.2.9:3478\"], tls: "
      "[\"0.0.0.0:443\"]}\ntls: {certificate: /nowhere/c, key: /nowhere/k}\nlog: {file: /nowhere/log}\n");
  const Outcome outcome = run({"check", "--config", config});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.out.find("realm: here"), outcome.out.npos);
  EXPECT_EQ(outcome.out.find("# ok"), outcome.out.npos);
  for (const char* part :
       {"relay.prots: unknown key", "tls.certificate: /nowhere/c: No such file",
        "tls.key: /nowhere/k: No such file", "log.file: /nowhere/log: the folder /nowhere does not exist",
        "listen.udp: 192.0.2.9:3478: this host does not have it", "relay.addresses: 192.0.2.9: "})
    EXPECT_NE(outcome.err.find(part), outcome.err.npos) << part << " in " << outcome.err;
}

TEST_F(Cli, check_says_of_what_is_not_understood_that_it_is_not) {
  const Outcome outcome = run({"check", "--config", file("relay: {ports: 7-6}\n")});
  EXPECT_NE(outcome.out.find("\n  # ports: not understood\n"), outcome.out.npos) << outcome.out;
}

TEST_F(Cli, check_of_a_good_file_ends_with_ok_and_what_there_is_to_do) {
  const Outcome outcome =
      run({"check", "--config",
           file("relay: {addresses: [127.0.0.1], ports: 50000-50010}\nlimits: {allocations_per_user: "
                "4}\nlisten: {udp: [\"0.0.0.0:3479\"], tcp: [\"0.0.0.0:443\"]}\n"
                "credentials: {users: {a: b}}\n")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(
      outcome.out.ends_with("# relay addresses: 127.0.0.1\n"
                            "# open in the firewall: UDP 3479; TCP 443; UDP 50000-50010 for relays\n"
                            "# ok, with one warning\n"))
      << outcome.out;
}

TEST_F(Cli, a_server_does_not_start_for_what_check_calls_an_error) {
  for (const auto& [yaml, code] :
       {std::pair{"relay: {addresses: [192.0.2.9]}\n", 1},
        {"listen: {udp: [\"192.0.2.9:3478\"]}\n", 1},
        {"log: {file: /nowhere/log}\n", 2},
        {"listen: {tls: [\"127.0.0.1:0\"]}\n", 2},
        {"{listen: {tls: [\"127.0.0.1:1\"]}, tls: {certificate: /nowhere/c, key: /nowhere/k}}\n", 2}}) {
    const std::string config = file(yaml);
    const Outcome served = run({"serve", "--config", config});
    EXPECT_EQ(served.code, code) << yaml;
    EXPECT_EQ(std::ranges::count(served.err, '\n'), 1) << served.err;
    const std::string text = served.err.substr(std::string_view("turnpike: ").size());
    const Outcome checked = run({"check", "--config", config});
    EXPECT_EQ(checked.code, 2);
    EXPECT_NE(checked.err.find(text.substr(0, text.find(" (and "))), checked.err.npos)
        << checked.err << " lacks " << text;
  }
}

TEST_F(Cli, options_of_coturn_are_answered_with_ours) {
  const Outcome outcome = run({"serve", "--lt-cred-mech", "--min-port=49152"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("--lt-cred-mech is coturn's option, which is not needed"), outcome.err.npos)
      << outcome.err;
  EXPECT_NE(outcome.err.find("--min-port is coturn's option, which here is the first of relay.ports"),
            outcome.err.npos)
      << outcome.err;
}

TEST_F(Cli, mint_needs_neither_certificates_nor_addresses) {
  folder_.write(
      "livekit.yaml",
      "keys: {APIkey: secret}\nrtc:\n  use_external_ip: true\n  turn_servers:\n  - {host: a, port: 443, "
      "protocol: tls, secret: north}\n");
  const Outcome outcome =
      run({"mint", "--livekit-config", folder_.path("livekit.yaml"), "-p", "PA_1", "--url", "turns:a"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find(":PA_1"), outcome.out.npos) << outcome.out;
}

TEST_F(Cli, a_port_in_use_gives_1_and_its_name) {
  const UdpPort other;
  const std::string port = std::to_string(other.local().port);
  const std::string config =
      file("listen: {udp: ['127.0.0.1:" + port + "'], tcp: []}\nrelay: {addresses: [127.0.0.1]}\n");
  for (const auto& arguments : {std::vector<std::string>{"serve", "--config", config},
                                std::vector<std::string>{"--config", config}}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_EQ(outcome.err, "turnpike: listen.udp: 127.0.0.1:" + port + ": Address already in use\n");
  }
}

TEST_F(Cli, help_and_version_give_0) {
  for (const auto& arguments : kHelps) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 0) << arguments.front();
    EXPECT_EQ(outcome.err, "") << arguments.front();
    EXPECT_NE(outcome.out.find("Usage: turnpike"), std::string::npos) << outcome.out;
  }
  const Outcome version = run({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_TRUE(version.out.starts_with("0.")) << version.out;
}

TEST_F(Cli, help_has_lines_that_fit_and_says_what_values_look_like) {
  for (const auto& arguments : kHelps) {
    const std::string text = run(arguments).out;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
    for (const char* type : {"TEXT", "INT", "UINT", "FLOAT"}) EXPECT_EQ(text.find(type), text.npos) << text;
    EXPECT_NE(text.find("\nExamples:\n  turnpike "), text.npos) << text;
  }
}

TEST_F(Cli, help_has_the_commands_first_and_all_keys_only_where_all_is_asked_for) {
  for (const std::string command : {"", "serve", "check", "mint"}) {
    const auto help = [&](const char* flag) {
      return run(command.empty() ? std::vector<std::string>{flag} : std::vector{command, std::string(flag)})
          .out;
    };
    const std::string some = help("--help");
    const std::string all = help("--help-all");
    EXPECT_EQ(some.find("\nCommands:\n  serve ") != some.npos, command.empty());
    EXPECT_TRUE(!command.empty() || some.find("\n  probe ") < some.find("\nOptions:")) << some;
    EXPECT_LT(some.find("\nOptions:\n  -h, --help "), some.find("\nExamples:")) << some;
    EXPECT_NE(all.find("\nrelay:\n  --relay.addresses [ADDRESS] "), all.npos) << all;
    for (const config::KeyInfo& key : config::known_keys()) {
      const std::string option = "\n  --" + key.name + " " + key.value + " ";
      EXPECT_EQ(some.find(option), some.npos) << command << " " << key.name;
      EXPECT_NE(all.find(option), all.npos) << command << " " << key.name;
    }
  }
}

TEST_F(Cli, help_of_probe_has_all_its_options_by_group) {
  const std::string text = run({"probe", "--help"}).out;
  std::size_t end = 0;
  for (const char* group :
       {"\nPositionals:\n  uri ", "\nOptions:\n  -h, --help ", "\nCredentials:\n  -u, --username NAME ",
        "\nTraffic:\n  -n, --count N ", "\nWhat is a failure:\n  -t, --timeout SECONDS ", "\nExamples:\n"}) {
    const std::size_t begin = text.find(group);
    ASSERT_NE(begin, text.npos) << group << text;
    EXPECT_GT(begin, end) << group;
    end = begin;
  }
}

TEST_F(Cli, import_coturn_prints_a_configuration_that_check_takes) {
  const std::string coturn =
      folder_.write("turnserver.conf", "realm=example.org\nmin-port=50000\nfingerprint\n");
  const Outcome imported = run({"import-coturn", coturn});
  EXPECT_EQ(imported.code, 0) << imported.err;
  EXPECT_NE(imported.out.find("#   line 3: fingerprint: not needed"), std::string::npos) << imported.out;
  const Outcome checked = run({"check", "--config", file(imported.out), "--control.socket", ""});
  EXPECT_EQ(checked.code, 0) << checked.err;
  EXPECT_NE(checked.out.find("ports: 50000-65535"), std::string::npos) << checked.out;
  const Outcome refused = run({"import-coturn", folder_.write("bad.conf", "min-port=x\nrealm\n")});
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.out, "");
  EXPECT_EQ(std::ranges::count(refused.err, '\n'), 2) << refused.err;
}

TEST_F(Cli, check_prints_what_is_in_force_without_secrets) {
  const std::string config =
      file("realm: from-file\nworkers: 3\ncredentials: {users: {alice: open-sesame}}\n");
  const Outcome outcome = run({"check", "--config", config, "--workers", "5"},
                              {"TURNPIKE_REALM=from-environment", "TURNPIKE_WORKERS=4"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("realm: from-environment"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("workers: 5"), std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.out.find("open-sesame"), std::string::npos) << outcome.out;
}

TEST_F(Cli, keys_may_be_given_before_the_command) {
  const Outcome outcome = run({"--realm", "before", "check", "--config", file("workers: 3\n")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("realm: before"), std::string::npos) << outcome.out;
}

TEST_F(Cli, check_warns_and_goes_on) {
  const Outcome outcome = run({"check", "--config", file("realm: x\n")}, {"TURNPIKE_RELM=x"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_TRUE(outcome.err.starts_with("turnpike: warning: TURNPIKE_RELM")) << outcome.err;
}

TEST_F(Cli, mint_prints_json_or_why_not) {
  const std::vector<std::string> arguments{
      "mint",        "--config", file("credentials: {rest_secrets: [north]}\n"),
      "-p",          "PA_1",     "--url",
      "turn:a:3478", "--url",    "turns:a:5349",
      "--ttl",       "60"};
  const Outcome minted = run(arguments);
  EXPECT_EQ(minted.code, 0) << minted.err;
  EXPECT_EQ(std::ranges::count(minted.out, '\n'), 1);
  const auto server = boost::json::parse(minted.out).as_object();
  EXPECT_EQ(server.at("urls").as_array().size(), 2U);
  EXPECT_TRUE(server.at("username").as_string().ends_with(":PA_1"));
  EXPECT_EQ(server.at("ttl").as_int64(), 60);

  auto without_key = arguments;
  without_key[2] = file("realm: x\n");
  const Outcome refused = run(without_key);
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(refused.err,
            "turnpike: neither credentials.rest_secrets nor credentials.livekit_keys has a key, and "
            "fleet.secret is empty\n");
  EXPECT_EQ(refused.out, "");
}

}  // namespace
}  // namespace turnpike::app
