// One loop over readiness and deadlines; the few clients of a batch are searched in order.
#include "load/drive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "load/clock.hpp"
#include "load/readiness.hpp"

namespace turnpike::bench {
namespace {

constexpr Duration kWaitMax = std::chrono::seconds(1);
constexpr Duration kSilenceMax = std::chrono::seconds(4);
constexpr int kAttemptsMax = 5;
constexpr std::size_t kReleasedAtOnce = 32;

class Driver {
 public:
  Driver(std::span<std::unique_ptr<Client>> clients,
         const std::function<bool(std::unique_ptr<Client>&, TimePoint)>& next)
      : clients_(clients), next_(next), done_(clients.size()) {}

  void run() {
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      readiness_.add(clients_[i]->fd(), i);
      advance(i);
    }
    while (left_ > 0) {
      for (const std::uint64_t i : readiness_.wait(time_to_deadline())) {
        heard_ = monotonic();
        clients_[i]->on_readable(heard_);
        advance(i);
      }
      check_deadlines();
      check_silence();
    }
    for (const auto& client : clients_) readiness_.remove(client->fd());
  }

 private:
  // Transactions may be over at once, hence the loop.
  void advance(std::size_t i) {
    while (!done_[i] && !clients_[i]->busy()) {
      const Client* const before = clients_[i].get();
      const int fd = before->fd();
      done_[i] = !next_(clients_[i], monotonic());
      if (clients_[i].get() != before || clients_[i]->fd() != fd)
        readiness_.add(clients_[i]->fd(), i);  // the old one left by closing
      left_ -= done_[i] ? 1 : 0;
    }
  }

  Duration time_to_deadline() const {
    TimePoint first = std::min(monotonic() + kWaitMax, heard_ + kSilenceMax);
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (!done_[i]) first = std::min(first, clients_[i]->next_deadline().value_or(first));
    }
    return first - monotonic();
  }

  void check_deadlines() {
    const TimePoint now = monotonic();
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (done_[i] || clients_[i]->next_deadline().value_or(TimePoint::max()) > now) continue;
      clients_[i]->on_deadline(now);
      advance(i);
    }
  }

  void check_silence() const {
    if (left_ == 0 || monotonic() - heard_ < kSilenceMax) return;
    const auto waiting = std::ranges::find(done_, false) - done_.begin();
    throw std::runtime_error(clients_[static_cast<std::size_t>(waiting)]->silence());
  }

  std::span<std::unique_ptr<Client>> clients_;
  const std::function<bool(std::unique_ptr<Client>&, TimePoint)>& next_;
  std::vector<bool> done_;
  std::size_t left_ = clients_.size();
  TimePoint heard_ = monotonic();
  Readiness readiness_;
};

}  // namespace

void drive(std::span<std::unique_ptr<Client>> clients,
           const std::function<bool(std::unique_ptr<Client>&, TimePoint)>& next) {
  Driver(clients, next).run();
}

void drive_each(Clients& clients, std::size_t at_once,
                const std::function<void(Client&, std::size_t index, TimePoint)>& begin,
                const std::function<std::unique_ptr<Client>(std::size_t index)>& replace) {
  for (std::size_t from = 0; from < clients.size(); from += at_once) {
    const auto batch = std::span(clients).subspan(from, std::min(at_once, clients.size() - from));
    std::vector<int> attempts(batch.size());
    std::string hopeless;
    drive(batch, [&](std::unique_ptr<Client>& client, TimePoint now) {
      const auto i = static_cast<std::size_t>(&client - batch.data());
      if (attempts[i] > 0 && client->error().empty()) return false;
      if (attempts[i] > 0 && client->is_hopeless()) {
        hopeless = client->error();
        return false;
      }
      if (attempts[i] > 0) {
        if (!replace || attempts[i] == kAttemptsMax) throw std::runtime_error(client->error());
        client = replace(from + i);
      }
      ++attempts[i];
      begin(*client, from + i, now);
      return true;
    });
    if (!hopeless.empty()) throw std::runtime_error(hopeless);
  }
}

void release_each(Clients& clients) try {
  std::erase_if(clients, [](const auto& client) { return !client->is_allocated(); });
  for (std::size_t from = 0; from < clients.size(); from += kReleasedAtOnce) {
    const auto batch = std::span(clients).subspan(from, std::min(kReleasedAtOnce, clients.size() - from));
    for (const auto& client : batch) client->release(monotonic());
    drive(batch, [](std::unique_ptr<Client>&, TimePoint) { return false; });
  }
} catch (const std::exception&) {
  // What the server does not release now, it does when the lifetimes are over.
}

std::string quota_hint(std::span<const std::unique_ptr<Client>> clients, std::size_t more) {
  if (std::ranges::none_of(clients, [](const auto& client) { return client->is_over_quota(); })) return "";
  const auto allowed =
      std::ranges::count_if(clients, [](const auto& client) { return client->is_allocated(); });
  return fmt::format(
      "; the server allowed {} of the {} allocations that are needed: set the key to 0 (no limit), or give "
      "fewer --clients",
      allowed, clients.size() + more);
}

}  // namespace turnpike::bench
