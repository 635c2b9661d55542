// Says in an operator's words why a server is not reached.
#pragma once

#include <boost/system/error_code.hpp>
#include <string>
#include <string_view>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::probe {

// How far a connection had come.
enum class Stage { connecting, handshake, open };

// Returns the text for an error of a socket or of TLS; for an unknown error, the system's words.
std::string obstacle(Transport transport, const Endpoint& server, Stage stage,
                     const boost::system::error_code& error);

// Returns the text for a server that does not answer.
std::string silence(Transport transport, const Endpoint& server, Stage stage);

// Returns a hint for a refused certificate, by its X509_V_ERR_ code. The hint begins with a space; "" if
// there is none.
std::string_view certificate_hint(long verdict);

}  // namespace turnpike::probe
