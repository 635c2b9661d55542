// What a file of certificates and keys holds: read leniently, so that it can be said what it is instead.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace turnpike::net {

template <auto Free>
struct OpenSslDeleter {
  void operator()(auto* object) const { Free(object); }
};
using Certificate = std::unique_ptr<X509, OpenSslDeleter<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, OpenSslDeleter<EVP_PKEY_free>>;

// As far as it can be told without a passphrase.
struct PemFile {
  std::string unreadable;  // why; all else is empty then
  std::vector<Certificate> certificates;
  PrivateKey key;
  bool has_private_key = false;  // of whatever form
  bool is_encrypted = false;
  bool has_pem = false;
  bool is_openssh = false;
  std::string other;  // the label of another thing in PEM
  std::string form;   // of what is no PEM: "empty", "DER", "PKCS #7", "PKCS #12"
};

// Asks nobody for a passphrase.
PemFile read_pem_file(const std::string& path);

// Why the file has no certificate or no private key that can be used, in words that follow its path and
// name the command that helps; empty if it has one.
std::string why_no_certificate(const std::string& path, const PemFile& file);
std::string why_no_private_key(const std::string& path, const PemFile& file);

}  // namespace turnpike::net
