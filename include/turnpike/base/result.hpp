// Result<T>: a value, or the reason why outside input has none.
#pragma once

#include <boost/system/result.hpp>

namespace turnpike {

template <class T, class E = boost::system::error_code>
using Result = boost::system::result<T, E>;

}  // namespace turnpike
