#include "turnpike/net/certificate.hpp"

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cctype>
#include <ctime>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::net {
namespace {

constexpr int kRsaBitsMin = 2048;  // of browsers

UnixSeconds to_unix(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? ::timegm(&parts) : 0;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

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

UnixSeconds valid_from_unix_s(const X509* certificate) { return to_unix(X509_get0_notBefore(certificate)); }

UnixSeconds expires_unix_s(const X509* certificate) { return to_unix(X509_get0_notAfter(certificate)); }

bool is_self_signed(X509* certificate) { return X509_check_issued(certificate, certificate) == X509_V_OK; }

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

bool covers(const std::vector<std::string>& names, std::string_view host) {
  return std::ranges::any_of(names, [&](std::string_view name) {
    if (equals_ignoring_case(name, host)) return true;
    const auto dot = host.find('.');
    return name.starts_with("*.") && dot != std::string_view::npos &&
           equals_ignoring_case(name.substr(1), host.substr(dot));
  });
}

}  // namespace turnpike::net
