// The one place where Beast's function bodies are compiled.
#include "turnpike/http/beast.hpp"

#include <boost/beast/src.hpp>
