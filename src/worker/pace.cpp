#include "turnpike/worker/pace.hpp"

namespace turnpike::worker {
namespace {

std::uint64_t packets_of(const relay::Traffic& traffic) {
  return traffic.packets_from_client + traffic.packets_to_client;
}

std::uint64_t bytes_of(const relay::Traffic& traffic) {
  return traffic.bytes_from_client + traffic.bytes_to_client;
}

// Where nothing was relayed, by what would relay it.
SessionEngine engine_of(std::uint64_t by_sockets, std::uint64_t by_kernel, bool has_flows) {
  if (by_sockets != 0 && by_kernel != 0) return SessionEngine::both;
  if (by_sockets != 0) return SessionEngine::sockets;
  return by_kernel != 0 || has_flows ? SessionEngine::kernel : SessionEngine::sockets;
}

}  // namespace

std::string_view to_string(SessionEngine engine) {
  constexpr std::string_view kNames[] = {"sockets", "kernel", "both"};
  return kNames[static_cast<std::size_t>(engine)];
}

Pace Paces::note(relay::AllocationId allocation, const Reading& reading, TimePoint since, TimePoint now) {
  Mark& mark = marks_.try_emplace(allocation, Mark{.at = since, .pace = {}}).first->second;
  const Duration elapsed = now - mark.at;
  const bool is_due = elapsed >= kApartMin;
  if (!is_due && mark.is_rated) return mark.pace;
  const std::uint64_t of_sockets = packets_of(reading.by_sockets), of_kernel = packets_of(reading.by_kernel);
  mark.pace.engine =
      engine_of(of_sockets - mark.packets_of_sockets, of_kernel - mark.packets_of_kernel, reading.has_flows);
  if (!is_due) return mark.pace;
  const std::uint64_t bytes = bytes_of(reading.by_sockets) + bytes_of(reading.by_kernel);
  const double seconds = std::chrono::duration<double>(elapsed).count();
  mark.pace.bits_per_second =
      static_cast<std::uint64_t>(8 * static_cast<double>(bytes - mark.bytes) / seconds);
  mark = {now, bytes, of_sockets, of_kernel, mark.pace, true};
  return mark.pace;
}

std::uint64_t Paces::bits_per_second() const {
  std::uint64_t sum = 0;
  for (const auto& [allocation, mark] : marks_) sum += mark.pace.bits_per_second;
  return sum;
}

}  // namespace turnpike::worker
