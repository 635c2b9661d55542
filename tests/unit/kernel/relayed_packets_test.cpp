// What the program relays: byte for byte what relay::Forwarder decides, with every header and checksum right.
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <algorithm>
#include <array>
#include <map>

#include "relay_world.hpp"

namespace turnpike::kernel {
namespace {

class RelayedPackets : public testing::Test, protected RelayWorld {
 protected:
  void SetUp() override {
    if (!kernel.program) GTEST_SKIP() << kernel.reason_to_skip;
  }

  // Both directions of all routes.
  std::vector<Datagram> datagrams(Bytes payload) const {
    std::vector<Datagram> all;
    for (const relay::Route& route : routes) {
      all.push_back(from_client(route, payload));
      all.push_back(from_peer(route, payload));
    }
    return all;
  }

  void expect_relayed_alike(Hook hook, const Datagram& datagram, bool is_complete = false) {
    const auto expected = by_forwarder(datagram);
    ASSERT_TRUE(expected);
    const Buffer frame = frame_of(datagram);
    const RunResult result = kernel.run(hook, frame, is_complete);
    if (hook == Hook::xdp && load_be16(&frame[checksum_offset(datagram)]) == pseudo_header_sum(datagram)) {
      ASSERT_EQ(result.event, "partial_checksum");  // by chance
      return;
    }
    ASSERT_EQ(result.event, "relayed");
    ASSERT_EQ(result.action, hook == Hook::xdp ? int{XDP_TX} : TC_ACT_REDIRECT);
    const auto leaving = read_frame(result.frame);
    ASSERT_TRUE(leaving);
    ASSERT_TRUE(*leaving == *expected) << leaving->from.to_string() << " " << leaving->to.to_string() << " "
                                       << leaving->payload.size() << " bytes";
    if (hook != Hook::xdp) return;  // there the neighbours are the kernel's
    ASSERT_TRUE(std::equal(kNeighbourMac.begin(), kNeighbourMac.end(), result.frame.begin()));
    ASSERT_TRUE(std::equal(kOwnMac.begin(), kOwnMac.end(), result.frame.begin() + 6));
  }

  bool has_complete_checksums() const {
    return !kernel.run(Hook::tc, frame_of(from_peer(routes[0], {})), true)
                .event.starts_with("test run failed");
  }
};

TEST_F(RelayedPackets, are_those_of_the_forwarder_for_every_length_family_and_direction) {
  for (const Hook hook : kHooks) {
    for (std::size_t size = 0; size <= 1400; ++size) {
      for (const Datagram& datagram : datagrams(some_bytes(size, static_cast<std::uint8_t>(size)))) {
        SCOPED_TRACE(testing::Message() << size << " bytes from " << datagram.from.to_string());
        expect_relayed_alike(hook, datagram);
        if (HasFatalFailure()) return;
      }
    }
  }
}

// The kernel itself checks the sum after the run.
TEST_F(RelayedPackets, keep_the_checksum_right_that_a_device_computed_over_the_whole_packet) {
  if (!has_complete_checksums()) GTEST_SKIP() << "needs Linux 6.11";
  for (std::size_t size = 0; size <= 1400; size += 7) {
    for (const Datagram& datagram : datagrams(some_bytes(size))) {
      SCOPED_TRACE(testing::Message() << size << " bytes from " << datagram.from.to_string());
      expect_relayed_alike(Hook::tc, datagram, true);
      if (HasFatalFailure()) return;
    }
  }
}

TEST_F(RelayedPackets, carry_the_traffic_class_that_they_came_with_IPF_01_IPF_02_IPF_08) {
  for (const Hook hook : kHooks) {
    for (int traffic_class = 0; traffic_class < 256; ++traffic_class) {
      for (Datagram datagram : datagrams(some_bytes(20))) {
        datagram.traffic_class = static_cast<std::uint8_t>(traffic_class);
        expect_relayed_alike(hook, datagram);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_F(RelayedPackets, have_the_dont_fragment_bit_of_IPv4_and_that_of_translations_IPF_03_IPF_06) {
  for (const Hook hook : kHooks) {
    for (const bool dont_fragment : {false, true}) {
      for (const std::size_t size : {20, 1232, 1233, 1400}) {
        for (Datagram datagram : datagrams(some_bytes(size))) {
          datagram.dont_fragment = dont_fragment && datagram.from.address.is_v4();
          expect_relayed_alike(hook, datagram);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

TEST_F(RelayedPackets, have_the_systems_hop_limit_whatever_they_came_with_IPF_07) {
  for (const Hook hook : kHooks) {
    for (int hop_limit = 0; hop_limit < 256; ++hop_limit) {
      for (Datagram datagram : datagrams(some_bytes(20))) {
        datagram.hop_limit = static_cast<std::uint8_t>(hop_limit);
        expect_relayed_alike(hook, datagram);
        if (HasFatalFailure()) return;
      }
    }
  }
}

// The other zero of ones' complement: 0 would say that there is none.
TEST_F(RelayedPackets, never_lose_a_checksum_that_comes_out_as_zero) {
  for (const Hook hook : kHooks) {
    for (const Datagram& datagram : datagrams(some_bytes(2))) {
      Datagram tried = datagram;
      std::size_t zeros = 0;
      for (int last = 0; last < 65536; ++last) {
        store_be16(&tried.payload[tried.payload.size() - 2], static_cast<std::uint16_t>(last));
        const Datagram leaving = by_forwarder(tried).value();
        if (load_be16(&frame_of(leaving)[checksum_offset(leaving)]) != 0xffff) continue;
        ++zeros;
        expect_relayed_alike(hook, tried);
        if (HasFatalFailure()) return;
      }
      EXPECT_GT(zeros, 0U);
    }
  }
}

// Once in 65,536 a checksum equals the sum of its pseudo header, as if a device were to complete it.
TEST_F(RelayedPackets, may_have_a_checksum_that_looks_partial) {
  const bool can_be_complete = has_complete_checksums();
  for (const std::size_t size : {2, 51, 600, 1400}) {
    for (Datagram datagram : datagrams(some_bytes(size))) {
      std::size_t found = 0;
      for (int word = 0; word < 65536 && found == 0; ++word) {
        store_be16(&datagram.payload[(datagram.payload.size() - 2) & ~1U], static_cast<std::uint16_t>(word));
        if (load_be16(&frame_of(datagram)[checksum_offset(datagram)]) != pseudo_header_sum(datagram))
          continue;
        ++found;
        expect_relayed_alike(Hook::tc, datagram);
        if (can_be_complete) expect_relayed_alike(Hook::tc, datagram, true);
        if (HasFatalFailure()) return;
      }
      EXPECT_EQ(found, 1U);
    }
  }
}

// The receiver is who has to notice.
TEST_F(RelayedPackets, keep_a_wrong_checksum_wrong) {
  for (const Hook hook : kHooks) {
    for (const Datagram& datagram : datagrams(some_bytes(20))) {
      Buffer frame = frame_of(datagram);
      frame.back() ^= 0x10;
      const RunResult result = kernel.run(hook, frame);
      ASSERT_EQ(result.event, "relayed");
      ASSERT_FALSE(read_frame(result.frame));
      ASSERT_EQ(result.frame.back(), frame.back());
    }
  }
}

TEST_F(RelayedPackets, without_checksum_stay_so_from_IPv4_to_IPv4) {
  for (const Hook hook : kHooks) {
    for (Datagram datagram : {from_client(routes[0], some_bytes(20)), from_peer(routes[0], some_bytes(20))}) {
      datagram.has_checksum = false;
      expect_relayed_alike(hook, datagram);
    }
  }
}

// Short frames are padded by the link; what it added is not the datagram's.
TEST_F(RelayedPackets, may_have_a_trailer_of_the_link) {
  for (const Hook hook : kHooks) {
    for (const Datagram& datagram : datagrams(some_bytes(3))) {
      Buffer frame = frame_of(datagram);
      frame.resize(frame.size() + 18);
      RunResult result = kernel.run(hook, frame);
      ASSERT_EQ(result.event, "relayed");
      result.frame.resize(result.frame.size() - 18);
      EXPECT_EQ(read_frame(result.frame), by_forwarder(datagram));
    }
  }
}

// Whatever the padding is made of, it neither arrives nor counts in a checksum. XDP leaves it to tc.
TEST_F(RelayedPackets, leave_without_the_padding_that_they_came_with_FRM_18) {
  for (std::size_t size = 0; size <= 300; ++size) {
    for (const relay::Route& route : routes) {
      for (const std::uint8_t filling : {0, 0xff, 0x5a, 0x01}) {
        Datagram padded = from_client(route, some_bytes(size));
        padded.payload.resize((padded.payload.size() + 3) / 4 * 4, filling);
        expect_relayed_alike(Hook::tc, padded);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_F(RelayedPackets, may_be_padded_by_the_link_as_well_FRM_18) {
  for (std::size_t size = 1; size <= 1400; size += 2) {
    for (const relay::Route& route : routes) {
      Datagram padded = from_client(route, some_bytes(size));
      padded.payload.resize((padded.payload.size() + 3) / 4 * 4, 0x33);
      Buffer frame = frame_of(padded);
      frame.resize(frame.size() + 18);
      const RunResult result = kernel.run(Hook::tc, frame);
      ASSERT_EQ(result.event, "relayed");
      ASSERT_EQ(read_frame(result.frame), by_forwarder(padded));
    }
  }
}

// Relay to relay on one host, and plain forwarding: the same code, so the same truth.
TEST_F(RelayedPackets, may_change_their_channel_or_have_none_at_all) {
  constexpr std::uint16_t kIn = 0x4abc, kOut = 0x4def;
  for (const auto& [channel, new_channel] :
       {std::pair{kIn, kOut}, std::pair{std::uint16_t{0}, std::uint16_t{0}}}) {
    for (const relay::Route& route : routes) {
      const std::uint16_t port = channel == 0 ? 1000 : 3478;
      const Flow flow{route.client.client.plain(),
                      route.client.server.plain().with_port(port),
                      channel,
                      route.relay.plain().with_port(2000),
                      route.peer.plain(),
                      new_channel,
                      next_hop_to(route.peer.plain()),
                      kEntrance};
      const FlowId id = *flows->add(flow, clock_now() + std::chrono::hours(1), clock_now());
      for (const Hook hook : kHooks) {
        for (std::size_t size = 0; size <= 300; ++size) {
          const Buffer payload = some_bytes(size);
          const Datagram arriving{flow.from, flow.to,
                                  channel == 0 ? payload : channel_data(channel, payload)};
          const RunResult result = kernel.run(hook, frame_of(arriving));
          ASSERT_EQ(result.event, "relayed") << size;
          const auto leaving = read_frame(result.frame);
          ASSERT_TRUE(leaving);
          ASSERT_EQ(leaving->from, flow.new_from);
          ASSERT_EQ(leaving->to, flow.new_to);
          ASSERT_EQ(leaving->payload, new_channel == 0 ? payload : channel_data(new_channel, payload));
          if (channel == 0 || hook == Hook::xdp) continue;
          Datagram padded = arriving;
          padded.payload.resize((padded.payload.size() + 3) / 4 * 4, 1);
          ASSERT_EQ(read_frame(kernel.run(hook, frame_of(padded)).frame), leaving);
        }
      }
      flows->remove(id, clock_now());
    }
  }
}

TEST_F(RelayedPackets, go_to_another_device_where_the_next_hop_is_there) {
  NextHop elsewhere = next_hop_to(routes[0].peer.plain());
  elsewhere.interface = 2;
  Flow flow = flow_to_peer(routes[0]);
  flow.from.port = 40002;
  flow.next_hop = elsewhere;
  ASSERT_TRUE(flows->add(flow, clock_now() + std::chrono::hours(1), clock_now()));
  const Datagram datagram{flow.from, flow.to, channel_data(flow.channel, some_bytes(9))};
  EXPECT_EQ(kernel.run(Hook::xdp, frame_of(datagram)).action, XDP_REDIRECT);
  EXPECT_EQ(kernel.run(Hook::tc, frame_of(datagram)).action, TC_ACT_REDIRECT);
}

// As frames between sockets of one host have them: loopback takes those alone for its own.
TEST_F(RelayedPackets, for_this_host_have_MAC_addresses_of_zeros) {
  std::uint16_t port = 40100;
  for (const relay::Route& route : routes) {
    for (Flow flow : {flow_to_peer(route), flow_to_client(route)}) {
      flow.from.port = ++port;
      flow.next_hop.neighbour_mac = flow.next_hop.own_mac = {};
      flow.next_hop.is_local = true;
      ASSERT_TRUE(flows->add(flow, clock_now() + std::chrono::hours(1), clock_now()));
      const Buffer payload = some_bytes(160);
      Datagram arriving{flow.from, flow.to,
                        flow.channel == 0 ? payload : channel_data(flow.channel, payload)};
      Buffer frame = frame_of(arriving);
      std::fill_n(frame.begin() + 6, 6, std::uint8_t{0x42});  // who sent it
      for (const Hook hook : {Hook::tc, Hook::local}) {
        const RunResult result = kernel.run(hook, frame);
        ASSERT_EQ(result.event, "relayed");
        ASSERT_EQ(result.action, TC_ACT_REDIRECT);
        EXPECT_EQ(Buffer(result.frame.begin(), result.frame.begin() + 12), Buffer(12));
        const auto leaving = read_frame(result.frame);
        ASSERT_TRUE(leaving);
        EXPECT_EQ(leaving->from, flow.new_from);
        EXPECT_EQ(leaving->to, flow.new_to);
      }
    }
  }
}

TEST_F(RelayedPackets, of_senders_on_this_host_do_not_cross_for_the_kernel_drops_what_would) {
  Flow flow = flow_to_peer(routes[0]);
  flow.from.port = 40002;
  flow.next_hop.crosses = true;
  ASSERT_TRUE(flows->add(flow, clock_now() + std::chrono::hours(1), clock_now()));
  const Buffer frame = frame_of({flow.from, flow.to, channel_data(flow.channel, some_bytes(9))});
  const RunResult result = kernel.run(Hook::local, frame);
  EXPECT_EQ(result.action, TC_ACT_REDIRECT);
  EXPECT_TRUE(std::ranges::equal(std::span(result.frame).first(12), std::span(frame).first(12)))
      << "the way of the neighbours, who get their frames from the kernel";
}

TEST_F(RelayedPackets, that_cross_to_another_namespace_have_the_MAC_addresses_of_its_ends) {
  Flow flow = flow_to_peer(routes[0]);
  flow.from.port = 40002;
  flow.next_hop.crosses = true;
  ASSERT_TRUE(flows->add(flow, clock_now() + std::chrono::hours(1), clock_now()));
  Buffer frame = frame_of({flow.from, flow.to, channel_data(flow.channel, some_bytes(9))});
  Buffer crossed(kNeighbourMac.begin(), kNeighbourMac.end());
  crossed.insert(crossed.end(), kOwnMac.begin(), kOwnMac.end());
  const RunResult result = kernel.run(Hook::tc, frame);
  EXPECT_EQ(result.event, "relayed");
  EXPECT_EQ(result.action, TC_ACT_REDIRECT);
  EXPECT_TRUE(std::ranges::equal(std::span(result.frame).first(12), crossed));

  flow.from.port = 40003;
  flow.next_hop.neighbour_mac = {};
  ASSERT_TRUE(flows->add(flow, clock_now() + std::chrono::hours(1), clock_now()));
  frame = frame_of({flow.from, flow.to, channel_data(flow.channel, some_bytes(9))});
  const RunResult unknown = kernel.run(Hook::tc, frame);
  EXPECT_EQ(unknown.action, TC_ACT_REDIRECT);
  EXPECT_TRUE(std::ranges::equal(std::span(unknown.frame).first(12), std::span(frame).first(12)))
      << "the kernel writes it later";
}

}  // namespace
}  // namespace turnpike::kernel
