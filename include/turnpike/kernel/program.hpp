// The program of the kernel engine (BPF): loaded, attached to interfaces, kept alive, counted.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/kernel/attachment.hpp"
#include "turnpike/kernel/event_rows.hpp"
#include "turnpike/kernel/flow_table.hpp"

struct turnpike_bpf;

namespace turnpike::kernel {

struct ProgramOptions {
  std::uint32_t flows_max = 0;                // two for each channel; at least 1
  std::uint32_t meters_max = 0;               // users, and rooms, that have byte budgets: relay::Meters
  std::vector<std::uint16_t> listener_ports;  // at first: Program::set_listener_ports()
  void (*debug)(std::string_view) =
      nullptr;  // gets what libbpf and the verifier say; otherwise they say it to nobody
};

// Not thread-safe, but for what is const.
class Program {
 public:
  // A process that does not call heartbeat() for so long relays nothing in the kernel any more.
  static constexpr Duration kHeartbeatLife = std::chrono::seconds(5);

  // Why this process cannot load it, in one line; empty where it can try.
  static std::string obstacle();
  // Loads it, removes filters that a crash has left behind, and gives the first heartbeat; nothing is
  // attached. The error is a line for the operator: built without, missing capabilities (CAP_BPF,
  // CAP_NET_ADMIN, CAP_PERFMON), kernel older than 6.1, refused by the verifier.
  [[nodiscard]] static Result<std::unique_ptr<Program>, std::string> load(const ProgramOptions& options,
                                                                          TimePoint now);
  ~Program();  // detaches; the memory of maps() ends
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Empty, or why not in one line. An interface may have both: tc gets what XDP has passed.
  [[nodiscard]] std::string attach(Hook hook, std::uint32_t interface);
  void detach(std::uint32_t interface);  // from all hooks

  // UDP ports, of whatever address, on which clients send ChannelData: these alone from now on.
  void set_listener_ports(std::span<const std::uint16_t> ports);
  void heartbeat(TimePoint now);
  const FlowMaps& maps() const { return maps_; }
  // What became of packets; of an interface as long as it is attached to it.
  const EventRows& events() const { return events_; }
  // How many flows it has, of all workers; looks at every slot.
  std::uint32_t flow_count() const;
  int descriptor(Hook hook) const;  // of the loaded program, for test runs

 private:
  Program() = default;

  turnpike_bpf* skeleton_ = nullptr;
  FlowMaps maps_;
  std::span<EventCounts> event_counts_;
  std::span<std::uint64_t> event_row_numbers_;
  EventRows events_;
  using Place = std::pair<std::uint32_t, Hook>;  // an interface, where
  std::map<Place, std::unique_ptr<Attachment>> attachments_;
};

}  // namespace turnpike::kernel
