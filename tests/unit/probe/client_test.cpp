// The probe goes where a server sends it, over every transport, and no further than the certificate there and
// a way without circles allow.
#include "turnpike/probe/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "shell/support.hpp"
#include "turnpike/probe/probe.hpp"

namespace turnpike::probe {
namespace {

using client::ServerUri;
using shell::RunningServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

turn::AlternateServer by_all_ways(const RunningServer& server, std::string domain = "") {
  return {{{Transport::udp, server.udp()}, {Transport::tcp, server.tcp()}, {Transport::tls, server.tls()}},
          std::move(domain)};
}

void send_on(RunningServer& from, const RunningServer& to, std::string domain = "") {
  from.set_alternates({true, {by_all_ways(to, std::move(domain))}});
}

Options options_for(const RunningServer& server, Transport transport) {
  const Endpoint at = transport == Transport::udp   ? server.udp()
                      : transport == Transport::tcp ? server.tcp()
                                                    : server.tls();
  const bool is_secure = transport == Transport::tls;
  const ServerUri uri{.scheme = is_secure ? ServerUri::Scheme::turns : ServerUri::Scheme::turn,
                      .host = "one.example",
                      .port = at.port,
                      .transport = transport};
  return {
      .listeners = {{uri, at.address}}, .username = "user", .password = "pass", .count = 5, .insecure = true};
}

// A throw-away certificate for one name, which is its own authority.
net::TlsFiles certificate_for(const TemporaryFolder& folder, const std::string& name) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), 2);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  X509_set_pubkey(certificate.get(), key.get());
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> names(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str()),
      &X509_EXTENSION_free);
  X509_add_ext(certificate.get(), names.get(), -1);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  using File = std::unique_ptr<FILE, int (*)(FILE*)>;
  const net::TlsFiles files{folder.path(name + ".pem"), folder.path(name + ".key")};
  PEM_write_X509(File(std::fopen(files.certificate.c_str(), "w"), &std::fclose).get(), certificate.get());
  PEM_write_PrivateKey(File(std::fopen(files.key.c_str(), "w"), &std::fclose).get(), key.get(), nullptr,
                       nullptr, 0, nullptr, nullptr);
  return files;
}

TEST(ProbeClient, both_clients_go_where_the_server_sends_the_first_over_every_transport_ALT_05) {
  for (const Transport transport : {Transport::udp, Transport::tcp, Transport::tls}) {
    RunningServer full(shell::loopback_config()), other(shell::loopback_config());
    send_on(full, other);
    const LegResult leg = run_probe(options_for(full, transport)).legs.front();
    EXPECT_EQ(leg.error, "");
    const Endpoint expected = transport == Transport::udp   ? other.udp()
                              : transport == Transport::tcp ? other.tcp()
                                                            : other.tls();
    EXPECT_THAT(leg.sent_to, ElementsAre(expected.to_string()));
    ASSERT_TRUE(leg.traffic.has_value());
    EXPECT_EQ(leg.traffic->received, 5U);
    EXPECT_EQ(full.allocations(), 0U);
    EXPECT_TRUE(shell::becomes_true([&] { return other.allocations() == 0; })) << "ended at the end";
  }
}

TEST(ProbeClient, a_way_that_leads_in_a_circle_ends_with_what_the_last_server_said_ALT_05) {
  RunningServer one(shell::loopback_config()), two(shell::loopback_config());
  send_on(one, two);
  send_on(two, one);
  const LegResult leg = run_probe(options_for(one, Transport::udp)).legs.front();
  EXPECT_THAT(leg.sent_to, ElementsAre(two.udp().to_string()));
  EXPECT_THAT(leg.error, HasSubstr("300 Try Alternate (" + one.udp().to_string() + ")"));
  const LegResult again = run_probe(options_for(one, Transport::udp)).legs.front();
  EXPECT_EQ(again.error, "") << "who comes back is served";
  EXPECT_THAT(again.sent_to, IsEmpty());
}

TEST(ProbeClient, a_server_that_is_not_there_is_told_with_who_has_sent_the_client_there) {
  RunningServer full(shell::loopback_config());
  const Endpoint nobody = shell::loopback(shell::free_port());
  full.set_alternates({true, {{{{Transport::udp, nobody}}}}});
  const LegResult leg = run_probe(options_for(full, Transport::udp)).legs.front();
  EXPECT_THAT(leg.sent_to, ElementsAre(nobody.to_string()));
  EXPECT_THAT(leg.error, HasSubstr("nothing listens at UDP " + nobody.to_string()));
}

TEST(ProbeClient, the_certificate_there_must_have_the_name_that_was_told_or_else_the_old_one_ALT_04) {
  const TemporaryFolder folder;
  const net::TlsFiles one = certificate_for(folder, "one.example"),
                      two = certificate_for(folder, "two.example");
  folder.write("both.pem", folder.read("one.example.pem") + folder.read("two.example.pem"));
  const struct {
    const char* name;
    const char* domain;
    bool is_good;
  } cases[] = {
      {"the name that is told", "two.example", true},
      {"another name is told", "three.example", false},
      {"no name is told", "", false},
  };
  for (const auto& [name, domain, is_good] : cases) {
    config::Config of_one = shell::loopback_config(), of_two = shell::loopback_config();
    of_one.tls = {one.certificate, one.key};
    of_two.tls = {two.certificate, two.key};
    RunningServer full(of_one), other(of_two);
    send_on(full, other, domain);
    Options options = options_for(full, Transport::tls);
    options.insecure = false;
    options.ca_file = folder.path("both.pem");
    const LegResult leg = run_probe(options).legs.front();
    EXPECT_EQ(leg.sent_to.size(), 1U) << name;
    EXPECT_THAT(leg.error, HasSubstr(is_good ? "" : "the certificate is refused")) << name;
    EXPECT_EQ(leg.error.empty(), is_good) << name;
  }
}

}  // namespace
}  // namespace turnpike::probe
