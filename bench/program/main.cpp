// turnpike-program: what byte limits add to the kernel engine's program, by BPF_PROG_TEST_RUN: runs with and
// without them take turns, and the differences of neighbours are what counts.
#include <fmt/format.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "load/clock.hpp"
#include "turnpike/kernel/program.hpp"

namespace turnpike::bench {
namespace {

using kernel::Hook;

constexpr std::uint32_t kPacketsPerRun = 250;
constexpr std::uint64_t kNeverReached = 1'000'000'000'000;  // bytes per second
constexpr std::size_t kPayload = 160, kEthernet = 14, kHeaders = 28;

struct Variant {
  const char* name;
  relay::ByteRates rates;
  std::size_t flow;  // 0: of nobody's, 1: of a user in a room
};
constexpr Variant kVariants[] = {{"no limits", {0, 0}, 1},
                                 {"limits, but of others", {kNeverReached, kNeverReached}, 0},
                                 {"of a user", {kNeverReached, 0}, 1},
                                 {"of a user and a room", {kNeverReached, kNeverReached}, 1}};

// To itself, so that a packet may be relayed again and again.
kernel::Flow flow_of(std::uint16_t number) {
  const Endpoint from{IpAddress::v4(10, 0, 0, 1), static_cast<std::uint16_t>(1000 + number)};
  const Endpoint to{IpAddress::v4(10, 0, 0, 2), 2000};
  kernel::Flow flow{.from = from, .to = to, .new_from = from, .new_to = to, .next_hop = {}, .entrance = {}};
  // Where test runs say that their packets come in. XDP writes the address into the frame and looks at it
  // again.
  flow.entrance = {.interface = 1, .mac = {2}};
  flow.next_hop = {.interface = 1, .gateway = to.address, .mtu = 1500, .neighbour_mac = flow.entrance.mac};
  flow.payers = {number};
  return flow;
}

std::uint16_t ip_checksum(const std::uint8_t* header) {
  std::uint32_t sum = 0;
  for (int i = 0; i < 20; i += 2) sum += load_be16(header + i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

std::vector<std::uint8_t> frame_of(const kernel::Flow& flow, Hook hook) {
  std::vector<std::uint8_t> frame(kEthernet + kHeaders + kPayload);
  if (hook == Hook::xdp) std::ranges::copy(flow.entrance.mac, frame.begin());  // the kernel's own is zeros
  std::uint8_t *ip = &frame[kEthernet], *udp = ip + 20;
  store_be16(&frame[12], 0x0800);
  ip[0] = 0x45;
  store_be16(ip + 2, kHeaders + kPayload);
  ip[8] = 64;
  ip[9] = 17;
  std::ranges::copy(flow.from.address.wire(), ip + 12);
  std::ranges::copy(flow.to.address.wire(), ip + 16);
  store_be16(ip + 10, ip_checksum(ip));
  store_be16(udp, flow.from.port);
  store_be16(udp + 2, flow.to.port);
  store_be16(udp + 4, 8 + kPayload);
  store_be16(udp + 6, 0x4242);
  return frame;
}

class Runs {
 public:
  Runs() {
    auto loaded = kernel::Program::load({.flows_max = 2, .meters_max = 1, .listener_ports = {}}, monotonic());
    if (!loaded) throw std::runtime_error(loaded.error());
    program_ = std::move(*loaded);
    program_->heartbeat(monotonic() + std::chrono::hours(1));
    meters_.emplace(relay::ByteRates{}, program_->maps().budgets);
    meters_->put_in_room(1, 1);
    flows_.emplace(program_->maps(), 0, 2);
    for (std::uint16_t number = 0; number < 2; ++number) {
      const kernel::Flow flow = flow_of(number);
      if (!flows_->add(flow, monotonic() + std::chrono::hours(1), monotonic()))
        throw std::runtime_error("a flow is refused");
      live_.push_back(flow);
    }
  }

  // ns a packet, as the kernel tells.
  std::uint32_t run(Hook hook, const Variant& variant) {
    meters_->set_rates(variant.rates.per_user, variant.rates.per_room);
    std::vector<std::uint8_t> frame = frame_of(live_[variant.flow], hook);
    std::vector<std::uint8_t> out(frame.size() + 256);
    bpf_attr attributes{};
    attributes.test.prog_fd = static_cast<std::uint32_t>(program_->descriptor(hook));
    attributes.test.data_in = reinterpret_cast<std::uintptr_t>(frame.data());
    attributes.test.data_size_in = static_cast<std::uint32_t>(frame.size());
    attributes.test.data_out = reinterpret_cast<std::uintptr_t>(out.data());
    attributes.test.data_size_out = static_cast<std::uint32_t>(out.size());
    attributes.test.repeat = kPacketsPerRun;
    if (::syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attributes, sizeof attributes) != 0)
      throw std::runtime_error("no test run");
    return attributes.test.duration;
  }
  std::uint64_t relayed() const { return program_->events().all().front().count; }

 private:
  std::unique_ptr<kernel::Program> program_;
  std::optional<relay::Meters> meters_;
  std::optional<kernel::FlowTable> flows_;
  std::vector<kernel::Flow> live_;
};

template <class Number>
Number part(std::vector<Number>& values, std::size_t percent) {
  std::ranges::sort(values);
  return values[(values.size() - 1) * percent / 100];
}

void report(Runs& runs, Hook hook, int rounds) {
  std::vector<std::uint32_t> ns[std::size(kVariants)];
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < std::size(kVariants); ++i) ns[i].push_back(runs.run(hook, kVariants[i]));
  }
  std::vector<int> added[std::size(kVariants)];
  for (std::size_t i = 0; i < std::size(kVariants); ++i) {
    for (std::size_t round = 0; round < ns[i].size(); ++round)
      added[i].push_back(static_cast<int>(ns[i][round]) - static_cast<int>(ns[0][round]));
  }
  for (std::size_t i = 0; i < std::size(kVariants); ++i) {
    fmt::print("{:3} {:22} {:4} ns a packet (least {}), added: {:+} ({:+} to {:+})\n",
               hook == Hook::tc ? "tc" : "xdp", kVariants[i].name, part(ns[i], 50), part(ns[i], 0),
               part(added[i], 50), part(added[i], 25), part(added[i], 75));
  }
}

}  // namespace
}  // namespace turnpike::bench

int main(int argc, char** argv) {
  using namespace turnpike;
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 1000;
  bench::Runs runs;
  std::uint64_t expected = 0;
  for (const kernel::Hook hook : {kernel::Hook::tc, kernel::Hook::xdp}) {
    bench::report(runs, hook, rounds);
    expected += std::uint64_t(rounds) * std::size(bench::kVariants) * bench::kPacketsPerRun;
  }
  fmt::print("{} of {} packets were relayed\n", runs.relayed(), expected);
}
