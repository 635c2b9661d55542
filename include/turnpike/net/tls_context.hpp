// Certificates, keys and TLS settings that new connections are made with; a reload makes another one and
// leaves this one to those it has.
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

struct TlsFiles {
  std::string certificate;          // PEM: the certificate, then its chain
  std::string key;                  // PEM, not encrypted
  std::string min_version = "1.2";  // or "1.3"
};

class TlsContext {
 public:
  // By the name that a client asks for (SNI): that of a host, or "*.example.org" for all names with one label
  // in front of example.org that have no files of their own.
  using Names = std::map<std::string, TlsFiles>;

  // `files` are for clients that ask for no name or for another one; their `min_version` holds for all.
  // Sessions are resumed by every context that has the same `tickets`. Throws std::runtime_error with one
  // line that names the file, or the name that is none or there twice. Makes the process ignore SIGPIPE, for
  // OpenSSL uses write(2).
  explicit TlsContext(const TlsFiles& files, const Names& names = {},
                      std::shared_ptr<TicketKeys> tickets = std::make_shared<TicketKeys>());
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // When the certificate ends that clients get who ask for this name; "": that of those who ask for none.
  UnixSeconds certificate_expires_unix_s(std::string_view name = {}) const;
  // When the first of all its certificates ends.
  UnixSeconds first_expires_unix_s() const;

  // Connections made with it must not outlive this.
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
