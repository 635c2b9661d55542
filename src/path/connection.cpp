#include "turnpike/path/connection.hpp"

#include <array>
#include <utility>

#include "turnpike/net/tls_error.hpp"

namespace turnpike::path {
namespace {

constexpr Duration kFirstMessageLimit = std::chrono::seconds(30);
constexpr Duration kIdleLimit = std::chrono::seconds(60);

constexpr std::array<std::string_view, kConnectionEnds> kNames = {
    "by_client",     "lost",           "handshake_failed", "tls_error",     "silent",
    "no_allocation", "asks_too_much",  "malformed",        "does_not_read", "not_watched",
    "passed_on",     "passed_through", "no_server"};

}  // namespace

std::string_view to_string(ConnectionEnd cause) { return kNames[static_cast<std::size_t>(cause)]; }

Ending ending_of(const net::Stream& closed) {
  const boost::system::error_code& error = closed.error();
  if (!error) return {ConnectionEnd::by_client};
  return {error.category() == net::tls_category() ? ConnectionEnd::tls_error : ConnectionEnd::lost, error};
}

Connection::Limit Connection::limit() const {
  if (is_arrival(standing)) return {accepted_at + kArrivalLimit, ConnectionEnd::handshake_failed};
  Limit first{spoke ? heard_at + kIdleLimit : accepted_at + kFirstMessageLimit, ConnectionEnd::silent};
  if (stranger_since + kStrangerLimit < first.at)
    first = {stranger_since + kStrangerLimit, ConnectionEnd::no_allocation};
  if (owes() && taken_at + kTakeLimit < first.at)
    first = {taken_at + kTakeLimit, ConnectionEnd::does_not_read};
  return first;
}

net::Interest Connection::interest() const {
  net::Interest interest = stream.interest();
  interest.readable = interest.readable && !owes();
  return interest;
}

void Connection::note_flushed(std::size_t queued, TimePoint now) {
  const bool owed_before = std::exchange(owed, stream.queued_bytes() > 0);
  if (!owed_before || stream.queued_bytes() < queued) taken_at = now;
}

}  // namespace turnpike::path
