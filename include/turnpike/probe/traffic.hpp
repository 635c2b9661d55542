// The probe's numbered packets, and the statistics of their round trips.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::probe {

// Smallest size of a packet, in bytes.
inline constexpr std::size_t kPacketMin = 16;

// Returns a packet of `size` bytes, at least kPacketMin. All bytes follow from number and size, so that any
// change of a byte is detected.
std::vector<std::uint8_t> make_packet(std::uint32_t number, std::size_t size);
// Returns the number if make_packet() makes these bytes for it; nullopt otherwise.
std::optional<std::uint32_t> read_packet(Bytes bytes);

// Identifies the Binding requests of one run of the probe.
using Run = std::array<std::uint8_t, 8>;

// Returns a Binding request to a peer that is a STUN server.
std::vector<std::uint8_t> make_question(const Run& run, std::uint32_t number);

// A response to make_question(); any response shows that the peer is alive.
struct Answer {
  std::uint32_t number = 0;
  std::optional<Endpoint> seen = {};  // relay's address as the peer sees it

  bool operator==(const Answer&) const = default;
};
// Returns the answer; nullopt if the bytes are no response to a request of this run.
std::optional<Answer> read_answer(Bytes bytes, const Run& run);

// The statistics of a leg's packets.
struct TrafficSummary {
  std::uint32_t sent = 0;
  std::uint32_t received = 0;  // round trips; each number counts once
  std::uint32_t duplicated = 0;
  std::uint32_t corrupt = 0;
  // Round-trip times; 0 without any round trip.
  Duration rtt_min{};
  Duration rtt_median{};
  Duration rtt_p99{};
  double bits_per_second = 0;  // payload received, from the first packet sent to the last one received

  std::uint32_t lost() const { return sent - received; }
  bool operator==(const TrafficSummary&) const = default;
};

// Counts packets of a leg as they are sent and received.
class TrafficTally {
 public:
  // Notes a sent packet. Packets are numbered from 0 in the order of these calls.
  void on_sent(TimePoint now) { packets_.push_back({now, {}}); }
  // Notes a received packet; without a number it counts as corrupt.
  void on_received(std::optional<std::uint32_t> number, std::size_t size, TimePoint now);

  // Returns whether every packet sent so far has come back.
  bool is_complete() const { return received_ == packets_.size(); }
  TrafficSummary summary() const;

 private:
  struct Packet {
    TimePoint sent;
    std::optional<Duration> rtt;
  };

  std::vector<Packet> packets_;
  std::uint32_t received_ = 0;
  std::uint32_t duplicated_ = 0;
  std::uint32_t corrupt_ = 0;
  std::uint64_t bytes_ = 0;
  TimePoint last_received_;
};

}  // namespace turnpike::probe
