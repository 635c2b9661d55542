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

// Says with what a request was signed and its response must be signed.
struct Signature {
  stun::Key key;
  bool sha256 = false;  // MESSAGE-INTEGRITY-SHA256 instead of MESSAGE-INTEGRITY

  bool operator==(const Signature&) const = default;
};

// Returns whether the response is signed as required. A response to MESSAGE-INTEGRITY-SHA256 with only the
// SHA-1 attribute is not, because an attacker may have removed the other one.
bool is_verified(const stun::MessageView& response, const Signature& signature);

// Signs requests and remembers the server's latest challenge.
class LongTermAuth {
 public:
  // The strings are used as given: the caller must prepare them as OpaqueString. `legacy`: behave like a
  // client of RFC 5389, which knows only MD5, SHA-1 and plain user names, whatever the server offers.
  LongTermAuth(std::string username, std::string password, bool legacy);

  // Takes realm, nonce and algorithms from a 401 or 438. Returns false if the request must not be tried
  // again: there is no user name, the challenge is incomplete, its nonce promises PASSWORD-ALGORITHMS that
  // are missing (a bid-down attack), or no algorithm is common.
  bool take_challenge(const stun::MessageView& response);

  // Returns whether a challenge was taken, so that requests can be signed.
  bool is_ready() const { return !nonce_.empty(); }
  // Returns whether the response names another realm than the current one. With the same realm a second try
  // would fail alike.
  bool is_other_realm(const stun::MessageView& response) const;

  // Returns an upper bound in bytes of what sign() adds.
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
      offered_;  // PASSWORD-ALGORITHMS as received, sent back unchanged; empty = none was offered
  stun::PasswordAlgorithm algorithm_ = stun::PasswordAlgorithm::md5;
  bool anonymous_ = false;  // the server supports USERHASH
  stun::Key key_;
};

// Returns whether NONCE promises PASSWORD-ALGORITHMS and the message has none: an attacker has changed the
// message (RFC 8489 9.2).
bool is_bid_down(const stun::MessageView& response);

}  // namespace turnpike::client
