// turnpike-live: what the kernel engine's program costs where a driver hands it frames (XDP), without
// sockets on either side.
#include <fmt/format.h>
#include <sched.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <stdexcept>

#include "live/frame.hpp"
#include "live/frames.h"
#include "live/source.hpp"
#include "live/wire.hpp"
#include "load/clock.hpp"
#include "turnpike/kernel/program.hpp"

namespace turnpike::bench {
namespace {

using kernel::Hook;

constexpr std::uint32_t kWarmUp = 20'000;
constexpr double kRelayedMin = 0.999;
constexpr int kAttemptsMax = 10;  // rings overflow where the kernel's threads have to wait for others

std::uint64_t relayed(const kernel::Program& program) { return program.events().all().front().count; }

class Live {
 public:
  explicit Live(std::uint32_t frames)
      : frames_(frames), wires_(lay_wires()), out_sink_(attach(source_.sink(), wires_.out.far)) {
    auto loaded =
        kernel::Program::load({.flows_max = 4 * kFrameFlows, .listener_ports = {3478}}, monotonic());
    if (!loaded) throw std::runtime_error(loaded.error());
    program_ = std::move(*loaded);
  }

  struct Result {
    double alone_ns;    // a frame that is dropped where it arrives
    double relayed_ns;  // one that is relayed and dropped behind the next cable
    double net_ns() const { return relayed_ns - alone_ns; }
  };

  Result measure(Way way, std::size_t payload_bytes) {
    kernel::FlowTable table(program_->maps(), next_slot_, kFrameFlows);
    next_slot_ += kFrameFlows;
    std::vector<std::vector<std::uint8_t>> frames;
    for (std::uint32_t i = 0; i < kFrameFlows; ++i) {
      const kernel::Flow flow = live_flow(way, i, {.in = wires_.in.far, .out = wires_.out.near});
      if (!table.add(flow, monotonic() + std::chrono::minutes(1), monotonic()))
        throw std::runtime_error("a flow is refused");
      frames.push_back(live_frame(flow, payload_bytes));
    }
    Result result{};
    {
      const auto sink = attach(source_.sink(), wires_.in.far);
      result.alone_ns = send(frames);
    }
    if (const std::string why = program_->attach(Hook::xdp, wires_.in.far); !why.empty())
      throw std::runtime_error(why);
    for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
      const std::uint64_t before = relayed(*program_);
      result.relayed_ns = send(frames);
      if (relayed(*program_) - before >= kRelayedMin * (frames_ + kWarmUp)) {
        program_->detach(wires_.in.far);
        return result;
      }
    }
    throw std::runtime_error("frames were lost again and again: this core has other work");
  }

 private:
  static std::unique_ptr<kernel::Attachment> attach(int program, std::uint32_t interface) {
    auto attached = kernel::Attachment::open(program, Hook::xdp, interface);
    if (!attached) throw std::runtime_error(attached.error());
    return std::move(*attached);
  }

  double send(const std::vector<std::vector<std::uint8_t>>& frames) {
    program_->heartbeat(monotonic());
    source_.send(frames, wires_.in.near, kWarmUp);
    return source_.send(frames, wires_.in.near, frames_);
  }

  std::uint32_t frames_;
  Wires wires_;
  FrameSource source_;
  std::unique_ptr<kernel::Attachment> out_sink_;
  std::unique_ptr<kernel::Program> program_;
  std::uint32_t next_slot_ = 0;
};

// A JSON object a line, for scripts/bench: an echo is a packet each way.
void run(std::uint32_t frames) {
  Live live(frames);
  for (const auto& [scenario, payload_bytes] : {std::pair{"audio", 160U}, std::pair{"video", 1200U}}) {
    const auto to_peer = live.measure(Way::to_peer, payload_bytes);
    const auto to_client = live.measure(Way::to_client, payload_bytes);
    const double net_ns = (to_peer.net_ns() + to_client.net_ns()) / 2;
    const boost::json::object line{{"scenario", scenario},
                                   {"net_us_per_packet", net_ns * 1e-3},
                                   {"to_peer_us_per_packet", to_peer.net_ns() * 1e-3},
                                   {"to_client_us_per_packet", to_client.net_ns() * 1e-3},
                                   {"alone_us_per_packet", to_peer.alone_ns * 1e-3},
                                   {"relayed_per_cpu_s", 1e9 / net_ns}};
    fmt::print("{}\n", boost::json::serialize(line));
  }
}

void pin(int cpu) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(cpu), &cores);
  ::sched_setaffinity(0, sizeof cores, &cores);
}

}  // namespace
}  // namespace turnpike::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: turnpike-live FRAMES CPU\n");
    return 2;
  }
  try {
    turnpike::bench::pin(std::atoi(argv[2]));
    turnpike::bench::run(static_cast<std::uint32_t>(std::atol(argv[1])));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "turnpike-live: {}\n", error.what());
    return 1;
  }
}
