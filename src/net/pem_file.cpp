#include "turnpike/net/pem_file.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace turnpike::net {
namespace {

using Memory = std::unique_ptr<BIO, OpenSslDeleter<BIO_free_all>>;

Memory in_memory(std::string_view bytes) {
  return Memory(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

// Otherwise OpenSSL would ask on the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

template <class Object>
bool is_der(std::string_view bytes, Object* (*parse)(Object**, const unsigned char**, long),
            void (*free)(Object*)) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  Object* const object = parse(nullptr, &at, static_cast<long>(bytes.size()));
  free(object);
  return object != nullptr;
}

std::string form_of(std::string_view bytes) {
  std::string form;
  if (is_der<X509>(bytes, d2i_X509, X509_free)) form = "DER";
  if (is_der<EVP_PKEY>(bytes, d2i_AutoPrivateKey, EVP_PKEY_free)) form = "DER";
  if (is_der<PKCS12>(bytes, d2i_PKCS12, PKCS12_free)) form = "PKCS #12";
  if (is_der<PKCS7>(bytes, d2i_PKCS7, PKCS7_free)) form = "PKCS #7";
  ERR_clear_error();
  return form;
}

void take_block(std::string_view label, const unsigned char* data, long size, PemFile& out) {
  if (label == PEM_STRING_X509 || label == PEM_STRING_X509_OLD || label == PEM_STRING_X509_TRUSTED) {
    Certificate certificate(label == PEM_STRING_X509_TRUSTED ? d2i_X509_AUX(nullptr, &data, size)
                                                             : d2i_X509(nullptr, &data, size));
    if (certificate) out.certificates.push_back(std::move(certificate));
    return;
  }
  if (label == "OPENSSH PRIVATE KEY") out.is_openssh = true;
  if (label.ends_with("PRIVATE KEY")) {
    out.has_private_key = true;
  } else if (!label.ends_with("PARAMETERS")) {
    out.other = label;
  }
}

// Why these file are not what is wanted, which is a certificate or a key; the text follows the path.
std::string misfit(const std::string& path, const PemFile& file, bool wants_key) {
  const std::string_view wanted = wants_key ? "private key" : "certificate";
  if (!file.unreadable.empty()) return file.unreadable;
  if (file.form == "empty") return "is empty";
  if (file.form == "DER")
    return fmt::format("is in DER; PEM is needed: openssl {} -inform DER -in {} -out FILE.pem",
                       wants_key ? "pkey" : "x509", path);
  if (!file.form.empty())
    return fmt::format("is in {}; PEM is needed: openssl {} -in {}{} -out FILE.pem", file.form,
                       file.form == "PKCS #7" ? "pkcs7 -print_certs" : "pkcs12", path,
                       file.form == "PKCS #7" ? ""
                       : wants_key            ? " -nocerts -nodes"
                                              : " -nokeys");
  if (!file.has_pem) return "is no PEM file: it has no line -----BEGIN";
  if (wants_key && file.is_openssh)
    return fmt::format("is in OpenSSH's form; PEM is needed: ssh-keygen -p -m PEM -f {}", path);
  if (wants_key && file.is_encrypted)
    return fmt::format(
        "is protected by a passphrase, for which nobody can be asked: openssl pkey -in {} -out FILE.pem",
        path);
  if (wants_key && file.has_private_key && !file.key)
    return "has a private key that is damaged or of an unknown kind";
  const bool has_it = wants_key ? file.has_private_key : !file.certificates.empty();
  if (has_it) return "";
  if (wants_key ? !file.certificates.empty() : file.has_private_key)
    return fmt::format("has no {}, but a {}", wanted, wants_key ? "certificate" : "private key");
  if (!file.other.empty()) return fmt::format("has no {}, but a {}", wanted, file.other);
  return fmt::format("has no {} that can be read", wanted);
}

}  // namespace

PemFile read_pem_file(const std::string& path) {
  PemFile contents;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file.is_open() && file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (!file.is_open() || file.bad()) {
    contents.unreadable = std::generic_category().message(errno);
    return contents;
  }
  const std::string bytes = text.str();
  const Memory blocks = in_memory(bytes);
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  while (PEM_read_bio(blocks.get(), &label, &header, &data, &size) == 1) {
    contents.has_pem = true;
    const std::string_view name = label;
    contents.is_encrypted |=
        name.starts_with("ENCRYPTED") || std::string_view(header).find("ENCRYPTED") != std::string_view::npos;
    take_block(name, data, size, contents);
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_free(data);
  }
  if (contents.has_private_key && !contents.is_encrypted)
    contents.key.reset(PEM_read_bio_PrivateKey(in_memory(bytes).get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!contents.has_pem) contents.form = bytes.empty() ? "empty" : form_of(bytes);
  return contents;
}

std::string why_no_certificate(const std::string& path, const PemFile& file) {
  return misfit(path, file, false);
}

std::string why_no_private_key(const std::string& path, const PemFile& file) {
  return misfit(path, file, true);
}

}  // namespace turnpike::net
