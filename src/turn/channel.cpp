#include "turnpike/turn/channel.hpp"
