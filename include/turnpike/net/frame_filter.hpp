// Has the kernel drop what no client sends, before it takes the place of media in a listener's buffer.
#pragma once

#include <boost/system/error_code.hpp>

namespace turnpike::net {

// From now on the UDP socket `fd` receives only what begins as a STUN message or ChannelData and is as long
// as it says. Of datagrams that the kernel has joined the first one speaks for all.
boost::system::error_code drop_all_but_frames(int fd);

}  // namespace turnpike::net
