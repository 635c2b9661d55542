#include "turnpike/net/tls_context.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "turnpike/net/alpn.hpp"
#include "turnpike/net/certificate.hpp"
#include "turnpike/net/dns_name.hpp"

namespace turnpike::net {
namespace {

// Forward secrecy and authenticated encryption only; DHE is there because RFC 8489 6.2.3 asks for it. AES-128
// first: it is the cheapest.
constexpr char kCiphersTls12[] =
    "ECDHE+AESGCM+AES128:ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM+AES128:DHE+AESGCM:!aNULL:!PSK";
constexpr char kCiphersTls13[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

// The cheapest first, behind the one that stands up to a quantum computer, which OpenSSL has from 3.5 on. "?"
// is understood from 3.3 on.
constexpr char kGroups[] = "X25519:P-256:P-384";
constexpr char kGroupsWithHybrid[] = "?X25519MLKEM768:X25519:P-256:P-384";

// Tickets are taken only where this is the same.
constexpr unsigned char kSessionsOf[] = "turnpike";

// No renegotiation, no compression (RFC 9325); ChaCha20 for clients that put it first, for they have no AES
// instructions.
constexpr std::uint64_t kOptions = SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA
#ifdef SSL_OP_ENABLE_KTLS
                                   | SSL_OP_ENABLE_KTLS
#endif
    ;

constexpr long kModes =
    SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS;

// The first error says what is wrong; later ones only which layer passed it on.
[[noreturn]] void fail(const std::string& what, const std::string& file) {
  const unsigned long code = ERR_peek_error();
  const char* reason = ERR_SYSTEM_ERROR(code) ? std::strerror(static_cast<int>(ERR_GET_REASON(code)))
                                              : ERR_reason_error_string(code);
  ERR_clear_error();
  throw std::runtime_error(fmt::format("{} {}: {}", what, file, reason == nullptr ? "unusable" : reason));
}

int protocol_version(const std::string& name) {
  if (name == "1.2") return TLS1_2_VERSION;
  if (name == "1.3") return TLS1_3_VERSION;
  throw std::runtime_error(fmt::format("TLS version \"{}\": neither 1.2 nor 1.3", name));
}

void set_groups(SSL_CTX* context) {
  if (SSL_CTX_set1_groups_list(context, kGroupsWithHybrid) == 1) return;
  ERR_clear_error();
  if (SSL_CTX_set1_groups_list(context, kGroups) != 1) throw std::runtime_error("TLS has no elliptic curves");
}

// Otherwise OpenSSL would ask on the terminal.
int no_password(char*, int, int, void*) { return 0; }

}  // namespace

TlsContext::TlsContext(const TlsFiles& files, const Names& names, std::shared_ptr<TicketKeys> tickets)
    : tickets_(std::move(tickets)), context_(load(files)) {
  std::signal(SIGPIPE, SIG_IGN);
  for (const auto& [name, files_of_name] : names) add(name, files_of_name);
  SSL_CTX_set_tlsext_servername_callback(get(), on_server_name);
  SSL_CTX_set_tlsext_servername_arg(get(), this);
}

TlsContext::Context TlsContext::load(const TlsFiles& files) const {
  Context owned(SSL_CTX_new(TLS_server_method()));
  if (!owned) throw std::runtime_error("TLS cannot be set up");
  ERR_clear_error();
  SSL_CTX* context = owned.get();
  SSL_CTX_set_min_proto_version(context, protocol_version(files.min_version));
  SSL_CTX_set_options(context, kOptions);
  SSL_CTX_set_mode(context, kModes);
  SSL_CTX_set_cipher_list(context, kCiphersTls12);
  SSL_CTX_set_ciphersuites(context, kCiphersTls13);
  SSL_CTX_set_dh_auto(context, 1);
  set_groups(context);
  use_alpn(context);
  SSL_CTX_set_session_cache_mode(
      context, SSL_SESS_CACHE_OFF);  // sessions are resumed by tickets, which cost no memory here
  SSL_CTX_set_session_id_context(context, kSessionsOf, sizeof kSessionsOf - 1);
  use_ticket_keys(context, *tickets_);
  SSL_CTX_set_default_passwd_cb(context, no_password);

  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    fail("TLS certificate", files.certificate);
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    fail("TLS key", files.key);
  if (SSL_CTX_check_private_key(context) != 1) {
    throw std::runtime_error(fmt::format("TLS key {}: not that of {}", files.key, files.certificate));
  }
  return owned;
}

void TlsContext::add(const std::string& name, const TlsFiles& files) {
  const auto pattern = name_pattern_in(name);
  if (!pattern) throw std::runtime_error(fmt::format("TLS name \"{}\": not a DNS name", name));
  if (named_.contains(*pattern)) throw std::runtime_error(fmt::format("TLS name {}: given twice", *pattern));
  named_.emplace(*pattern, load(files));
}

SSL_CTX* TlsContext::context_for(std::string_view text) const {
  const auto name = host_name_in(text);
  if (!name) return get();
  if (const auto exact = named_.find(*name); exact != named_.end()) return exact->second.get();
  const auto wildcard = wildcard_of(*name);
  const auto found = wildcard ? named_.find(*wildcard) : named_.end();
  return found == named_.end() ? get() : found->second.get();
}

// Of what belongs to a context, only certificate and key are taken from the one that is chosen here.
int TlsContext::on_server_name(SSL* ssl, int*, void* self) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_SSL_CTX(ssl, static_cast<TlsContext*>(self)->context_for(name));
  return SSL_TLSEXT_ERR_OK;
}

UnixSeconds TlsContext::certificate_expires_unix_s(std::string_view name) const {
  return expires_unix_s(SSL_CTX_get0_certificate(context_for(name)));
}

UnixSeconds TlsContext::first_expires_unix_s() const {
  UnixSeconds first = certificate_expires_unix_s();
  for (const auto& [name, context] : named_)
    first = std::min(first, expires_unix_s(SSL_CTX_get0_certificate(context.get())));
  return first;
}

}  // namespace turnpike::net
