// Examines certificate and key files: what is wrong with them, and what clients will refuse.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/net/tls_context.hpp"

namespace turnpike::net {

// A line for the operator about one of the files.
struct TlsFileNote {
  bool is_about_key;  // false: about the certificate
  std::string text;   // begins with the file's path
};

// The findings of examine().
struct TlsFilesReport {
  std::vector<TlsFileNote> faults;    // each of these prevents TLS with the files
  std::vector<TlsFileNote> warnings;  // some or all clients refuse the certificate because of these
  std::vector<std::string> names;     // DNS names and IP addresses of the certificate
  std::optional<UnixSeconds> expires_unix_s;
};

// Reads both files and tries them as TlsContext does. Neither throws nor asks for a passphrase.
TlsFilesReport examine(const TlsFiles& files, UnixSeconds now_unix_s);

// Returns a date in UTC as "2027-02-27".
std::string date_of(UnixSeconds time_unix_s);

// "in 29 days", of what happens after `seconds`; days begun do not count.
std::string in_days(UnixSeconds seconds);

}  // namespace turnpike::net
