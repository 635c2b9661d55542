// Certificate and key as files: what is wrong with them, what clients will say of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/net/tls_context.hpp"

namespace turnpike::net {

struct TlsFileNote {
  bool is_about_key;  // else about the certificate
  std::string text;   // begins with the path
};

struct TlsFilesReport {
  std::vector<TlsFileNote> faults;    // no TLS with these files
  std::vector<TlsFileNote> warnings;  // some or all clients refuse what the server shows
  std::vector<std::string> names;     // of the certificate: DNS names and addresses
  std::optional<UnixSeconds> expires_unix_s;
};

// Reads both files and tries them as TlsContext does. Neither asks for a passphrase nor throws.
TlsFilesReport examine(const TlsFiles& files, UnixSeconds now_unix_s);

// "2027-02-27", in UTC.
std::string date_of(UnixSeconds time_unix_s);

}  // namespace turnpike::net
