// Certificates and servers by name: what is read, that it is printed as it can be read again, what is
// refused.
#include "turnpike/config/by_name.hpp"

#include <gmock/gmock.h>

#include "unit/config/config_files.hpp"

namespace turnpike::config {
namespace {

class ByName : public ConfigFiles {};

TEST_F(ByName, certificates_are_read_by_the_name_that_clients_ask_for) {
  const Config config = load(R"(
tls:
  names:
    Turn.Example.org.: {certificate: "a b.pem", key: a.key}
    "*.example.org": {key: b.key, certificate: b.pem}
)");
  EXPECT_EQ(config.tls.names, (CertificatesByName{{"turn.example.org", {"a b.pem", "a.key"}},
                                                  {"*.example.org", {"b.pem", "b.key"}}}));
}

TEST_F(ByName, servers_are_read_by_the_name_that_clients_ask_for) {
  const std::string file = write("turnpike.yaml", R"({tls: {
      passthrough: {WWW.example.org: "127.0.0.1:8443", "*.example.org.": "[::1]:8444"},
      passthrough_proxy_protocol: true}})");
  const Config config = read_config(file, overrides_).config;
  EXPECT_EQ(config.tls.passthrough, (ServersByName{{"www.example.org", *Endpoint::parse("127.0.0.1:8443")},
                                                   {"*.example.org", *Endpoint::parse("[::1]:8444")}}));
  EXPECT_TRUE(config.tls.passthrough_proxy_protocol);
}

TEST_F(ByName, upstreams_are_one_for_all_or_one_for_each_host_and_path) {
  const Endpoint server = *Endpoint::parse("127.0.0.1:7880");
  EXPECT_EQ(load("http: {upstream: \"127.0.0.1:7880\"}").http.upstream,
            (std::vector<HttpUpstream>{{"", "", server}}));
  EXPECT_EQ(load("http: {upstream: {WWW.example.org./rtc/v1/: \"127.0.0.1:7880\", www.example.org: "
                 "\"127.0.0.1:8080\", a.example/: \"127.0.0.1:7880\"}}")
                .http.upstream,
            (std::vector<HttpUpstream>{{"www.example.org", "/rtc/v1", server},
                                       {"www.example.org", "", *Endpoint::parse("127.0.0.1:8080")},
                                       {"a.example", "", server}}));
  for (const char* off : {"\"\"", "{}", ""})
    EXPECT_EQ(load(std::string("http: {upstream: ") + off + "}").http, HttpConfig{}) << off;
}

TEST_F(ByName, what_is_printed_loads_as_the_same) {
  for (const char* yaml : {R"(
listen: {tls: ["0.0.0.0:443"]}
tls:
  certificate: c
  key: k
  names: {"*.example.org": {certificate: "null", key: "a: b"}, a.example: {certificate: a, key: b}}
http: {upstream: {b.example/rtc: "127.0.0.1:1", a.example: "127.0.0.1:2"}, proxy_protocol: true}
)",
                           "{listen: {tls: [\"0.0.0.0:443\"]}, tls: {certificate: c, key: k}, http: "
                           "{upstream: \"[::1]:7880\"}}"}) {
    const Config config = load(yaml);
    EXPECT_EQ(load(to_yaml(config)), config) << to_yaml(config);
  }
}

TEST_F(ByName, bad_values_are_refused_with_what_is_wrong) {
  const struct {
    const char* yaml;
    const char* error;
  } table[] = {
      {"tls: {names: a}", "tls.names: must be a map; it is written {NAME: {certificate: FILE, key: FILE}}"},
      {"tls: {names: {a_b.example: {certificate: c, key: k}}}",
       "tls.names: \"a_b.example\" is not a DNS name, such as www.example.org or *.example.org"},
      {"tls: {names: {192.0.2.1: {certificate: c, key: k}}}",
       "tls.names: \"192.0.2.1\" is not a DNS name, such as www.example.org or *.example.org"},
      {"tls: {names: {a.example: {certificate: c, key: k}, A.example.: {certificate: c, key: k}}}",
       "tls.names: \"a.example\" is there twice"},
      {"tls: {names: {a.example: c}}", "tls.names: a.example: has to have a certificate and a key"},
      {"tls: {names: {a.example: {certificate: c}}}", "tls.names: a.example: needs key"},
      {"tls: {names: {a.example: {key: k}}}", "tls.names: a.example: needs certificate"},
      {"tls: {names: {a.example: {certificate: c, key: k, chain: d}}}",
       "tls.names: a.example: \"chain\" is neither certificate nor key"},
      {"tls: {passthrough: \"127.0.0.1:443\"}",
       "tls.passthrough: must be a map; it is written {NAME: ADDRESS:PORT}"},
      {"tls: {passthrough: {w*.example: \"127.0.0.1:443\"}}",
       "tls.passthrough: \"w*.example\" is not a DNS name, such as www.example.org or *.example.org"},
      {"tls: {passthrough: {\"*.example\": \"127.0.0.1:443\", \"*.EXAMPLE\": \"127.0.0.1:444\"}}",
       "tls.passthrough: \"*.example\" is there twice"},
      {"tls: {passthrough: {a.example: 127.0.0.1}}",
       "tls.passthrough: \"127.0.0.1\" is not an address and port, such as 0.0.0.0:3478 or [::]:3478"},
      {"http: {upstream: 7880}",
       "http.upstream: \"7880\" is not an address and port, such as 0.0.0.0:3478 or [::]:3478"},
      {"http: {upstream: [\"127.0.0.1:7880\"]}",
       "http.upstream: must be one value, not a list; it is written "
       "ADDRESS:PORT|{HOST[/PREFIX]: ADDRESS:PORT}"},
      {"http: {upstream: {a.example: \"127.0.0.1:1\", A.example/: \"127.0.0.1:2\"}}",
       "http.upstream: \"A.example/\" is there twice"},
  };
  for (const auto& row : table)
    EXPECT_EQ(error_of(row.yaml), std::string("turnpike.yaml:1: ") + row.error) << row.yaml;
  for (const char* place : {"/rtc", "*.example", "a.example:80", "192.0.2.1", "http://a.example",
                            "a.example//rtc", "a.example/a/../b", "a.example/..", "a.example/./b",
                            "a.example/a%2Fb", "a.example/a?b", "a.example/a b", "a.example//"})
    EXPECT_EQ(error_of(std::string("http: {upstream: {\"") + place + "\": \"127.0.0.1:1\"}}"),
              std::string("turnpike.yaml:1: http.upstream: \"") + place +
                  "\" is not a host with or without a path, such as livekit.example.org or "
                  "www.example.org/rtc");
}

TEST_F(ByName, an_exact_name_goes_before_a_wildcard_whether_it_has_a_server_or_a_certificate) {
  const Endpoint web = *Endpoint::parse("127.0.0.1:8443"), shop = *Endpoint::parse("[::1]:8444");
  TlsConfig tls;
  tls.passthrough = {{"www.example.org", web}, {"*.example.org", shop}, {"www.example.net", web}};
  tls.names = {{"turn.example.org", {"c", "k"}}, {"*.example.net", {"c", "k"}}};
  const struct {
    const char* name;
    std::optional<Endpoint> server;
  } table[] = {
      {"www.example.org", web},
      {"shop.example.org", shop},
      {"turn.example.org", std::nullopt},
      {"www.example.net", web},
      {"shop.example.net", std::nullopt},
      {"example.org", std::nullopt},
      {"a.shop.example.org", std::nullopt},
      {"org", std::nullopt},
      {"www.example.com", std::nullopt},
  };
  for (const auto& [name, server] : table) EXPECT_EQ(server_for(tls, name), server) << name;
}

}  // namespace
}  // namespace turnpike::config
