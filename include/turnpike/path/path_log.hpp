// What the ways to clients write to the log: connections that were refused or failed, listeners that are not
// watched, and why.
#pragma once

#include "turnpike/path/admission.hpp"
#include "turnpike/path/connection.hpp"
#include "turnpike/path/listener_plan.hpp"
#include "turnpike/path/newcomers.hpp"

namespace turnpike::path {

// None of these for each packet, and none more often than the log repeats a cause. `ends` are the client's as
// far as it is known, or else the balancer's; `error` may be none.
void log_not_admitted(const FiveTuple& ends, NotAdmitted cause, const boost::system::error_code& error);
void log_header_refused(const FiveTuple& ends, NoHeader cause);
void log_handshake_failed(const FiveTuple& ends, net::HandshakeFailure cause,
                          const boost::system::error_code& error);
// Nothing where the client closed it, or where its handshake has been told.
void log_closed(const FiveTuple& ends, const Ending& ending);
// Of a server of tls.passthrough that did not accept a client's connection.
void log_no_server(const Endpoint& server, const FiveTuple& client, const boost::system::error_code& error);
// Of a listener that a reload has opened. Nothing without an error.
void log_not_watched(const ListenerName& listener, const boost::system::error_code& error);

}  // namespace turnpike::path
