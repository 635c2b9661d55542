// Reads a file of certificates and keys leniently, so that the server can say what is wrong with the file.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace turnpike::net {

template <auto Free>
// Deletes an OpenSSL object with its own function, for std::unique_ptr.
struct OpenSslDeleter {
  void operator()(auto* object) const { Free(object); }
};
using Certificate = std::unique_ptr<X509, OpenSslDeleter<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, OpenSslDeleter<EVP_PKEY_free>>;

// The content of a file, as far as it can be told without a passphrase.
struct PemFile {
  // the system's reason; empty if the file could be read, otherwise all other fields are empty
  std::string unreadable;
  std::vector<Certificate> certificates;
  PrivateKey key;                // null if there is none, or it is encrypted or damaged
  bool has_private_key = false;  // in whatever form, also encrypted or in OpenSSH's
  bool is_encrypted = false;
  bool has_pem = false;
  bool is_openssh = false;
  std::string other;  // the PEM label of a block that is neither a certificate nor a key nor parameters
  // the form of a file without PEM: "empty", "DER", "PKCS #7", "PKCS #12", or "" if unknown
  std::string form;
};

// Reads a file. Neither throws nor asks for a passphrase.
PemFile read_pem_file(const std::string& path);

// Return why the file has no usable certificate or private key, in words that follow its path and name the
// command that helps. Return an empty string if it has one.
std::string why_no_certificate(const std::string& path, const PemFile& file);
std::string why_no_private_key(const std::string& path, const PemFile& file);

}  // namespace turnpike::net
