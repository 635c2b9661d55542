// Reading a packet: its headers become a key and the few values that outlive them.
// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0
#pragma once

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>

#include "maps.h"

struct ChannelHeader {
  __be16 number, length;
};

struct Head4 {
  struct iphdr ip;
  struct udphdr udp;
  struct ChannelHeader channel;
};

struct Head6 {
  struct ipv6hdr ip;
  struct udphdr udp;
  struct ChannelHeader channel;
};

// The start of a frame, copied to where every field is aligned.
struct Head {
  __u16 aligns_ip;
  struct ethhdr ethernet;
  union {
    struct Head4 v4;
    struct Head6 v6;
  };
};

enum {
  kEthernetSize = sizeof(struct ethhdr),
  kHeadSizeMin = kEthernetSize + sizeof(struct iphdr) + sizeof(struct udphdr),
  kHeadSizeMax = kEthernetSize + sizeof(struct Head6),
  kDontFragment = 0x4000,
};

// Copies the head without a helper, which costs a third less at XDP; for frames of usual length whose head lies in one piece. Returns 0 if this
// frame has too few bytes in one piece.
static __always_inline int copy_head(struct Head* head, const void* data, const void* data_end) {
  if (data + kHeadSizeMax > data_end) return 0;
  head->ethernet.h_proto = ((const struct ethhdr*)data)->h_proto;
  const __u32* from = data + kEthernetSize;
#pragma unroll
  for (__u32 i = 0; i < sizeof head->v6 / 4; i++) ((__u32*)&head->v6)[i] = from[i];
  return 1;
}

// A MAC address as two words that can be read from a frame.
struct MacWords {
  __u16 first;
  __u32 rest;
};

static __always_inline struct MacWords mac_words(const void* mac) { return (struct MacWords){*(const __u16*)mac, *(const __u32*)(mac + 2)}; }

// Returns how many bytes a helper should load where copy_head() cannot; 0 if the frame is too short for any UDP datagram.
static __always_inline __u32 size_to_load(__u64 frame_size) {
  barrier_var(frame_size);  // so that the verifier sees the bounds on the very register that the helper gets
  if (frame_size < kHeadSizeMin) return 0;
  return frame_size < kHeadSizeMax ? frame_size : kHeadSizeMax;
}

// What is remembered of a packet while its headers are replaced. Sizes are in bytes.
struct Packet {
  struct FlowKey key;
  __u32 pseudo_sum;     // ones' complement sum of the pseudo header, in 16 bits
  __u16 ip_size;        // of the IP header
  __u16 datagram_size;  // length field of the UDP header
  __u16 channel_size;   // of the ChannelData header: 0 or 4
  __u16 payload_size;
  __be16 checksum;
  __u8 traffic_class;
  __u8 dont_fragment;
  __u8 padding;  // bytes behind the payload, up to three
};

static __always_inline __u16 fold(__u64 sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return (sum & 0xffff) + (sum >> 16);
}

static __always_inline __u64 sum_words(const void* words, __u32 count) {
  __u64 sum = 0;
#pragma unroll
  for (__u32 i = 0; i < count; i++) sum += ((const __u32*)words)[i];
  return sum;
}

static __always_inline void store_mapped_v4(__u8* to, __be32 address) {
  __be32* words = (__be32*)to;
  words[0] = words[1] = 0;
  words[2] = bpf_htonl(0xffff);
  words[3] = address;
}

static __always_inline int is_listener(__be16 port) {
  __u16 number = bpf_ntohs(port);
  return listener_ports[number >> 3] >> (number & 7) & 1;
}

// Parses UDP and ChannelData behind an IP header that says that `size` bytes follow. With `may_be_padded` ChannelData may have padding, which
// some clients send over UDP as well (RFC 8656 12.5). Returns event_relayed if the packet can be relayed.
static __always_inline enum Event parse_datagram(const struct udphdr* udp, const struct ChannelHeader* channel, __u32 size,
                                                 int may_be_padded, struct Packet* packet) {
  if (size < sizeof *udp || bpf_ntohs(udp->len) != size) return event_malformed;
  packet->key.source_port = udp->source;
  packet->key.destination_port = udp->dest;
  packet->datagram_size = size;
  packet->payload_size = size - sizeof *udp;
  packet->checksum = udp->check;
  if (is_listener(udp->dest)) {
    // 0x4000 to 0x7FFF: what is no channel of this server finds no flow.
    if (size < sizeof *udp + sizeof *channel || (channel->number & bpf_htons(0xc000)) != bpf_htons(0x4000)) return event_control;
    packet->key.channel = channel->number;
    packet->channel_size = sizeof *channel;
    packet->payload_size -= sizeof *channel;
    __u32 padding = packet->payload_size - bpf_ntohs(channel->length);
    if (padding && !(may_be_padded && padding < 4 && packet->payload_size % 4 == 0)) return event_channel_length;
    packet->payload_size -= padding;
    packet->padding = padding;
  }
  packet->pseudo_sum = fold(sum_words(packet->key.source, 8) + bpf_htons(IPPROTO_UDP) + udp->len);
  return event_relayed;
}

static __always_inline enum Event parse_v4(const struct Head4* head, __u32 room, int may_be_padded, struct Packet* packet) {
  const struct iphdr* ip = &head->ip;
  if (ip->version != 4) return event_malformed;
  if (ip->protocol != IPPROTO_UDP) return event_other_protocol;
  if (ip->ihl != sizeof *ip / 4) return event_ip_options;
  if (ip->frag_off & ~bpf_htons(kDontFragment)) return event_fragment;
  __u32 size = bpf_ntohs(ip->tot_len);
  if (size < sizeof *ip || size > room || fold(sum_words(ip, sizeof *ip / 4)) != 0xffff) return event_malformed;
  store_mapped_v4(packet->key.source, ip->saddr);
  store_mapped_v4(packet->key.destination, ip->daddr);
  packet->ip_size = sizeof *ip;
  packet->traffic_class = ip->tos;
  packet->dont_fragment = ip->frag_off != 0;
  return parse_datagram(&head->udp, &head->channel, size - sizeof *ip, may_be_padded, packet);
}

static __always_inline enum Event parse_v6(const struct Head6* head, __u32 room, int may_be_padded, struct Packet* packet) {
  const struct ipv6hdr* ip = &head->ip;
  if (ip->version != 6) return event_malformed;
  switch (ip->nexthdr) {
    case IPPROTO_UDP: break;
    case IPPROTO_FRAGMENT: return event_fragment;
    case IPPROTO_HOPOPTS:
    case IPPROTO_ROUTING:
    case IPPROTO_DSTOPTS: return event_extension_header;
    default: return event_other_protocol;
  }
  __u32 size = bpf_ntohs(ip->payload_len);
  if (sizeof *ip + size > room) return event_malformed;
  __builtin_memcpy(packet->key.source, &ip->saddr, 32);
  packet->ip_size = sizeof *ip;
  packet->traffic_class = bpf_ntohl(*(const __be32*)ip) >> 20;
  enum Event event = parse_datagram(&head->udp, &head->channel, size, may_be_padded, packet);
  return event == event_relayed && packet->checksum == 0 ? event_no_checksum : event;
}

// Parses a frame of `frame_size` bytes, of which `head` has the first ones, up to kHeadSizeMax, and zeros behind them. Returns event_relayed if
// the packet can be relayed.
static __always_inline enum Event parse(const struct Head* head, __u32 frame_size, int may_be_padded, struct Packet* packet) {
  __u32 room = frame_size - kEthernetSize;
  packet->key.protocol = head->ethernet.h_proto;
  if (packet->key.protocol == bpf_htons(ETH_P_IP)) return parse_v4(&head->v4, room, may_be_padded, packet);
  if (packet->key.protocol == bpf_htons(ETH_P_IPV6)) return parse_v6(&head->v6, room, may_be_padded, packet);
  return event_other_protocol;
}
