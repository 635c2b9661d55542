// Throw-away certificates, and a TLS client that never blocks.
#include "tls_helpers.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <vector>

namespace turnpike::net {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
struct Close {
  void operator()(FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<FILE, Close>;

void write_pair(const Certificates& files, const std::string& name, EVP_PKEY* generated, long life_s = 3600) {
  const Key key(generated, &EVP_PKEY_free);
  const Certificate certificate(X509_new(), &X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), life_s);
  X509_set_pubkey(certificate.get(), key.get());
  X509_sign(certificate.get(), key.get(), EVP_sha256());

  const File certificate_file(std::fopen(files.path(name + ".pem").c_str(), "w"));
  PEM_write_X509(certificate_file.get(), certificate.get());
  const File key_file(std::fopen(files.path(name + ".key").c_str(), "w"));
  PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  const File locked_file(std::fopen(files.path(name + ".locked.key").c_str(), "w"));
  char password[] = "password";
  PEM_write_PrivateKey(locked_file.get(), key.get(), EVP_aes_128_cbc(), nullptr, 0, nullptr, password);
}

}  // namespace

const Certificates& Certificates::get() {
  static const Certificates certificates;
  return certificates;
}

Certificates::Certificates() {
  write_pair(*this, "rsa", EVP_RSA_gen(2048));
  write_pair(*this, "ec", EVP_EC_gen("P-256"));
  write_pair(*this, "ec2", EVP_EC_gen("P-256"), 7200);
}

TlsClient::TlsClient(int fd, const std::function<void(SSL_CTX*)>& adjust, SSL_SESSION* resumed)
    : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free), ssl_(nullptr, &SSL_free) {
  SSL_CTX_set_mode(context_.get(), SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (adjust) adjust(context_.get());
  ssl_.reset(SSL_new(context_.get()));
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  SSL_set_fd(ssl(), fd);
  SSL_set_connect_state(ssl());
  if (resumed != nullptr) SSL_set_session(ssl(), resumed);
}

bool TlsClient::step(int result) {
  if (result > 0) return true;
  const int error = SSL_get_error(ssl(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return true;
  reason_ = ERR_GET_REASON(ERR_peek_error());
  ERR_clear_error();
  return false;
}

bool TlsClient::read(std::vector<std::uint8_t>& out) {
  std::array<std::uint8_t, 16384> buffer;
  for (;;) {
    const int count = SSL_read(ssl(), buffer.data(), buffer.size());
    if (count <= 0) return step(count);
    out.insert(out.end(), buffer.begin(), buffer.begin() + count);
  }
}

bool TlsClient::write(Bytes bytes) {
  const int count = SSL_write(ssl(), bytes.data(), static_cast<int>(bytes.size()));
  step(count);
  return count == static_cast<int>(bytes.size());
}

}  // namespace turnpike::net
