// Joins two connections into a tunnel.
#pragma once

#include "turnpike/http/flow.hpp"

namespace turnpike::http {

// Passes bytes both ways, first those in the blocks, until both ends have stopped sending or one of them
// fails; on failure both are closed. A tunnel may last for days; no more is read from one end than the other
// takes. Once one end has stopped sending, `watch`, which rests before, allows `pause_max` between two moves
// of the other end's bytes. All arguments must outlive the coroutine.
boost::asio::awaitable<void> join(Socket& a, Block& from_a, Socket& b, Block& from_b, Watch& watch,
                                  Duration pause_max);

}  // namespace turnpike::http
