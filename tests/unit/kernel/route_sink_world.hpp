// A worker's routes and the flows that are made of them, in a network that the test answers for.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "any_endpoint.hpp"
#include "turnpike/kernel/route_sink.hpp"

namespace turnpike::kernel {

using test::at;
inline TimePoint after_s(int s) { return TimePoint(std::chrono::seconds(s)); }

inline const IpAddress kClient = at("198.51.100.1:0").address, kPeer = at("192.0.2.1:0").address;

inline std::string side(const Endpoint& from, const Endpoint& to, std::uint16_t channel) {
  return fmt::format("{}>{}{}", from.to_string(), to.to_string(),
                     channel == 0 ? "" : fmt::format("#{:x}", channel));
}

// Keeps flows in a map, and a list of what was done.
struct FakeStore final : FlowStore {
  std::map<FlowId, std::pair<Flow, FlowCounters>> flows;
  std::vector<std::string> done;
  std::size_t room = 1000;
  FlowId next = 1;

  Result<FlowId, NoFlow> add(const Flow& flow, TimePoint deadline, TimePoint) override {
    if (flows.size() >= room) return NoFlow::no_room;
    done.push_back(fmt::format("add {}: {} = {} by {} until {}", next, side(flow.from, flow.to, flow.channel),
                               side(flow.new_from, flow.new_to, flow.new_channel), flow.next_hop.interface,
                               s(deadline)));
    flows[next] = {flow, {}};
    return next++;
  }
  void extend(FlowId id, TimePoint deadline) override {
    EXPECT_TRUE(flows.contains(id));
    done.push_back(fmt::format("extend {} until {}", id, s(deadline)));
  }
  void set_neighbour(FlowId id, const MacAddress& mac) override {
    done.push_back(fmt::format("neighbour of {} is {}", id, mac.back()));
    flows.at(id).first.next_hop.neighbour_mac = mac;
  }
  FlowCounters remove(FlowId id, TimePoint) override {
    done.push_back(fmt::format("remove {}", id));
    const FlowCounters last = counters(id);
    flows.erase(id);
    return last;
  }
  FlowCounters counters(FlowId id) const override { return flows.at(id).second; }

  static long s(TimePoint when) {
    return std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count();
  }
  std::vector<std::string> take() { return std::exchange(done, {}); }
};

inline constexpr std::uint32_t kLoopbackIndex = 1;

struct FakeNetwork {
  std::map<IpAddress, std::uint32_t> interface_to;  // by destination
  MacAddress neighbour{}, own_mac{};

  std::optional<NextHop> find(const AddressPair& pair) const {
    const auto found = interface_to.find(pair.to);
    if (found == interface_to.end()) return std::nullopt;
    return NextHop{.interface = found->second,
                   .gateway = pair.to,
                   .mtu = 1500,
                   .neighbour_mac = neighbour,
                   .own_mac = own_mac,
                   .is_local = found->second == kLoopbackIndex};
  }
  HopAnswer answer(const HopQuestion& question) const {
    return {question, find(question.to_client), find(question.to_peer)};
  }
};

inline relay::Route channel_route(int deadline_s = 100) {
  relay::Route route;
  route.client = {at("198.51.100.1:4000"), at("203.0.113.1:3478"), Transport::udp};
  route.relay = at("203.0.113.2:50000");
  route.peer = at("192.0.2.1:5000");
  route.channel = 0x4001;
  route.deadline = after_s(deadline_s);
  route.allocation = 7;
  return route;
}

// Two clients whose channels lead to each other's relays.
struct FacingPair {
  relay::Route first = channel_route(100), second = channel_route(50);
  FacingPair() {
    second.client.client = at("198.51.100.1:4999");
    second.relay = at("203.0.113.2:50001");
    second.channel = 0x4002;
    second.allocation = 8;
    first.peer = PeerEndpoint(second.relay.plain());
    second.peer = PeerEndpoint(first.relay.plain());
  }
};

// Clients at interface 2, peers at interface 3; the program is on both.
class RouteSinkTest : public testing::Test {
 protected:
  RouteSinkTest() { serve({2, 3}); }

  // Each of these until all that is asked has its answer.
  void answer() {
    for (auto questions = sink.ask(now); !questions.empty(); questions = sink.ask(now)) take(questions);
  }
  void publish(const relay::Route& route) {
    sink.publish(route, now);
    answer();
  }
  void serve(std::set<std::uint32_t> interfaces) {
    sink.serve(std::move(interfaces));
    answer();
  }
  void change_network() { serve({2, 3}); }
  void change(const IpAddress& to, std::uint32_t interface) {
    interface == 0 ? void(network.interface_to.erase(to)) : void(network.interface_to[to] = interface);
    change_network();
  }

  void take(const std::vector<HopQuestion>& questions) {
    for (const HopQuestion& question : questions) sink.take(network.answer(question), now);
  }

  FakeStore store;
  FakeNetwork network{.interface_to = {{kClient, 2}, {kPeer, 3}}};
  FacingRoutes facing;
  std::vector<ChannelKey> told;  // of other workers
  RouteSink sink{store, facing, [this](const ChannelKey& key) { told.push_back(key); }};
  TimePoint now = after_s(1);
};

}  // namespace turnpike::kernel
