// Stateless nonces (RFC 8489 9.2): cookie and feature bits, issue time, and a MAC that binds both to the
// client's address and port, and to the realm.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::turn {

// The security feature set (RFC 8489 18.1); bit 0 is the most significant of 24.
struct NonceFeatures {
  bool password_algorithms = false;
  bool username_anonymity = false;

  bool operator==(const NonceFeatures&) const = default;
};

// Any worker can check any nonce: the key is the process's, nothing is remembered per client.
class NonceFactory {
 public:
  using MacKey = std::array<std::uint8_t, 32>;
  NonceFactory(const MacKey& key, Duration life) : key_(key), life_(life) {}
  static MacKey random_key(Random& random);
  void set_realm(std::string realm) { realm_ = std::move(realm); }
  void set_life(Duration life) { life_ = life; }

  std::string issue(const ClientEndpoint& client, NonceFeatures features, TimePoint now) const;

  enum class Verdict {
    forged,  // not made here, or made for another address, port or realm (AUTH-04, AUTH-35)
    stale,   // genuine, but older than its life
    valid,
  };
  struct Checked {
    Verdict verdict;
    NonceFeatures features;  // meaningful unless forged
  };
  Checked check(std::string_view nonce, const ClientEndpoint& client, TimePoint now) const;

  const MacKey& key() const { return key_; }
  // A restored server goes on with the nonces of its predecessor.
  void set_key(const MacKey& key) { key_ = key; }

 private:
  std::string make(const ClientEndpoint& client, NonceFeatures features, std::uint32_t issued_s) const;

  MacKey key_;
  Duration life_;
  std::string realm_;
};

}  // namespace turnpike::turn
