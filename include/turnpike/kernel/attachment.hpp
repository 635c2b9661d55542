// Attaches a program to an interface for the life of an object.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::kernel {

// The place where a program is attached: `tc` at ingress, `xdp` in the driver (never the generic one),
// `local` is tc at the egress of loopback.
enum class Hook : std::uint8_t { tc, xdp, local };
inline constexpr Hook kAllHooks[] = {Hook::xdp, Hook::tc, Hook::local};

// The kernel's attach types of tc links (BPF_TCX_INGRESS, BPF_TCX_EGRESS), which the headers of Linux 6.1
// lack. Programs for tc links are loaded with these.
inline constexpr int kTcxIngress = 46, kTcxEgress = 47;

// One attached program; the destructor detaches it.
class Attachment {
 public:
  // Attaches `program`, the descriptor of a program that was loaded for this hook. At tc and local it makes a
  // link, which vanishes with the process even in a crash; before Linux 6.6 a filter of the clsact queueing
  // discipline. The error is one line for the operator.
  [[nodiscard]] static Result<std::unique_ptr<Attachment>, std::string> open(int program, Hook hook,
                                                                             std::uint32_t interface);
  // Attaches by a filter on any kernel; for tests.
  [[nodiscard]] static Result<std::unique_ptr<Attachment>, std::string> open_filter(int program, Hook hook,
                                                                                    std::uint32_t interface);
  ~Attachment();
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;

 private:
  Attachment() = default;

  net::FileDescriptor link_;
  Hook hook_ = Hook::tc;  // this and the fields below belong to a filter
  std::uint32_t interface_ = 0;
  std::uint32_t handle_ = 0;
};

// Removes filters that turnpike processes without a running heartbeat have left on the interfaces of this
// network namespace. Returns their number.
unsigned remove_stale_filters(TimePoint now);

}  // namespace turnpike::kernel
