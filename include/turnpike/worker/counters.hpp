// Everything that a worker counts, as one value.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "turnpike/base/duration_histogram.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/tally.hpp"
#include "turnpike/kernel/flow_admissions.hpp"
#include "turnpike/net/send_queue.hpp"
#include "turnpike/path/path_counters.hpp"
#include "turnpike/relay/drop_reason.hpp"
#include "turnpike/relay/route_table.hpp"
#include "turnpike/stun/message.hpp"
#include "turnpike/turn/cause.hpp"
#include "turnpike/turn/effect.hpp"

namespace turnpike::worker {

// The direction of relayed data, as index of arrays.
enum class Direction : std::uint8_t { from_client, to_client };

// A number of packets and the bytes of their payload, without any headers.
struct Volume {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;

  void add(std::uint64_t payload_bytes) {
    ++packets;
    bytes += payload_bytes;
  }
  Volume& operator+=(const Volume& other) {
    packets += other.packets;
    bytes += other.bytes;
    return *this;
  }
  bool operator==(const Volume&) const = default;
};

// A kind of response: the method of the request and the error code, 0 for a success.
struct Answer {
  stun::Method method;
  std::uint16_t code = 0;
  auto operator<=>(const Answer&) const = default;
};

// Number of values of Transport.
inline constexpr std::size_t kTransports = 4;

// Everything that one worker has counted since it began. Counters only grow. Only the worker's thread writes.
struct Counters {
  using ByTransport = std::array<Volume, kTransports>;  // indexed by the client's transport

  // Returns the counter of what the sockets relay, by direction and the client's transport.
  Volume& by_sockets(Direction direction, Transport transport) {
    return sockets[static_cast<std::size_t>(direction)][static_cast<std::size_t>(transport)];
  }
  std::uint64_t packets_by_sockets(Direction direction) const {
    std::uint64_t packets = 0;
    for (const Volume& volume : sockets[static_cast<std::size_t>(direction)]) packets += volume.packets;
    return packets;
  }
  // Adds what the kernel relayed for an allocation. Every packet that the kernel drops exceeded a byte
  // budget.
  void add_by_kernel(const relay::Traffic& traffic) {
    kernel[static_cast<std::size_t>(Direction::from_client)] +=
        {traffic.packets_from_client, traffic.bytes_from_client};
    kernel[static_cast<std::size_t>(Direction::to_client)] +=
        {traffic.packets_to_client, traffic.bytes_to_client};
    drops.add(relay::DropReason::over_budget, traffic.packets_dropped);
  }

  std::array<ByTransport, 2> sockets;  // relayed by the sockets; indexed by Direction
  std::array<Volume, 2> kernel;        // relayed by the kernel, for UDP clients only; indexed by Direction
  Tally<relay::DropReason, relay::kDropReasons> drops;
  std::map<Answer, std::uint64_t> answers;
  Tally<turn::Cause, turn::kCauses> refusals;
  path::PathCounters paths;
  net::SendQueue::Counters sends;
  kernel::FlowAdmissions flows;
  std::uint64_t relays_opened = 0;
  std::uint64_t relays_not_opened = 0;  // the system refused the socket
  Tally<Transport, kTransports> allocations_started;
  Tally<Transport, kTransports> allocations_ended;
  Tally<turn::EndReason, turn::kEndReasons> ends;  // why allocations ended
  DurationHistogram allocates;                     // from reading an Allocate request to its allocation
  // Time from reading a batch with relayed packets to the system calls that send them, one of every
  // BatchSampling::kOneIn batches; indexed by Direction. Data for clients over streams leaves later in the
  // turn.
  std::array<DurationHistogram, 2> queueing;
  Duration waiting{};  // blocked in the poller
  Duration working{};

  bool operator==(const Counters&) const = default;
};

// The counters of each worker; nullopt for a worker that did not answer in time.
using CountersOfWorkers = std::vector<std::optional<Counters>>;

// Returns the sum of the workers that have answered.
Counters sum_of(const CountersOfWorkers& workers);

}  // namespace turnpike::worker
