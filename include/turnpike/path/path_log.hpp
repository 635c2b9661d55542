// Writes log lines of the client paths: connections that were refused or failed, and listeners that the
// poller does not watch.
#pragma once

#include "turnpike/path/admission.hpp"
#include "turnpike/path/connection.hpp"
#include "turnpike/path/listener_plan.hpp"
#include "turnpike/path/newcomers.hpp"

namespace turnpike::path {

// Logs a connection that was not admitted. None of the functions below is called for each packet, and the log
// limits how often a cause is repeated. `ends` is the client's five-tuple if known, or else the balancer's;
// `error` may be empty.
void log_not_admitted(const FiveTuple& ends, NotAdmitted cause, const boost::system::error_code& error);
// Logs a balancer's connection without a valid PROXY header.
void log_header_refused(const FiveTuple& ends, NoHeader cause);
// Logs a failed TLS handshake.
void log_handshake_failed(const FiveTuple& ends, net::HandshakeFailure cause,
                          const boost::system::error_code& error);
// Logs why a connection was closed; nothing if the client closed it or its failed handshake was logged.
void log_closed(const FiveTuple& ends, const Ending& ending);
// Logs that a server of tls.passthrough did not accept a client's connection.
void log_no_server(const Endpoint& server, const FiveTuple& client, const boost::system::error_code& error);
// Logs that the poller does not watch a listener opened by a reload; nothing if `error` is empty.
void log_not_watched(const ListenerName& listener, const boost::system::error_code& error);

}  // namespace turnpike::path
