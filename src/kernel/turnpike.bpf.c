// The program of the kernel engine: one way of reading, deciding and rewriting at three hooks: tc ingress, XDP, and tc egress of loopback.
// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>

#include "rewrite.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum {
  kMovableSize = 2048,
  kInet4 = 2,  // AF_INET and AF_INET6, of a header of the C library
  kInet6 = 10,
};

struct Payload {
  __u8 bytes[kMovableSize];
};

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct Payload);
} moving SEC(".maps");

static __always_inline enum Event trim_skb(struct __sk_buff* skb, const struct Packet* packet, struct Leaving* leaving) {
  __u32 end = end_of_payload(packet);
  __be32 last = 0;
  if (bpf_skb_load_bytes(skb, end + packet->padding - sizeof last, &last, sizeof last)) return event_no_room;
  if (bpf_skb_change_tail(skb, end, 0)) return event_no_room;
  subtract_padding(&leaving->delta, last, packet->padding);
  return event_relayed;
}

// Resizes in front of the IP header.
static __always_inline enum Event move_headers(struct __sk_buff* skb, const struct Packet* packet, const struct Leaving* leaving) {
  int growth = (int)leaving->channel_size - (int)packet->channel_size;
  if (growth && bpf_skb_adjust_room(skb, growth, BPF_ADJ_ROOM_MAC, 0)) return event_no_room;
  return event_relayed;
}

// Resizes behind the UDP header: the device that will complete the checksum remembers where that header stands.
static __always_inline enum Event move_payload(struct __sk_buff* skb, const struct Packet* packet, const struct Leaving* leaving) {
  __u32 from = kEthernetSize + packet->ip_size + sizeof(struct udphdr) + packet->channel_size;
  __u32 to = from - packet->channel_size + leaving->channel_size;
  __u32 size = packet->payload_size;
  if (from == to) return event_relayed;
  if (size > kMovableSize) return event_too_large;
  __u32 zero = 0;
  struct Payload* payload = bpf_map_lookup_elem(&moving, &zero);
  if (!payload) return event_no_room;
  if (size && bpf_skb_load_bytes(skb, from, payload, size)) return event_no_room;
  if (to > from && bpf_skb_change_tail(skb, to + size, 0)) return event_no_room;
  if (size && bpf_skb_store_bytes(skb, to, payload, size, 0)) return to > from ? event_lost : event_no_room;
  if (to < from && bpf_skb_change_tail(skb, to + size, 0)) return event_lost;
  return event_relayed;
}

// Only the kernel knows whether the field is a partial checksum; it goes by that in its own update.
static __always_inline long update_partial(struct __sk_buff* skb, const struct Leaving* leaving) {
  __u32 at = kEthernetSize + leaving->ip_size + __builtin_offsetof(struct udphdr, check);
  return bpf_l4_csum_replace(skb, at, 0, leaving->delta.pseudo_header, BPF_F_PSEUDO_HDR) ||
         bpf_l4_csum_replace(skb, at, 0, leaving->delta.datagram, BPF_F_MARK_MANGLED_0);
}

static __always_inline enum Event rewrite_skb(struct __sk_buff* skb, struct Head* head, const struct Packet* packet,
                                              struct Leaving* leaving) {
  // A checksum over the whole packet is the work of a device that received it: it has nothing partial.
  int is_partial = looks_partial(packet) && bpf_csum_update(skb, 0) < 0;
  enum Event event = packet->padding ? trim_skb(skb, packet, leaving) : event_relayed;
  if (event != event_relayed) return event;
  event = is_partial ? move_payload(skb, packet, leaving) : move_headers(skb, packet, leaving);
  if (event != event_relayed) return packet->padding ? event_lost : event;
  __be16 new_protocol = leaving->slot->new_protocol;
  if (new_protocol != packet->key.protocol && bpf_skb_change_proto(skb, new_protocol, 0)) return event_lost;

  write_head(head, packet, leaving, is_partial ? packet->checksum : new_checksum(packet, leaving));
  __u32 size = leaving->head_size;
  if (size < sizeof(struct iphdr) || size > sizeof(struct Head6)) return event_lost;  // neither happens, but the verifier cannot know
  if (bpf_skb_store_bytes(skb, kEthernetSize, &head->v4, size, BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH)) return event_lost;
  if (is_partial && update_partial(skb, leaving)) return event_lost;
  int has_new_ends = leaving->crosses || leaving->is_local;
  if (has_new_ends && bpf_skb_store_bytes(skb, 0, &head->ethernet, kEthernetSize, 0)) return event_lost;
  return event_relayed;
}

static __always_inline enum Event relay_skb(struct __sk_buff* skb, struct Leaving* leaving, int is_egress) {
  if (skb->protocol != bpf_htons(ETH_P_IP) && skb->protocol != bpf_htons(ETH_P_IPV6)) return event_other_protocol;
  if (skb->vlan_present) return event_tagged;
  if (skb->pkt_type != PACKET_HOST) return event_other_host;
  if (skb->gso_size) return event_segments;
  struct Head head = {};
  struct Packet packet = {};
  if (!copy_head(&head, (void*)(long)skb->data, (void*)(long)skb->data_end)) {
    __u32 size = size_to_load(skb->len);
    if (!size || bpf_skb_load_bytes(skb, 0, &head.ethernet, size)) return event_malformed;
  }
  enum Event event = parse(&head, skb->len, 1, &packet);
  if (event != event_relayed) return event;
  event = decide(&packet, 0, leaving);
  if (event != event_relayed) return event;
  leaving->is_local = leaving->neighbour.is_local;
  // From an egress hook the kernel drops what is to cross.
  leaving->crosses = !is_egress && leaving->neighbour.crosses && knows_neighbour(leaving);
  event = charge(&packet, leaving);
  if (event != event_relayed) return event;
  event = rewrite_skb(skb, &head, &packet, leaving);
  if (event == event_relayed) {
    count_relayed(&packet, leaving);
  } else if (event != event_lost) {
    refund_all(&packet, leaving);
  }
  return event;
}

static __always_inline int relay_by_tc(struct __sk_buff* skb, int is_egress) {
  struct Leaving leaving = {.entrance = skb->ifindex};
  enum Event event = relay_skb(skb, &leaving, is_egress);
  count_event(event, leaving.entrance);
  if (event == event_lost || event == event_over_budget) return TC_ACT_SHOT;
  if (event != event_relayed) return TC_ACT_UNSPEC;
  // A local sender's packet still has the route by which it was sent, which it loses by ingress alone.
  if (leaving.is_local) return bpf_redirect(leaving.slot->interface, BPF_F_INGRESS);
  // Into a container on this host there is no need for the way through its device and the queue behind that. Every packet takes this way,
  // for it overtakes those on the other: netlink tells of neighbours that come, move or go.
  if (leaving.crosses) return bpf_redirect_peer(leaving.slot->interface, 0);
  struct bpf_redir_neigh gateway = {.nh_family = leaving.neighbour.gateway_is_v6 ? kInet6 : kInet4};
  __builtin_memcpy(gateway.ipv6_nh, leaving.slot->gateway, sizeof gateway.ipv6_nh);
  return bpf_redirect_neigh(leaving.slot->interface, &gateway, sizeof gateway, 0);
}

SEC("tc")
int turnpike_tc(struct __sk_buff* skb) { return relay_by_tc(skb, 0); }

// At loopback's egress, where a packet between two sockets of this host has no queue behind it yet.
SEC("tc")
int turnpike_local(struct __sk_buff* skb) { return relay_by_tc(skb, 1); }

// All of it fits, for the frame was resized; the verifier wants to see it.
static __always_inline int store_head(struct xdp_md* frame, const struct Head* head, __u32 head_size) {
  void *data = (void*)(long)frame->data, *data_end = (void*)(long)frame->data_end;
  if (data + kHeadSizeMin > data_end) return 0;
  __builtin_memcpy(data, &head->ethernet, kEthernetSize);
  const __u32* from = (const __u32*)&head->v6;
  __u32* to = data + kEthernetSize;
  for (__u32 i = 0; i < sizeof head->v6 / 4; i++) {
    if (i * 4 >= head_size) break;
    if ((void*)(to + i + 1) > data_end) return 0;
    to[i] = from[i];
  }
  return 1;
}

// Whether XDP can send it: what it cannot, tc behind it can.
static __always_inline enum Event check_way_out(struct Leaving* leaving) {
  if (leaving->neighbour.is_local) return event_local;
  if (!knows_neighbour(leaving)) return event_no_neighbour;
  if (leaving->slot->interface != leaving->entrance && !leaving->neighbour.takes_frames) return event_no_redirect;
  return is_for_upkeep(leaving) ? event_upkeep : event_relayed;
}

static __always_inline enum Event relay_frame(struct xdp_md* frame, struct Leaving* leaving) {
  struct Head head = {};
  struct Packet packet = {};
  void *data = (void*)(long)frame->data, *data_end = (void*)(long)frame->data_end;
  __u64 frame_size = data_end - data;
  struct MacWords sent_to;
  if (copy_head(&head, data, data_end)) {
    sent_to = mac_words(data);
  } else {
    __u32 size = size_to_load(frame_size);
    if (!size || bpf_xdp_load_bytes(frame, 0, &head.ethernet, size)) return event_malformed;
    sent_to = mac_words(head.ethernet.h_dest);
  }
  enum Event event = parse(&head, frame_size, 0, &packet);
  if (event != event_relayed) return event;
  event = decide(&packet, &sent_to, leaving);
  if (event != event_relayed) return event;
  if (looks_partial(&packet)) return event_partial_checksum;
  event = check_way_out(leaving);
  if (event != event_relayed) return event;
  event = charge(&packet, leaving);
  if (event != event_relayed) return event;

  int shrinking = (int)(packet.ip_size + packet.channel_size) - (int)(leaving->ip_size + leaving->channel_size);
  if (shrinking && bpf_xdp_adjust_head(frame, shrinking)) {
    refund_all(&packet, leaving);
    return event_no_room;
  }
  write_head(&head, &packet, leaving, new_checksum(&packet, leaving));
  if (!store_head(frame, &head, leaving->head_size)) return event_lost;
  count_relayed(&packet, leaving);
  return event_relayed;
}

SEC("xdp")
int turnpike_xdp(struct xdp_md* frame) {
  struct Leaving leaving = {.entrance = frame->ingress_ifindex};
  enum Event event = relay_frame(frame, &leaving);
  count_event(event, leaving.entrance);
  if (event == event_lost || event == event_over_budget) return XDP_DROP;
  if (event != event_relayed) return XDP_PASS;
  if (leaving.slot->interface == leaving.entrance) return XDP_TX;
  return bpf_redirect(leaving.slot->interface, 0);
}
