// The probe's numbered packets, and what is counted of their round trips.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::probe {

inline constexpr std::size_t kPacketMin = 16;

// `size` is at least kPacketMin. All bytes follow from number and size, so that a change of any of them
// is seen.
std::vector<std::uint8_t> make_packet(std::uint32_t number, std::size_t size);
// The number, if these are the bytes that make_packet() made for it.
std::optional<std::uint32_t> read_packet(Bytes bytes);

// Tells the questions of one probe from those of another.
using Run = std::array<std::uint8_t, 8>;

// A Binding request to a peer that is a STUN server.
std::vector<std::uint8_t> make_question(const Run& run, std::uint32_t number);

// What the peer says to such a request: any response is a sign of life.
struct Answer {
  std::uint32_t number = 0;
  std::optional<Endpoint> seen = {};  // where the peer sees the relay

  bool operator==(const Answer&) const = default;
};
// Nothing if it is no response to a request of this run.
std::optional<Answer> read_answer(Bytes bytes, const Run& run);

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
  // No number: what came was none of them.
  void on_received(std::optional<std::uint32_t> number, std::size_t size, TimePoint now);

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
