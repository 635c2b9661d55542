// Two connections that have become one.
#pragma once

#include "turnpike/http/flow.hpp"

namespace turnpike::http {

// Passes bytes both ways, those in the blocks first, until both ends have said that nothing follows, or one
// of them fails: then both are closed. It may last for days; nothing is read from one end that the other does
// not take. As soon as one end has said that nothing follows, `watch`, which rests until then, allows
// `pause_max` for each move of the other. All arguments outlive it.
boost::asio::awaitable<void> join(Socket& a, Block& from_a, Socket& b, Block& from_b, Watch& watch,
                                  Duration pause_max);

}  // namespace turnpike::http
