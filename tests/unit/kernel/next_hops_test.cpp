// Where packets leave, asked of a real kernel in a namespace of the test's own.
#include "turnpike/kernel/next_hops.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "turnpike/net/file_descriptor.hpp"
#include "unit/kernel/own_network.hpp"

namespace turnpike::kernel {
namespace {

struct Case {
  const char* name;
  const char* to;
  std::optional<NextHop> expected;
};

std::optional<NextHop> through(const char* interface, const char* gateway, std::uint16_t mtu = 1500) {
  return NextHop{.interface = index_of(interface),
                 .gateway = address(gateway),
                 .mtu = mtu,
                 .own_mac = mac_of(interface),
                 .takes_frames = false};
}

std::optional<NextHop> by_loopback(const char* to) {
  return NextHop{.interface = index_of("lo"),
                 .gateway = address(to),
                 .mtu = 65535,
                 .takes_frames = false,
                 .is_local = true};
}

std::optional<NextHop> with_hop_limit(std::optional<NextHop> hop, std::uint8_t limit) {
  hop->hop_limit = limit;
  return hop;
}

std::optional<NextHop> with_mac(std::optional<NextHop> hop, std::uint8_t last) {
  hop->neighbour_mac = {2, 0, 0, 0, 0, last};
  return hop;
}

void expect_each(NextHops& hops, const char* from, std::initializer_list<Case> table) {
  for (const Case& row : table)
    EXPECT_EQ(hops.find({address(from), address(row.to)}), row.expected) << row.name << ", " << row.to;
}

// Waits for the answer that must come.
bool answers(NextHops& hops, const char* from, const char* to, const std::optional<NextHop>& expected) {
  return becomes_true([&] {
    hops.on_ready();
    return hops.find({address(from), address(to)}) == expected;
  });
}

TEST(NextHops, of_ipv4_are_those_of_the_kernel) {
  in_own_network([] {
    ASSERT_TRUE(ip("addr add 192.0.2.1/24 dev east") && ip("addr add 192.0.2.65/24 dev east") &&
                ip("link set west mtu 1280"));
    ASSERT_TRUE(ip("route add 198.51.100.0/24 via 192.0.2.2 mtu 1400") &&
                ip("route add 198.18.0.0/16 dev west") && ip("route add 198.19.0.0/16 dev west hoplimit 30"));
    ASSERT_TRUE(ip("route add blackhole 203.0.113.0/25") && ip("route add unreachable 203.0.113.128/25"));
    ASSERT_TRUE(ip("route add 198.51.100.128/25 table 100 via 192.0.2.3") &&
                ip("rule add from 192.0.2.65 table 100"));
    NextHops hops;
    expect_each(
        hops, "192.0.2.1",
        {{"on link", "192.0.2.77", through("east", "192.0.2.77")},
         {"by a gateway, with an MTU of its own", "198.51.100.200", through("east", "192.0.2.2", 1400)},
         {"by another link", "198.18.5.5", through("west", "198.18.5.5", 1280)},
         {"with a time to live of its own", "198.19.5.5",
          with_hop_limit(through("west", "198.19.5.5", 1280), 30)},
         {"no route", "8.8.8.8", std::nullopt},
         {"blackhole", "203.0.113.9", std::nullopt},
         {"unreachable", "203.0.113.200", std::nullopt},
         {"itself", "192.0.2.1", by_loopback("192.0.2.1")},
         {"another address of this host", "192.0.2.65", by_loopback("192.0.2.65")},
         {"loopback", "127.0.0.1", std::nullopt},
         {"broadcast", "192.0.2.255", std::nullopt},
         {"broadcast of any net", "255.255.255.255", std::nullopt},
         {"multicast", "224.0.0.1", std::nullopt}});
    expect_each(hops, "192.0.2.65",
                {{"a rule for the source", "198.51.100.200", through("east", "192.0.2.3")}});
    expect_each(hops, "192.0.2.99", {{"a source that is not of this host", "198.51.100.200", std::nullopt}});
    expect_each(hops, "127.0.0.1",
                {{"from loopback", "127.0.0.2", std::nullopt},
                 {"from loopback to another address of this host", "192.0.2.1", std::nullopt}});
  });
}

TEST(NextHops, of_ipv6_are_those_of_the_kernel) {
  in_own_network([] {
    ASSERT_TRUE(ip("addr add 2001:db8::1/64 dev east nodad") && ip("addr add 192.0.2.1/24 dev east") &&
                ip("addr add fe80::1/64 dev east nodad"));
    ASSERT_TRUE(
        becomes_true([] { return ip("route add 2001:db8:1::/48 via 2001:db8::2 mtu 1400 hoplimit 30"); }));
    ASSERT_TRUE(ip("route add blackhole 2001:db8:2::/48") &&
                ip("route add 198.51.100.0/24 via inet6 2001:db8::2 dev east"));
    NextHops hops;
    ASSERT_TRUE(answers(hops, "2001:db8::1", "2001:db8::1", by_loopback("2001:db8::1")));
    expect_each(hops, "2001:db8::1",
                {{"on link", "2001:db8::77", through("east", "2001:db8::77")},
                 {"by a gateway, with an MTU and a hop limit of its own", "2001:db8:1::7",
                  with_hop_limit(through("east", "2001:db8::2", 1400), 30)},
                 {"no route", "2001:db8:3::1", std::nullopt},
                 {"blackhole", "2001:db8:2::1", std::nullopt},
                 {"loopback", "::1", std::nullopt},
                 {"link-local, on which link?", "fe80::5", std::nullopt},
                 {"multicast", "ff02::1", std::nullopt}});
    expect_each(hops, "192.0.2.1",
                {{"IPv4 by a gateway of IPv6", "198.51.100.1", through("east", "2001:db8::2")}});
  });
}

TEST(NextHops, have_the_systems_hop_limits_and_hear_of_others_when_they_look_again) {
  in_own_network([] {
    ASSERT_TRUE(ip("addr add 192.0.2.1/24 dev east") && ip("addr add 2001:db8::1/64 dev east nodad"));
    NextHops hops;
    const auto limit = [&](const char* from, const char* to) {
      const auto hop = hops.find({address(from), address(to)});
      return hop ? int{hop->hop_limit} : -1;
    };
    ASSERT_TRUE(becomes_true([&] {
      hops.on_ready();
      return limit("2001:db8::1", "2001:db8::7") == 64;
    }));
    EXPECT_EQ(limit("192.0.2.1", "192.0.2.7"), 64);
    EXPECT_FALSE(hops.look_again());
    std::ofstream("/proc/sys/net/ipv4/ip_default_ttl") << 41 << std::flush;
    std::ofstream("/proc/sys/net/ipv6/conf/east/hop_limit") << 42 << std::flush;
    EXPECT_TRUE(hops.look_again());
    EXPECT_EQ(limit("192.0.2.1", "192.0.2.7"), 41);
    EXPECT_EQ(limit("2001:db8::1", "2001:db8::7"), 42);
    EXPECT_FALSE(hops.look_again());
  });
}

TEST(NextHops, are_remembered_until_something_changes) {
  in_own_network([] {
    ASSERT_TRUE(ip("addr add 192.0.2.1/24 dev east"));
    NextHops hops;
    const auto from = address("192.0.2.1"), to = address("198.51.100.1");
    EXPECT_EQ(hops.find({from, to}), std::nullopt);
    ASSERT_TRUE(ip("route add 198.51.100.0/24 via 192.0.2.2"));
    EXPECT_EQ(hops.find({from, to}), std::nullopt) << "not asked again";
    EXPECT_TRUE(is_readable(hops.fd(), 0));
    EXPECT_TRUE(hops.on_ready());
    EXPECT_EQ(hops.find({from, to}), through("east", "192.0.2.2"));
  });
}

TEST(NextHops, hear_of_every_kind_of_change) {
  in_own_network([] {
    ASSERT_TRUE(ip("addr add 192.0.2.1/24 dev east") && ip("addr add 2001:db8::1/64 dev east nodad"));
    ASSERT_TRUE(ip("route add 203.0.113.0/24 via 192.0.2.9 table 100") &&
                ip("nexthop add id 1 via 192.0.2.4 dev east"));
    NextHops hops;
    ASSERT_TRUE(answers(hops, "2001:db8::1", "2001:db8::7", through("east", "2001:db8::7")));
    const char *v4 = "192.0.2.1", *v6 = "2001:db8::1", *far = "203.0.113.1";
    const struct {
      const char* command;
      const char* from;
      const char* to;
      std::optional<NextHop> expected;
    } script[] = {
        {"route add 203.0.113.0/24 via 192.0.2.2", v4, far, through("east", "192.0.2.2")},
        {"route change 203.0.113.0/24 via 192.0.2.3", v4, far, through("east", "192.0.2.3")},
        {"rule add to 203.0.113.0/24 table 100", v4, far, through("east", "192.0.2.9")},
        {"rule del to 203.0.113.0/24 table 100", v4, far, through("east", "192.0.2.3")},
        {"route change 203.0.113.0/24 nhid 1", v4, far, through("east", "192.0.2.4")},
        {"nexthop replace id 1 via 192.0.2.5 dev east", v4, far, through("east", "192.0.2.5")},
        {"link set east mtu 1400", v4, far, through("east", "192.0.2.5", 1400)},
        {"route del 203.0.113.0/24", v4, far, std::nullopt},
        {"route add 2001:db8:1::/48 via 2001:db8::2", v6, "2001:db8:1::1",
         through("east", "2001:db8::2", 1400)},
        {"route del 2001:db8:1::/48", v6, "2001:db8:1::1", std::nullopt},
        {"-6 rule add to 2001:db8::/64 blackhole", v6, "2001:db8::7", std::nullopt},
        {"-6 rule del to 2001:db8::/64 blackhole", v6, "2001:db8::7", through("east", "2001:db8::7", 1400)},
        {"addr add 192.0.2.7/24 dev east", v4, "192.0.2.7", by_loopback("192.0.2.7")},
        {"addr del 192.0.2.7/24 dev east", v4, "192.0.2.7", through("east", "192.0.2.7", 1400)},
        {"link set east down", v4, "192.0.2.7", std::nullopt},
        {"link set east up", v4, "192.0.2.7", through("east", "192.0.2.7", 1400)},
        {"link del east", v4, "192.0.2.7", std::nullopt},
    };
    for (const auto& step : script) {
      hops.find({address(step.from), address(step.to)});  // remembered, unless the change is heard of
      const auto expected = step.expected;
      ASSERT_TRUE(ip(step.command)) << step.command;
      EXPECT_TRUE(answers(hops, step.from, step.to, expected)) << step.command;
    }
  });
}

TEST(NextHops, have_the_MAC_address_of_a_neighbour_while_the_kernel_has_it) {
  in_own_network([] {
    ASSERT_TRUE(ip("addr add 192.0.2.1/24 dev east") && ip("addr add 2001:db8::1/64 dev east nodad"));
    ASSERT_TRUE(ip("route add 198.51.100.0/24 via 192.0.2.2") &&
                ip("neighbour add 192.0.2.9 lladdr 02:00:00:00:00:09 dev east"));
    NextHops hops;
    ASSERT_TRUE(answers(hops, "2001:db8::1", "2001:db8::7", through("east", "2001:db8::7")));
    expect_each(hops, "192.0.2.1",
                {{"known before it is asked for", "192.0.2.9", with_mac(through("east", "192.0.2.9"), 9)}});
    const struct {
      const char* command;
      const char* from;
      const char* to;
      std::optional<NextHop> expected;
    } script[] = {
        {"neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev east", "192.0.2.1", "198.51.100.7",
         with_mac(through("east", "192.0.2.2"), 2)},
        {"neighbour change 192.0.2.2 lladdr 02:00:00:00:00:03 nud stale dev east", "192.0.2.1",
         "198.51.100.7", with_mac(through("east", "192.0.2.2"), 3)},
        {"neighbour change 192.0.2.2 nud failed dev east", "192.0.2.1", "198.51.100.7",
         through("east", "192.0.2.2")},
        {"neighbour add 2001:db8::7 lladdr 02:00:00:00:00:07 dev east", "2001:db8::1", "2001:db8::7",
         with_mac(through("east", "2001:db8::7"), 7)},
        {"neighbour del 2001:db8::7 dev east", "2001:db8::1", "2001:db8::7", through("east", "2001:db8::7")},
    };
    for (const auto& step : script) {
      hops.find({address(step.from), address(step.to)});
      ASSERT_TRUE(ip(step.command)) << step.command;
      EXPECT_TRUE(answers(hops, step.from, step.to, step.expected)) << step.command;
    }
  });
}

TEST(NextHops, cross_where_the_other_end_of_the_link_is_in_another_namespace) {
  in_own_network([] {
    ASSERT_TRUE(ip("addr add 192.0.2.1/24 dev east"));
    NextHops hops;
    const auto from = address("192.0.2.1"), to = address("192.0.2.2");
    EXPECT_FALSE(hops.find({from, to})->crosses);
    net::FileDescriptor elsewhere;
    std::thread([&] {
      ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
      elsewhere = net::FileDescriptor(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    }).join();
    ASSERT_TRUE(elsewhere && ip("link set west netns /proc/" + std::to_string(::getpid()) + "/fd/" +
                                std::to_string(elsewhere.get())));
    EXPECT_TRUE(becomes_true([&] {
      hops.on_ready();
      return hops.find({from, to})->crosses;
    }));
  });
}

TEST(NextHops, answer_questions_in_their_order) {
  in_own_network([] {
    ASSERT_TRUE(ip("addr add 192.0.2.1/24 dev east") && ip("route add 198.18.0.0/16 dev west"));
    NextHops hops;
    const AddressPair on_link{address("192.0.2.1"), address("192.0.2.77")};
    const AddressPair by_west{address("192.0.2.1"), address("198.18.5.5")};
    const AddressPair nowhere{address("192.0.2.1"), address("8.8.8.8")};
    const std::vector<HopQuestion> questions{{1, {7, 0x4000}, on_link, by_west},
                                             {2, {7, 0x4001}, nowhere, on_link}};
    const auto answers = hops.answer(questions);
    ASSERT_EQ(answers.size(), 2U);
    for (const std::size_t i : {0, 1}) {
      EXPECT_EQ(answers[i].question, questions[i]);
      EXPECT_EQ(answers[i].to_client, hops.find(questions[i].to_client));
      EXPECT_EQ(answers[i].to_peer, hops.find(questions[i].to_peer));
    }
    EXPECT_EQ(answers[1].to_client, std::nullopt);
    EXPECT_EQ(answers[0].to_peer, through("west", "198.18.5.5"));
  });
}

TEST(NextHops, do_not_mind_neighbours_that_nobody_asked_for) {
  in_own_network([] {
    ASSERT_TRUE(ip("addr add 192.0.2.1/24 dev east"));
    NextHops hops;
    becomes_true([&] {
      return !is_readable(hops.fd(), 200) || (hops.on_ready(), false);
    });  // until the new links are quiet
    hops.find({address("192.0.2.1"), address("192.0.2.2")});
    ASSERT_TRUE(ip("neighbour add 192.0.2.3 lladdr 02:00:00:00:00:03 dev east"));
    EXPECT_TRUE(is_readable(hops.fd(), 1000));
    EXPECT_FALSE(hops.on_ready());
    ASSERT_TRUE(ip("neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev east"));
    EXPECT_TRUE(is_readable(hops.fd(), 1000));
    EXPECT_TRUE(hops.on_ready());
  });
}

TEST(NextHops, do_not_mind_what_links_tell_of_themselves_besides) {
  in_own_network([] {
    NextHops hops;
    int length = 500;
    EXPECT_TRUE(becomes_true([&] {  // at first the kernel may still be busy with the new links
      return ip("link set east txqueuelen " + std::to_string(++length)) && is_readable(hops.fd(), 0) &&
             !hops.on_ready();
    }));
  });
}

}  // namespace
}  // namespace turnpike::kernel
