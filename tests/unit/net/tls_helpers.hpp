// Throw-away certificates, and a TLS client that never blocks.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>

#include "tcp_helpers.hpp"
#include "temporary_folder.hpp"
#include "turnpike/base/bytes.hpp"
#include "turnpike/net/tls_context.hpp"
#include "turnpike/net/tls_session.hpp"

namespace turnpike::net {

// Files that vanish with the test. Made once a program: RSA keys take a while.
class Certificates {
 public:
  static const Certificates& get();

  TlsFiles rsa() const { return {path("rsa.pem"), path("rsa.key")}; }
  // The second ends later.
  TlsFiles ec() const { return {path("ec.pem"), path("ec.key")}; }
  TlsFiles ec2() const { return {path("ec2.pem"), path("ec2.key")}; }
  std::string path(const std::string& name) const { return folder_.path(name); }

 private:
  Certificates();

  TemporaryFolder folder_;
};

class TlsClient {
 public:
  // On a connected socket; `adjust` may restrict versions and ciphers before the connection begins.
  explicit TlsClient(int fd, const std::function<void(SSL_CTX*)>& adjust = {},
                     SSL_SESSION* resumed = nullptr);

  SSL* ssl() const { return ssl_.get(); }
  bool handshake_done() const { return SSL_is_init_finished(ssl()) == 1; }
  // One step, as far as it goes without the server. False: the server has refused, see reason().
  bool handshake() { return step(SSL_do_handshake(ssl())); }
  // Appends what has arrived. False: the connection has ended.
  bool read(std::vector<std::uint8_t>& out);
  // Everything or, if it must wait, nothing; then call it again with the same bytes.
  bool write(Bytes bytes);
  // Of the error that ended it, an SSL_R_...
  int reason() const { return reason_; }
  bool closed_politely() const { return (SSL_get_shutdown(ssl()) & SSL_RECEIVED_SHUTDOWN) != 0; }

 private:
  bool step(int result);

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  int reason_ = 0;
};

// A server and a client on one connection, taking turns in one thread.
struct TlsPair {
  explicit TlsPair(const TlsContext& context, const std::function<void(SSL_CTX*)>& adjust = {},
                   SSL_SESSION* resumed = nullptr)
      : server(context, connection.server.fd.get()), client(connection.client.get(), adjust, resumed) {}

  // True if both are done, false if one has given up. Then everything that the server had to say about the
  // session has been read.
  bool handshake() {
    bool client_open = true;
    bool server_open = true;
    for (int turn = 0; turn < 20 && client_open && server_open; ++turn) {
      client_open = client.handshake();
      server_open = server.read(received).state != IoResult::State::closed;
      if (client.handshake_done() && server.handshake_done()) return client.read(answer);
    }
    if (client_open) client.handshake();  // reads the alert
    return false;
  }

  Connection connection = connect_pair();
  TlsSession server;
  TlsClient client;
  std::vector<std::uint8_t> received = std::vector<std::uint8_t>(65536);
  std::vector<std::uint8_t> answer;
};

}  // namespace turnpike::net
