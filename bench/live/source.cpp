// BPF_PROG_TEST_RUN with live frames: the frames have the form that a driver's have, and go where the program
// sends them.
#include "live/source.hpp"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <stdexcept>

#include "frames.skel.h"
#include "live/frames.h"
#include "load/usage.hpp"

namespace turnpike::bench {
namespace {

constexpr std::uint32_t kBatch = 64;  // NAPI's own

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

}  // namespace

FrameSource::FrameSource() : skeleton_(frames_bpf__open_and_load()) {
  check(skeleton_ != nullptr, "the source of frames does not load");
}

FrameSource::~FrameSource() { frames_bpf__destroy(skeleton_); }

int FrameSource::sink() const { return bpf_program__fd(skeleton_->progs.sink); }

double FrameSource::send(const std::vector<std::vector<std::uint8_t>>& frames, std::uint32_t interface,
                         std::uint32_t count) {
  for (std::uint32_t i = 0; i < kFrameFlows; ++i) {
    FrameHead head{};
    std::copy_n(frames[i % frames.size()].begin(), kFrameHeadSize, head.bytes);
    check(bpf_map_update_elem(bpf_map__fd(skeleton_->maps.heads), &i, &head, 0) == 0, "the heads of frames");
  }
  skeleton_->bss->device = interface;

  const auto size = static_cast<std::uint32_t>(frames[0].size());
  xdp_md context{};
  context.data_end = size;
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  options.data_in = frames[0].data();
  options.data_size_in = size;
  options.ctx_in = &context;
  options.ctx_size_in = sizeof context;
  options.repeat = static_cast<int>(count);
  options.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
  options.batch_size = kBatch;
  const Usage before = read_usage({});
  check(bpf_prog_test_run_opts(bpf_program__fd(skeleton_->progs.source), &options) == 0,
        "a run with live frames");
  return static_cast<double>((read_usage({}) - before).work_ns()) / count;
}

}  // namespace turnpike::bench
