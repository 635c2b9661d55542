// OpenSSL's errors as error codes: what ends a connection is one kind of value, whatever it speaks.
#pragma once

#include <boost/system/error_code.hpp>

namespace turnpike::net {

// Its messages are OpenSSL's reasons, with the library that gives them.
const boost::system::error_category& tls_category();
// `error` as ERR_peek_error() gives it; 0: none.
boost::system::error_code tls_error(unsigned long error);

}  // namespace turnpike::net
