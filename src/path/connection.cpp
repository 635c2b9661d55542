#include "turnpike/path/connection.hpp"

#include <array>

#include "turnpike/net/tls_error.hpp"

namespace turnpike::path {
namespace {

constexpr Duration kFirstMessageLimit = std::chrono::seconds(30);
constexpr Duration kIdleLimit = std::chrono::seconds(60);

constexpr std::array<std::string_view, kConnectionEnds> kNames = {
    "by_client", "lost",      "handshake_failed", "tls_error",
    "silent",    "malformed", "does_not_read",    "not_watched"};

}  // namespace

std::string_view to_string(ConnectionEnd cause) { return kNames[static_cast<std::size_t>(cause)]; }

Ending ending_of(const net::Stream& closed) {
  const boost::system::error_code& error = closed.error();
  if (!error) return {ConnectionEnd::by_client};
  return {error.category() == net::tls_category() ? ConnectionEnd::tls_error : ConnectionEnd::lost, error};
}

TimePoint Connection::limit() const {
  if (standing == Standing::arriving) return accepted_at + kArrivalLimit;
  return spoke ? heard_at + kIdleLimit : accepted_at + kFirstMessageLimit;
}

}  // namespace turnpike::path
