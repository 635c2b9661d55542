// Makes the kernel drop what no client sends, before it takes the place of media in a listener's buffer.
#pragma once

#include <boost/system/error_code.hpp>

namespace turnpike::net {

// Attaches a filter to the UDP socket `fd`: only datagrams that begin as a STUN message or ChannelData and
// are as long as their length field says are received from now on. Of datagrams that the kernel has joined
// only the first is judged. Returns the system's error.
boost::system::error_code drop_all_but_frames(int fd);

}  // namespace turnpike::net
