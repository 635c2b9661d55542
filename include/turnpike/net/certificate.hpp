// What a certificate says: its names, its life, and what browsers will not take of it.
#pragma once

#include <openssl/x509.h>

#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/time.hpp"

namespace turnpike::net {

// Of the subject; "a certificate without a name" where it has none.
std::string common_name(const X509* certificate);

// DNS names and addresses of subjectAltName, the only ones that browsers look at.
std::vector<std::string> names_of(const X509* certificate);

// When its life begins and ends; 0 where the certificate's time is no time.
UnixSeconds valid_from_unix_s(const X509* certificate);
UnixSeconds expires_unix_s(const X509* certificate);

bool is_self_signed(X509* certificate);

// Of a server's own certificate; each reason is a clause with "it" or "its" as its subject.
std::vector<std::string> what_browsers_refuse(X509* leaf);

// As clients match them, wildcards included.
bool covers(const std::vector<std::string>& names, std::string_view host);

}  // namespace turnpike::net
