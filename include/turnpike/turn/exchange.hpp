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

struct Exchange {
  relay::Client client;
  stun::Method method = stun::Method::binding;
  stun::TransactionId transaction{};
  bool fingerprint = false;  // the request had one, so the response gets one
  // Set once the request is authenticated; every response from then on is signed (RFC 8489 9.2.4).
  std::optional<Signature> signature = {};
  // Who asks: whom the request names, or nobody. Anybody can give any name, unless an HMAC has shown it.
  std::string user = {};
  bool user_is_shown = false;

  bool is_signed() const { return signature.has_value(); }
};

// The attributes of a 401 or 438.
struct Challenge {
  std::string_view realm;
  std::string_view nonce;
  bool password_algorithms = true;  // as feature bit 0 of the nonce says (RFC 8489 9.2.4)
};

// The largest response: it must fit an unfragmented packet on any path (RFC 8489 6.1).
inline constexpr std::size_t kResponseSizeMax = 548;

// Builds one response: attributes, then SOFTWARE where it belongs, integrity, FINGERPRINT.
class ResponseBuilder {
 public:
  ResponseBuilder(const Exchange& exchange, stun::Class cls);
  stun::MessageBuilder& message() { return builder_; }
  std::vector<std::uint8_t> finish();

 private:
  const Exchange& exchange_;
  std::array<std::uint8_t, kResponseSizeMax> buffer_;
  stun::MessageBuilder builder_;
};

// Unsigned errors carry no reason phrase and no SOFTWARE: they answer strangers, who may have forged their
// source, and stay small (RFC 8489 16.1.2).
std::vector<std::uint8_t> error_response(const Exchange& exchange, stun::ErrorCode code);
std::vector<std::uint8_t> challenge_response(const Exchange& exchange, stun::ErrorCode code,
                                             const Challenge& challenge);
// A 300, which only authenticated clients get (RFC 8489 10). Precondition: the exchange is signed.
std::vector<std::uint8_t> detour_response(const Exchange& exchange, const Detour& detour);
std::vector<std::uint8_t> unknown_attributes_response(const Exchange& exchange,
                                                      std::span<const stun::Attr> unknown);

}  // namespace turnpike::turn
