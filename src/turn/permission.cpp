#include "turnpike/turn/permission.hpp"
