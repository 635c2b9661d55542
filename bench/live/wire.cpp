// By the `ip` command, for this is done once.
#include "live/wire.hpp"

#include <net/if.h>
#include <sched.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>

namespace turnpike::bench {
namespace {

void ip(const std::string& arguments) {
  if (std::system(("ip " + arguments).c_str()) != 0) throw std::runtime_error("ip " + arguments + " failed");
}

Wire lay(const std::string& near, const std::string& far) {
  ip("link add " + near + " type veth peer name " + far);
  for (const std::string& end : {near, far}) ip("link set " + end + " up");
  return {::if_nametoindex(near.c_str()), ::if_nametoindex(far.c_str())};
}

}  // namespace

Wires lay_wires() {
  if (::unshare(CLONE_NEWNET) < 0)
    throw std::system_error(errno, std::generic_category(), "a network namespace");
  return {lay("in0", "in1"), lay("out0", "out1")};
}

}  // namespace turnpike::bench
