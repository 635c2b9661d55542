#include "turnpike/base/deadline_queue.hpp"
