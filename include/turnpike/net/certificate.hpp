// Reads names and validity from a certificate, and finds what browsers refuse about it.
#pragma once

#include <openssl/x509.h>

#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/time.hpp"

namespace turnpike::net {

// Returns the subject's common name, or "a certificate without a name".
std::string common_name(const X509* certificate);

// Returns the DNS names and IP addresses of subjectAltName, the only names that browsers compare.
std::vector<std::string> names_of(const X509* certificate);

// Return when the certificate's validity begins and ends; 0 if its time cannot be read.
UnixSeconds valid_from_unix_s(const X509* certificate);
UnixSeconds expires_unix_s(const X509* certificate);

// Returns true if the certificate names itself as its issuer.
bool is_self_signed(X509* certificate);

// Returns the reasons why browsers refuse a server's own certificate: key, signature, names, purpose. Each
// reason is a clause whose subject is "it" or "its". Expiry is not among them.
std::vector<std::string> what_browsers_refuse(X509* leaf);

// Returns true if a client that asks for `host` accepts one of the certificate's names, wildcards included
// (RFC 6125 6.4).
bool covers(const std::vector<std::string>& names, std::string_view host);

}  // namespace turnpike::net
