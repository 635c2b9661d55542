#include "turnpike/kernel/hop_limits.hpp"

#include <fstream>

namespace turnpike::kernel {
namespace {

constexpr unsigned kUsual = 64, kMax = 255;

std::uint8_t read(const std::string& file) {
  unsigned limit = 0;
  std::ifstream(file) >> limit;
  return static_cast<std::uint8_t>(limit == 0 || limit > kMax ? kUsual : limit);
}

}  // namespace

std::uint8_t HopLimits::default_of(Family family, const std::string& interface) {
  const std::string file = family == Family::ipv4 ? std::string("/proc/sys/net/ipv4/ip_default_ttl")
                                                  : "/proc/sys/net/ipv6/conf/" + interface + "/hop_limit";
  const auto [known, is_new] = known_.try_emplace(file);
  if (is_new) known->second = read(file);
  return known->second;
}

bool HopLimits::look_again() {
  bool changed = false;
  for (auto& [file, limit] : known_) {
    const std::uint8_t now = read(file);
    changed |= limit != now;
    limit = now;
  }
  return changed;
}

}  // namespace turnpike::kernel
