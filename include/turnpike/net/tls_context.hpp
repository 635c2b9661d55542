// The certificates, keys and TLS settings of new connections. A reload makes another context; connections
// keep theirs.
#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "turnpike/base/time.hpp"
#include "turnpike/net/ticket_keys.hpp"

namespace turnpike::net {

// The paths of a certificate and its key.
struct TlsFiles {
  std::string certificate;          // PEM: the certificate, then its chain
  std::string key;                  // PEM, not encrypted
  std::string min_version = "1.2";  // "1.2" or "1.3"
};

// Holds an SSL_CTX for each certificate and chooses among them by SNI.
class TlsContext {
 public:
  // Files by the name that a client asks for (SNI). The name is that of a host, or "*.example.org" for all
  // names with one label before example.org that have no entry of their own.
  using Names = std::map<std::string, TlsFiles>;

  // Loads all files. `files` serve clients that ask for no name or an unknown one; their `min_version` holds
  // for all names. Contexts with the same `tickets` resume each other's sessions. Throws std::runtime_error
  // with one line that names the bad file, or the name that is invalid or appears twice. Makes the process
  // ignore SIGPIPE, because OpenSSL uses write(2).
  explicit TlsContext(const TlsFiles& files, const Names& names = {},
                      std::shared_ptr<TicketKeys> tickets = std::make_shared<TicketKeys>());
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // Returns when the certificate expires that clients who ask for this name get; "" means no name.
  UnixSeconds certificate_expires_unix_s(std::string_view name = {}) const;
  // Returns when the first of all certificates expires.
  UnixSeconds first_expires_unix_s() const;

  // Returns OpenSSL's context; connections that are made with it must not outlive this object.
  SSL_CTX* get() const { return context_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  using Context = std::unique_ptr<SSL_CTX, Free>;

  Context load(const TlsFiles& files) const;
  void add(const std::string& name, const TlsFiles& files);
  SSL_CTX* context_for(std::string_view name) const;
  static int on_server_name(SSL* ssl, int* alert, void* self);

  std::shared_ptr<TicketKeys> tickets_;
  Context context_;
  std::map<std::string, Context, std::less<>> named_;
};

}  // namespace turnpike::net
