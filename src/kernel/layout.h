// The memory that the program and its loader share: flows, slots, counters, events. C and C++ read this file.
// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0
#pragma once

#include <linux/types.h>

#ifdef __cplusplus
namespace turnpike::kernel {
#endif

// Identifies the packets of a flow. Fields of packets are in network byte order, here and below; IPv4 addresses are ::ffff:a.b.c.d.
struct FlowKey {
  __u8 source[16], destination[16];
  __be16 source_port, destination_port;
  __be16 channel;   // 0: plain payload
  __be16 protocol;  // the EtherType: an IPv6 address may look like an IPv4 one
};

// The slot of a flow and the place where its packets arrive. A packet that arrives elsewhere, or is addressed to another MAC address, is left to
// the sockets.
struct FlowPlace {
  __u32 slot;
  __u32 entrance;  // index of the interface
  __u8 unused[2];
  __u8 entrance_mac[6];  // its last four bytes are aligned, as those in a frame
  __u32 payers[2];       // meters that each packet is charged to, in this order; 0: none
};

// How a packet leaves, and to whom. Fills one word, so that it can be replaced as a whole.
struct NeighbourWord {
  __u8 mac[6];             // zero: unknown
  __u8 hop_limit;          // time to live or hop limit of the packets that leave
  __u8 takes_frames : 1;   // XDP may redirect to the interface from others
  __u8 crosses : 1;        // tc may hand packets to the other end of the interface
  __u8 gateway_is_v6 : 1;  // whatever the family of the packets
  __u8 is_local : 1;       // tc hands packets to the sockets of this host, as if loopback had received them
} __attribute__((aligned(8)));

// What becomes of a flow's packets, in two cache lines. Written before the key is in the hash; afterwards only `deadline_ns` and `neighbour`
// change.
//
//   packet -> FlowKey -- hash `flows` --> FlowPlace -- its slot of the array `slots` --> FlowSlot
//
//   0            8                                            48                                    64
//   | deadline_ns | key, as in the hash                       | new_source                         |
//   | new_destination | ports, channel, protocol | deltas | interface | gateway | neighbour | own_mac | mtu |
//   64                80                         88       92          96        112         120       126  128
//
// `slots` is mapped memory: a worker moves or ends a flow by one store into `deadline_ns`, and never waits for the
// program. A slot that was given up rests a second before it is another flow's: a run of the program that has found
// its key may still be on the way to it.
struct FlowSlot {
  __u64 deadline_ns;   // CLOCK_MONOTONIC; 0: revoked
  struct FlowKey key;  // compared again: while an element of the hash is read, it may become another flow's
  __u8 new_source[16], new_destination[16];
  __be16 new_source_port, new_destination_port;
  __be16 new_channel;
  __be16 new_protocol;
  __u16 pseudo_header_delta;  // new minus old addresses, as a ones' complement sum
  __u16 datagram_delta;       // new minus old ports and channel numbers, as a ones' complement sum
  __u32 interface;
  __be32 gateway[4];  // IPv4 in the first word
  struct NeighbourWord neighbour;
  __u8 own_mac[6];
  __u16 mtu;
};

// What one CPU has counted for a flow. Bytes are payload, without the ChannelData header.
struct FlowStats {
  __u64 packets, bytes;
  __u64 last_ns;      // CLOCK_MONOTONIC_COARSE of the last packet, dropped ones included
  __u64 over_budget;  // packets that were dropped for want of budget
};

// Rows of counts; each interface that the program is attached to has one.
enum { kShareWhole = 65536 };

// What a user may relay, as in relay::UserBudget: the program and the sockets take from the same memory.
struct UserBudget {
  __u64 full_at_ns;  // CLOCK_MONOTONIC time at which a whole second's bytes will be available
  __u32 room;        // number of the user's room; 0: none
  __u32 share;       // this server's part of the rate, out of kShareWhole; 0: all of it
  __u64 taken;       // bytes, while byte_rates.are_counted
  __u64 unused;
};

// What the users of a room may relay together, as in relay::RoomBudget. The fields mean what they mean in UserBudget.
struct RoomBudget {
  __u64 full_at_ns;
  __u32 share;
  __u32 unused;
  __u64 taken;
  __u64 unused_too;
};

// What became of a packet. Packets of all events but `relayed`, `lost` and `over_budget` were left to the sockets, untouched.
#define TURNPIKE_EVENTS(X)                                                \
  X(relayed)                                                              \
  X(lost)           /* no memory half way through: dropped */             \
  X(over_budget)    /* of its user or room: dropped */                    \
  X(other_protocol) /* neither UDP over IPv4 nor over IPv6 */             \
  X(tagged)         /* belongs to a VLAN device */                        \
  X(other_host)     /* sent to another MAC address */                     \
  X(segments)       /* several in one, as GRO makes them */               \
  X(fragment)                                                             \
  X(ip_options)                                                           \
  X(extension_header)                                                     \
  X(malformed)      /* contradictory lengths, wrong header checksum */    \
  X(control)        /* to a listener, but no ChannelData */               \
  X(channel_length) /* lying or padded; tc takes padding to four bytes */ \
  X(no_flow)                                                              \
  X(other_entrance) /* its flow's packets come in elsewhere */            \
  X(expired)                                                              \
  X(stopped)          /* nobody renews the heartbeat */                   \
  X(no_checksum)      /* where IPv6 wants one */                          \
  X(partial_checksum) /* left to a device that does not see XDP's work */ \
  X(too_large)        /* for the MTU, or for moving its payload */        \
  X(local)            /* for tc, which hands it to this host's sockets */ \
  X(no_neighbour)     /* XDP was told no MAC address */                   \
  X(no_redirect)      /* its way out takes no frames from XDP */          \
  X(upkeep)           /* for tc, which asks for the neighbour */          \
  X(no_room)          /* it could not be resized */                       \
  X(contended)        /* others took from its budget all the time */

enum Event {
#define X(name) event_##name,
  TURNPIKE_EVENTS(X)
#undef X
      event_kinds
};

// Rows of counts, one for each interface that the program is attached to.
enum {
  kRowOfOthers = 0,  // of interfaces without a row of their own
  kRowOfGone = 1,    // of interfaces that had one
  kEventRows = 64,
  kInterfacesMax = 4096,  // interfaces with this index or a higher one have no row
};

// The counts of one CPU at one interface; fills whole cache lines.
struct EventCounts {
  __u64 count[32];
};

#ifdef __cplusplus
static_assert(sizeof(FlowKey) == 40 && sizeof(FlowPlace) == 24 && sizeof(NeighbourWord) == 8 && sizeof(FlowSlot) == 128 && sizeof(FlowStats) == 32 && sizeof(UserBudget) == 32 && sizeof(RoomBudget) == 32 && sizeof(EventCounts) % 64 == 0);
static_assert(event_kinds <= sizeof(EventCounts) / sizeof(__u64));

}  // namespace turnpike::kernel
#endif
