// Which TLS is spoken.
#include "turnpike/net/tls_session.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "tcp_helpers.hpp"
#include "tls_helpers.hpp"
#include "turnpike/net/handshake_failure.hpp"

namespace turnpike::net {
namespace {

void only_tls12(SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION); }

TEST(TlsSession, implements_the_suites_that_rfc_8489_names_TLS_01) {
  const TlsContext context(Certificates::get().rsa());
  for (const char* suite : {"DHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"}) {
    TlsPair pair(context, [suite](SSL_CTX* client) {
      only_tls12(client);
      SSL_CTX_set_cipher_list(client, suite);
    });
    EXPECT_TRUE(pair.handshake()) << suite;
    EXPECT_STREQ(SSL_get_cipher_name(pair.client.ssl()), suite);
  }
  for (const char* suite :
       {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}) {
    TlsPair pair(context, [suite](SSL_CTX* client) { SSL_CTX_set_ciphersuites(client, suite); });
    EXPECT_TRUE(pair.handshake()) << suite;
    EXPECT_STREQ(SSL_get_cipher_name(pair.client.ssl()), suite);
  }
}

TEST(TlsSession, refuses_what_has_no_forward_secrecy_or_no_authenticated_encryption_TLS_02) {
  const TlsContext context(Certificates::get().rsa());
  for (const char* suite : {"AES128-GCM-SHA256", "AES256-SHA", "ECDHE-RSA-AES128-SHA256",
                            "DHE-RSA-AES256-SHA", "ADH-AES128-GCM-SHA256"}) {
    TlsPair pair(context, [suite](SSL_CTX* client) {
      only_tls12(client);
      SSL_CTX_set_security_level(client, 0);
      ASSERT_EQ(SSL_CTX_set_cipher_list(client, suite), 1) << suite;
    });
    EXPECT_FALSE(pair.handshake()) << suite;
    EXPECT_EQ(pair.client.reason(), SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE) << suite;
  }
}

TEST(TlsSession, prefers_elliptic_forward_secrecy_and_never_compresses_TLS_02) {
  const TlsContext context(Certificates::get().rsa());
  TlsPair pair(context, [](SSL_CTX* client) {
    only_tls12(client);
    SSL_CTX_set_cipher_list(client, "AES256-SHA:DHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384");
  });
  EXPECT_TRUE(pair.handshake());
  EXPECT_STREQ(SSL_get_cipher_name(pair.client.ssl()), "ECDHE-RSA-AES256-GCM-SHA384");
  EXPECT_EQ(SSL_get_current_compression(pair.client.ssl()), nullptr);
}

TEST(TlsSession, refuses_versions_that_are_too_old_TLS_03) {
  auto files = Certificates::get().rsa();
  const auto refused = [&](int version) {
    const TlsContext context(files);
    TlsPair pair(context, [version](SSL_CTX* client) {
      SSL_CTX_set_security_level(client, 0);
      SSL_CTX_set_min_proto_version(client, version);
      SSL_CTX_set_max_proto_version(client, version);
    });
    return !pair.handshake() && pair.client.reason() == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION;
  };
  EXPECT_TRUE(refused(TLS1_VERSION));
  EXPECT_TRUE(refused(TLS1_1_VERSION));
  EXPECT_FALSE(refused(TLS1_2_VERSION));
  EXPECT_FALSE(refused(TLS1_3_VERSION));
  files.min_version = "1.3";
  EXPECT_TRUE(refused(TLS1_2_VERSION));
  EXPECT_FALSE(refused(TLS1_3_VERSION));
}

TEST(TlsSession, clients_cannot_renegotiate_TLS_03) {
  const TlsContext context(Certificates::get().rsa());
  TlsPair pair(context, only_tls12);
  ASSERT_TRUE(pair.handshake());
  ASSERT_EQ(SSL_renegotiate(pair.client.ssl()), 1);
  pair.client.handshake();
  EXPECT_NE(pair.server.read(pair.received).state, IoResult::State::closed);
  EXPECT_FALSE(pair.client.handshake());
  EXPECT_EQ(pair.client.reason(), SSL_R_NO_RENEGOTIATION);
}

TEST(TlsSession, garbage_right_behind_the_handshake_is_no_failed_handshake) {
  const TlsContext context(Certificates::get().rsa());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const bool is_whole : {false, true}) {
      TlsPair pair(context, [version](SSL_CTX* client) { SSL_CTX_set_max_proto_version(client, version); });
      pair.client.handshake();
      if (is_whole) {
        EXPECT_NE(pair.server.read(pair.received).state, IoResult::State::closed);
        pair.client.handshake();  // its last flight
      }
      const std::array<std::uint8_t, 8> garbage{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
      ASSERT_EQ(::send(pair.connection.client.get(), garbage.data(), garbage.size(), 0), 8);
      const IoResult result = pair.server.read(pair.received);
      EXPECT_EQ(result.state, IoResult::State::closed) << version;
      EXPECT_TRUE(result.error) << version;
      EXPECT_EQ(pair.server.handshake_done(), is_whole) << version;
    }
  }
}

// What the client has sent first, as far as `size` goes.
std::vector<std::uint8_t> take_beginning(TlsPair& pair, std::size_t size) {
  std::vector<std::uint8_t> beginning(size);
  EXPECT_TRUE(pair.client.handshake());
  const auto count = ::recv(pair.connection.server.fd.get(), beginning.data(), size, 0);
  beginning.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return beginning;
}

TEST(TlsSession, begins_with_what_was_read_before) {
  const TlsContext context(Certificates::get().ec());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const std::size_t size : {1, 5, 100, 4096}) {
      TlsPair pair(context, [version](SSL_CTX* client) { SSL_CTX_set_max_proto_version(client, version); });
      EXPECT_FALSE(pair.server.heard_anything());
      pair.server.begin_with(take_beginning(pair, size));
      EXPECT_TRUE(pair.server.heard_anything());
      ASSERT_TRUE(pair.handshake()) << version << " " << size;
      ASSERT_TRUE(pair.client.write(as_bytes("hello")));
      const IoResult got = pair.server.read(pair.received);
      EXPECT_EQ(as_text(Bytes(pair.received).first(got.bytes)), "hello");
      EXPECT_EQ(got.state, IoResult::State::blocked);
    }
  }
}

TEST(TlsSession, what_it_begins_with_is_judged_as_what_it_reads_itself) {
  const TlsContext context(Certificates::get().ec());
  TlsPair http(context);
  http.server.begin_with(as_bytes("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_TRUE(is_plain_http(http.server.read(http.received).error));

  TlsPair left(context);
  left.server.begin_with(take_beginning(left, 100));
  left.connection.client.reset();
  EXPECT_EQ(left.server.read(left.received).state, IoResult::State::closed);
  EXPECT_FALSE(left.server.handshake_done());
  EXPECT_TRUE(left.server.heard_anything());

  TlsPair silent(context);
  silent.server.begin_with({});
  EXPECT_FALSE(silent.server.heard_anything());
  EXPECT_TRUE(silent.handshake());
}

TEST(TlsSession, sessions_are_resumed_by_tickets_TLS_14) {
  const TlsContext context(Certificates::get().rsa());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto only = [version](SSL_CTX* client) {
      SSL_CTX_set_min_proto_version(client, version);
      SSL_CTX_set_max_proto_version(client, version);
    };
    TlsPair first(context, only);
    ASSERT_TRUE(first.handshake());
    EXPECT_FALSE(SSL_session_reused(first.client.ssl()));
    first.server.shutdown();  // a session that ends without a goodbye is not resumed
    EXPECT_FALSE(first.client.read(first.answer));
    SSL_shutdown(first.client.ssl());
    const std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session(
        SSL_get1_session(first.client.ssl()), &SSL_SESSION_free);
    TlsPair second(context, only, session.get());
    ASSERT_TRUE(second.handshake());
    EXPECT_TRUE(SSL_session_reused(second.client.ssl())) << SSL_get_version(second.client.ssl());
  }
}

TEST(TlsSession, reads_all_records_that_arrived_so_that_the_poller_sees_what_is_left) {
  const TlsContext context(Certificates::get().ec());
  TlsPair pair(context);
  ASSERT_TRUE(pair.handshake());
  for (int record = 0; record < 10; ++record) ASSERT_TRUE(pair.client.write(as_bytes("0123456789")));
  ASSERT_TRUE(readable(pair.connection.server.fd.get()));
  const IoResult small = pair.server.read(MutableBytes(pair.received).first(15));
  EXPECT_EQ(small.bytes, 15U);
  EXPECT_EQ(small.state, IoResult::State::ready) << "there is more, and epoll cannot know";
  const IoResult rest = pair.server.read(pair.received);
  EXPECT_EQ(rest.bytes, 85U);
  EXPECT_EQ(rest.state, IoResult::State::blocked);
}

TEST(TlsSession, writes_one_record_and_says_goodbye) {
  const TlsContext context(Certificates::get().ec());
  TlsPair pair(context);
  ASSERT_TRUE(pair.handshake());
  const std::vector<std::uint8_t> bytes(20000, 7);
  EXPECT_EQ(pair.server.write(bytes).bytes, 16384U);
  EXPECT_EQ(pair.server.write(Bytes(bytes).subspan(16384)).bytes, 20000U - 16384U);
  pair.server.shutdown();
  EXPECT_FALSE(pair.client.read(pair.answer));
  EXPECT_EQ(pair.answer, bytes);
  EXPECT_TRUE(pair.client.closed_politely());
}

TEST(TlsSession, garbage_instead_of_a_handshake_ends_it) {
  const TlsContext context(Certificates::get().ec());
  const Connection connection = connect_pair();
  TlsSession session(context, connection.server.fd.get());
  ASSERT_EQ(::send(connection.client.get(), "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 18);
  ASSERT_TRUE(readable(connection.server.fd.get()));
  std::vector<std::uint8_t> received(100);
  EXPECT_EQ(session.read(received).state, IoResult::State::closed);
  EXPECT_FALSE(session.handshake_done());
}

}  // namespace
}  // namespace turnpike::net
