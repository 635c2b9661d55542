// Taking from byte budgets, as relay::Meters does for the sockets, from the same memory at the same time.
// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0
#pragma once

#include "maps.h"

enum {
  kBudgetTries = 8,
  kPayloadMin = 28,  // bytes charged at least, because a smaller payload costs as much as its headers; as in relay::Meters
  kBurstNs = 1000000000,
};

// The outcome of taking from a budget; unsettled: others changed the budget kBudgetTries times in a row, or there is none.
enum Payment { paid, refused, unsettled };

static __always_inline int has_limits(void) {
  return byte_rates.per_user || byte_rates.per_room || byte_rates.per_visitor;
}

static __always_inline __u64 charged_bytes(__u32 payload_size) {
  return payload_size < kPayloadMin ? kPayloadMin : payload_size;
}

static __always_inline __u64 cost_ns(__u32 payload_size, __u64 bytes_per_second) {
  return bytes_per_second ? charged_bytes(payload_size) * (__u64)kBurstNs / bytes_per_second : 0;
}

// Returns this server's part of a rate that several servers share; the same as relay::share_of().
static __always_inline __u64 share_of(__u64 rate, __u32 share) {
  if (!share || !rate) return rate;
  __u64 part = rate / kShareWhole * share + rate % kShareWhole * share / kShareWhole;
  return part ? part : 1;
}

static __always_inline __u64 user_cost_ns(const struct UserBudget* user, __u32 payer, __u32 payload_size) {
  __u64 rate = payer >= byte_rates.visitors_from ? byte_rates.per_visitor : byte_rates.per_user;
  return cost_ns(payload_size, share_of(rate, *(volatile __u32*)&user->share));
}

static __always_inline __u64 room_cost_ns(const struct RoomBudget* room, __u64 rate, __u32 payload_size) {
  return cost_ns(payload_size, share_of(rate, *(volatile __u32*)&room->share));
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

// Returns null if rooms have no limit or the user is in no room.
static __always_inline struct RoomBudget* room_budget(struct UserBudget* user) {
  __u32 number = byte_rates.per_room ? *(volatile __u32*)&user->room : 0;
  return number ? bpf_map_lookup_elem(&room_budgets, &number) : 0;
}

static __always_inline void count_taken(struct UserBudget* user, struct RoomBudget* room, __u64 bytes) {
  if (!byte_rates.are_counted) return;
  __sync_fetch_and_add(&user->taken, bytes);
  if (room) __sync_fetch_and_add(&room->taken, bytes);
}

// Takes from the user's budget and from the room's, from both or from neither.
static __always_inline enum Payment pay(__u32 payer, __u32 payload_size, __u64 now_ns) {
  if (!payer) return paid;
  struct UserBudget* user = bpf_map_lookup_elem(&user_budgets, &payer);
  if (!user) return unsettled;
  __u64 of_user = user_cost_ns(user, payer, payload_size);
  enum Payment payment = of_user ? take(&user->full_at_ns, of_user, now_ns) : paid;
  if (payment != paid) return payment;
  struct RoomBudget* room = room_budget(user);
  __u64 of_room = room ? room_cost_ns(room, byte_rates.per_room, payload_size) : 0;
  if (of_room) payment = take(&room->full_at_ns, of_room, now_ns);
  if (payment == paid) count_taken(user, room, charged_bytes(payload_size));
  else if (of_user) give_back(&user->full_at_ns, of_user);
  return payment;
}

// Gives back what was paid for a packet that the sockets relay after all.
static __always_inline void refund(__u32 payer, __u32 payload_size) {
  struct UserBudget* user = payer ? bpf_map_lookup_elem(&user_budgets, &payer) : 0;
  if (!user) return;
  __u64 of_user = user_cost_ns(user, payer, payload_size);
  if (of_user) give_back(&user->full_at_ns, of_user);
  struct RoomBudget* room = room_budget(user);
  __u64 of_room = room ? room_cost_ns(room, byte_rates.per_room, payload_size) : 0;
  if (of_room) give_back(&room->full_at_ns, of_room);
  count_taken(user, room, -charged_bytes(payload_size));
}
