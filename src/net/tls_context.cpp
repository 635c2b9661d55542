#include "turnpike/net/tls_context.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include <csignal>
#include <cstring>
#include <stdexcept>

#include "turnpike/net/certificate.hpp"

namespace turnpike::net {
namespace {

// Forward secrecy and authenticated encryption only; DHE is there because RFC 8489 6.2.3 asks for it. AES-128
// first: it is the cheapest.
constexpr char kCiphersTls12[] =
    "ECDHE+AESGCM+AES128:ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM+AES128:DHE+AESGCM:!aNULL:!PSK";
constexpr char kCiphersTls13[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

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

// Otherwise OpenSSL would ask on the terminal.
int no_password(char*, int, int, void*) { return 0; }

}  // namespace

TlsContext::TlsContext(const TlsFiles& files) : context_(SSL_CTX_new(TLS_server_method())) {
  if (!context_) throw std::runtime_error("TLS cannot be set up");
  std::signal(SIGPIPE, SIG_IGN);
  ERR_clear_error();
  SSL_CTX* context = get();
  SSL_CTX_set_min_proto_version(context, protocol_version(files.min_version));
  SSL_CTX_set_options(context, kOptions);
  SSL_CTX_set_mode(context, kModes);
  SSL_CTX_set_cipher_list(context, kCiphersTls12);
  SSL_CTX_set_ciphersuites(context, kCiphersTls13);
  SSL_CTX_set_dh_auto(context, 1);
  SSL_CTX_set_session_cache_mode(
      context, SSL_SESS_CACHE_OFF);  // sessions are resumed by tickets, which cost no memory here
  SSL_CTX_set_default_passwd_cb(context, no_password);

  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    fail("TLS certificate", files.certificate);
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    fail("TLS key", files.key);
  if (SSL_CTX_check_private_key(context) != 1) {
    throw std::runtime_error(fmt::format("TLS key {}: not that of {}", files.key, files.certificate));
  }
}

UnixSeconds TlsContext::certificate_expires_unix_s() const {
  return expires_unix_s(SSL_CTX_get0_certificate(context_.get()));
}

}  // namespace turnpike::net
