// The system's resolver, and resolvers that a test answers for.
#include "turnpike/lookup/host_names.hpp"

#include <algorithm>
#include <future>
#include <stdexcept>

#include "harness.hpp"

namespace turnpike::lookup {
namespace {

TEST(HostNames, the_resolver_that_hangs_is_not_waited_for) {
  std::promise<void> let_go;
  const Resolve resolve = [wait = let_go.get_future().share()](const std::string&) {
    wait.wait();
    return config::Host{};
  };
  const auto hosts = run(ask_hosts({"sfu"}, resolve, std::chrono::milliseconds(50)));
  EXPECT_EQ(hosts, (config::Hosts{{"sfu", {{}, "no answer within 50 ms"}}}));
  let_go.set_value();
}

TEST(HostNames, a_resolver_that_throws_is_an_obstacle) {
  const Resolve resolve = [](const std::string&) -> config::Host { throw std::runtime_error("broken"); };
  EXPECT_EQ(run(ask_hosts({"sfu"}, resolve, std::chrono::seconds(5))),
            (config::Hosts{{"sfu", {{}, "broken"}}}));
}

TEST(HostNames, the_system_knows_this_host) {
  const config::Host host = resolve("localhost");
  EXPECT_EQ(host.obstacle, "");
  EXPECT_NE(std::ranges::find(host.addresses, address("127.0.0.1")), host.addresses.end());
  EXPECT_TRUE(std::ranges::is_sorted(host.addresses));
}

}  // namespace
}  // namespace turnpike::lookup
