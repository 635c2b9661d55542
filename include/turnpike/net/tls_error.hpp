// OpenSSL's errors as error codes.
#pragma once

#include <boost/system/error_code.hpp>

namespace turnpike::net {

// Returns the category, whose messages are OpenSSL's reason and the library that gives it.
const boost::system::error_category& tls_category();
// Converts an error of ERR_peek_error(); 0 becomes no error.
boost::system::error_code tls_error(unsigned long error);

}  // namespace turnpike::net
