// What the program leaves to the sockets: untouched, and counted by its reason.
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <array>
#include <functional>
#include <set>

#include "relay_world.hpp"

namespace turnpike::kernel {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using Change = std::function<void(Buffer&)>;

constexpr std::size_t kIp = kEthernetSize;

class PassedPackets : public testing::Test, protected RelayWorld {
 protected:
  void SetUp() override {
    if (!kernel.program) GTEST_SKIP() << kernel.reason_to_skip;
  }

  void expect_passed(const std::string& event, const Buffer& frame, std::uint32_t gso_size = 0) {
    for (const Hook hook : kHooks) expect_passed(hook, event, frame, gso_size);
  }
  void expect_passed(Hook hook, const std::string& event, const Buffer& frame, std::uint32_t gso_size = 0) {
    const RunResult result = kernel.run(hook, frame, false, gso_size);
    EXPECT_EQ(result.event, event);
    EXPECT_EQ(result.action, hook == Hook::xdp ? int{XDP_PASS} : TC_ACT_UNSPEC);
    EXPECT_EQ(result.frame, frame);
  }
  // Of the route from IPv4 to IPv4 (0), IPv4 to IPv6 (1), IPv6 to IPv4 (2), IPv6 to IPv6 (3).
  Buffer client_frame(std::size_t route, std::size_t size = 20) const {
    return frame_of(from_client(routes[route], some_bytes(size)));
  }
  Buffer peer_frame(std::size_t route, std::size_t size = 20) const {
    return frame_of(from_peer(routes[route], some_bytes(size)));
  }
};

Change set(std::size_t at, std::uint8_t value) {
  return [=](Buffer& frame) { frame[at] = value; };
}
Change set16(std::size_t at, std::uint16_t value) {
  return [=](Buffer& frame) { store_be16(&frame[at], value); };
}
// The header says so, the frame has nothing of it.
Change ipv4(const Change& change) {
  return [=](Buffer& frame) {
    change(frame);
    renew_ipv4_checksum(frame);
  };
}

TEST_F(PassedPackets, of_IPv4_headers_that_it_does_not_take) {
  constexpr std::size_t kSize = 20 + 8 + 4 + 20;
  const struct {
    const char* event;
    Change change;
  } samples[] = {
      {"other_protocol", ipv4(set(kIp + 9, 6))},
      {"other_protocol", set16(12, 0x0806)},
      {"other_protocol", set16(12, 0x8100)},
      {"malformed", ipv4(set(kIp, 0x65))},
      {"malformed", set(kIp + 8, 65)},
      {"malformed", set16(kIp + 10, 0x1234)},
      {"ip_options", ipv4(set(kIp, 0x46))},
      {"ip_options", ipv4(set(kIp, 0x4f))},
      {"ip_options", ipv4(set(kIp, 0x44))},
      {"fragment", ipv4(set16(kIp + 6, 0x2000))},
      {"fragment", ipv4(set16(kIp + 6, 0x2001))},
      {"fragment", ipv4(set16(kIp + 6, 0x1fff))},
      {"fragment", ipv4(set16(kIp + 6, 0x6000))},
      {"fragment", ipv4(set16(kIp + 6, 0x8000))},
      {"malformed", ipv4(set16(kIp + 2, kSize + 1))},
      {"malformed", ipv4(set16(kIp + 2, kSize - 1))},
      {"malformed", ipv4(set16(kIp + 2, 20 + 7))},
      {"malformed", ipv4(set16(kIp + 2, 20))},
      {"malformed", ipv4(set16(kIp + 2, 19))},
      {"malformed", ipv4(set16(kIp + 2, 0))},
      {"malformed", ipv4(set16(kIp + 2, 0xffff))},
      {"malformed", set16(kIp + 20 + 4, kSize - 20 + 1)},
      {"malformed", set16(kIp + 20 + 4, kSize - 20 - 1)},
      {"malformed", set16(kIp + 20 + 4, 0)},
      {"malformed", set16(kIp + 20 + 4, 0xffff)},
      {"no_flow", ipv4(set(kIp + 12, 199))},
      {"no_flow", ipv4(set(kIp + 19, 2))},
      {"no_flow", set16(kIp + 20, 40002)},
      {"no_flow", set16(kIp + 22, 65535)},
      {"no_flow", set16(kIp + 22, 3479)},
      {"no_flow", set16(kIp + 28, 0x4123)},
      {"no_flow", set16(kIp + 28, 0x7fff)},
      {"control", set16(kIp + 28, 0x0001)},
      {"control", set16(kIp + 28, 0x3fff)},
      {"control", set16(kIp + 28, 0x8000)},
      {"control", set16(kIp + 28, 0xc000)},
      {"channel_length", set16(kIp + 30, 16)},
      {"channel_length", set16(kIp + 30, 0)},
      {"channel_length", set16(kIp + 30, 21)},
      {"channel_length", set16(kIp + 30, 0xffff)},
  };
  for (const auto& [event, change] : samples) {
    SCOPED_TRACE(&change - &samples[0].change);
    Buffer frame = client_frame(0);
    change(frame);
    expect_passed(event, frame);
  }
}

TEST_F(PassedPackets, of_IPv6_headers_that_it_does_not_take) {
  constexpr std::size_t kSize = 8 + 4 + 20;
  const struct {
    const char* event;
    Change change;
  } samples[] = {
      {"other_protocol", set(kIp + 6, 6)},
      {"other_protocol", set(kIp + 6, 58)},
      {"extension_header", set(kIp + 6, 0)},
      {"extension_header", set(kIp + 6, 43)},
      {"extension_header", set(kIp + 6, 60)},
      {"fragment", set(kIp + 6, 44)},
      {"malformed", set(kIp, 0x40)},
      {"malformed", set16(kIp + 4, kSize + 1)},
      {"malformed", set16(kIp + 4, kSize - 1)},
      {"malformed", set16(kIp + 4, 7)},
      {"malformed", set16(kIp + 4, 0)},
      {"malformed", set16(kIp + 4, 0xffff)},
      {"malformed", set16(kIp + 44, kSize + 1)},
      {"malformed", set16(kIp + 44, 0)},
      {"no_checksum", set16(kIp + 46, 0)},
      {"no_flow", set(kIp + 8, 0x30)},
      {"no_flow", set16(kIp + 40, 40002)},
      {"no_flow", set16(kIp + 48, 0x4000)},
      {"control", set16(kIp + 48, 0x0101)},
      {"channel_length", set16(kIp + 50, 16)},
      {"channel_length", set16(kIp + 50, 21)},
  };
  for (const auto& [event, change] : samples) {
    SCOPED_TRACE(&change - &samples[0].change);
    Buffer frame = client_frame(3);
    change(frame);
    expect_passed(event, frame);
  }
}

// For tc as far as a test run goes: the kernel wants an IP header there.
TEST_F(PassedPackets, cut_short_anywhere) {
  for (std::size_t route = 0; route < 4; ++route) {
    for (const Datagram& datagram :
         {from_client(routes[route], some_bytes(20)), from_peer(routes[route], some_bytes(20))}) {
      const Buffer frame = frame_of(datagram);
      for (std::size_t size = kEthernetSize; size < frame.size(); ++size) {
        const Buffer cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
        expect_passed(Hook::xdp, "malformed", cut);
        if (size >= kEthernetSize + ip_header_size(datagram.from.family()))
          expect_passed(Hook::tc, "malformed", cut);
        if (HasFailure()) return;
      }
    }
  }
}

TEST_F(PassedPackets, to_a_port_that_is_no_listener_any_more_or_yet) {
  const auto relayed = [this] {
    std::vector<std::string> events;
    for (const std::size_t route : {0, 3})
      events.push_back(kernel.run(Hook::tc, frame_of(from_client(routes[route], some_bytes(20)))).event);
    return events;
  };
  using Events = std::vector<std::string>;
  EXPECT_EQ(relayed(), (Events{"relayed", "relayed"}));
  kernel.program->set_listener_ports(std::array<std::uint16_t, 2>{1, 65535});
  EXPECT_EQ(relayed(), (Events{"no_flow", "no_flow"}));
  kernel.program->set_listener_ports(std::array<std::uint16_t, 3>{3476, 3478, 3479});
  EXPECT_EQ(relayed(), (Events{"relayed", "relayed"}));
}

TEST_F(PassedPackets, to_a_listener_that_are_too_short_for_a_channel) {
  for (const std::size_t route : {0, 3}) {
    for (std::size_t size = 0; size < 4; ++size) {
      Datagram datagram = from_client(routes[route], {});
      datagram.payload.resize(size);
      expect_passed("control", frame_of(datagram));
    }
  }
}

// RFC 8656 12.5 pads to a multiple of four, which tc takes; what is more than that is for the sockets to
// judge.
TEST_F(PassedPackets, with_padding_of_another_size_and_any_at_XDP_FRM_18) {
  for (const std::size_t route : {0, 1, 2, 3}) {
    for (std::size_t size = 0; size < 12; ++size) {
      for (std::size_t padding = 1; padding <= 9; ++padding) {
        const bool is_usual = padding < 4 && (size + padding) % 4 == 0;
        Datagram datagram = from_client(routes[route], some_bytes(size));
        datagram.payload.resize(datagram.payload.size() + padding);
        expect_passed(Hook::xdp, "channel_length", frame_of(datagram));
        if (!is_usual) expect_passed(Hook::tc, "channel_length", frame_of(datagram));
      }
    }
  }
}

// As the stack would drop it where it filters by the way back.
TEST_F(PassedPackets, that_come_in_elsewhere_than_their_flow_says) {
  Flow flow = flow_to_peer(routes[0]);
  flow.from.port = 40002;
  flow.entrance.interface = kEntrance.interface + 1;
  ASSERT_TRUE(flows->add(flow, clock_now() + hours(1), clock_now()));
  expect_passed("other_entrance", frame_of({flow.from, flow.to, channel_data(flow.channel, some_bytes(9))}));
}

TEST_F(PassedPackets, of_XDP_that_were_sent_to_another_MAC_address_than_the_interface_has) {
  for (std::size_t byte = 0; byte < 6; ++byte) {
    Flow flow = flow_to_peer(routes[0]);
    flow.from.port = 40002;
    flow.entrance.mac[byte] = 1;
    const auto id = flows->add(flow, clock_now() + hours(1), clock_now());
    ASSERT_TRUE(id);
    for (const std::size_t size : {9, 900}) {
      Buffer frame = frame_of({flow.from, flow.to, channel_data(flow.channel, some_bytes(size))});
      expect_passed(Hook::xdp, "other_host", frame);
      frame[byte] = 1;
      EXPECT_EQ(kernel.run(Hook::xdp, frame).event, "relayed");
    }
    flows->remove(*id, clock_now());
  }
}

TEST_F(PassedPackets, without_checksum_on_their_way_to_IPv6) {
  for (Datagram datagram : {from_client(routes[1], some_bytes(20)), from_peer(routes[2], some_bytes(20))}) {
    datagram.has_checksum = false;
    expect_passed("no_checksum", frame_of(datagram));
  }
}

TEST_F(PassedPackets, that_would_exceed_the_mtu) {
  for (std::size_t route = 0; route < 4; ++route) {
    const std::size_t to_peer = kMtu - 8 - ip_header_size(routes[route].peer.family());
    const std::size_t to_client = kMtu - 8 - 4 - ip_header_size(routes[route].client.client.family());
    expect_passed("too_large", client_frame(route, to_peer + 1));
    expect_passed("too_large", peer_frame(route, to_client + 1));
    for (const Hook hook : kHooks) {
      EXPECT_EQ(kernel.run(hook, client_frame(route, to_peer)).event, "relayed");
      EXPECT_EQ(kernel.run(hook, peer_frame(route, to_client)).event, "relayed");
    }
  }
}

TEST_F(PassedPackets, of_another_host_that_a_promiscuous_interface_caught) {
  Buffer frame = client_frame(0);
  frame[0] = 2;
  expect_passed(Hook::tc, "other_host", frame);
}

TEST_F(PassedPackets, that_are_several_in_one) { expect_passed(Hook::tc, "segments", client_frame(0), 8); }

// XDP cannot know: the field holds the sum of the pseudo header.
TEST_F(PassedPackets, that_leave_their_checksum_to_the_device) {
  for (std::size_t route = 0; route < 4; ++route) {
    for (const Datagram& datagram :
         {from_client(routes[route], some_bytes(20)), from_peer(routes[route], some_bytes(20))}) {
      Buffer frame = frame_of(datagram);
      store_be16(&frame[checksum_offset(datagram)], pseudo_header_sum(datagram));
      expect_passed(Hook::xdp, "partial_checksum", frame);
    }
  }
}

TEST_F(PassedPackets, of_XDP_whose_neighbour_is_not_known) {
  Flow flow = flow_to_peer(routes[0]);
  flow.from.port = 40002;
  flow.next_hop.neighbour_mac = {};
  ASSERT_TRUE(flows->add(flow, clock_now() + hours(1), clock_now()));
  const Buffer frame = frame_of({flow.from, flow.to, channel_data(flow.channel, some_bytes(9))});
  expect_passed(Hook::xdp, "no_neighbour", frame);
  EXPECT_EQ(kernel.run(Hook::tc, frame).event, "relayed");
}

TEST_F(PassedPackets, of_XDP_that_are_for_this_host) {
  Flow flow = flow_to_peer(routes[0]);
  flow.from.port = 40002;
  flow.next_hop.neighbour_mac = {};
  flow.next_hop.is_local = true;
  ASSERT_TRUE(flows->add(flow, clock_now() + hours(1), clock_now()));
  const Buffer frame = frame_of({flow.from, flow.to, channel_data(flow.channel, some_bytes(9))});
  expect_passed(Hook::xdp, "local", frame);
  EXPECT_EQ(kernel.run(Hook::tc, frame).event, "relayed");
}

TEST_F(PassedPackets, of_XDP_whose_way_out_takes_none_from_other_devices) {
  Flow flow = flow_to_peer(routes[0]);
  flow.from.port = 40002;
  flow.next_hop.takes_frames = false;
  const auto id = flows->add(flow, clock_now() + hours(1), clock_now());
  const Buffer frame = frame_of({flow.from, flow.to, channel_data(flow.channel, some_bytes(9))});
  EXPECT_EQ(kernel.run(Hook::xdp, frame).action, XDP_TX) << "back to where it came from";
  flows->remove(*id, clock_now());
  flow.next_hop.interface = 2;
  ASSERT_TRUE(flows->add(flow, clock_now() + hours(1), clock_now()));
  expect_passed(Hook::xdp, "no_redirect", frame);
  EXPECT_EQ(kernel.run(Hook::tc, frame).event, "relayed");
}

// The first one of every 2^32 ns: three at most within two of them.
TEST_F(PassedPackets, of_XDP_for_the_upkeep_of_neighbours_are_few) {
  const Buffer frame = client_frame(0);
  const RunResult first = LoadedProgram::run_once(*kernel.program, Hook::xdp, frame);
  EXPECT_EQ(first.event, "upkeep");
  EXPECT_EQ(first.action, int{XDP_PASS});
  EXPECT_EQ(first.frame, frame);
  EXPECT_EQ(flows->counters(ids[0]).packets, 0U);
  const TimePoint start = clock_now();
  for (int i = 0; i < 1000; ++i) kernel.run(Hook::xdp, frame);
  const auto windows = static_cast<std::uint64_t>((clock_now() - start).count() >> 32) + 1;
  EXPECT_LE(kernel.count("upkeep"), (1 + windows) * kernel.program->maps().cpus);
  EXPECT_EQ(kernel.count("relayed"), 1000U);
}

TEST_F(PassedPackets, whose_flow_has_expired) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Buffer frame = i % 2 == 0 ? client_frame(i / 2) : peer_frame(i / 2);
    flows->extend(ids[i], clock_now() - seconds(1));
    expect_passed("expired", frame);
    flows->extend(ids[i], clock_now() + hours(1));
    EXPECT_EQ(kernel.run(Hook::tc, frame).event, "relayed");
  }
}

TEST_F(PassedPackets, whose_flow_was_removed) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    flows->remove(ids[i], clock_now());
    expect_passed("no_flow", i % 2 == 0 ? client_frame(i / 2) : peer_frame(i / 2));
  }
}

TEST_F(PassedPackets, while_nobody_renews_the_heartbeat) {
  kernel.program->heartbeat(clock_now() - Program::kHeartbeatLife - seconds(1));
  expect_passed("stopped", client_frame(0));
  kernel.program->heartbeat(clock_now() + hours(1));
  EXPECT_EQ(kernel.run(Hook::tc, client_frame(0)).event, "relayed");
}

// An IPv6 packet with IPv4-mapped addresses is not the IPv4 packet that it looks like.
TEST_F(PassedPackets, of_IPv6_that_look_like_a_flow_of_IPv4) {
  const auto mapped = [](const Endpoint& endpoint) {
    return Endpoint{IpAddress::from_bytes(endpoint.address.bytes16()), endpoint.port};
  };
  Datagram datagram = from_client(routes[0], some_bytes(20));
  datagram.from = mapped(datagram.from);
  datagram.to = mapped(datagram.to);
  ASSERT_TRUE(datagram.from.address.is_v6());
  expect_passed("no_flow", frame_of(datagram));
}

}  // namespace
}  // namespace turnpike::kernel
