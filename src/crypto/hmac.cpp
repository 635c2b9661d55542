#include "turnpike/crypto/hmac.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "turnpike/crypto/require.hpp"

namespace turnpike::crypto {
namespace {

// One HMAC with a fixed digest. Looking the algorithm up costs more than the HMAC of a STUN message, so that
// is done once a thread.
class Hmac {
 public:
  explicit Hmac(const char* digest) {
    EVP_MAC* mac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
    context_ = mac != nullptr ? EVP_MAC_CTX_new(mac) : nullptr;
    EVP_MAC_free(mac);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest), 0),
        OSSL_PARAM_construct_end()};
    require(context_ != nullptr && EVP_MAC_CTX_set_params(context_, params) == 1);
  }
  ~Hmac() { EVP_MAC_CTX_free(context_); }
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;

  void compute(Bytes key, Bytes head, Bytes rest, MutableBytes out) {
    static constexpr std::uint8_t kEmptyKey[1] = {};
    // A null key would mean the previous one.
    require(EVP_MAC_init(context_, key.empty() ? kEmptyKey : key.data(), key.size(), nullptr) == 1);
    require(EVP_MAC_update(context_, head.data(), head.size()) == 1 &&
            EVP_MAC_update(context_, rest.data(), rest.size()) == 1);
    std::size_t size = 0;
    require(EVP_MAC_final(context_, out.data(), &size, out.size()) == 1 && size == out.size());
  }

 private:
  EVP_MAC_CTX* context_;
};

}  // namespace

Sha1Mac hmac_sha1(Bytes key, Bytes head, Bytes rest) {
  thread_local Hmac hmac("SHA1");
  Sha1Mac out;
  hmac.compute(key, head, rest, out);
  return out;
}

Sha256Mac hmac_sha256(Bytes key, Bytes head, Bytes rest) {
  thread_local Hmac hmac("SHA256");
  Sha256Mac out;
  hmac.compute(key, head, rest, out);
  return out;
}

}  // namespace turnpike::crypto
