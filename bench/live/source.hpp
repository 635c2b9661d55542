// Sends frames into an interface as fast as one core can, and measures what each costs from there on.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

struct frames_bpf;

namespace turnpike::bench {

class FrameSource {
 public:
  // Throws std::runtime_error.
  FrameSource();
  ~FrameSource();
  FrameSource(const FrameSource&) = delete;
  FrameSource& operator=(const FrameSource&) = delete;

  // Descriptor of a program that drops every frame.
  int sink() const;

  // Frames of equal size, one of each flow, are sent into the interface in turn, so many in all. Returns the
  // CPU time of one in nanoseconds: of this process and of the kernel's threads. Throws std::runtime_error.
  double send(const std::vector<std::vector<std::uint8_t>>& frames, std::uint32_t interface,
              std::uint32_t count);

 private:
  frames_bpf* skeleton_;
};

}  // namespace turnpike::bench
