// The probe's numbered packets, and what is counted of their round trips.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::probe {

inline constexpr std::size_t kPacketMin = 16;

// `size` is at least kProbePacketMin. All bytes follow from number and size, so that a change of any of them
// is seen.
std::vector<std::uint8_t> make_packet(std::uint32_t number, std::size_t size);
// The number, if these are the bytes that make_probe_packet() made for it.
std::optional<std::uint32_t> read_packet(Bytes bytes);

struct TrafficSummary {
  std::uint32_t sent = 0;
  std::uint32_t received = 0;  // round trips: each number counts once
  std::uint32_t duplicated = 0;
  std::uint32_t corrupt = 0;
  // Over the round trips; 0 without one.
  Duration rtt_min{};
  Duration rtt_median{};
  Duration rtt_p99{};
  double bits_per_second = 0;  // payload that came back, from the first packet sent to the last one received

  std::uint32_t lost() const { return sent - received; }
  bool operator==(const TrafficSummary&) const = default;
};

class TrafficTally {
 public:
  // Packets are numbered from 0 and sent in that order.
  void on_sent(TimePoint now) { packets_.push_back({now, {}}); }
  void on_received(Bytes bytes, TimePoint now);

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
