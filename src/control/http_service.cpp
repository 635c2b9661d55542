#include "turnpike/control/http_service.hpp"
