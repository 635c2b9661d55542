// Which protocol a TLS client and the server agree on (ALPN: RFC 7301, RFC 7443).
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <string_view>

#include "turnpike/base/bytes.hpp"

namespace turnpike::net {

enum class Alpn : std::uint8_t {
  none,  // the client offered nothing: its first byte tells
  turn,  // stun.turn or stun.nat-discovery
  http,  // http/1.1
};

// The one of ours that we like best among what is offered, each behind a byte of length; empty: none of them.
std::string_view choose_label(Bytes offered);
Alpn alpn_of(std::string_view label);

// Connections of the context agree as choose_label() says. Whoever offers only other labels gets the alert
// no_application_protocol (120).
void use_alpn(SSL_CTX* context);

}  // namespace turnpike::net
