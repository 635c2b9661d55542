#include "turnpike/turn/credential_source.hpp"
