#include "turnpike/net/tls_error.hpp"

#include <openssl/err.h>

#include <boost/asio/ssl/error.hpp>

namespace turnpike::net {

const boost::system::error_category& tls_category() { return boost::asio::error::get_ssl_category(); }

// Library and reason fill 31 bits; what has more is an errno.
boost::system::error_code tls_error(unsigned long error) {
  if (ERR_SYSTEM_ERROR(error)) return {ERR_GET_REASON(error), boost::system::system_category()};
  return {static_cast<int>(error), tls_category()};
}

}  // namespace turnpike::net
