// The decision on a packet that was read, and the headers with which it leaves.
// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0
#pragma once

#include "budget.h"
#include "packet.h"

// New minus old sums, in ones' complement. The checksum of a datagram covers the pseudo header and the datagram itself.
struct ChecksumDelta {
  __u16 pseudo_header, datagram;
};

// The decision on a packet: its flow, and the sizes of the new headers.
struct Leaving {
  __u32 entrance;  // index of the interface where it came in
  struct FlowSlot* slot;
  struct FlowStats* stats;
  __u32 payers[2];
  struct NeighbourWord neighbour;
  __u8 crosses;   // leaves by the other end of its interface, without a neighbour
  __u8 is_local;  // is handed to the sockets of this host, by loopback
  __u64 now_ns;
  __u16 ip_size, channel_size;  // of the new headers
  __u16 head_size;              // IP, UDP and ChannelData header
  __u16 datagram_size;
  struct ChecksumDelta delta;
};

static __always_inline int is_same_key(const struct FlowKey* a, const struct FlowKey* b) {
  const __u64 *x = (const __u64*)a, *y = (const __u64*)b;
  return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]) | (x[4] ^ y[4]));
}

static __always_inline struct ChecksumDelta checksum_delta(const struct Packet* packet, const struct Leaving* leaving) {
  __u64 size = (__u64)(__u16)~bpf_htons(packet->datagram_size) + bpf_htons(leaving->datagram_size);
  __u64 datagram = leaving->slot->datagram_delta + size;
  if (packet->channel_size) datagram += (__u16)~bpf_htons(packet->payload_size);
  if (leaving->channel_size) datagram += bpf_htons(packet->payload_size);
  return (struct ChecksumDelta){fold(leaving->slot->pseudo_header_delta + size), fold(datagram)};
}

// Removes the padding from the sum; `word` is the word that ends with it.
static __always_inline void subtract_padding(struct ChecksumDelta* delta, __be32 word, __u8 padding) {
  delta->datagram = fold((__u64)delta->datagram + (__u16)~fold(word & bpf_htonl((1U << 8 * padding) - 1)));
}

// Returns the offset in the frame.
static __always_inline __u32 end_of_payload(const struct Packet* packet) {
  return kEthernetSize + packet->ip_size + packet->datagram_size - packet->padding;
}

static __always_inline int is_same_mac(struct MacWords a, struct MacWords b) { return !((a.first ^ b.first) | (a.rest ^ b.rest)); }

// Finds the flow of a packet and fills `leaving`. `sent_to` is the MAC address of the frame's receiver, or null if the kernel has checked it
// already. Returns event_relayed if the packet goes on.
static __always_inline enum Event decide(const struct Packet* packet, const struct MacWords* sent_to, struct Leaving* leaving) {
  const struct FlowPlace* place = bpf_map_lookup_elem(&flows, &packet->key);
  if (!place) return event_no_flow;
  if (place->entrance != leaving->entrance) return event_other_entrance;
  if (sent_to && !is_same_mac(*sent_to, mac_words(place->entrance_mac))) return event_other_host;
  __u32 slot_index = place->slot;
  struct FlowSlot* slot = bpf_map_lookup_elem(&slots, &slot_index);
  if (!slot || !is_same_key(&slot->key, &packet->key)) return event_no_flow;
  leaving->stats = stats_of(slot_index);
  if (!leaving->stats) return event_no_flow;
  leaving->now_ns = bpf_ktime_get_coarse_ns();
  if (leaving->now_ns >= *(volatile __u64*)&slot->deadline_ns) return event_expired;
  if (leaving->now_ns >= alive_until_ns) return event_stopped;

  int is_v4 = slot->new_protocol == bpf_htons(ETH_P_IP);
  if (!is_v4 && !packet->checksum) return event_no_checksum;
  leaving->slot = slot;
  leaving->payers[0] = place->payers[0];
  leaving->payers[1] = place->payers[1];
  *(__u64*)&leaving->neighbour = *(volatile __u64*)&slot->neighbour;
  leaving->ip_size = is_v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
  leaving->channel_size = slot->new_channel ? sizeof(struct ChannelHeader) : 0;
  leaving->head_size = leaving->ip_size + sizeof(struct udphdr) + leaving->channel_size;
  leaving->datagram_size = sizeof(struct udphdr) + leaving->channel_size + packet->payload_size;
  if (leaving->ip_size + leaving->datagram_size > slot->mtu) return event_too_large;
  leaving->delta = checksum_delta(packet, leaving);
  return event_relayed;
}

static __always_inline int knows_neighbour(const struct Leaving* leaving) {
  const __u8* mac = leaving->neighbour.mac;
  return mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5];
}

// Returns 1 for the first packet of a flow in every 2^32 ns (4.3 s), which XDP leaves to tc: packets that bypass the kernel's neighbour table do
// not keep its entries fresh, and the kernel must notice a neighbour that has moved or gone.
static __always_inline int is_for_upkeep(const struct Leaving* leaving) {
  if (leaving->stats->last_ns >> 32 == leaving->now_ns >> 32) return 0;
  leaving->stats->last_ns = leaving->now_ns;  // one packet only, whatever becomes of it
  return 1;
}

static __always_inline void count_relayed(const struct Packet* packet, const struct Leaving* leaving) {
  leaving->stats->packets++;
  leaving->stats->bytes += packet->payload_size;
  leaving->stats->last_ns = leaving->now_ns;
}

static __always_inline void count_over_budget(const struct Leaving* leaving) {
  leaving->stats->over_budget++;
  leaving->stats->last_ns = leaving->now_ns;
}

static __always_inline void refund_all(const struct Packet* packet, const struct Leaving* leaving) {
  if (!has_limits()) return;
  refund(leaving->payers[0], packet->payload_size);
  refund(leaving->payers[1], packet->payload_size);
}

// Takes the packet from the budgets of its payers, as the last question before it is rewritten. Between two clients both pay, the sender first:
// as with the sockets, the sender has paid even if the receiver cannot. Returns event_relayed, event_over_budget or event_contended.
static __always_inline enum Event charge(const struct Packet* packet, const struct Leaving* leaving) {
  if (!has_limits()) return event_relayed;
  enum Payment payment = pay(leaving->payers[0], packet->payload_size, leaving->now_ns);
  if (payment == paid) {
    payment = pay(leaving->payers[1], packet->payload_size, leaving->now_ns);
    if (payment == unsettled) refund(leaving->payers[0], packet->payload_size);
  }
  if (payment == paid) return event_relayed;
  if (payment == unsettled) return event_contended;
  count_over_budget(leaving);
  return event_over_budget;
}

// Returns 1 if the checksum is that of the pseudo header alone: a sender on this host has left the rest to the device. A complete checksum looks
// so once in 65,536 times.
static __always_inline int looks_partial(const struct Packet* packet) { return packet->checksum && packet->checksum == packet->pseudo_sum; }

// Returns the checksum with which the packet leaves; 0, which means none, stays 0.
static __always_inline __be16 new_checksum(const struct Packet* packet, const struct Leaving* leaving) {
  if (!packet->checksum) return 0;
  __u16 sum = ~fold((__u64)(__u16)~packet->checksum + leaving->delta.pseudo_header + leaving->delta.datagram);
  return sum ? sum : 0xffff;
}

static __always_inline void write_datagram(struct udphdr* udp, struct ChannelHeader* channel, const struct Packet* packet,
                                           const struct Leaving* leaving, __be16 checksum) {
  udp->source = leaving->slot->new_source_port;
  udp->dest = leaving->slot->new_destination_port;
  udp->len = bpf_htons(leaving->datagram_size);
  udp->check = checksum;
  channel->number = leaving->slot->new_channel;
  channel->length = bpf_htons(packet->payload_size);
}

// Writes the headers for IPv4. From IPv4 DF is copied (RFC 8656 14); from IPv6 it is set for packets that IPv6 might not have carried whole (RFC
// 7915 5.1).
static __always_inline void write_v4(struct Head4* head, const struct Packet* packet, const struct Leaving* leaving, __be16 checksum) {
  __u32 size = leaving->ip_size + leaving->datagram_size;
  int is_atomic = packet->key.protocol == bpf_htons(ETH_P_IP) ? packet->dont_fragment : size > 1260;
  struct iphdr ip = {.version = 4, .ihl = sizeof ip / 4, .tos = packet->traffic_class, .protocol = IPPROTO_UDP};
  ip.tot_len = bpf_htons(size);
  ip.id = is_atomic ? 0 : bpf_get_prandom_u32();  // RFC 6864 4.1: fragments of several clients leave from one address
  ip.frag_off = is_atomic ? bpf_htons(kDontFragment) : 0;
  ip.ttl = leaving->neighbour.hop_limit;
  __builtin_memcpy(&ip.saddr, leaving->slot->new_source + 12, 4);
  __builtin_memcpy(&ip.daddr, leaving->slot->new_destination + 12, 4);
  ip.check = ~fold(sum_words(&ip, sizeof ip / 4));
  head->ip = ip;
  write_datagram(&head->udp, &head->channel, packet, leaving, checksum);
}

// Writes the headers for IPv6, with a flow label of 0 (RFC 8656 13.1).
static __always_inline void write_v6(struct Head6* head, const struct Packet* packet, const struct Leaving* leaving, __be16 checksum) {
  struct ipv6hdr* ip = &head->ip;
  *(__be32*)ip = bpf_htonl(6 << 28 | packet->traffic_class << 20);
  ip->payload_len = bpf_htons(leaving->datagram_size);
  ip->nexthdr = IPPROTO_UDP;
  ip->hop_limit = leaving->neighbour.hop_limit;
  __builtin_memcpy(&ip->saddr, leaving->slot->new_source, 32);
  write_datagram(&head->udp, &head->channel, packet, leaving, checksum);
}

// Replaces the old head by the new one, of which the first kEthernetSize + leaving->head_size bytes count.
static __always_inline void write_head(struct Head* head, const struct Packet* packet, const struct Leaving* leaving, __be16 checksum) {
  head->ethernet.h_proto = leaving->slot->new_protocol;
  __builtin_memcpy(head->ethernet.h_dest, leaving->neighbour.mac, 6);
  __builtin_memcpy(head->ethernet.h_source, leaving->slot->own_mac, 6);
  if (leaving->slot->new_protocol == bpf_htons(ETH_P_IP)) {
    write_v4(&head->v4, packet, leaving, checksum);
  } else {
    write_v6(&head->v6, packet, leaving, checksum);
  }
}
