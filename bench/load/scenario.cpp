// The table of scenarios.
#include "load/scenario.hpp"

#include <algorithm>

namespace turnpike::bench {
namespace {

using enum Direction;
using enum Pace;

const Part kAudio{.payload_bytes = 160, .frame_packets = 1, .frames_per_s = 50};
const Part kVideo{.payload_bytes = 1200, .frame_packets = 8, .frames_per_s = 30};

Part with(Part part, auto&&... change) {
  (change(part), ...);
  return part;
}

constexpr auto over = [](Transport transport) { return [=](Part& part) { part.transport = transport; }; };
constexpr auto going = [](Direction direction) { return [=](Part& part) { part.direction = direction; }; };
constexpr auto by = [](std::uint32_t clients) { return [=](Part& part) { part.clients = clients; }; };
constexpr auto paced = [](Pace pace) { return [=](Part& part) { part.pace = pace; }; };
constexpr auto in_frames_of = [](std::uint32_t packets) {
  return [=](Part& part) { part.frame_packets = packets; };
};
constexpr auto as_indications = [](Part& part) { part.framing = Framing::indication; };
constexpr auto all_at_once = [](Part& part) { part.in_phase = true; };

const Scenario kScenarios[] = {
    {"audio", "160 bytes, one at a time, echoed; UDP, channels", Kind::traffic, {kAudio}},
    {"video", "1,200 bytes in frames of 8, echoed; UDP, channels", Kind::traffic, {kVideo}},
    {"indications",
     "160 bytes, one at a time, echoed; UDP, Send and Data indications",
     Kind::traffic,
     {with(kAudio, as_indications)}},
    {"pair", "160 bytes from relay to relay", Kind::traffic, {with(kAudio, going(pair))}},
    {"tcp",
     "1,200 bytes, one at a time, echoed; TCP",
     Kind::traffic,
     {with(kVideo, over(Transport::tcp), in_frames_of(1))}},
    {"tcp-frames",
     "1,200 bytes in frames of 8, echoed; TCP",
     Kind::traffic,
     {with(kVideo, over(Transport::tcp))}},
    {"tcp-flood",
     "1,200 bytes to the peer as fast as TCP takes them",
     Kind::traffic,
     {with(kVideo, over(Transport::tcp), going(to_peer), paced(flood), by(8))}},
    {"tls",
     "1,200 bytes, one at a time, echoed; TLS",
     Kind::traffic,
     {with(kVideo, over(Transport::tls), in_frames_of(1))}},
    {"tls-frames",
     "1,200 bytes in frames of 8, echoed; TLS",
     Kind::traffic,
     {with(kVideo, over(Transport::tls))}},
    {"fanout",
     "an SFU's packet of 1,200 bytes to all clients at once, 240/s; UDP, channels",
     Kind::traffic,
     {{.direction = to_client, .pace = open, .payload_bytes = 1200, .frames_per_s = 240, .in_phase = true}}},
    {"room",
     "a meeting: video and audio up and down over UDP, a few clients behind TCP and TLS",
     Kind::traffic,
     {with(kVideo, paced(open), going(to_peer), by(4)),
      with(kVideo, paced(open), going(to_client), all_at_once, by(12)),
      with(kAudio, paced(open), going(to_peer), by(4)), with(kAudio, paced(open), going(to_client), by(24)),
      with(kVideo, paced(open), going(to_client), over(Transport::tcp), by(2)),
      with(kVideo, paced(open), going(to_client), over(Transport::tls), by(2))}},
    {"many", "allocations that are only held", Kind::hold, {with(kAudio, by(10'000))}},
    {"churn",
     "allocate, permit, bind, delete, in so many hands at once",
     Kind::churn,
     {with(kAudio, by(16))}},
};

}  // namespace

std::span<const Scenario> scenarios() { return kScenarios; }

const Scenario* find_scenario(std::string_view name) {
  const auto* const found = std::ranges::find(kScenarios, name, &Scenario::name);
  return found == std::end(kScenarios) ? nullptr : found;
}

Scenario Overrides::apply(Scenario scenario) const {
  for (Part& part : scenario.parts) {
    part.clients = clients.value_or(part.clients);
    part.payload_bytes = payload_bytes.value_or(part.payload_bytes);
    part.frame_packets = frame_packets.value_or(part.frame_packets);
    part.direction = direction.value_or(part.direction);
    if (!frames_per_s) continue;
    part.pace = *frames_per_s > 0 ? open : closed;
    if (part.pace == open) part.frames_per_s = *frames_per_s;
  }
  return scenario;
}

}  // namespace turnpike::bench
