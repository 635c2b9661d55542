// What the program remembers and counts, and what its loader sets: maps and global variables.
// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "layout.h"

// Set before loading.
const volatile __u32 flows_max = 0;

// A bit for each UDP port on which clients send ChannelData. They may change at any time.
volatile __u8 listener_ports[65536 / 8] SEC(".data.ports") = {};

// Renewed by the owner of the program: one that is left behind must not go on relaying.
volatile __u64 alive_until_ns = 0;

// Bytes per second; 0: no limit. They may change at any time. Not beside the heartbeat, which others know by the size of its map.
volatile struct {
  __u64 per_user, per_room, per_visitor;
  __u64 visitors_from;  // the first meter of a visitor
  __u64 are_counted;    // 1: what is taken is counted
} byte_rates SEC(".data.rates") = {};

// The loader sets the sizes: flows_max, or a row for each CPU.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1);
  __type(key, struct FlowKey);
  __type(value, struct FlowPlace);
} flows SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct FlowSlot);
} slots SEC(".maps");

// [cpu][slot]. Not a per-CPU map, for that cannot be mapped: this way user space reads and clears counters without a system call.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct FlowStats);
} stats SEC(".maps");

// [cpu][row]
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct EventCounts);
} events SEC(".maps");

// By index of the interface: its row of events. Eight bytes, as far apart as elements are.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, kInterfacesMax);
  __type(key, __u32);
  __type(value, __u64);
} event_rows SEC(".maps");

// By number of the user.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct UserBudget);
} user_budgets SEC(".maps");

// By number of the room.
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

// Of this CPU.
static __always_inline struct FlowStats* stats_of(__u32 slot) {
  __u32 at = bpf_get_smp_processor_id() * flows_max + slot;
  return bpf_map_lookup_elem(&stats, &at);
}
