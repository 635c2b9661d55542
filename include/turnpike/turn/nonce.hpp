// Stateless nonces (RFC 8489 9.2): cookie and feature bits, issue time, and a MAC that binds both to the
// client's address and port, and to the realm.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::turn {

// Holds the security feature set of a nonce (RFC 8489 18.1); bit 0 is the most significant of 24.
struct NonceFeatures {
  bool password_algorithms = false;
  bool username_anonymity = false;

  bool operator==(const NonceFeatures&) const = default;
};

// How far the clocks of servers that share a secret may differ, in seconds.
inline constexpr std::int32_t kClockSkewMax_s = 30;

// Characters of a shared key's id in the nonce.
inline constexpr std::size_t kNonceKeyIdSize = 3;

// Makes and checks nonces. Nothing is remembered per client: any worker can check any nonce.
//
//   | cookie 9 | features 4 | time 8 | MAC 16 |            own key of the process, time of CLOCK_MONOTONIC
//   | cookie 9 | features 4 | key id 3 | time 8 | MAC 16 | key shared with other servers, Unix time
//
// Both forms take equally many bytes in a message, because attributes are padded to four.
class NonceFactory {
 public:
  using MacKey = std::array<std::uint8_t, 32>;
  struct Key {
    std::string id;  // kNonceKeyIdSize characters; empty for the process's own key
    MacKey bytes{};

    bool operator==(const Key&) const = default;
  };

  // `life`: nonces older than this are stale.
  NonceFactory(const MacKey& key, Duration life) : own_{"", key}, life_(life) {}
  static MacKey random_key(Random& random);
  // Derives a key from a secret: servers with the same secret get the same key.
  static Key shared_key(std::string_view secret);
  static std::vector<Key> shared_keys(const std::vector<std::string>& secrets);
  void set_realm(std::string realm) { realm_ = std::move(realm); }
  void set_life(Duration life) { life_ = life; }
  // Sets the keys that other servers have too. The first one makes new nonces, and nonces of any of them and
  // of the process's own key are accepted. Without keys the own key makes nonces.
  void set_shared_keys(std::vector<Key> keys) { shared_ = std::move(keys); }

  // Returns a new nonce for this client.
  std::string issue(const ClientEndpoint& client, NonceFeatures features, const Now& now) const;

  enum class Verdict {
    forged,  // made with an unknown key, or for another address, port or realm (RFC 8489 9.2.4, 16.1.3)
    stale,   // genuine, but older than the nonce life or too far in the future
    valid,
  };
  struct Checked {
    Verdict verdict;
    NonceFeatures features;  // meaningful unless forged
  };
  // Checks the nonce of a request: who made it, for which client and realm, and how old it is.
  Checked check(std::string_view nonce, const ClientEndpoint& client, const Now& now) const;

  const MacKey& key() const { return own_.bytes; }
  // Sets the process's own key. A restored server takes its predecessor's, so that old nonces stay valid.
  void set_key(const MacKey& key) { own_.bytes = key; }

 private:
  std::string make(const Key& key, const ClientEndpoint& client, NonceFeatures features,
                   std::uint32_t issued_s) const;
  Verdict judge_age(std::int32_t age_s, std::int32_t ahead_max_s) const;

  Key own_;
  std::vector<Key> shared_;  // newest first
  Duration life_;
  std::string realm_;
};

}  // namespace turnpike::turn
