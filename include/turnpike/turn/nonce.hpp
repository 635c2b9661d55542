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

// The security feature set (RFC 8489 18.1); bit 0 is the most significant of 24.
struct NonceFeatures {
  bool password_algorithms = false;
  bool username_anonymity = false;

  bool operator==(const NonceFeatures&) const = default;
};

// How far the clocks of servers with one secret may differ.
inline constexpr std::int32_t kClocksDiffer_s = 30;

inline constexpr std::size_t kNonceKeyIdSize = 3;

// Any worker can check any nonce: nothing is remembered per client.
//
//   | cookie 9 | features 4 | time 8 | MAC 16 |            with the process's own key, on CLOCK_MONOTONIC
//   | cookie 9 | features 4 | key id 3 | time 8 | MAC 16 | with a key that other servers have, too, on Unix
//   time
//
// Both forms take as many bytes in a message, for attributes are padded to four.
class NonceFactory {
 public:
  using MacKey = std::array<std::uint8_t, 32>;
  struct Key {
    std::string id;  // kNonceKeyIdSize characters that stand in the nonce; of the process's own none
    MacKey bytes{};

    bool operator==(const Key&) const = default;
  };

  NonceFactory(const MacKey& key, Duration life) : own_{"", key}, life_(life) {}
  static MacKey random_key(Random& random);
  // Every server with the secret has the same.
  static Key shared_key(std::string_view secret);
  static std::vector<Key> shared_keys(const std::vector<std::string>& secrets);
  void set_realm(std::string realm) { realm_ = std::move(realm); }
  void set_life(Duration life) { life_ = life; }
  // The first makes nonces from now on, and all are taken, as those of the process's own key still are. None:
  // that one makes them.
  void set_shared_keys(std::vector<Key> keys) { shared_ = std::move(keys); }

  std::string issue(const ClientEndpoint& client, NonceFeatures features, const Now& now) const;

  enum class Verdict {
    forged,  // made with no key known here, or for another address, port or realm (RFC 8489 9.2.4, 16.1.3)
    stale,   // genuine, but older than its life, or further in the future than clocks may differ
    valid,
  };
  struct Checked {
    Verdict verdict;
    NonceFeatures features;  // meaningful unless forged
  };
  Checked check(std::string_view nonce, const ClientEndpoint& client, const Now& now) const;

  const MacKey& key() const { return own_.bytes; }
  // A restored server goes on with the nonces of its predecessor.
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
