// Loads, attaches and counts the BPF program of the kernel engine, and keeps it alive.
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

// The sizes that cannot change after loading, and the first listener ports.
struct ProgramOptions {
  std::uint32_t flows_max = 0;                // two for each channel; at least 1
  std::uint32_t meters_max = 0;               // users and rooms with a byte budget: relay::Meters
  std::vector<std::uint16_t> listener_ports;  // see Program::set_listener_ports()
  // Gets the messages of libbpf and the verifier; null discards them.
  void (*debug)(std::string_view) = nullptr;
};

// Owns the loaded program, its maps and its attachments. Not thread-safe, except for const functions.
class Program {
 public:
  // Time after the last heartbeat() during which the kernel goes on relaying.
  static constexpr Duration kHeartbeatLife = std::chrono::seconds(5);

  // Returns one line that says why this process cannot load the program; empty if it can try.
  static std::string obstacle();
  // Loads the program, removes filters that a crash has left behind, and gives the first heartbeat; attaches
  // nothing. The error is one line for the operator: built without the engine, missing capabilities (CAP_BPF,
  // CAP_NET_ADMIN, CAP_PERFMON), kernel older than 6.1, or refused by the verifier.
  [[nodiscard]] static Result<std::unique_ptr<Program>, std::string> load(const ProgramOptions& options,
                                                                          TimePoint now);
  // Detaches the program everywhere and unmaps maps().
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Attaches the program to a hook. Returns an empty string, or one line that says why it failed. An
  // interface may have both XDP and tc: tc gets what XDP passes on.
  [[nodiscard]] std::string attach(Hook hook, std::uint32_t interface);
  // Detaches the program from all hooks of an interface.
  void detach(std::uint32_t interface);

  // Replaces the UDP ports, of any local address, on which clients send ChannelData.
  void set_listener_ports(std::span<const std::uint16_t> ports);
  // Lets the kernel relay for kHeartbeatLife more.
  void heartbeat(TimePoint now);
  const FlowMaps& maps() const { return maps_; }
  // Returns the counts of events; an interface has a row of its own while the program is attached to it.
  const EventRows& events() const { return events_; }
  // Returns the number of flows of all workers; looks at every slot.
  std::uint32_t flow_count() const;
  // Returns the descriptor of the program for a hook, for test runs.
  int descriptor(Hook hook) const;

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
