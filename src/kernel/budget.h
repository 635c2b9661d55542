// Taking from byte budgets, as relay::Meters does for the sockets, from the same memory at the same time.
// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0
#pragma once

#include "maps.h"

enum {
  kBudgetTries = 8,
  kPayloadMin = 28,  // what carries less costs as much as its own headers: relay::Meters has the same
  kBurstNs = 1000000000,
};

enum Payment { paid, refused, unsettled };

static __always_inline int has_limits(void) {
  return byte_rates.per_user || byte_rates.per_room || byte_rates.per_visitor;
}

static __always_inline __u64 cost_ns(__u32 payload_size, __u64 bytes_per_second) {
  if (!bytes_per_second) return 0;
  return (payload_size < kPayloadMin ? kPayloadMin : payload_size) * (__u64)kBurstNs / bytes_per_second;
}

static __always_inline __u64 user_cost_ns(__u32 payer, __u32 payload_size) {
  return cost_ns(payload_size, payer >= byte_rates.visitors_from ? byte_rates.per_visitor : byte_rates.per_user);
}

static __always_inline enum Payment take(__u64* full_at_ns, __u64 cost, __u64 now_ns) {
  __u64 seen = *(volatile __u64*)full_at_ns;
  for (int i = 0; i < kBudgetTries; i++) {
    __u64 next = (seen > now_ns ? seen : now_ns) + cost;
    if (next - now_ns > kBurstNs) return refused;
    __u64 found = __sync_val_compare_and_swap(full_at_ns, seen, next);
    if (found == seen) return paid;
    seen = found;
  }
  return unsettled;
}

static __always_inline void give_back(__u64* full_at_ns, __u64 cost) { __sync_fetch_and_add(full_at_ns, -cost); }

static __always_inline __u64* room_budget(struct UserBudget* user) {
  __u32 number = *(volatile __u32*)&user->room;
  return number ? bpf_map_lookup_elem(&room_budgets, &number) : 0;
}

// From the user's budget and the room's: from both or from none.
static __always_inline enum Payment pay(__u32 payer, __u32 payload_size, __u64 now_ns) {
  if (!payer) return paid;
  struct UserBudget* user = bpf_map_lookup_elem(&user_budgets, &payer);
  if (!user) return unsettled;
  __u64 of_user = user_cost_ns(payer, payload_size), of_room = cost_ns(payload_size, byte_rates.per_room);
  enum Payment payment = of_user ? take(&user->full_at_ns, of_user, now_ns) : paid;
  if (payment != paid || !of_room) return payment;
  __u64* room = room_budget(user);
  if (!room) return paid;
  payment = take(room, of_room, now_ns);
  if (payment != paid && of_user) give_back(&user->full_at_ns, of_user);
  return payment;
}

// What was paid for a packet that the sockets relay after all.
static __always_inline void refund(__u32 payer, __u32 payload_size) {
  struct UserBudget* user = payer ? bpf_map_lookup_elem(&user_budgets, &payer) : 0;
  if (!user) return;
  __u64 of_user = user_cost_ns(payer, payload_size), of_room = cost_ns(payload_size, byte_rates.per_room);
  if (of_user) give_back(&user->full_at_ns, of_user);
  __u64* room = of_room ? room_budget(user) : 0;
  if (room) give_back(room, of_room);
}
