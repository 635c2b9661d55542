// The program on an interface, until the object ends.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::kernel {

// Ingress, XDP in the driver and never the generic one; `local` is tc at the egress of loopback.
enum class Hook : std::uint8_t { tc, xdp, local };
inline constexpr Hook kAllHooks[] = {Hook::xdp, Hook::tc, Hook::local};

// The kernel's numbers of the hooks at which tc links are, newer than the headers of Linux 6.1; programs for
// them are loaded with these.
inline constexpr int kTcxIngress = 46, kTcxEgress = 47;

class Attachment {
 public:
  // `program` is the descriptor of one that was loaded for that hook. tc and local mean a link, with which
  // the program goes even if the process crashes, or before Linux 6.6 a filter of the clsact queueing
  // discipline. The error is a line for the operator.
  [[nodiscard]] static Result<std::unique_ptr<Attachment>, std::string> open(int program, Hook hook,
                                                                             std::uint32_t interface);
  // The second kind, wherever: for tests on newer kernels.
  [[nodiscard]] static Result<std::unique_ptr<Attachment>, std::string> open_filter(int program, Hook hook,
                                                                                    std::uint32_t interface);
  ~Attachment();
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;

 private:
  Attachment() = default;

  net::FileDescriptor link_;
  Hook hook_ = Hook::tc;  // of a filter, as the rest
  std::uint32_t interface_ = 0;
  std::uint32_t handle_ = 0;
};

// Removes filters that processes of turnpike left on the interfaces of this network namespace: those whose
// heartbeat has stopped. Returns their number.
unsigned remove_stale_filters(TimePoint now);

}  // namespace turnpike::kernel
