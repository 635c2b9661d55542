// What is refused when certificates are loaded, and what connections get of what is loaded.
#include "turnpike/net/tls_context.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "tls_helpers.hpp"
#include "turnpike/net/pem_file.hpp"
#include "turnpike/net/tls_files.hpp"

namespace turnpike::net {
namespace {

using Session = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;

std::function<void(SSL_CTX*)> only(int version) {
  return [version](SSL_CTX* client) {
    SSL_CTX_set_min_proto_version(client, version);
    SSL_CTX_set_max_proto_version(client, version);
  };
}

std::string der_of(const X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(std::max(size, 0)));
  OPENSSL_free(bytes);
  return der;
}
std::string certificate_shown_to(const TlsClient& client) {
  return der_of(SSL_get0_peer_certificate(client.ssl()));
}
std::string certificate_in(const TlsFiles& files) {
  return der_of(read_pem_file(files.certificate).certificates.front().get());
}

void offer(const TlsClient& client, const std::string& labels) {
  SSL_set_alpn_protos(client.ssl(), as_bytes(labels).data(), static_cast<unsigned>(labels.size()));
}
std::string_view label_agreed_on_by(const TlsClient& client) {
  const unsigned char* label = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(client.ssl(), &label, &size);
  return as_text({label, size});
}

TEST(TlsContext, loads_rsa_and_elliptic_certificates) {
  EXPECT_NO_THROW(TlsContext{Certificates::get().rsa()});
  EXPECT_NO_THROW(TlsContext{Certificates::get().ec()});
}

TEST(TlsContext, tells_when_its_certificate_ends) {
  const TlsFiles files = Certificates::get().rsa();
  const auto report = examine(files, 0);
  EXPECT_EQ(TlsContext(files).certificate_expires_unix_s(), report.expires_unix_s);
}

TEST(TlsContext, says_in_one_line_which_file_is_wrong) {
  const auto& files = Certificates::get();
  std::ofstream(files.path("empty.pem")).flush();
  const auto good = files.rsa();
  const struct {
    const char* name;
    TlsFiles given;
    std::string message;
  } table[] = {
      {"no certificate",
       {"/nowhere/cert.pem", good.key},
       "TLS certificate /nowhere/cert.pem: No such file or directory"},
      {"no key",
       {good.certificate, "/nowhere/key.pem"},
       "TLS key /nowhere/key.pem: No such file or directory"},
      {"an empty file",
       {files.path("empty.pem"), good.key},
       "TLS certificate " + files.path("empty.pem") + ": no start line"},
      {"a key for a certificate", {good.key, good.key}, "TLS certificate " + good.key + ": no start line"},
      {"a key of another kind",
       {good.certificate, files.ec().key},
       "TLS key " + files.ec().key + ": not that of " + good.certificate},
      {"the key of another",
       {files.ec().certificate, files.path("ec2.key")},
       "TLS key " + files.path("ec2.key") + ": key values mismatch"},
      {"a key with a password",
       {good.certificate, files.path("rsa.locked.key")},
       "TLS key " + files.path("rsa.locked.key") + ": bad decrypt"},
      {"TLS 1.1", {good.certificate, good.key, "1.1"}, "TLS version \"1.1\": neither 1.2 nor 1.3"},
  };
  for (const auto& row : table) {
    try {
      const TlsContext context(row.given);
      ADD_FAILURE() << row.name << " was accepted";
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(error.what(), row.message) << row.name;
    }
  }
}

TEST(TlsContext, the_certificate_is_that_of_the_name_that_is_asked_for_TLS_13) {
  const auto& files = Certificates::get();
  const TlsContext context(files.rsa(), {{"turn.Example.org.", files.ec()}, {"*.example.org", files.ec2()}});
  const struct {
    const char* name;
    TlsFiles shown;
  } table[] = {
      {"turn.example.org", files.ec()},   {"TURN.example.ORG", files.ec()}, {"www.example.org", files.ec2()},
      {"a.www.example.org", files.rsa()}, {"example.org", files.rsa()},     {"turn.example.net", files.rsa()},
      {"www_1.example.org", files.rsa()}, {nullptr, files.rsa()},
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const auto& [name, shown] : table) {
      TlsPair pair(context, only(version));
      if (name != nullptr) SSL_set_tlsext_host_name(pair.client.ssl(), name);
      ASSERT_TRUE(pair.handshake());
      EXPECT_EQ(certificate_shown_to(pair.client), certificate_in(shown)) << (name ? name : "none");
    }
  }
}

TEST(TlsContext, a_name_that_is_none_or_there_twice_is_refused) {
  const auto good = Certificates::get().ec();
  const struct {
    TlsContext::Names names;
    std::string message;
  } table[] = {
      {{{"turn_1.example.org", good}}, "TLS name \"turn_1.example.org\": not a DNS name"},
      {{{"", good}}, "TLS name \"\": not a DNS name"},
      {{{"Turn.example.org", good}, {"turn.example.org", good}}, "TLS name turn.example.org: given twice"},
      {{{"*.example.org", good}, {"*.example.org.", good}}, "TLS name *.example.org: given twice"},
      {{{"turn.example.org", {"/nowhere/cert.pem", good.key}}},
       "TLS certificate /nowhere/cert.pem: No such file or directory"},
  };
  for (const auto& row : table) {
    try {
      const TlsContext context(good, row.names);
      ADD_FAILURE() << row.message;
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(error.what(), row.message);
    }
  }
}

TEST(TlsContext, tells_when_the_certificate_of_a_name_ends) {
  const auto& files = Certificates::get();
  const TlsContext context(files.rsa(), {{"turn.example.org", files.ec2()}});
  const auto ends = examine(files.ec2(), 0).expires_unix_s;
  EXPECT_EQ(context.certificate_expires_unix_s("turn.example.org"), ends);
  EXPECT_NE(context.certificate_expires_unix_s(), ends);
  EXPECT_EQ(context.certificate_expires_unix_s("www.example.org"), context.certificate_expires_unix_s());
  EXPECT_EQ(context.first_expires_unix_s(), context.certificate_expires_unix_s());
  const TlsContext turned(files.ec2(), {{"turn.example.org", files.rsa()}});
  EXPECT_EQ(turned.first_expires_unix_s(), turned.certificate_expires_unix_s("turn.example.org"));
  EXPECT_LT(turned.first_expires_unix_s(), turned.certificate_expires_unix_s());
}

TEST(TlsContext, agrees_on_a_protocol_that_both_have_TLS_09_TLS_10) {
  const TlsContext context(Certificates::get().rsa(), {{"turn.example.org", Certificates::get().ec()}});
  const struct {
    std::string offered;
    std::string chosen;
    Alpn alpn;
  } table[] = {
      {"\x02h2\x08http/1.1", "http/1.1", Alpn::http},
      {"\x08http/1.1\x09stun.turn", "stun.turn", Alpn::turn},
      {"\x12stun.nat-discovery", "stun.nat-discovery", Alpn::turn},
      {"", "", Alpn::none},
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const char* name : {"turn.example.org", "www.example.org"}) {
      for (const auto& row : table) {
        TlsPair pair(context, only(version));
        SSL_set_tlsext_host_name(pair.client.ssl(), name);
        offer(pair.client, row.offered);
        ASSERT_TRUE(pair.handshake()) << row.offered;
        EXPECT_EQ(label_agreed_on_by(pair.client), row.chosen);
        EXPECT_EQ(pair.server.alpn(), row.alpn);
      }
      TlsPair foreign(context, only(version));
      offer(foreign.client, "\x02h2\x08http/1.0");
      EXPECT_FALSE(foreign.handshake());
      EXPECT_EQ(foreign.client.reason(), SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
    }
  }
}

// What comes out of a session that ends well.
Session session_of(TlsPair& pair) {
  EXPECT_TRUE(pair.handshake());
  pair.server.shutdown();
  EXPECT_FALSE(pair.client.read(pair.answer));
  SSL_shutdown(pair.client.ssl());
  return {SSL_get1_session(pair.client.ssl()), &SSL_SESSION_free};
}

TEST(TlsContext, contexts_with_the_same_keys_resume_each_others_sessions_TLS_14) {
  const auto& files = Certificates::get();
  const auto keys = std::make_shared<TicketKeys>();
  const TlsContext before(files.rsa(), {{"turn.example.org", files.ec()}}, keys);
  const TlsContext after(files.ec2(), {{"turn.example.org", files.rsa()}}, keys);
  const TlsContext other(files.rsa());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const char* name : {"turn.example.org", "www.example.org"}) {
      const auto resumes = [&](const TlsContext& context, SSL_SESSION* session) {
        TlsPair pair(context, only(version), session);
        SSL_set_tlsext_host_name(pair.client.ssl(), name);
        EXPECT_TRUE(pair.handshake());
        return SSL_session_reused(pair.client.ssl()) == 1;
      };
      TlsPair first(before, only(version));
      SSL_set_tlsext_host_name(first.client.ssl(), name);
      const Session session = session_of(first);
      EXPECT_FALSE(SSL_session_reused(first.client.ssl()));
      EXPECT_FALSE(resumes(other, session.get())) << "a full handshake instead";
      EXPECT_TRUE(resumes(after, session.get())) << version << " " << name;
    }
  }
}

// Of TLS 1.2 they are not, for whoever got the secret could read what was recorded.
TEST(TlsContext, sessions_of_tls_1_3_are_resumed_by_every_server_with_the_secret_TLS_14) {
  const auto& files = Certificates::get();
  const auto keys_with = [](const char* secret) {
    auto keys = std::make_shared<TicketKeys>();
    keys->share({secret});
    return keys;
  };
  const TlsContext one(files.rsa(), {}, keys_with("north")), other(files.rsa(), {}, keys_with("north"));
  const TlsContext stranger(files.rsa(), {}, keys_with("south"));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto resumes = [&](const TlsContext& context, SSL_SESSION* session) {
      TlsPair pair(context, only(version), session);
      EXPECT_TRUE(pair.handshake());
      return SSL_session_reused(pair.client.ssl()) == 1;
    };
    TlsPair first(one, only(version));
    const Session session = session_of(first);
    EXPECT_FALSE(resumes(stranger, session.get()));
    const bool is_shared = version == TLS1_3_VERSION;
    EXPECT_EQ(resumes(other, session.get()), is_shared);
    EXPECT_TRUE(is_shared || resumes(one, session.get())) << "a session is resumed once";
  }
}

// The same session with one bit of its ticket changed, which is found in the bytes of the session.
Session with_another_ticket(SSL_SESSION* session) {
  const unsigned char* ticket = nullptr;
  std::size_t size = 0;
  SSL_SESSION_get0_ticket(session, &ticket, &size);
  std::vector<unsigned char> bytes(static_cast<std::size_t>(i2d_SSL_SESSION(session, nullptr)));
  unsigned char* out = bytes.data();
  i2d_SSL_SESSION(session, &out);
  const auto found = std::search(bytes.begin(), bytes.end(), ticket, ticket + size);
  EXPECT_NE(found, bytes.end());
  found[static_cast<std::ptrdiff_t>(size) / 2] ^= 1;
  const unsigned char* in = bytes.data();
  return {d2i_SSL_SESSION(nullptr, &in, static_cast<long>(bytes.size())), &SSL_SESSION_free};
}

TEST(TlsContext, a_ticket_that_was_changed_is_not_taken_TLS_14) {
  const TlsContext context(Certificates::get().rsa());
  TlsPair first(context, only(TLS1_2_VERSION));
  const Session session = session_of(first);
  for (const bool is_changed : {false, true}) {
    const Session again = is_changed ? with_another_ticket(session.get())
                                     : Session(SSL_SESSION_dup(session.get()), &SSL_SESSION_free);
    TlsPair second(context, only(TLS1_2_VERSION), again.get());
    EXPECT_TRUE(second.handshake());
    EXPECT_NE(SSL_session_reused(second.client.ssl()) == 1, is_changed);
  }
}

// The group that is agreed on with a client that offers these, and that in TLS 1.3 has a key of the first
// with them.
std::string group_agreed_on(int version, const char* offered) {
  const TlsContext context(Certificates::get().ec());
  TlsPair pair(context, [&](SSL_CTX* client) {
    only(version)(client);
    EXPECT_EQ(SSL_CTX_set1_groups_list(client, offered), 1) << offered;
  });
  if (!pair.handshake()) return "none";
  const char* name =
      SSL_group_to_name(pair.client.ssl(), static_cast<int>(SSL_get_negotiated_group(pair.client.ssl())));
  return name == nullptr ? "unnamed" : name;
}

TEST(TlsContext, elliptic_groups_are_x25519_then_p256_then_p384_and_no_other) {
  EXPECT_EQ(group_agreed_on(TLS1_2_VERSION, "P-384:P-256:X25519"), "x25519");
  EXPECT_EQ(group_agreed_on(TLS1_2_VERSION, "P-521:P-384:P-256"), "secp256r1");
  EXPECT_EQ(group_agreed_on(TLS1_3_VERSION, "X25519"), "x25519");
  EXPECT_EQ(group_agreed_on(TLS1_3_VERSION, "P-521:P-256"), "secp256r1");
  EXPECT_EQ(group_agreed_on(TLS1_3_VERSION, "P-521:P-384"), "secp384r1");
  EXPECT_EQ(group_agreed_on(TLS1_3_VERSION, "P-521:X448"), "none");
}

TEST(TlsContext, the_hybrid_group_is_taken_where_openssl_has_it) {
  const bool has_it = OpenSSL_version_num() >= 0x30500000L;
  EXPECT_EQ(group_agreed_on(TLS1_3_VERSION, has_it ? "X25519MLKEM768:X25519" : "X25519:P-256"),
            has_it ? "X25519MLKEM768" : "x25519");
}

TEST(TlsContext, a_write_to_a_connection_that_is_gone_does_not_kill_the_process) {
  std::signal(SIGPIPE, SIG_DFL);
  const TlsContext context(Certificates::get().ec());
  EXPECT_EQ(std::signal(SIGPIPE, SIG_IGN), SIG_IGN);
}

}  // namespace
}  // namespace turnpike::net
