// What `check` says of peers on this host.
#include "turnpike/worker/local_peers.hpp"

#include <gtest/gtest.h>

namespace turnpike::worker {
namespace {

IpAddress address(const char* text) { return IpAddress::parse(text).value(); }

TEST(LocalPeers, are_told_with_what_relays_to_them_and_what_would_be_needed) {
  const auto here = address("10.0.0.5"), here_v6 = address("2001:db8::5"), loopback = address("127.0.0.1");
  const struct {
    const char* name;
    std::vector<IpAddress> allowed;
    const char* obstacle;
    const char* expected;
  } table[] = {
      {"none", {}, "", ""},
      {"in the kernel",
       {here, here_v6},
       "",
       "# peers on this host, 10.0.0.5, 2001:db8::5: the kernel relays, from UDP clients with channels\n"},
      {"not in the kernel",
       {here},
       "relay.engine is sockets",
       "# peers on this host, 10.0.0.5: the sockets relay: relay.engine is sockets\n"},
      {"at loopback, too",
       {loopback, here},
       "",
       "# peers on this host, 10.0.0.5: the kernel relays, from UDP clients with channels\n"
       "# peers on this host, 127.0.0.1: the sockets relay: where they are at another address of this host, "
       "the kernel does\n"},
  };
  for (const auto& row : table)
    EXPECT_EQ(local_peers_text(row.allowed, row.obstacle), row.expected) << row.name;
}

TEST(LocalPeers, are_the_sockets_if_the_setting_says_so) {
  EXPECT_FALSE(obstacle_to_local_peers(config::Engine::sockets).empty());
}

}  // namespace
}  // namespace turnpike::worker
