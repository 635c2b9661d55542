// Why a server is not reached, in an operator's words.
#pragma once

#include <boost/system/error_code.hpp>
#include <string>
#include <string_view>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::probe {

// How far a connection had come.
enum class Stage { connecting, handshake, open };

// Of an error of a socket or of TLS; what is not known here is told in the system's words.
std::string obstacle(Transport transport, const Endpoint& server, Stage stage,
                     const boost::system::error_code& error);

// Of a server that says nothing.
std::string silence(Transport transport, const Endpoint& server, Stage stage);

// What to look for where a certificate is refused, X509_V_ERR_...; begins with a space, or is empty.
std::string_view certificate_hint(long verdict);

}  // namespace turnpike::probe
