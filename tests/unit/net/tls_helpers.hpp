// Throw-away certificates, and a TLS client that never blocks.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>

#include "temporary_folder.hpp"
#include "turnpike/base/bytes.hpp"
#include "turnpike/net/tls_context.hpp"

namespace turnpike::net {

// Files that vanish with the test. Made once a program: RSA keys take a while.
class Certificates {
 public:
  static const Certificates& get();

  TlsFiles rsa() const { return {path("rsa.pem"), path("rsa.key")}; }
  TlsFiles ec() const { return {path("ec.pem"), path("ec.key")}; }
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

}  // namespace turnpike::net
