// Questions to the kernel with their answers, and notifications, in a namespace of the test's own.
#include "turnpike/kernel/netlink_socket.hpp"

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "turnpike/kernel/route_messages.hpp"
#include "unit/kernel/own_network.hpp"

namespace turnpike::kernel {
namespace {

constexpr int kLinks[] = {RTNLGRP_LINK};

void set_room(const NetlinkSocket& socket, int bytes) {
  ASSERT_EQ(::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes), 0);
}

void nothing(const nlmsghdr&) { FAIL() << "there is no answer"; }

TEST(NetlinkSocket, every_question_has_its_own_answer) {
  in_own_network([] {
    NetlinkSocket socket;
    for (const char* name : {"east", "west", "lo"}) {
      std::optional<Link> link;
      EXPECT_TRUE(
          socket.ask(ask_link(index_of(name)), [&](const nlmsghdr& message) { link = parse_link(message); }));
      ASSERT_TRUE(link);
      EXPECT_EQ(link->name, name);
    }
    EXPECT_FALSE(socket.ask(ask_link(9999), nothing)) << "refused";
    EXPECT_FALSE(is_readable(socket.fd(), 0)) << "nothing is left";
  });
}

TEST(NetlinkSocket, an_acknowledgement_is_no_refusal) {
  in_own_network([] {
    NetlinkSocket socket;
    ifinfomsg header{};
    header.ifi_index = static_cast<int>(index_of("east"));
    EXPECT_TRUE(socket.ask({RTM_SETLINK, NLM_F_ACK, header}, nothing));
    header.ifi_index = 9999;
    EXPECT_FALSE(socket.ask({RTM_SETLINK, NLM_F_ACK, header}, nothing));
  });
}

TEST(NetlinkSocket, an_answer_in_many_datagrams_is_visited_to_its_end) {
  in_own_network([] {
    for (int i = 0; i < 40; ++i)
      ASSERT_TRUE(ip("link add v" + std::to_string(i) + " type veth peer name w" + std::to_string(i)));
    NetlinkSocket socket;
    int links = 0;
    EXPECT_TRUE(
        socket.ask(ask_all_links(), [&](const nlmsghdr& message) { links += parse_link(message) ? 1 : 0; }));
    EXPECT_EQ(links, 3 + 80);
  });
}

TEST(NetlinkSocket, notifications_arrive_in_their_order) {
  in_own_network([] {
    NetlinkSocket socket(kLinks);
    ASSERT_TRUE(ip("link set east mtu 1300") && ip("link set east mtu 1200"));
    std::vector<std::uint32_t> mtus;
    EXPECT_TRUE(socket.drain([&](const nlmsghdr& message) {
      const auto link = parse_link(message);
      if (link && link->name == "east" && (mtus.empty() || mtus.back() != link->mtu))
        mtus.push_back(link->mtu);
    }));
    ASSERT_GE(mtus.size(), 2U);
    mtus.erase(mtus.begin(), mtus.end() - 2);  // the kernel may have had something to say before
    EXPECT_EQ(mtus, (std::vector<std::uint32_t>{1300, 1200}));
  });
}

TEST(NetlinkSocket, notifications_that_found_no_room_are_told_as_lost) {
  in_own_network([] {
    NetlinkSocket socket(kLinks);
    set_room(socket, 0);  // the kernel takes its minimum
    for (int mtu = 1300; mtu < 1310; ++mtu) ASSERT_TRUE(ip("link set east mtu " + std::to_string(mtu)));
    EXPECT_FALSE(socket.drain([](const nlmsghdr&) {}));

    set_room(socket, 65536);
    ASSERT_TRUE(ip("link set east mtu 1400"));
    int heard = 0;
    EXPECT_TRUE(socket.drain([&](const nlmsghdr&) { ++heard; })) << "from then on it listens again";
    EXPECT_GT(heard, 0);
  });
}

}  // namespace
}  // namespace turnpike::kernel
