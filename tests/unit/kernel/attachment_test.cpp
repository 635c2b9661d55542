// The program on an interface: it relays what arrives there, goes with its owner, and what a crash left
// behind is recognised.
#include "turnpike/kernel/attachment.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>

#include "loaded_program.hpp"
#include "own_network.hpp"
#include "turnpike/net/bound_socket.hpp"
#include "turnpike/net/sockaddr.hpp"

namespace turnpike::kernel {
namespace {

// Sent into `east`, it arrives at `west`: the program sees it, if it is there.
void send_something() {
  const auto sender = net::open_bound_socket(SOCK_DGRAM, Endpoint::parse("10.1.0.1:0").value(), {});
  ASSERT_TRUE(sender);
  const net::SockAddr to(Endpoint::parse("10.1.0.2:9").value(), AF_INET);
  ASSERT_EQ(::sendto(sender->get(), "x", 1, 0, to.get(), to.size()), 1);
}

// Whether packets that arrive at `west` are counted.
bool is_attached(const LoadedProgram& kernel) {
  const std::uint64_t before = kernel.count("no_flow");
  send_something();
  return kernel.count("no_flow") != before;
}

void on_own_network(const std::function<void(const LoadedProgram&, std::uint32_t west)>& test) {
  const LoadedProgram kernel;
  if (!kernel.program) GTEST_SKIP() << kernel.reason_to_skip;
  in_own_network([&] {
    ASSERT_TRUE(ip("link set west address 02:00:00:00:00:02") && ip("address add 10.1.0.1/24 dev east") &&
                ip("neighbour add 10.1.0.2 lladdr 02:00:00:00:00:02 dev east"));
    test(kernel, index_of("west"));
  });
}

TEST(Attachment, tc_sees_what_arrives_until_the_attachment_ends) {
  on_own_network([](const LoadedProgram& kernel, std::uint32_t west) {
    EXPECT_FALSE(is_attached(kernel));
    EXPECT_EQ(kernel.program->attach(Hook::tc, west), "");
    EXPECT_TRUE(is_attached(kernel));
    EXPECT_EQ(kernel.program->attach(Hook::tc, west), "");
    EXPECT_TRUE(is_attached(kernel));
    kernel.program->detach(west);
    EXPECT_FALSE(is_attached(kernel));
  });
}

TEST(Attachment, a_filter_does_the_same_on_older_kernels) {
  on_own_network([](const LoadedProgram& kernel, std::uint32_t west) {
    {
      const auto first = Attachment::open_filter(kernel.program->descriptor(Hook::tc), Hook::tc, west);
      ASSERT_TRUE(first) << first.error();
      const auto second = Attachment::open_filter(kernel.program->descriptor(Hook::tc), Hook::tc, west);
      ASSERT_TRUE(second) << second.error();
      EXPECT_TRUE(is_attached(kernel));
    }
    EXPECT_FALSE(is_attached(kernel));
  });
}

// A datagram between two sockets of this host.
bool is_attached_to_loopback(const LoadedProgram& kernel) {
  const std::uint64_t before = kernel.count("no_flow");
  const auto sender = net::open_bound_socket(SOCK_DGRAM, Endpoint::parse("127.0.0.1:0").value(), {});
  const net::SockAddr to(net::local_endpoint(sender->get()), AF_INET);
  EXPECT_EQ(::sendto(sender->get(), "x", 1, 0, to.get(), to.size()), 1);
  return kernel.count("no_flow") == before + 1;
}

TEST(Attachment, local_sees_what_this_host_sends_to_itself) {
  on_own_network([](const LoadedProgram& kernel, std::uint32_t) {
    const std::uint32_t lo = index_of("lo");
    EXPECT_FALSE(is_attached_to_loopback(kernel));
    ASSERT_EQ(kernel.program->attach(Hook::local, lo), "");
    EXPECT_TRUE(is_attached_to_loopback(kernel));
    EXPECT_FALSE(is_attached(kernel));
    kernel.program->detach(lo);
    EXPECT_FALSE(is_attached_to_loopback(kernel));
  });
}

TEST(Attachment, a_filter_sees_the_same_on_older_kernels_and_is_removed_after_a_crash) {
  on_own_network([](const LoadedProgram& kernel, std::uint32_t) {
    const std::uint32_t lo = index_of("lo");
    const TimePoint now = clock_now();
    kernel.program->heartbeat(now);
    {
      const auto filter = Attachment::open_filter(kernel.program->descriptor(Hook::local), Hook::local, lo);
      ASSERT_TRUE(filter) << filter.error();
      EXPECT_TRUE(is_attached_to_loopback(kernel));
    }
    EXPECT_FALSE(is_attached_to_loopback(kernel));
    const auto left = Attachment::open_filter(kernel.program->descriptor(Hook::local), Hook::local, lo);
    ASSERT_TRUE(left) << left.error();
    EXPECT_EQ(remove_stale_filters(now), 0U);
    EXPECT_TRUE(is_attached_to_loopback(kernel));
    EXPECT_EQ(remove_stale_filters(now + Program::kHeartbeatLife), 1U);
    EXPECT_FALSE(is_attached_to_loopback(kernel));
  });
}

TEST(Attachment, xdp_attaches_to_a_driver_that_can) {
  on_own_network([](const LoadedProgram& kernel, std::uint32_t west) {
    ASSERT_EQ(kernel.program->attach(Hook::xdp, west), "");
    EXPECT_TRUE(is_attached(kernel));
    EXPECT_NE(kernel.program->attach(Hook::xdp, index_of("lo")), "");
    kernel.program->detach(west);
    EXPECT_FALSE(is_attached(kernel));
  });
}

TEST(Attachment, tc_gets_what_XDP_has_passed) {
  on_own_network([](const LoadedProgram& kernel, std::uint32_t west) {
    for (const Hook hook : {Hook::tc, Hook::xdp}) ASSERT_EQ(kernel.program->attach(hook, west), "");
    const std::uint64_t before = kernel.count("no_flow");
    send_something();
    EXPECT_EQ(kernel.count("no_flow"), before + 2);
    kernel.program->detach(west);
    EXPECT_FALSE(is_attached(kernel)) << "both are gone";
  });
}

TEST(Attachment, says_why_it_cannot_attach) {
  on_own_network([](const LoadedProgram& kernel, std::uint32_t) {
    EXPECT_EQ(kernel.program->attach(Hook::tc, 12345), "No such device");
    EXPECT_EQ(Attachment::open_filter(kernel.program->descriptor(Hook::tc), Hook::tc, 12345).error(),
              "No such device");
  });
}

TEST(Attachment, a_filter_whose_owner_has_crashed_is_removed_and_no_other) {
  on_own_network([](const LoadedProgram& kernel, std::uint32_t west) {
    const auto filter = Attachment::open_filter(kernel.program->descriptor(Hook::tc), Hook::tc, west);
    ASSERT_TRUE(filter) << filter.error();
    const TimePoint now = clock_now();
    kernel.program->heartbeat(now);
    EXPECT_EQ(remove_stale_filters(now), 0U);
    EXPECT_TRUE(is_attached(kernel));
    EXPECT_EQ(remove_stale_filters(now + Program::kHeartbeatLife), 1U);
    EXPECT_FALSE(is_attached(kernel));
    EXPECT_EQ(remove_stale_filters(now + Program::kHeartbeatLife), 0U);
  });
}

}  // namespace
}  // namespace turnpike::kernel
