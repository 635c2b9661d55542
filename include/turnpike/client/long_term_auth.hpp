// The client's side of the long-term credential mechanism (RFC 8489 9.2.3-9.2.5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/stun/builder.hpp"
#include "turnpike/stun/integrity.hpp"
#include "turnpike/stun/message.hpp"

namespace turnpike::client {

// What a request was signed with, and what its response must be signed with.
struct Signature {
  stun::Key key;
  bool sha256 = false;  // MESSAGE-INTEGRITY-SHA256 instead of MESSAGE-INTEGRITY

  bool operator==(const Signature&) const = default;
};

// An answer to MESSAGE-INTEGRITY-SHA256 that carries only the SHA-1 attribute is not taken: somebody may have
// stripped the other.
bool is_verified(const stun::MessageView& response, const Signature& signature);

class LongTermAuth {
 public:
  // The strings are used as given: OpaqueString preparation is the caller's. `legacy`: behave like a client
  // of RFC 5389, which knows MD5, SHA-1 and plain user names only, whatever the server offers.
  LongTermAuth(std::string username, std::string password, bool legacy);

  // Learns realm, nonce and algorithms from a 401 or 438. False if the request must not be tried again: no
  // user name is known, the challenge is incomplete, its nonce promises PASSWORD-ALGORITHMS that are not
  // there (bid-down), or no algorithm is common.
  bool take_challenge(const stun::MessageView& response);

  // True once a challenge was taken: requests can be signed.
  bool is_ready() const { return !nonce_.empty(); }
  // Whether a 401 names another realm than the one signed for: with the same one a second try would end
  // alike.
  bool is_other_realm(const stun::MessageView& response) const;

  // Room that is enough for what sign() adds.
  std::size_t size_max() const;
  // Adds the credentials and the integrity attribute. Precondition: is_ready().
  Signature sign(stun::MessageBuilder& request) const;

 private:
  std::string username_;
  std::string password_;
  bool legacy_;
  std::string realm_;
  std::string nonce_;
  std::vector<std::uint8_t>
      offered_;  // value of PASSWORD-ALGORITHMS, sent back as it came; empty = none was offered
  stun::PasswordAlgorithm algorithm_ = stun::PasswordAlgorithm::md5;
  bool anonymous_ = false;  // the server wants USERHASH
  stun::Key key_;
};

// True if the message's NONCE promises PASSWORD-ALGORITHMS and the message has none: such an answer was
// tampered with.
bool is_bid_down(const stun::MessageView& response);

}  // namespace turnpike::client
