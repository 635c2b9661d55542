// What the program remembers and counts, and what its loader sets: maps and global variables.
// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "layout.h"

// Number of slots; set before loading.
const volatile __u32 flows_max = 0;

// One bit for each UDP port on which clients send ChannelData. The loader may change the bits at any time.
volatile __u8 listener_ports[65536 / 8] SEC(".data.ports") = {};

// CLOCK_MONOTONIC time until which the program relays. The owner renews it: a program that is left behind must not go on relaying.
volatile __u64 alive_until_ns = 0;

// Byte rates per second; 0 means no limit. The loader may change them at any time. In a section of their own, because other processes recognise
// the heartbeat by the size of its map.
volatile struct {
  __u64 per_user, per_room, per_visitor;
  __u64 visitors_from;  // meters from this number on belong to visitors
  __u64 are_counted;    // 1: UserBudget and RoomBudget count the bytes taken
} byte_rates SEC(".data.rates") = {};

// From a packet's key to the place of its flow. The loader sets the sizes of all maps: flows_max, or a row for each CPU.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1);
  __type(key, struct FlowKey);
  __type(value, struct FlowPlace);
} flows SEC(".maps");

// The slots of all flows.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct FlowSlot);
} slots SEC(".maps");

// Counters by [cpu][slot]. Not a per-CPU map, because such a map cannot be mapped into memory: user space reads and clears these counters
// without a system call.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct FlowStats);
} stats SEC(".maps");

// Counts of events by [cpu][row].
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct EventCounts);
} events SEC(".maps");

// The row of events of each interface, by the interface's index. Eight bytes wide, because elements of an array are that far apart.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, kInterfacesMax);
  __type(key, __u32);
  __type(value, __u64);
} event_rows SEC(".maps");

// Budgets by the number of the user.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct UserBudget);
} user_budgets SEC(".maps");

// Budgets by the number of the room.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct RoomBudget);
} room_budgets SEC(".maps");

static __always_inline void count_event(enum Event event, __u32 interface) {
  __u64* row = bpf_map_lookup_elem(&event_rows, &interface);
  __u32 at = bpf_get_smp_processor_id() * kEventRows + (row ? *row : kRowOfOthers);
  struct EventCounts* counts = bpf_map_lookup_elem(&events, &at);
  if (counts) counts->count[event]++;
}

// Returns the counters of a slot on this CPU.
static __always_inline struct FlowStats* stats_of(__u32 slot) {
  __u32 at = bpf_get_smp_processor_id() * flows_max + slot;
  return bpf_map_lookup_elem(&stats, &at);
}
