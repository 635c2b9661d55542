#include "turnpike/net/ticket_keys.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "turnpike/net/clock.hpp"

namespace turnpike::net {
namespace {

constexpr int kIvSize = 16;

// What OpenSSL wants to be told.
constexpr int kFailed = -1;
constexpr int kNoKey = 0;  // a full handshake
constexpr int kFound = 1;
constexpr int kFoundToRenew = 2;

// Ends the process if the generator fails: no connection can be secret then.
struct Generator final : Random {
  void fill(MutableBytes out) override {
    if (RAND_priv_bytes(out.data(), static_cast<int>(out.size())) != 1) std::abort();
  }
};

constexpr std::string_view kSharedLabel = "turnpike: tickets of TLS sessions";

std::int64_t period_of(UnixSeconds now) {
  return now / std::chrono::duration_cast<std::chrono::seconds>(TicketKeys::kMakes).count();
}

void derive(MutableBytes out, const crypto::DerivedKey& key, std::string_view part, std::int64_t period) {
  const auto bytes = crypto::hmac_sha256(key.bytes, as_bytes(part), as_bytes(std::to_string(period)));
  std::copy_n(bytes.begin(), out.size(), out.begin());
}

TicketKey key_of(const crypto::DerivedKey& key, std::int64_t period) {
  TicketKey made;
  derive(made.name, key, "name ", period);
  derive(made.encryption, key, "encryption ", period);
  derive(made.authentication, key, "authentication ", period);
  return made;
}

bool set_authentication(EVP_MAC_CTX* mac, TicketKey& key) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.authentication.data(),
                                        key.authentication.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

int make(const SSL* ssl, TicketKeys& keys, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
         EVP_MAC_CTX* mac) {
  const Now now = read_clock();
  const auto shared = SSL_version(ssl) == TLS1_3_VERSION ? keys.shared()->to_make(now.unix_s) : std::nullopt;
  TicketKey key = shared ? *shared : keys.to_make(now.monotonic);
  if (RAND_bytes(iv, kIvSize) != 1) return kFailed;
  std::ranges::copy(key.name, name);
  const bool is_set =
      EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.encryption.data(), iv) == 1 &&
      set_authentication(mac, key);
  return is_set ? kFound : kFailed;
}

// A client of TLS 1.3 gets a new ticket at each connection anyhow.
std::optional<TicketKeys::Opening> find(const TicketKeys& keys, Bytes name) {
  const Now now = read_clock();
  if (auto own = keys.to_open(name, now.monotonic)) return own;
  const auto shared = keys.shared()->to_open(name, now.unix_s);
  return shared ? std::optional(TicketKeys::Opening{*shared, false}) : std::nullopt;
}

int open(const TicketKeys& keys, const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
         EVP_MAC_CTX* mac) {
  auto opening = find(keys, {name, TicketKey{}.name.size()});
  if (!opening) return kNoKey;
  const bool is_set =
      EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, opening->key.encryption.data(), iv) == 1 &&
      set_authentication(mac, opening->key);
  if (!is_set) return kFailed;
  return opening->is_old ? kFoundToRenew : kFound;
}

int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
              int is_new) {
  auto& keys = *static_cast<TicketKeys*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  return is_new == 1 ? make(ssl, keys, name, iv, cipher, mac) : open(keys, name, iv, cipher, mac);
}

}  // namespace

TicketKey::~TicketKey() {
  OPENSSL_cleanse(encryption.data(), encryption.size());
  OPENSSL_cleanse(authentication.data(), authentication.size());
}

SharedTicketKeys::SharedTicketKeys(const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) keys_.push_back(crypto::derive_key(secret, kSharedLabel));
}

std::optional<TicketKey> SharedTicketKeys::to_make(UnixSeconds now) const {
  return keys_.empty() ? std::nullopt : std::optional(key_of(keys_.front(), period_of(now)));
}

std::optional<TicketKey> SharedTicketKeys::to_open(Bytes name, UnixSeconds now) const {
  for (const crypto::DerivedKey& key : keys_) {
    for (const std::int64_t ahead : {0, -1, 1}) {
      const TicketKey made = key_of(key, period_of(now) + ahead);
      if (std::ranges::equal(made.name, name)) return made;
    }
  }
  return std::nullopt;
}

void TicketKeys::share(const std::vector<std::string>& secrets) {
  auto shared = std::make_shared<const SharedTicketKeys>(secrets);
  const std::lock_guard lock(mutex_);
  shared_ = std::move(shared);
}

std::shared_ptr<const SharedTicketKeys> TicketKeys::shared() const {
  const std::lock_guard lock(mutex_);
  return shared_;
}

TicketKeys::TicketKeys() : TicketKeys(std::make_unique<Generator>()) {}

TicketKeys::TicketKeys(std::unique_ptr<Random> random) : random_(std::move(random)) {}

TicketKey TicketKeys::to_make(TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (!current_ || now - current_->made >= kMakes) {
    before_ = current_;
    current_.emplace();
    current_->made = now;
    random_->fill(current_->key.name);
    random_->fill(current_->key.encryption);
    random_->fill(current_->key.authentication);
  }
  return current_->key;
}

std::optional<TicketKeys::Opening> TicketKeys::to_open(Bytes name, TimePoint now) const {
  const std::lock_guard lock(mutex_);
  for (const auto* aged : {&current_, &before_}) {
    if (!*aged || !std::ranges::equal((*aged)->key.name, name)) continue;
    const Duration age = now - (*aged)->made;
    if (age >= kOpens) return std::nullopt;
    return Opening{(*aged)->key, age >= kMakes};
  }
  return std::nullopt;
}

void use_ticket_keys(SSL_CTX* context, TicketKeys& keys) {
  SSL_CTX_set_app_data(context, &keys);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
}

}  // namespace turnpike::net
