// The choice of the protocol that a TLS client and the server speak (ALPN: RFC 7301, RFC 7443).
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <string_view>

#include "turnpike/base/bytes.hpp"

namespace turnpike::net {

// The protocol of a connection, as far as ALPN tells it.
enum class Alpn : std::uint8_t {
  none,  // the client offered no label: the first byte of the connection tells
  turn,  // stun.turn or stun.nat-discovery
  http,  // http/1.1
};

// Returns the label to answer with: the first of stun.turn, stun.nat-discovery and http/1.1 that `offered`
// has. Returns an empty label if `offered` has none of these. `offered` is the list of RFC 7301 3.1: each
// label follows a byte with its length.
std::string_view choose_label(Bytes offered);
// Returns what a label stands for; Alpn::none for an unknown one.
Alpn alpn_of(std::string_view label);

// Makes all connections of `context` answer ALPN by choose_label(). A client that offers only other labels
// gets the fatal alert no_application_protocol (RFC 7301 3.2).
void use_alpn(SSL_CTX* context);

}  // namespace turnpike::net
