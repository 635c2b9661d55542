// The one place where Asio's function bodies are compiled.
#include "turnpike/net/asio.hpp"

#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
