// Frames for the kernel engine's program as a driver would bring them, and the end of them: both for XDP.
// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "frames.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, kFrameFlows);
  __type(key, __u32);
  __type(value, struct FrameHead);
} heads SEC(".maps");

__u32 device = 0;  // where frames are sent into, to arrive at its other end
__u32 next = 0;    // of one core only

// The frames of a test run are used again and again, as they were left: the head is written anew each time.
SEC("xdp")
int source(struct xdp_md* frame) {
  __u32 flow = next++ % kFrameFlows;
  struct FrameHead* head = bpf_map_lookup_elem(&heads, &flow);
  void *data = (void*)(long)frame->data, *data_end = (void*)(long)frame->data_end;
  if (!head || data + kFrameHeadSize > data_end) return XDP_ABORTED;
  __builtin_memcpy(data, head->bytes, kFrameHeadSize);
  return bpf_redirect(device, 0);
}

SEC("xdp")
int sink(struct xdp_md* frame) {
  (void)frame;
  return XDP_DROP;
}
