// Every way in which files of a certificate and a key are not what they should be.
#include "turnpike/net/tls_files.hpp"

#include <gmock/gmock.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <memory>

#include "temporary_folder.hpp"

namespace turnpike::net {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kDay_s = 86400;

using Key = std::shared_ptr<EVP_PKEY>;
Key owned(EVP_PKEY* key) { return {key, EVP_PKEY_free}; }
Key p256() { return owned(EVP_EC_gen("P-256")); }

// A certificate with what its key signs.
struct Pair {
  std::shared_ptr<X509> certificate;
  Key key;
};

struct Wish {
  std::string name = "turn.example.org";
  std::string alternatives = "DNS:turn.example.org, DNS:*.turn.example.org, IP:192.0.2.1";
  const Pair* issuer = nullptr;  // null: itself
  std::int64_t days = 90;
  const EVP_MD* digest = EVP_sha256();
};

Pair make(const Key& key, const Wish& wish = {}) {
  Pair pair{{X509_new(), X509_free}, key};
  X509* const certificate = pair.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), std::min<std::int64_t>(-60, (wish.days - 1) * kDay_s));
  X509_gmtime_adj(X509_getm_notAfter(certificate), wish.days * kDay_s + 60);
  X509_set_pubkey(certificate, key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wish.name.c_str()), -1, -1, 0);
  const Pair& issuer = wish.issuer != nullptr ? *wish.issuer : pair;
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer.certificate.get()));
  if (!wish.alternatives.empty()) {
    X509_EXTENSION* const extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, wish.alternatives.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  const int kind = EVP_PKEY_get_base_id(issuer.key.get());
  X509_sign(certificate, issuer.key.get(), kind == EVP_PKEY_ED25519 ? nullptr : wish.digest);
  return pair;
}

template <class Write>
std::string written(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), BIO_free_all);
  write(out.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}
std::string pem(const Pair& pair) {
  return written([&](BIO* out) { PEM_write_bio_X509(out, pair.certificate.get()); });
}
std::string der(const Pair& pair) {
  return written([&](BIO* out) { i2d_X509_bio(out, pair.certificate.get()); });
}
std::string pem(const Key& key) {
  return written(
      [&](BIO* out) { PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}
std::string der(const Key& key) {
  return written([&](BIO* out) { i2d_PrivateKey_bio(out, key.get()); });
}
std::string locked(const Key& key, bool is_traditional) {
  const unsigned char passphrase[] = "passphrase";
  return written([&](BIO* out) {
    if (is_traditional) {
      PEM_write_bio_PrivateKey_traditional(out, key.get(), EVP_aes_128_cbc(), passphrase, 10, nullptr,
                                           nullptr);
    } else {
      PEM_write_bio_PrivateKey(out, key.get(), EVP_aes_128_cbc(), passphrase, 10, nullptr, nullptr);
    }
  });
}

class TlsFilesTest : public ::testing::Test {
 protected:
  TlsFilesReport report(const std::string& certificate, const std::string& key) const {
    folder_.write("cert.pem", certificate);
    folder_.write("key.pem", key);
    return examine({path("cert.pem"), path("key.pem")}, std::time(nullptr));
  }
  std::string path(const std::string& name) const { return folder_.path(name); }
  // Without the folder.
  std::vector<std::string> texts(const std::vector<TlsFileNote>& notes) const {
    std::vector<std::string> lines;
    for (const TlsFileNote& note : notes) lines.push_back(folder_.without(note.text));
    return lines;
  }

  const Pair root_ = make(p256(), {.name = "root", .alternatives = ""});
  const Pair middle_ = make(p256(), {.name = "middle", .alternatives = "", .issuer = &root_});
  const Pair leaf_ = make(p256(), {.issuer = &middle_});
  TemporaryFolder folder_;
};

TEST_F(TlsFilesTest, a_good_pair_has_names_and_an_expiry_and_nothing_is_said) {
  for (const std::string& chain : {pem(leaf_) + pem(middle_), pem(leaf_) + pem(middle_) + pem(root_)}) {
    const auto good = report("a comment\n" + chain, pem(leaf_.key));
    EXPECT_THAT(texts(good.faults), IsEmpty());
    EXPECT_THAT(texts(good.warnings), IsEmpty());
    EXPECT_THAT(good.names, ElementsAre("turn.example.org", "*.turn.example.org", "192.0.2.1"));
    EXPECT_NEAR(static_cast<double>(*good.expires_unix_s),
                static_cast<double>(std::time(nullptr) + 90 * kDay_s), 120);
  }
}

TEST_F(TlsFilesTest, what_cannot_be_served_is_a_fault_that_names_the_file) {
  const std::string chain = pem(leaf_) + pem(middle_);
  const std::string key = pem(leaf_.key);
  const struct {
    std::string certificate;
    std::string key;
    std::string fault;
  } table[] = {
      {"", key, "cert.pem: is empty"},
      {"text", key, "cert.pem: is no PEM file: it has no line -----BEGIN"},
      {der(leaf_), key,
       "cert.pem: is in DER; PEM is needed: openssl x509 -inform DER -in cert.pem -out FILE.pem"},
      {chain, der(leaf_.key),
       "key.pem: is in DER; PEM is needed: openssl pkey -inform DER -in key.pem -out FILE.pem"},
      {key, chain, "cert.pem: has the private key, and key.pem the certificate: they are swapped"},
      {key, key, "cert.pem: has no certificate, but a private key"},
      {chain, chain, "key.pem: has no private key, but a certificate"},
      {chain, pem(p256()), "key.pem: is not the key of cert.pem"},
      {pem(middle_) + pem(leaf_), key,
       "cert.pem: is in the wrong order: the certificate of key.pem is number 2 and has to be the first"},
      {chain, locked(leaf_.key, false),
       "key.pem: is protected by a passphrase, for which nobody can be asked: openssl pkey -in key.pem -out "
       "FILE.pem"},
      {chain, locked(leaf_.key, true),
       "key.pem: is protected by a passphrase, for which nobody can be asked: openssl pkey -in key.pem -out "
       "FILE.pem"},
      {chain, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
       "key.pem: has no private key, but a PUBLIC KEY"},
      {"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", key,
       "cert.pem: has no certificate, but a CERTIFICATE REQUEST"},
      {chain, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
       "key.pem: is in OpenSSH's form; PEM is needed: ssh-keygen -p -m PEM -f key.pem"},
      {chain, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
       "key.pem: has a private key that is damaged or of an unknown kind"},
      {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", key,
       "cert.pem: has no certificate that can be read"},
  };
  for (const auto& row : table) {
    const auto found = report(row.certificate, row.key);
    EXPECT_THAT(texts(found.faults), Contains(row.fault));
    EXPECT_EQ(found.faults.front().is_about_key, row.fault.starts_with("key.pem")) << row.fault;
  }
}

TEST_F(TlsFilesTest, a_bundle_of_windows_is_named) {
  PKCS12* const bundle =
      PKCS12_create("passphrase", "name", leaf_.key.get(), leaf_.certificate.get(), nullptr, 0, 0, 0, 0, 0);
  const std::string bytes = written([&](BIO* out) { i2d_PKCS12_bio(out, bundle); });
  PKCS12_free(bundle);
  EXPECT_THAT(
      texts(report(bytes, bytes).faults),
      ElementsAre(
          "cert.pem: is in PKCS #12; PEM is needed: openssl pkcs12 -in cert.pem -nokeys -out FILE.pem",
          "key.pem: is in PKCS #12; PEM is needed: openssl pkcs12 -in key.pem -nocerts -nodes -out "
          "FILE.pem"));
}

TEST_F(TlsFilesTest, both_files_are_judged) {
  const auto missing = examine({"/nowhere/cert.pem", "/nowhere/key.pem"}, 0);
  EXPECT_THAT(texts(missing.faults), ElementsAre("/nowhere/cert.pem: No such file or directory",
                                                 "/nowhere/key.pem: No such file or directory"));
}

TEST_F(TlsFilesTest, what_clients_refuse_is_warned_of) {
  const auto warnings = [&](const Key& key, const Wish& wish) {
    return texts(report(pem(make(key, wish)) + pem(middle_), pem(key)).warnings);
  };
  const auto wish = [&](std::int64_t days, const std::string& alternatives = "DNS:a") {
    return Wish{.name = "a", .alternatives = alternatives, .issuer = &middle_, .days = days};
  };
  EXPECT_THAT(warnings(p256(), wish(90)), IsEmpty());
  EXPECT_THAT(warnings(owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")), wish(90)),
              ElementsAre("cert.pem: browsers refuse it: its key is Ed25519"));
  EXPECT_THAT(warnings(owned(EVP_RSA_gen(1024)), wish(90)),
              ElementsAre("cert.pem: browsers refuse it: its RSA key has 1024 bits, fewer than 2048"));
  EXPECT_THAT(warnings(owned(EVP_EC_gen("P-521")), wish(90)),
              ElementsAre(HasSubstr("neither P-256 nor P-384")));
  EXPECT_THAT(warnings(p256(), wish(90, "")),
              ElementsAre("cert.pem: browsers refuse it: it has no subjectAltName"));
  EXPECT_THAT(warnings(p256(), wish(29)), ElementsAre(HasSubstr("cert.pem: expires on ")));
  EXPECT_THAT(warnings(p256(), wish(29)), ElementsAre(HasSubstr(", in 29 days")));
  EXPECT_THAT(warnings(p256(), wish(-1)), ElementsAre(HasSubstr("cert.pem: has expired on ")));
  EXPECT_THAT(warnings(p256(), {.name = "a", .alternatives = "DNS:a"}),
              Contains("cert.pem: browsers refuse it: it is signed by itself"));
}

TEST_F(TlsFilesTest, a_chain_that_is_missing_or_has_a_gap_is_warned_of) {
  EXPECT_THAT(texts(report(pem(leaf_), pem(leaf_.key)).warnings),
              ElementsAre(HasSubstr(
                  "cert.pem: has no chain: clients will say \"unable to get local issuer certificate\"")));
  EXPECT_THAT(
      texts(report(pem(leaf_) + pem(root_) + pem(middle_), pem(leaf_.key)).warnings),
      Contains(
          "cert.pem: has a chain in the wrong order or with a gap: number 2 (root) did not sign number 1 "
          "(turn.example.org)"));
  folder_.write("fullchain.pem", "");
  EXPECT_THAT(texts(report(pem(leaf_), pem(leaf_.key)).warnings),
              ElementsAre(HasSubstr("; give fullchain.pem")));
}

}  // namespace

TEST(TlsFiles, whole_days_are_told_in_words) {
  for (const auto& [seconds, text] : std::map<UnixSeconds, std::string>{
           {0, "in 0 days"}, {kDay_s - 1, "in 0 days"}, {kDay_s, "in 1 day"}, {2 * kDay_s, "in 2 days"}})
    EXPECT_EQ(in_days(seconds), text);
}

}  // namespace turnpike::net
