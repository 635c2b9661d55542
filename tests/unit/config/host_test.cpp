// What a configuration asks of its host, and what the host says to it.
#include "turnpike/config/host.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "unit/config/config_files.hpp"

namespace turnpike::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

bool has(const IpAddress& address) {
  return address == IpAddress::v4(10, 0, 0, 5) || address == IpAddress::v4(127, 0, 0, 1);
}

class Host : public ConfigFiles {
 protected:
  Loaded read(const std::string& yaml) { return read_config(write("turnpike.yaml", yaml), overrides_); }

  std::vector<std::string> lines(const Findings& findings) const {
    std::vector<std::string> lines;
    for (const Finding& finding : findings) {
      std::string line = (finding.severity == Severity::error ? "" : "warning: ") + finding.line();
      for (auto at = line.find(path("")); at != line.npos; at = line.find(path("")))
        line.erase(at, path("").size());
      lines.push_back(line);
    }
    return lines;
  }
};

TEST_F(Host, addresses_that_it_lacks_are_errors) {
  const struct {
    const char* yaml;
    const char* error;
  } table[] = {
      {"listen: {udp: [\"10.0.0.6:3478\"]}",
       "listen.udp: 10.0.0.6:3478: this host does not have it; behind 1:1 NAT relay.external says which one "
       "it has instead"},
      {"listen: {tcp: [\"[2001:db8::1]:3478\"]}",
       "listen.tcp: [2001:db8::1]:3478: this host does not have it; behind 1:1 NAT relay.external says which "
       "one it has "
       "instead"},
      {"relay: {addresses: [10.0.0.6]}",
       "relay.addresses: 10.0.0.6: this host does not have it; behind 1:1 NAT relay.external says which one "
       "it has instead"},
      {"relay: {addresses: [203.0.113.5], external: {10.0.0.5: 203.0.113.5}}",
       "relay.addresses: 203.0.113.5: this host does not have it, but 10.0.0.5, as relay.external says"},
      {"control: {listen: \"10.0.0.6:9478\"}",
       "control.listen: 10.0.0.6:9478: this host does not have it; behind 1:1 NAT relay.external says which "
       "one it has "
       "instead"},
  };
  for (const auto& [yaml, error] : table) {
    const Loaded loaded = read(yaml);
    EXPECT_THAT(lines(judge_addresses(loaded.config, loaded.origins, has)),
                ElementsAre(std::string("turnpike.yaml:1: ") + error))
        << yaml;
  }
}

TEST_F(Host, addresses_that_it_has_and_wildcards_are_good) {
  const Loaded loaded = read(
      "{listen: {udp: [\"10.0.0.5:3478\", \"0.0.0.0:3479\", \"[::]:3479\"]}, relay: {addresses: "
      "[10.0.0.5]}}");
  EXPECT_THAT(judge_addresses(loaded.config, loaded.origins, has), IsEmpty());
}

TEST_F(Host, relays_that_are_not_what_was_meant_are_warned_of) {
  const struct {
    const char* yaml;
    const char* relay;
    const char* warning;
  } table[] = {
      {"realm: a", "10.0.0.5",
       "warning: relay.addresses: 10.0.0.5 is private, so peers elsewhere do not reach it; behind 1:1 NAT "
       "give relay.external"},
      {"realm: a", "127.0.0.1", "warning: relay.addresses: 127.0.0.1 is reached from this host alone"},
      {"relay: {external: {203.0.113.5: 10.0.0.5}}", "8.8.8.8",
       "warning: turnpike.yaml:1: relay.external: {203.0.113.5: 10.0.0.5} is the wrong way round: this host "
       "has 10.0.0.5; the "
       "local address comes first"},
      {"relay: {external: {10.0.0.7: 203.0.113.7}}", "8.8.8.8",
       "warning: turnpike.yaml:1: relay.external: 10.0.0.7 is no relay address; it may be that of a peer "
       "behind the same NAT"},
  };
  for (const auto& [yaml, relay, warning] : table) {
    const Loaded loaded = read(yaml);
    EXPECT_THAT(lines(judge_relays(loaded.config, loaded.origins, {*IpAddress::parse(relay)}, has)),
                ElementsAre(warning))
        << yaml;
  }
  const Loaded mapped = read("relay: {external: {10.0.0.5: 203.0.113.5}}");
  EXPECT_THAT(judge_relays(mapped.config, mapped.origins, {IpAddress::v4(10, 0, 0, 5)}, has), IsEmpty());
}

TEST_F(Host, files_and_folders_that_are_missing_are_errors_and_none_is_made) {
  const std::string tls =
      "{listen: {tls: [\"0.0.0.0:443\"]}, tls: {certificate: " + path("c") + ", key: " + path("k") + "}}";
  EXPECT_THAT(lines(judge_files(read(tls).config, read(tls).origins, 0).findings),
              ElementsAre("turnpike.yaml:1: tls.certificate: c: No such file or directory",
                          "turnpike.yaml:1: tls.key: k: No such file or directory"));
  const Loaded log = read("log: {file: " + path("a/log") + "}");
  EXPECT_THAT(lines(judge_files(log.config, log.origins, 0).findings),
              ElementsAre("turnpike.yaml:1: log.file: a/log: the folder a does not exist"));
  std::ofstream(path("file")) << "text";
  const Loaded control = read("control: {socket: " + path("file/b/socket") + "}");
  EXPECT_THAT(
      lines(judge_files(control.config, control.origins, 0).findings),
      ElementsAre("turnpike.yaml:1: control.socket: file/b/socket: the folder file/b does not exist and "
                  "cannot be made"));
  for (const std::string& socket :
       {path("b/c/socket"), ControlConfig{}.socket}) {  // the start makes them, or does without
    const Loaded fine = read("control: {socket: " + socket + "}");
    EXPECT_THAT(judge_files(fine.config, fine.origins, 0).findings, IsEmpty()) << socket;
  }
  const Loaded good = read("{log: {file: " + path("log") + "}, control: {socket: " + path("socket") + "}}");
  EXPECT_THAT(judge_files(good.config, good.origins, 0).findings, IsEmpty());
  for (const char* name : {"a", "b", "log", "socket"})
    EXPECT_FALSE(std::filesystem::exists(path(name))) << name;
}

TEST_F(Host, every_certificate_of_a_name_is_judged) {
  const Loaded loaded =
      read("{listen: {tls: [\"0.0.0.0:443\"]}, tls: {certificate: " + path("c") + ", key: " + path("k") +
           ", names: {b.example: {certificate: " + path("bc") + ", key: " + path("bk") +
           "}, a.example: {certificate: " + path("ac") + ", key: " + path("ak") + "}}}}");
  EXPECT_THAT(lines(judge_files(loaded.config, loaded.origins, 0).findings),
              ElementsAre("turnpike.yaml:1: tls.certificate: c: No such file or directory",
                          "turnpike.yaml:1: tls.key: k: No such file or directory",
                          "turnpike.yaml:1: tls.names: a.example: ac: No such file or directory",
                          "turnpike.yaml:1: tls.names: a.example: ak: No such file or directory",
                          "turnpike.yaml:1: tls.names: b.example: bc: No such file or directory",
                          "turnpike.yaml:1: tls.names: b.example: bk: No such file or directory"));
}

TEST_F(Host, a_name_for_turn_that_leads_elsewhere_is_warned_of) {
  const auto warnings = [this](const std::string& passthrough) {
    const Loaded loaded = read(
        "{listen: {tls: [\"0.0.0.0:443\"]}, livekit: {ice_urls: [\"turns:turn.example.org:443\"]}, "
        "tls: {certificate: c, key: k, passthrough: " +
        passthrough + "}}");
    auto found = judge_files(loaded.config, loaded.origins, 0).findings;
    std::erase_if(found, [](const Finding& each) { return each.severity == Severity::error; });
    return lines(found);
  };
  EXPECT_THAT(warnings("{www.example.org: \"127.0.0.1:8443\"}"), IsEmpty());
  for (const char* name : {"turn.example.org", "\"*.example.org\""}) {
    EXPECT_THAT(
        warnings(std::string("{") + name + ": \"127.0.0.1:8443\"}"),
        ElementsAre("warning: turnpike.yaml:1: tls.passthrough: turn.example.org leads to 127.0.0.1:8443, "
                    "but clients are sent to that name for TURN"));
  }
}

TEST_F(Host, a_folder_of_challenges_that_is_missing_is_warned_of) {
  const Loaded loaded = read("http: {acme_webroot: " + path("www") + "}");
  EXPECT_THAT(lines(judge_files(loaded.config, loaded.origins, 0).findings),
              ElementsAre("warning: turnpike.yaml:1: http.acme_webroot: www: is no folder that can be read"));
  std::filesystem::create_directory(path("www"));
  EXPECT_THAT(judge_files(loaded.config, loaded.origins, 0).findings, IsEmpty());
}

TEST_F(Host, certificates_that_no_listener_shows_are_not_read) {
  const Loaded loaded = read(
      "tls: {certificate: /nowhere/c, key: /nowhere/k, names: {a.example: {certificate: /nowhere/c, key: "
      "/nowhere/k}}}");
  EXPECT_THAT(judge_files(loaded.config, loaded.origins, 0).findings, IsEmpty());
}

}  // namespace
}  // namespace turnpike::config
