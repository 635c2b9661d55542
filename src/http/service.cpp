#include "turnpike/http/service.hpp"
