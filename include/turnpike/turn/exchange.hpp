// What a response needs to know of its request; small enough to keep while a relay opens.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "turnpike/relay/route.hpp"
#include "turnpike/stun/builder.hpp"
#include "turnpike/turn/alternates.hpp"
#include "turnpike/turn/authenticator.hpp"

namespace turnpike::turn {

// Holds what the response needs of its request.
struct Exchange {
  relay::Client client;
  stun::Method method = stun::Method::binding;
  stun::TransactionId transaction{};
  bool fingerprint = false;  // the request had a FINGERPRINT, so the response gets one
  // Set once the request is authenticated. Every response from then on is signed (RFC 8489 9.2.4).
  std::optional<Signature> signature = {};
  // The user that the request names, or empty. A valid signature has proved the name only if
  // `user_is_proven`.
  std::string user = {};
  bool user_is_proven = false;

  bool is_signed() const { return signature.has_value(); }
};

// Holds the attributes of a 401 or 438 response.
struct Challenge {
  std::string_view realm;
  std::string_view nonce;
  bool password_algorithms = true;  // offers PASSWORD-ALGORITHMS; must equal feature bit 0 of the nonce
};

// Largest response in bytes: it must fit an unfragmented packet on any path (RFC 8489 6.1).
inline constexpr std::size_t kResponseSizeMax = 548;

// Builds one response. Refers to `exchange`, which must outlive the builder.
class ResponseBuilder {
 public:
  ResponseBuilder(const Exchange& exchange, stun::Class cls);
  stun::MessageBuilder& message() { return builder_; }
  // Appends SOFTWARE, the integrity attribute and FINGERPRINT as the exchange asks for, and returns the
  // message. A message above kResponseSizeMax ends the program.
  std::vector<std::uint8_t> finish();

 private:
  const Exchange& exchange_;
  std::array<std::uint8_t, kResponseSizeMax> buffer_;
  stun::MessageBuilder builder_;
};

// Returns an error response. Unsigned ones carry no reason phrase and no SOFTWARE: they answer strangers, who
// may have forged their source, and must stay small (RFC 8489 16.1.2).
std::vector<std::uint8_t> error_response(const Exchange& exchange, stun::ErrorCode code);
// Returns a 401 or 438 response with the challenge.
std::vector<std::uint8_t> challenge_response(const Exchange& exchange, stun::ErrorCode code,
                                             const Challenge& challenge);
// Returns a 300 response (RFC 8489 10). Precondition: the exchange is signed.
std::vector<std::uint8_t> detour_response(const Exchange& exchange, const Detour& detour);
// Returns a 420 response with UNKNOWN-ATTRIBUTES.
std::vector<std::uint8_t> unknown_attributes_response(const Exchange& exchange,
                                                      std::span<const stun::Attr> unknown);

}  // namespace turnpike::turn
