#include "turnpike/path/path_log.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "turnpike/log/log.hpp"

namespace turnpike::path {
namespace {

std::string name_of(const FiveTuple& client) {
  return fmt::format("{}:{}", to_string(client.transport), client.client.to_string());
}

// Nobody's name is proven yet, or the connection does not know it.
void tell(log::Event event, const FiveTuple& ends, std::string_view cause,
          const boost::system::error_code& error) {
  if (!log::is_new(event, cause, {{}, ends.client.address})) return;
  std::vector<log::Field> fields = {
      {"from", name_of(ends)}, {"server", ends.server.to_string()}, {"cause", std::string(cause)}};
  if (error) fields.push_back({"reason", error.message()});
  log::write(event, fields);
}

log::Event event_of(NotAdmitted cause) {
  switch (cause) {
    case NotAdmitted::address_is_full: return log::Event::connection_refused;
    case NotAdmitted::client_is_here: return log::Event::proxy_header_refused;
    default: return log::Event::connection_not_served;
  }
}

std::optional<log::Event> event_of(ConnectionEnd cause) {
  switch (cause) {
    case ConnectionEnd::by_client:
    case ConnectionEnd::handshake_failed:
    case ConnectionEnd::passed_on:
    case ConnectionEnd::passed_through:
    case ConnectionEnd::no_server: return std::nullopt;
    case ConnectionEnd::lost:
    case ConnectionEnd::silent:
    case ConnectionEnd::no_allocation: return log::Event::connection_lost;
    case ConnectionEnd::tls_error:
    case ConnectionEnd::asks_too_much:
    case ConnectionEnd::malformed:
    case ConnectionEnd::does_not_read: return log::Event::connection_failed;
    case ConnectionEnd::not_watched: break;
  }
  return log::Event::connection_given_up;
}

}  // namespace

void log_not_admitted(const FiveTuple& ends, NotAdmitted cause, const boost::system::error_code& error) {
  tell(event_of(cause), ends, to_string(cause), error);
}

void log_header_refused(const FiveTuple& ends, NoHeader cause) {
  const bool has_begun = cause != NoHeader::nothing_sent;
  tell(has_begun ? log::Event::proxy_header_refused : log::Event::proxy_header_left, ends, to_string(cause),
       {});
}

void log_handshake_failed(const FiveTuple& ends, net::HandshakeFailure cause,
                          const boost::system::error_code& error) {
  const bool has_begun = cause != net::HandshakeFailure::nothing_sent;
  tell(has_begun ? log::Event::tls_handshake_failed : log::Event::tls_handshake_left, ends, to_string(cause),
       error);
}

void log_closed(const FiveTuple& ends, const Ending& ending) {
  if (const auto event = event_of(ending.cause)) tell(*event, ends, to_string(ending.cause), ending.error);
}

// Whichever clients it concerns, a server is told once.
void log_no_server(const Endpoint& server, const FiveTuple& client, const boost::system::error_code& error) {
  const std::string name = server.to_string();
  if (!log::is_new(log::Event::passthrough_failed, to_string(ConnectionEnd::no_server), {name, {}})) return;
  log::write(log::Event::passthrough_failed, {{"server", name},
                                              {"from", name_of(client)},
                                              {"cause", std::string(to_string(ConnectionEnd::no_server))},
                                              {"reason", error.message()}});
}

void log_not_watched(const ListenerName& listener, const boost::system::error_code& error) {
  if (!error) return;
  log::write(log::Event::listener_not_watched,
             {{"listener", to_string(listener)}, {"reason", error.message()}});
}

}  // namespace turnpike::path
