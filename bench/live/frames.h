// What the source of frames and its user space agree on.
#pragma once

enum {
  kFrameFlows = 256,
  kFrameHeadSize = 46,  // Ethernet, IPv4, UDP, and the ChannelData header or the first 4 bytes of the payload
};

struct FrameHead {
  unsigned char bytes[48];
};
