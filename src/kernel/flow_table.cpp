#include "turnpike/kernel/flow_table.hpp"

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>

#include "layout.h"

#include "turnpike/base/check.hpp"

namespace turnpike::kernel {
namespace {

// Longer than any run of the program that has found the slot.
constexpr Duration kRest = std::chrono::seconds(1);

template <class Integer>
__be16 be16(Integer value) {
  return std::endian::native == std::endian::big ? value : static_cast<__be16>(value << 8 | value >> 8);
}

__be16 ether_type(const Endpoint& endpoint) {
  return be16<std::uint16_t>(endpoint.address.is_v4() ? ETH_P_IP : ETH_P_IPV6);
}

FlowKey key_of(const Flow& flow) {
  FlowKey key;
  std::ranges::copy(flow.from.address.bytes16(), key.source);
  std::ranges::copy(flow.to.address.bytes16(), key.destination);
  key.source_port = be16(flow.from.port);
  key.destination_port = be16(flow.to.port);
  key.channel = be16(flow.channel);
  key.protocol = ether_type(flow.from);
  return key;
}

// A ones' complement sum, so in any byte order (RFC 1071 2): of 16-bit words as they stand in the packet.
class WordSum {
 public:
  WordSum& add(std::uint16_t word) {
    sum_ += word;
    return *this;
  }
  WordSum& subtract(std::uint16_t word) { return add(static_cast<std::uint16_t>(~word)); }
  // ::ffff: in front of an IPv4 address counts nothing: 0xffff is the other zero.
  WordSum& add(const __u8 (&address)[16]) {
    for (const std::uint16_t word : words(address)) add(word);
    return *this;
  }
  WordSum& subtract(const __u8 (&address)[16]) {
    for (const std::uint16_t word : words(address)) subtract(word);
    return *this;
  }
  std::uint16_t folded() const {
    std::uint32_t sum = (sum_ & 0xffff) + (sum_ >> 16);
    return static_cast<std::uint16_t>((sum & 0xffff) + (sum >> 16));
  }

 private:
  static std::array<std::uint16_t, 8> words(const __u8 (&address)[16]) {
    std::array<std::uint16_t, 8> words;
    std::memcpy(words.data(), address, sizeof address);
    return words;
  }

  std::uint32_t sum_ = 0;
};

NeighbourWord neighbour_of(const NextHop& next_hop) {
  NeighbourWord word{};
  std::ranges::copy(next_hop.neighbour_mac, word.mac);
  word.hop_limit = next_hop.hop_limit;
  word.takes_frames = next_hop.takes_frames ? 1 : 0;
  word.crosses = next_hop.crosses ? 1 : 0;
  word.gateway_is_v6 = next_hop.gateway.is_v6() ? 1 : 0;
  word.is_local = next_hop.is_local ? 1 : 0;
  return word;
}

FlowPlace place_of(const Flow& flow, FlowId id) {
  FlowPlace place{};
  place.slot = id;
  place.entrance = flow.entrance.interface;
  std::ranges::copy(flow.entrance.mac, place.entrance_mac);
  std::ranges::copy(flow.payers, place.payers);
  return place;
}

FlowSlot slot_of(const Flow& flow) {
  FlowSlot slot{};
  slot.key = key_of(flow);
  std::ranges::copy(flow.new_from.address.bytes16(), slot.new_source);
  std::ranges::copy(flow.new_to.address.bytes16(), slot.new_destination);
  slot.new_source_port = be16(flow.new_from.port);
  slot.new_destination_port = be16(flow.new_to.port);
  slot.new_channel = be16(flow.new_channel);
  slot.new_protocol = ether_type(flow.new_to);
  slot.pseudo_header_delta = WordSum()
                                 .add(slot.new_source)
                                 .add(slot.new_destination)
                                 .subtract(slot.key.source)
                                 .subtract(slot.key.destination)
                                 .folded();
  slot.datagram_delta = WordSum()
                            .add(slot.new_source_port)
                            .add(slot.new_destination_port)
                            .add(slot.new_channel)
                            .subtract(slot.key.source_port)
                            .subtract(slot.key.destination_port)
                            .subtract(slot.key.channel)
                            .folded();
  const NextHop& next_hop = flow.next_hop;
  slot.interface = next_hop.interface;
  std::memcpy(slot.gateway, next_hop.gateway.wire().data(), next_hop.gateway.wire().size());
  slot.mtu = next_hop.mtu;
  std::ranges::copy(next_hop.own_mac, slot.own_mac);
  slot.neighbour = neighbour_of(next_hop);
  return slot;
}

__u64 to_ns(TimePoint time) { return static_cast<__u64>(time.time_since_epoch().count()); }

void store_deadline(FlowSlot& slot, __u64 deadline_ns) {
  std::atomic_ref(slot.deadline_ns).store(deadline_ns, std::memory_order_release);
}

// By the system call itself: this file is there without libbpf, too.
bool call_map(bpf_cmd command, bpf_attr& attributes, int map, const FlowKey& key) {
  attributes.map_fd = static_cast<__u32>(map);
  attributes.key = reinterpret_cast<std::uintptr_t>(&key);
  return ::syscall(SYS_bpf, command, &attributes, sizeof attributes) == 0;
}

// Nothing, or why not.
std::optional<NoFlow> insert(int map, const FlowKey& key, const FlowPlace& place) {
  bpf_attr attributes{};
  attributes.value = reinterpret_cast<std::uintptr_t>(&place);
  attributes.flags = BPF_NOEXIST;
  if (call_map(BPF_MAP_UPDATE_ELEM, attributes, map, key)) return std::nullopt;
  return errno == EEXIST ? NoFlow::taken : NoFlow::no_room;
}

void erase(int map, const FlowKey& key) {
  bpf_attr attributes{};
  call_map(BPF_MAP_DELETE_ELEM, attributes, map, key);
}

}  // namespace

FlowCounters& FlowCounters::operator+=(const FlowCounters& other) {
  packets += other.packets;
  bytes += other.bytes;
  last_activity = std::max(last_activity, other.last_activity);
  over_budget += other.over_budget;
  return *this;
}

FlowTable::FlowTable(const FlowMaps& maps, std::uint32_t first, std::uint32_t count)
    : maps_(maps), first_(first), unused_(first), end_(first + count) {
  TURNPIKE_CHECK(end_ <= maps.flows_max);
}

FlowTable::~FlowTable() {
  for (FlowId id = first_; id < unused_; ++id) {
    if (maps_.slots[id].deadline_ns != 0) revoke(id);
  }
}

Result<FlowId, NoFlow> FlowTable::add(const Flow& flow, TimePoint deadline, TimePoint now) {
  const auto has_budget = [&](relay::MeterId payer) {
    return payer == 0 || payer < maps_.budgets.users.size();
  };
  if (!std::ranges::all_of(flow.payers, has_budget)) return NoFlow::byte_limit;
  const auto id = take_slot(now);
  if (!id) return NoFlow::no_room;
  FlowSlot& slot = maps_.slots[*id];
  slot = slot_of(flow);
  for (std::uint32_t cpu = 0; cpu < maps_.cpus; ++cpu)
    maps_.stats[std::size_t{cpu} * maps_.flows_max + *id] = {};
  store_deadline(slot, to_ns(deadline));
  const auto refusal = insert(maps_.flows, slot.key, place_of(flow, *id));
  if (!refusal) return *id;
  store_deadline(slot, 0);
  resting_.push_front({*id, now});  // nobody can have found it
  return *refusal;
}

void FlowTable::extend(FlowId id, TimePoint deadline) { store_deadline(maps_.slots[id], to_ns(deadline)); }

void FlowTable::set_neighbour(FlowId id, const MacAddress& mac) {
  NeighbourWord word = maps_.slots[id].neighbour;
  std::ranges::copy(mac, word.mac);
  std::atomic_ref(maps_.slots[id].neighbour).store(word, std::memory_order_release);
}

FlowCounters FlowTable::remove(FlowId id, TimePoint now) {
  revoke(id);
  resting_.push_back({id, now + kRest});
  return counters(id);
}

FlowCounters FlowTable::counters(FlowId id) const {
  FlowCounters counters;
  __u64 last_ns = 0;
  for (std::uint32_t cpu = 0; cpu < maps_.cpus; ++cpu) {
    FlowStats& stats = maps_.stats[std::size_t{cpu} * maps_.flows_max + id];
    const auto read = [](auto& value) { return std::atomic_ref(value).load(std::memory_order_relaxed); };
    counters.packets += read(stats.packets);
    counters.bytes += read(stats.bytes);
    counters.over_budget += read(stats.over_budget);
    last_ns = std::max(last_ns, read(stats.last_ns));
  }
  counters.last_activity = TimePoint(Duration(last_ns));
  return counters;
}

std::optional<FlowId> FlowTable::take_slot(TimePoint now) {
  if (!resting_.empty() && resting_.front().until <= now) {
    const FlowId id = resting_.front().id;
    resting_.pop_front();
    return id;
  }
  if (unused_ == end_) return std::nullopt;
  return unused_++;
}

void FlowTable::revoke(FlowId id) {
  FlowSlot& slot = maps_.slots[id];
  store_deadline(slot, 0);
  erase(maps_.flows, slot.key);
}

}  // namespace turnpike::kernel
