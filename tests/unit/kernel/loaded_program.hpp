// The program with one client and a peer in each combination of families, and single packets run through it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "packets.hpp"
#include "turnpike/kernel/program.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::kernel {

inline constexpr Hook kHooks[] = {Hook::tc, Hook::xdp, Hook::local};
inline constexpr std::uint32_t kFlowsMax = 64, kMetersMax = 8;
inline constexpr std::uint16_t kMtu = 1500;
inline constexpr MacAddress kNeighbourMac{2, 1, 1, 1, 1, 1}, kOwnMac{2, 2, 2, 2, 2, 2};

// Of test runs: loopback, without a MAC address.
inline const Entrance kEntrance{.interface = 1, .mac = {}};
inline constexpr std::uint8_t kHopLimit = 77;

// The clock of the program.
TimePoint clock_now();

// What the program made of a packet.
struct RunResult {
  std::string event;  // "relayed", or why it was passed
  int action = 0;     // as the hook defines it
  Buffer frame;
};

class LoadedProgram {
 public:
  // Why there is none in `program`, as far as that is no fault: not permitted, or built without.
  std::string reason_to_skip;
  std::unique_ptr<Program> program;

  LoadedProgram();

  // All bytes of the frame are linear; tc: with a checksum over the whole packet, as devices give it, if
  // `is_complete`.
  RunResult run(Hook hook, Buffer frame, bool is_complete = false, std::uint32_t gso_size = 0) const {
    return run(*program, hook, std::move(frame), is_complete, gso_size);
  }
  // Once more where it was left to tc because it was a flow's turn: `upkeep` comes first, and every few
  // seconds.
  static RunResult run(const Program& program, Hook hook, Buffer frame, bool is_complete = false,
                       std::uint32_t gso_size = 0);
  static RunResult run_once(const Program& program, Hook hook, Buffer frame, bool is_complete = false,
                            std::uint32_t gso_size = 0);
  std::uint64_t count(std::string_view event) const;
};

// Routes of one server with an address in each family, channel 0x4000 + i for the i-th.
std::vector<relay::Route> routes_of_all_families(TimePoint deadline);
NextHop next_hop_to(const Endpoint& endpoint);
Flow flow_to_peer(const relay::Route& route);
Flow flow_to_client(const relay::Route& route);

Buffer some_bytes(std::size_t size, std::uint8_t seed = 1);
Buffer channel_data(std::uint16_t channel, Bytes payload);

}  // namespace turnpike::kernel
