#include "turnpike/net/tls_files.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <system_error>
#include <utility>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::net {
namespace {

constexpr std::int64_t kDay_s = 86400;
constexpr std::int64_t kExpiryIsNear_s = 30 * kDay_s;
constexpr int kRsaBitsMin = 2048;  // of browsers

template <auto Free>
struct Deleter {
  void operator()(auto* object) const { Free(object); }
};
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Memory = std::unique_ptr<BIO, Deleter<BIO_free_all>>;

Memory in_memory(std::string_view bytes) {
  return Memory(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

// Otherwise OpenSSL would ask on the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

// What a file holds, as far as it can be told without a passphrase.
struct Contents {
  std::string unreadable;  // why; all else is empty then
  std::vector<Certificate> certificates;
  Key key;
  bool has_private_key = false;  // of whatever form
  bool is_encrypted = false;
  bool has_pem = false;
  bool is_openssh = false;
  std::string other;  // the label of another thing in PEM
  std::string form;   // of what is no PEM: "DER", "PKCS #12"
};

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

void take_block(std::string_view label, const unsigned char* data, long size, Contents& out) {
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

Contents read_contents(const std::string& path) {
  Contents contents;
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

// Why these contents are not what is wanted, which is a certificate or a key; the text follows the path.
std::string misfit(const std::string& path, const Contents& contents, bool wants_key) {
  const std::string_view wanted = wants_key ? "private key" : "certificate";
  if (!contents.unreadable.empty()) return contents.unreadable;
  if (contents.form == "empty") return "is empty";
  if (contents.form == "DER")
    return fmt::format("is in DER; PEM is needed: openssl {} -inform DER -in {} -out FILE.pem",
                       wants_key ? "pkey" : "x509", path);
  if (!contents.form.empty())
    return fmt::format("is in {}; PEM is needed: openssl {} -in {}{} -out FILE.pem", contents.form,
                       contents.form == "PKCS #7" ? "pkcs7 -print_certs" : "pkcs12", path,
                       contents.form == "PKCS #7" ? ""
                       : wants_key                ? " -nocerts -nodes"
                                                  : " -nokeys");
  if (!contents.has_pem) return "is no PEM file: it has no line -----BEGIN";
  if (wants_key && contents.is_openssh)
    return fmt::format("is in OpenSSH's form; PEM is needed: ssh-keygen -p -m PEM -f {}", path);
  if (wants_key && contents.is_encrypted)
    return fmt::format(
        "is protected by a passphrase, for which nobody can be asked: openssl pkey -in {} -out FILE.pem",
        path);
  if (wants_key && contents.has_private_key && !contents.key)
    return "has a private key that is damaged or of an unknown kind";
  const bool has_it = wants_key ? contents.has_private_key : !contents.certificates.empty();
  if (has_it) return "";
  if (wants_key ? !contents.certificates.empty() : contents.has_private_key)
    return fmt::format("has no {}, but a {}", wanted, wants_key ? "certificate" : "private key");
  if (!contents.other.empty()) return fmt::format("has no {}, but a {}", wanted, contents.other);
  return fmt::format("has no {} that can be read", wanted);
}

std::string common_name(const X509* certificate) {
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return "a certificate without a name";
  const ASN1_STRING* const name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)),
          static_cast<std::size_t>(ASN1_STRING_length(name))};
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> names;
  auto* const all =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(all, i);
    if (name->type != GEN_DNS && name->type != GEN_IPADD) continue;
    const ASN1_STRING* const value = name->type == GEN_DNS ? name->d.dNSName : name->d.iPAddress;
    const Bytes bytes{ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))};
    if (name->type == GEN_DNS) names.emplace_back(as_text(bytes));
    if (name->type == GEN_IPADD && (bytes.size() == 4 || bytes.size() == 16))
      names.push_back(IpAddress::from_bytes(bytes).to_string());
  }
  GENERAL_NAMES_free(all);
  return names;
}

UnixSeconds to_unix(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? ::timegm(&parts) : 0;
}

bool is_self_signed(X509* certificate) { return X509_check_issued(certificate, certificate) == X509_V_OK; }

// Of the server's own certificate, the first one.
std::vector<std::string> what_browsers_refuse(X509* leaf) {
  std::vector<std::string> reasons;
  EVP_PKEY* const key = X509_get0_pubkey(leaf);
  const int kind = EVP_PKEY_get_base_id(key);
  if (kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448)
    reasons.push_back(fmt::format("its key is {}", kind == EVP_PKEY_ED25519 ? "Ed25519" : "Ed448"));
  if (kind == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) < kRsaBitsMin)
    reasons.push_back(
        fmt::format("its RSA key has {} bits, fewer than {}", EVP_PKEY_get_bits(key), kRsaBitsMin));
  if (kind == EVP_PKEY_DSA) reasons.emplace_back("its key is DSA");
  if (kind == EVP_PKEY_EC) {
    char curve[64] = "";
    EVP_PKEY_get_group_name(key, curve, sizeof curve, nullptr);
    if (std::string_view(curve) != SN_X9_62_prime256v1 && std::string_view(curve) != SN_secp384r1)
      reasons.push_back(fmt::format("its key is on the curve {}, neither P-256 nor P-384", curve));
  }
  int digest = NID_undef;
  X509_get_signature_info(leaf, &digest, nullptr, nullptr, nullptr);
  if (digest == NID_sha1 || digest == NID_md5)
    reasons.push_back(fmt::format("it is signed with {}", OBJ_nid2sn(digest)));
  if (is_self_signed(leaf)) reasons.emplace_back("it is signed by itself");
  if (names_of(leaf).empty()) reasons.emplace_back("it has no subjectAltName");
  if ((X509_get_extension_flags(leaf) & EXFLAG_XKUSAGE) != 0 &&
      (X509_get_extended_key_usage(leaf) & XKU_SSL_SERVER) == 0)
    reasons.emplace_back("it is not for servers (extendedKeyUsage)");
  return reasons;
}

class Examination {
 public:
  Examination(const TlsFiles& files, UnixSeconds now)
      : files_(files),
        now_(now),
        certificate_(read_contents(files.certificate)),
        key_(read_contents(files.key)) {}

  TlsFilesReport report() && {
    judge_contents();
    if (!certificate_.certificates.empty()) {
      describe();
      if (report_.faults.empty()) judge_pair();
      judge_life();
      judge_chain();
      for (const std::string& reason : what_browsers_refuse(leaf()))
        warn(fmt::format("browsers refuse it: {}", reason));
    }
    if (report_.faults.empty()) try_them();
    return std::move(report_);
  }

 private:
  X509* leaf() const { return certificate_.certificates.front().get(); }
  void warn(const std::string& text) {
    report_.warnings.push_back({false, fmt::format("{}: {}", files_.certificate, text)});
  }
  void fault(bool is_about_key, const std::string& text) {
    report_.faults.push_back(
        {is_about_key, fmt::format("{}: {}", is_about_key ? files_.key : files_.certificate, text)});
  }

  void judge_contents() {
    const bool are_swapped = certificate_.certificates.empty() && certificate_.has_private_key &&
                             !key_.certificates.empty() && !key_.has_private_key;
    if (are_swapped)
      return fault(false,
                   fmt::format("has the private key, and {} the certificate: they are swapped", files_.key));
    if (auto text = misfit(files_.certificate, certificate_, false); !text.empty()) fault(false, text);
    if (auto text = misfit(files_.key, key_, true); !text.empty()) fault(true, text);
  }

  void describe() {
    report_.names = names_of(leaf());
    if (report_.names.empty()) report_.names.push_back(common_name(leaf()));
    report_.expires_unix_s = to_unix(X509_get0_notAfter(leaf()));
  }

  void judge_pair() {
    const auto& all = certificate_.certificates;
    const auto owner = std::ranges::find_if(all, [&](const Certificate& each) {
      return X509_check_private_key(each.get(), key_.key.get()) == 1;
    });
    ERR_clear_error();
    if (owner == all.begin()) return;
    if (owner == all.end()) return fault(true, fmt::format("is not the key of {}", files_.certificate));
    fault(false,
          fmt::format("is in the wrong order: the certificate of {} is number {} and has to be the first",
                      files_.key, owner - all.begin() + 1));
  }

  void judge_life() {
    const UnixSeconds begins = to_unix(X509_get0_notBefore(leaf()));
    const UnixSeconds expires = *report_.expires_unix_s;
    if (begins > now_) warn(fmt::format("is not valid before {}", date_of(begins)));
    if (expires <= now_) {
      warn(fmt::format("has expired on {}", date_of(expires)));
    } else if (expires - now_ < kExpiryIsNear_s) {
      warn(fmt::format("expires on {}, in {} days", date_of(expires), (expires - now_) / kDay_s));
    }
  }

  // Whoever signed a certificate comes right after it; the root may be missing.
  void judge_chain() {
    const auto& all = certificate_.certificates;
    if (all.size() == 1 && !is_self_signed(leaf())) {
      const auto full = std::filesystem::path(files_.certificate).parent_path() / "fullchain.pem";
      std::error_code ignored;
      return warn(
          fmt::format("has no chain: clients will say \"unable to get local issuer certificate\"; give {}",
                      std::filesystem::exists(full, ignored) && full != files_.certificate
                          ? full.string()
                          : "the file that has the issuer's certificates, too"));
    }
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
      if (X509_check_issued(all[i + 1].get(), all[i].get()) == X509_V_OK) continue;
      warn(fmt::format(
          "has a chain in the wrong order or with a gap: number {} ({}) did not sign number {} ({})", i + 2,
          common_name(all[i + 1].get()), i + 1, common_name(all[i].get())));
    }
    for (std::size_t i = 1; i < all.size(); ++i) {
      const UnixSeconds expires = to_unix(X509_get0_notAfter(all[i].get()));
      if (expires <= now_)
        warn(fmt::format("number {} of the chain has expired on {}", i + 1, date_of(expires)));
    }
  }

  // What only OpenSSL's own rules refuse, such as keys below its security level.
  void try_them() {
    try {
      const TlsContext context(files_);
    } catch (const std::runtime_error& error) {
      report_.faults.push_back({false, error.what()});
    }
  }

  const TlsFiles& files_;
  const UnixSeconds now_;
  const Contents certificate_;
  const Contents key_;
  TlsFilesReport report_;
};

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

TlsFilesReport examine(const TlsFiles& files, UnixSeconds now_unix_s) {
  return Examination(files, now_unix_s).report();
}

bool covers(const std::vector<std::string>& names, std::string_view host) {
  return std::ranges::any_of(names, [&](std::string_view name) {
    if (equals_ignoring_case(name, host)) return true;
    const auto dot = host.find('.');
    return name.starts_with("*.") && dot != std::string_view::npos &&
           equals_ignoring_case(name.substr(1), host.substr(dot));
  });
}

std::string date_of(UnixSeconds time_unix_s) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(time_unix_s)));
}

}  // namespace turnpike::net
