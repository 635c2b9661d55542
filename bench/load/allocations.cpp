// Set-up as the load itself.
#include "load/allocations.hpp"

#include <functional>
#include <memory>
#include <span>
#include <stdexcept>

#include "load/clock.hpp"
#include "load/drive.hpp"
#include "turnpike/crypto/openssl_random.hpp"

namespace turnpike::bench {
namespace {

constexpr std::size_t kAtOnce = 32;

// Nothing is sent there.
Endpoint idle_peer(const Target& target) {
  for (const IpAddress& address : {target.peer_local, target.local}) {
    if (address != IpAddress{}) return {address, 9};
  }
  return {target.server.address, 9};
}

double seconds_between(TimePoint from, TimePoint to) {
  return std::chrono::duration<double>(to - from).count();
}

enum class Step : std::uint8_t { allocate, permit, bind, release };

constexpr Step kHeld[] = {Step::allocate, Step::bind};
constexpr Step kBrief[] = {Step::allocate, Step::permit, Step::bind, Step::release};

void begin(Step step, Client& client, const Endpoint& peer, TimePoint now) {
  switch (step) {
    case Step::allocate: return client.allocate(now);
    case Step::permit: return client.permit(peer, now);
    case Step::bind: return client.bind(peer, now);
    case Step::release: return client.release(now);
  }
}

// Takes clients through the steps of their lives and counts those that get as far as a bound channel.
class Lives {
 public:
  Lives(const Target& target, Transport transport, std::span<const Step> steps)
      : target_(target), transport_(transport), steps_(steps), peer_(idle_peer(target)) {}

  std::unique_ptr<Client> open() { return std::make_unique<Client>(target_, transport_, random_); }

  // A client that is through is followed by another if `again` says so. One that fails is replaced, for a
  // server may still know its port from an earlier client (437, RFC 8656 7.2). Throws std::runtime_error if
  // half of them fail, or one does that is hopeless; the others then come to their ends first.
  void run(std::span<std::unique_ptr<Client>> clients, const std::function<bool(TimePoint)>& again) {
    places_.assign(clients.size(), {});
    drive(clients, [&](std::unique_ptr<Client>& client, TimePoint now) {
      Place& place = places_[static_cast<std::size_t>(&client - clients.data())];
      if (client->is_hopeless()) {
        hopeless_ = client->error();
        return false;
      }
      if (!client->error().empty()) {
        if (++failed_ > made_ + kFailedMax) throw std::runtime_error(client->error());
        client = open();
        place = {};
      } else if (place.step > 0 && steps_[place.step - 1] == Step::bind) {
        ++made_;
        latency_.record((now - place.begun).count());
      }
      if (place.step == steps_.size()) {
        if (!hopeless_.empty() || !again(now)) return false;
        client = open();
        place = {};
      }
      if (place.step == 0) place.begun = now;
      begin(steps_[place.step++], *client, peer_, now);
      return true;
    });
    if (!hopeless_.empty()) throw std::runtime_error(hopeless_);
  }

  AllocationsResult result(double seconds, const Usage& used) const {
    return {.made = made_, .failed = failed_, .seconds = seconds, .latency = latency_, .used = used};
  }

 private:
  static constexpr std::uint64_t kFailedMax = 10;

  struct Place {
    std::size_t step = 0;  // the next
    TimePoint begun = {};
  };

  const Target& target_;
  Transport transport_;
  std::span<const Step> steps_;
  Endpoint peer_;
  crypto::OpenSslRandom random_;
  std::vector<Place> places_;
  std::string hopeless_;  // why
  std::uint64_t made_ = 0;
  std::uint64_t failed_ = 0;
  Histogram latency_;
};

// Takes the clients from `from` on through their lives; `more` are yet to come. Nothing is left behind if
// they fail.
void run_lives(Lives& lives, Clients& clients, std::size_t from, std::size_t more,
               const std::function<bool(TimePoint)>& again) try {
  lives.run(std::span(clients).subspan(from), again);
} catch (const std::runtime_error& error) {
  const std::string why = error.what() + quota_hint(clients, more);
  release_each(clients);
  throw std::runtime_error(why);
}

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

AllocationsResult run_hold(const Target& target, const Part& part, const Processes& processes,
                           Progress& progress) {
  Lives lives(target, part.transport, kHeld);
  Clients held;
  std::vector<std::pair<double, double>> samples;
  const Usage before = read_usage(processes);
  const TimePoint start = monotonic();
  while (held.size() < part.clients) {
    const std::size_t from = held.size();
    for (std::size_t i = 0; i < kAtOnce && held.size() < part.clients; ++i) held.push_back(lives.open());
    run_lives(lives, held, from, part.clients - held.size(), [](TimePoint) { return false; });
    samples.emplace_back(static_cast<double>(held.size()),
                         static_cast<double>(read_memory_bytes(processes.server)));
    progress.show("allocating", samples.back().first / part.clients);
  }
  AllocationsResult result =
      lives.result(seconds_between(start, monotonic()), read_usage(processes) - before);
  result.memory_bytes_each = slope(samples);
  progress.show("releasing", 1);
  release_each(held);
  return result;
}

AllocationsResult run_churn(const Target& target, const Part& part, Duration measured,
                            const Processes& processes, Progress& progress) {
  Lives lives(target, part.transport, kBrief);
  Clients clients;
  for (std::uint32_t i = 0; i < part.clients; ++i) clients.push_back(lives.open());
  const Usage before = read_usage(processes);
  const TimePoint start = monotonic();
  run_lives(lives, clients, 0, 0, [&](TimePoint now) {
    progress.show("", static_cast<double>((now - start).count()) / static_cast<double>(measured.count()));
    return now - start < measured;
  });
  return lives.result(seconds_between(start, monotonic()), read_usage(processes) - before);
}

}  // namespace turnpike::bench
