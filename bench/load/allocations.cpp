// Set-up as the load itself.
#include "load/allocations.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "load/clock.hpp"
#include "load/drive.hpp"
#include "turnpike/net/openssl_random.hpp"

namespace turnpike::bench {
namespace {

constexpr std::size_t kAtOnce = 32;
constexpr std::size_t kSamples = 10;

// Nothing is sent there.
Endpoint idle_peer(const Target& target) {
  const IpAddress address = target.local != IpAddress{} ? target.local : target.server.address;
  return {address, 9};
}

double seconds_between(TimePoint from, TimePoint to) { return std::chrono::duration<double>(to - from).count(); }

// The life of one client in churn, a step each time that it is idle.
enum class Step : std::uint8_t { allocate, permit, bind, release, gone };

}  // namespace

double slope(const std::vector<std::pair<double, double>>& points) {
  const auto n = static_cast<double>(points.size());
  double sum_x = 0;
  double sum_y = 0;
  double sum_xx = 0;
  double sum_xy = 0;
  for (const auto& [x, y] : points) {
    sum_x += x;
    sum_y += y;
    sum_xx += x * x;
    sum_xy += x * y;
  }
  const double spread = n * sum_xx - sum_x * sum_x;
  return spread > 0 ? (n * sum_xy - sum_x * sum_y) / spread : 0;
}

AllocationsResult run_hold(const Target& target, const Part& part, const std::vector<pid_t>& server, Progress& progress) {
  net::OpenSslRandom random;
  const Endpoint peer = idle_peer(target);
  Clients held;
  std::vector<std::pair<double, double>> samples;
  AllocationsResult result;
  const Usage before = read_usage(server);
  const TimePoint start = monotonic();
  for (std::size_t sample = 1; sample <= kSamples; ++sample) {
    Clients more;
    for (const std::size_t wanted = part.clients * sample / kSamples; held.size() + more.size() < wanted;) {
      more.push_back(std::make_unique<Client>(target, part.transport, random));
    }
    drive_each(more, kAtOnce, [](Client& client, std::size_t, TimePoint now) { client.allocate(now); });
    drive_each(more, kAtOnce, [&](Client& client, std::size_t, TimePoint now) { client.bind(peer, now); });
    std::ranges::move(more, std::back_inserter(held));
    samples.emplace_back(static_cast<double>(held.size()), static_cast<double>(read_memory_bytes(server)));
    progress.show("allocating", static_cast<double>(sample) / kSamples);
  }
  result.made = held.size();
  result.seconds = seconds_between(start, monotonic());
  result.used = read_usage(server) - before;
  result.memory_bytes_each = slope(samples);
  progress.show("releasing", 1);
  drive_each(held, kAtOnce, [](Client& client, std::size_t, TimePoint now) { client.release(now); });
  return result;
}

AllocationsResult run_churn(const Target& target, const Part& part, Duration measured, const std::vector<pid_t>& server,
                            Progress& progress) {
  net::OpenSslRandom random;
  const Endpoint peer = idle_peer(target);
  Clients clients;
  for (std::uint32_t i = 0; i < part.clients; ++i) clients.push_back(std::make_unique<Client>(target, part.transport, random));
  std::vector<Step> steps(clients.size(), Step::allocate);
  std::vector<TimePoint> begun(clients.size());
  AllocationsResult result;
  const Usage before = read_usage(server);
  const TimePoint start = monotonic();

  drive(clients, [&](std::unique_ptr<Client>& client, TimePoint now) {
    const auto i = static_cast<std::size_t>(&client - clients.data());
    if (!client->error().empty()) {
      ++result.failed;
      steps[i] = Step::gone;
    }
    if (steps[i] == Step::gone) {
      progress.show("", static_cast<double>((now - start).count()) / static_cast<double>(measured.count()));
      if (now - start >= measured) return false;
      client = std::make_unique<Client>(target, part.transport, random);
      steps[i] = Step::allocate;
    }
    switch (std::exchange(steps[i], static_cast<Step>(static_cast<int>(steps[i]) + 1))) {
      case Step::allocate:
        begun[i] = now;
        client->allocate(now);
        break;
      case Step::permit:
        client->permit(peer, now);
        break;
      case Step::bind:
        client->bind(peer, now);
        break;
      case Step::release:
        ++result.made;
        result.latency.record((now - begun[i]).count());
        client->release(now);
        break;
      case Step::gone:
        break;
    }
    return true;
  });
  result.seconds = seconds_between(start, monotonic());
  result.used = read_usage(server) - before;
  return result;
}

}  // namespace turnpike::bench
