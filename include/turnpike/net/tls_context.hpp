// Certificate, key and TLS settings that new connections are made with; a reload makes another one and leaves
// this one to those it has.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "turnpike/base/time.hpp"

namespace turnpike::net {

struct TlsFiles {
  std::string certificate;          // PEM: the certificate, then its chain
  std::string key;                  // PEM, not encrypted
  std::string min_version = "1.2";  // or "1.3"
};

class TlsContext {
 public:
  // Throws std::runtime_error with one line that names the file. Makes the process ignore SIGPIPE, for
  // OpenSSL uses write(2).
  explicit TlsContext(const TlsFiles& files);

  // When the certificate ends.
  UnixSeconds certificate_expires_unix_s() const;

  SSL_CTX* get() const { return context_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
};

}  // namespace turnpike::net
