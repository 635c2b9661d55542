#include "turnpike/turn/exchange.hpp"

#include "turnpike/base/check.hpp"

namespace turnpike::turn {
namespace {

constexpr std::string_view kSoftware = "turnpike";  // without a version, which RFC 8489 14.14 leaves open

bool names_software(const Exchange& exchange) {
  return exchange.is_signed() &&
         (exchange.method == stun::Method::allocate || exchange.method == stun::Method::refresh);
}

std::string_view reason(const Exchange& exchange, stun::ErrorCode code) {
  return exchange.is_signed() ? stun::reason_phrase(code) : std::string_view{};
}

}  // namespace

ResponseBuilder::ResponseBuilder(const Exchange& exchange, stun::Class cls)
    : exchange_(exchange), builder_(buffer_, exchange.method, cls, exchange.transaction) {}

std::vector<std::uint8_t> ResponseBuilder::finish() {
  if (names_software(exchange_)) builder_.add(stun::Attr::software, kSoftware);
  if (exchange_.is_signed()) {
    const Bytes key = exchange_.signature->key.view();
    exchange_.signature->sha256 ? builder_.add_integrity_sha256(key) : builder_.add_integrity_sha1(key);
  }
  if (exchange_.fingerprint) builder_.add_fingerprint();
  TURNPIKE_CHECK(!builder_.overflowed());
  const Bytes bytes = builder_.bytes();
  return {bytes.begin(), bytes.end()};
}

std::vector<std::uint8_t> error_response(const Exchange& exchange, stun::ErrorCode code) {
  ResponseBuilder response(exchange, stun::Class::error);
  response.message().add_error(code, reason(exchange, code));
  return response.finish();
}

std::vector<std::uint8_t> challenge_response(const Exchange& exchange, stun::ErrorCode code,
                                             const Challenge& challenge) {
  ResponseBuilder response(exchange, stun::Class::error);
  response.message()
      .add_error(code, reason(exchange, code))
      .add(stun::Attr::realm, challenge.realm)
      .add(stun::Attr::nonce, challenge.nonce);
  if (challenge.password_algorithms) response.message().add_password_algorithms(kPasswordAlgorithms);
  return response.finish();
}

std::vector<std::uint8_t> detour_response(const Exchange& exchange, const Detour& detour) {
  TURNPIKE_CHECK(exchange.is_signed());
  ResponseBuilder response(exchange, stun::Class::error);
  response.message()
      .add_error(stun::ErrorCode::try_alternate, reason(exchange, stun::ErrorCode::try_alternate))
      .add_address(stun::Attr::alternate_server, detour.first);
  if (detour.second) response.message().add_address(stun::Attr::alternate_server, *detour.second);
  if (!detour.domain.empty()) response.message().add(stun::Attr::alternate_domain, detour.domain);
  return response.finish();
}

std::vector<std::uint8_t> unknown_attributes_response(const Exchange& exchange,
                                                      std::span<const stun::Attr> unknown) {
  ResponseBuilder response(exchange, stun::Class::error);
  response.message().add_error(stun::ErrorCode::unknown_attribute,
                               reason(exchange, stun::ErrorCode::unknown_attribute));
  response.message().add_unknown_attributes(unknown);
  return response.finish();
}

}  // namespace turnpike::turn
