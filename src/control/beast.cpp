// The one place where Beast's function bodies are compiled.
#include "turnpike/control/beast.hpp"

#include <boost/beast/src.hpp>
